//! The packages whose repository needs attention, as two files: one for people, one for programs.
//!
//! The names of the files and the first three reasons are those of pyf.aggregator's reports.
//! Strangers wrote what is in them, so the tables escape it. Files appear whole or not at all; if
//! there is no problem, there is no file. Called by the enricher.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

use super::lookup::RepositoryStatus;
use super::package::PackageRepository;
use crate::model::is_hidden;
use crate::model::repository::Repository;

/// The names of the files.
const JSON_FILE: &str = "github_problems.json";
const MARKDOWN_FILE: &str = "github_problems.md";

/// Why a package is in the report, in the report's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemReason {
    NoRepoUrl,
    MalformedIdentifier,
    NotFound,
    Moved,
    Archived,
    OtherForge,
    Refused,
}

impl ProblemReason {
    const ALL: [Self; 7] = [
        Self::NoRepoUrl,
        Self::MalformedIdentifier,
        Self::NotFound,
        Self::Moved,
        Self::Archived,
        Self::OtherForge,
        Self::Refused,
    ];

    /// As in the files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::NoRepoUrl => "no_repo_url",
            Self::MalformedIdentifier => "malformed_identifier",
            Self::NotFound => "not_found",
            Self::Moved => "moved",
            Self::Archived => "archived",
            Self::OtherForge => "other_forge",
            Self::Refused => "refused",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::NoRepoUrl => "No GitHub URL in package metadata",
            Self::MalformedIdentifier => "Malformed repository identifier",
            Self::NotFound => "Repository not found (404)",
            Self::Moved => "Repository moved",
            Self::Archived => "Repository archived",
            Self::OtherForge => "Repository on another forge",
            Self::Refused => "Access to the repository refused",
        }
    }
}

/// One package, one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepositoryProblem {
    /// The package, as it spells itself.
    pub name: String,
    pub reason: ProblemReason,
    /// `owner/name`, `old → new` where it moved, or what stands in its place.
    pub repo_identifier: Option<String>,
    /// The newest release's addresses: `home_page`, `project_urls.<label>`.
    pub urls: BTreeMap<String, String>,
}

impl RepositoryProblem {
    /// The problems with a package's repository.
    pub(super) fn find(package: &PackageRepository, status: &RepositoryStatus<'_>) -> Vec<Self> {
        let problem = |reason, repo_identifier| Self {
            name: package.display_name.clone(),
            reason,
            repo_identifier,
            urls: package.urls.clone(),
        };
        match status {
            RepositoryStatus::Found {
                named, repository, ..
            } => {
                let present = &repository.slug;
                let moved = (*named != present).then(|| {
                    let identifier = format!("{named} → {present}");
                    problem(ProblemReason::Moved, Some(identifier))
                });
                let archived = repository
                    .archived
                    .then(|| problem(ProblemReason::Archived, Some(present.to_string())));
                moved.into_iter().chain(archived).collect()
            }
            RepositoryStatus::Pending(_) => Vec::new(),
            RepositoryStatus::Gone(slug) => {
                vec![problem(ProblemReason::NotFound, Some(slug.to_string()))]
            }
            RepositoryStatus::Refused(slug) => {
                vec![problem(ProblemReason::Refused, Some(slug.to_string()))]
            }
            RepositoryStatus::NotNamed => {
                let own = &package.own;
                let named = own.named.as_ref().map(|named| &named.repository);
                vec![match (named, &own.malformed) {
                    (Some(Repository::Elsewhere { host, path, .. }), _) => {
                        problem(ProblemReason::OtherForge, Some(format!("{host}/{path}")))
                    }
                    (_, Some(malformed)) => {
                        problem(ProblemReason::MalformedIdentifier, Some(malformed.clone()))
                    }
                    (_, None) => problem(ProblemReason::NoRepoUrl, None),
                }]
            }
        }
    }
}

/// Writes both files into `folder`, or removes them if there is no problem.
pub(super) fn write_files(folder: &Path, problems: &[RepositoryProblem]) -> io::Result<()> {
    fs_err::create_dir_all(folder)?;
    if problems.is_empty() {
        for name in [JSON_FILE, MARKDOWN_FILE] {
            match fs_err::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        return Ok(());
    }
    replace_file(folder, JSON_FILE, &json(problems)?)?;
    replace_file(folder, MARKDOWN_FILE, &markdown(problems))
}

fn replace_file(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".problems")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name))?;
    Ok(())
}

fn json(problems: &[RepositoryProblem]) -> io::Result<String> {
    // A value sorts its keys.
    let value = serde_json::json!({ "count": problems.len(), "problems": problems });
    let mut text = serde_json::to_string_pretty(&value)?;
    text.push('\n');
    Ok(text)
}

fn markdown(problems: &[RepositoryProblem]) -> String {
    let mut text = format!(
        "# Problematic GitHub Repositories\n\nTotal: {}\n",
        problems.len()
    );
    for reason in ProblemReason::ALL {
        let same = problems.iter().filter(|one| one.reason == reason);
        let mut these: Vec<&RepositoryProblem> = same.collect();
        if these.is_empty() {
            continue;
        }
        these.sort_by_key(|one| one.name.to_lowercase());
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "\n## {} ({})\n\n| Package | Repo identifier | URLs |\n|---|---|---|\n",
            reason.title(),
            these.len()
        );
        for problem in these {
            let urls: Vec<String> = problem
                .urls
                .iter()
                .map(|(label, url)| format!("{}: {}", escaped(label), escaped(url)))
                .collect();
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                escaped(&problem.name),
                escaped(problem.repo_identifier.as_deref().unwrap_or("-")),
                urls.join("<br>")
            );
        }
    }
    text
}

/// A text that stays in its cell and formats nothing.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '[' | ']' | '!' => escaped.extend(['\\', character]),
            character if character.is_control() || is_hidden(character) => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(name: &str, reason: ProblemReason) -> RepositoryProblem {
        RepositoryProblem {
            name: name.to_owned(),
            reason,
            repo_identifier: Some("a/b".to_owned()),
            urls: BTreeMap::from([("home_page".to_owned(), "https://x.org/a|b".to_owned())]),
        }
    }

    #[test]
    fn problems_are_told_in_two_forms_and_go_when_there_are_none() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let problems = [
            problem("b", ProblemReason::NotFound),
            problem("<a>\n", ProblemReason::NotFound),
            problem("c", ProblemReason::NoRepoUrl),
        ];
        write_files(folder.path(), &problems)?;
        let json: serde_json::Value =
            serde_json::from_slice(&fs_err::read(folder.path().join(JSON_FILE))?)?;
        assert_eq!(json["count"], 3);
        assert_eq!(json["problems"][0]["reason"], "not_found");
        let text = fs_err::read_to_string(folder.path().join(MARKDOWN_FILE))?;
        let at = |part: &str| text.find(part).unwrap_or(usize::MAX);
        assert!(at("metadata (1)") < at("(404) (2)"), "{text}");
        let row = "| &lt;a&gt;  | a/b | home_page: https://x.org/a\\|b |\n| b |";
        assert!(text.contains(row), "{text}");
        write_files(folder.path(), &[])?;
        assert_eq!(fs_err::read_dir(folder.path())?.count(), 0);
        Ok(())
    }
}
