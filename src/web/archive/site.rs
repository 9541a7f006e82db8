//! What all pages share: settings, the clients, the database, templates.

use std::path::PathBuf;
use std::sync::Arc;

use minijinja::Environment;
use thiserror::Error;
use url::Url;

use crate::archive::{ArchiveError, MemberStore, SealKey};
use crate::forge::ForgeError;
use crate::forge::github::{App, AppSettings, GitHubSettings};
use crate::jobs::{JobError, Queue};
use crate::openhumans::{OpenHumansError, OpenHumansSettings, Project};
use crate::web::concurrency::ConcurrencyLimit;
use crate::web::door::{Door, Refusal};

/// Pages that are made at the same time, and visitors who wait for that.
const AT_ONCE: usize = 32;
const WAITING: usize = 128;

const TEMPLATES: [(&str, &str); 6] = [
    ("base.html", include_str!("templates/base.html")),
    ("start.html", include_str!("templates/start.html")),
    ("dashboard.html", include_str!("templates/dashboard.html")),
    ("about.html", include_str!("templates/about.html")),
    ("delete.html", include_str!("templates/delete.html")),
    ("problem.html", include_str!("templates/problem.html")),
];

/// What the pages need.
#[derive(Debug)]
pub struct ArchiveWebSettings {
    pub key: SealKey,
    pub app: AppSettings,
    pub open_humans: OpenHumansSettings,
    /// For reading whose account was connected.
    pub github: GitHubSettings,
    pub user_agent: &'static str,
    /// `PYFA_HOME`.
    pub home: PathBuf,
}

/// The pages' own state.
#[derive(Debug)]
pub struct ArchiveSite {
    pub(super) key: Arc<SealKey>,
    pub(super) project: Project,
    pub(super) app: App,
    pub(super) settings: KeptSettings,
    pub(super) door: Arc<Door>,
    pub(super) places: ConcurrencyLimit,
    pub(super) templates: Environment<'static>,
}

/// Settings that are needed again.
#[derive(Debug)]
pub(super) struct KeptSettings {
    pub(super) open_humans: OpenHumansSettings,
    pub(super) github: GitHubSettings,
    pub(super) web_url: Url,
    pub(super) user_agent: &'static str,
    pub(super) home: PathBuf,
}

/// The pages cannot be shown.
#[derive(Debug, Error)]
pub enum ArchiveSiteError {
    #[error("nobody can connect GitHub; set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET")]
    NoApp,
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error(transparent)]
    OpenHumans(#[from] OpenHumansError),
    #[error("a template of the archive is broken: {0}")]
    Template(#[from] minijinja::Error),
}

/// A page was not made.
#[derive(Debug, Error)]
pub(super) enum PageError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error(transparent)]
    OpenHumans(#[from] OpenHumansError),
    #[error(transparent)]
    Jobs(#[from] JobError),
    #[error(transparent)]
    Door(#[from] Refusal),
    #[error(transparent)]
    Template(#[from] minijinja::Error),
}

pub(super) type Result<T> = std::result::Result<T, PageError>;

impl PageError {
    /// For the log.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Archive(ArchiveError::Sealed) => "what is stored was encrypted with another key",
            Self::Forge(_) | Self::Archive(ArchiveError::Forge(_)) => "GitHub",
            Self::OpenHumans(_) | Self::Archive(ArchiveError::OpenHumans(_)) => "Open Humans",
            Self::Archive(_) => "the archive",
            Self::Jobs(_) | Self::Door(_) => "the database",
            Self::Template(_) => "a template",
        }
    }

    /// For the visitor.
    pub(super) fn shown(&self) -> (u16, &'static str) {
        match self {
            Self::Forge(_) | Self::Archive(ArchiveError::Forge(_)) => {
                (502, "GitHub's response could not be used")
            }
            Self::OpenHumans(_) | Self::Archive(ArchiveError::OpenHumans(_)) => {
                (502, "Open Humans' response could not be used")
            }
            Self::Jobs(_) | Self::Door(_) | Self::Archive(ArchiveError::Database(_)) => {
                (503, "The database does not answer")
            }
            _ => (500, "Something is wrong here"),
        }
    }
}

impl ArchiveSite {
    /// # Errors
    ///
    /// If nobody could sign in or connect GitHub.
    pub fn new(
        settings: ArchiveWebSettings,
        door: Arc<Door>,
    ) -> std::result::Result<Self, ArchiveSiteError> {
        let agent = settings.user_agent;
        let app = App::new(&settings.app, agent)?.ok_or(ArchiveSiteError::NoApp)?;
        let project = Project::new(&settings.open_humans, agent)?;
        let mut templates = Environment::new();
        for (name, text) in TEMPLATES {
            templates.add_template(name, text)?;
        }
        Ok(Self {
            key: Arc::new(settings.key),
            project,
            app,
            settings: KeptSettings {
                open_humans: settings.open_humans,
                github: settings.github,
                web_url: settings.app.web_url,
                user_agent: agent,
                home: settings.home,
            },
            door,
            places: ConcurrencyLimit::new(AT_ONCE, WAITING),
            templates,
        })
    }

    /// The members.
    pub(super) async fn open_members(&self) -> Result<MemberStore> {
        let database = self.door.database().await?;
        Ok(MemberStore::new(
            database.work.clone(),
            Arc::clone(&self.key),
        ))
    }

    /// The jobs that bring archives up to date.
    pub(super) async fn open_queue(&self) -> Result<Queue> {
        let database = self.door.database().await?;
        Ok(Queue::new(database.work.clone()))
    }

    /// What pages may load, and where their forms lead: browsers follow the redirect that a form gets
    /// only to places that are named.
    pub(super) fn policy(&self) -> String {
        let places = [&self.settings.open_humans.base_url, &self.settings.web_url];
        let places = places.map(|url| url.origin().ascii_serialization());
        format!(
            "default-src 'none'; style-src 'self'; form-action 'self' {}; base-uri 'none'; \
             frame-ancestors 'none'",
            places.join(" ")
        )
    }
}
