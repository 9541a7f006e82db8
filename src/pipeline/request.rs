//! What a run is asked to do, as plain data.

use std::path::PathBuf;

use serde::Serialize;

use crate::model::ProjectName;
use crate::profile::{HistoryText, Profile, Rules};

/// Which projects a run looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Everything that matches and is not up to date in the ledger.
    Full,
    /// The same, but says so when the since-file has no line for the collection, and does not
    /// count projects that are up to date towards `limit`.
    Incremental,
    /// Reads again everything that is indexed, and looks for nothing new.
    Refresh,
    /// Only the named projects, without reading the index.
    Named,
}

/// How a full run finds the projects that match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Discovery {
    /// `Browse`, where its answer is plausible; else `Simple`.
    Auto,
    /// Read every project that the ledger does not know at its serial.
    Simple,
    /// Ask the registry which projects carry the classifiers, and verify each.
    Browse,
}

/// Which releases of a project the collection holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Versions {
    /// Every release.
    All,
    /// The one that the registry calls latest.
    Latest,
}

impl Versions {
    /// As the ledger and the command line spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Latest => "latest",
        }
    }
}

/// One run.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    /// Which projects are looked at.
    pub mode: Mode,
    /// Alias or collection.
    pub target: String,
    /// Key of the profile, where one is in use.
    pub profile: Option<String>,
    /// What selects a project.
    pub rules: Rules,
    /// Which releases carry their long text.
    pub history_text: HistoryText,
    /// `None` keeps what the collection's first run has recorded.
    pub versions: Option<Versions>,
    /// How unknown projects are found.
    pub discovery: Discovery,
    /// The number of matching projects; in a full run, including those that are up to date.
    pub limit: Option<usize>,
    /// Only projects whose display name contains this.
    pub name_contains: Option<String>,
    /// Only these projects, if any are named.
    pub projects: Vec<ProjectName>,
    /// Ignore ledger and cache for what is examined.
    pub force: bool,
    /// Allow removals that are otherwise held back.
    pub prune: bool,
    /// Report what would change, and write nothing.
    pub dry_run: bool,
    /// Documents in one import at most.
    pub batch_size: usize,
    /// The file that keeps the mark; written at the very end.
    pub since_file: PathBuf,
    /// The verb, for the lock.
    pub command: String,
}

impl FetchRequest {
    /// Everything that a profile selects, into the collection of its name. `command` is the holder of
    /// the lock.
    #[must_use]
    pub fn of_profile(
        profile: &Profile,
        mode: Mode,
        batch_size: usize,
        since_file: PathBuf,
        command: &str,
    ) -> Self {
        Self {
            mode,
            target: profile.key.clone(),
            profile: Some(profile.key.clone()),
            rules: profile.rules.clone(),
            history_text: profile.history_text,
            versions: None,
            discovery: Discovery::Auto,
            limit: None,
            name_contains: None,
            projects: Vec::new(),
            force: false,
            prune: false,
            dry_run: false,
            batch_size,
            since_file,
            command: command.to_owned(),
        }
    }

    /// Whether the run looks at a part of the registry only, and so cannot vouch for the whole
    /// collection.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.limit.is_some() || self.name_contains.is_some() || !self.projects.is_empty()
    }

    /// Whether a project of this name is within the part that the run looks at.
    #[must_use]
    pub fn concerns(&self, name: &ProjectName, display_name: &str) -> bool {
        self.name_contains
            .as_ref()
            .is_none_or(|part| display_name.contains(part.as_str()))
            && (self.projects.is_empty() || self.projects.contains(name))
    }
}
