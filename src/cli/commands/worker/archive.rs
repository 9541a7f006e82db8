//! How the archives of members are brought up to date.
//!
//! Each member is asked for with a token and a quota of their own. What goes wrong is said without names
//! and addresses.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::outcome::RunFailure;
use crate::archive::{
    self, ArchiveError, ArchiveSession, Folder, LastSync, Member, MemberStore, SealKey, SyncReport,
    SyncRequest, Tokens,
};
use crate::cli::commands::services::user_agent;
use crate::config::Config;
use crate::database::{Database, Lease as _, LeaseState};
use crate::forge::github::{App, GitHub, GitHubSettings};
use crate::jobs::{Job, JobContext, JobOutcome};
use crate::openhumans::{OpenHumans, OpenHumansError, Project};
use crate::progress::{Opening, Progress, Stage};

/// Between two notes of how far a sync is.
const NOTE_PAUSE: Duration = Duration::from_secs(2);

/// How many weeks a sync has read, and of how many.
#[derive(Debug, Default)]
struct Weeks {
    done: AtomicU64,
    total: AtomicU64,
}

impl Progress for Weeks {
    fn opening(&self, _: &Opening<'_>) {}
    fn note(&self, _: &str) {}
    fn stage(&self, _: Stage, total: Option<u64>) {
        self.total.store(total.unwrap_or(0), Relaxed);
    }
    fn advance(&self, steps: u64) {
        self.done.fetch_add(steps, Relaxed);
    }
    fn stage_done(&self) {}
}

/// The members of the settings' database.
pub(super) async fn open_members(config: &Config) -> Result<MemberStore, ArchiveError> {
    let key = SealKey::read(config.archive.key.as_ref())?;
    let database = Database::open(&config.database).await?;
    Ok(MemberStore::new(database, Arc::new(key)))
}

/// The members whose archives are due; folders of members who have left go.
pub(super) async fn fetch_due_members(config: &Config) -> Result<Vec<String>, ArchiveError> {
    let members = open_members(config).await?;
    let names = members.fetch_folder_names().await?;
    clean_folders(&config.home.join("archives"), &names);
    let due = members.fetch_due().await?;
    Ok(due.iter().map(i64::to_string).collect())
}

/// Deletes folders of members that are none of these. Those of the command line have their own place.
fn clean_folders(folder: &Path, names: &[String]) {
    let folder = folder.join("members");
    let Ok(entries) = fs_err::read_dir(&folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // One that is being written is left for the next time.
        if !names.contains(&name)
            && let Ok(folder) = Folder::open(&entry.path())
        {
            let _ = folder.delete();
        }
    }
}

pub(super) async fn run_archive(
    job: &Job,
    context: &JobContext,
    config: &Config,
) -> Result<JobOutcome, RunFailure> {
    let id = job.target.parse().unwrap_or(0);
    let members = open_members(config).await;
    let members = members.map_err(|error| failure(&error))?;
    let synced = sync_member(&members, id, context, config).await;
    if has_lost_lease(context) {
        // What is noted of the member is its successor's by now.
        return Err(failure(&ArchiveError::LeaseLost));
    }
    let _ = members.note_progress(id, None).await;
    match synced {
        Ok(report) => Ok(outcome(&report, context)),
        // Nothing is wrong.
        Err(ArchiveError::Stopped) => Err(RunFailure::Stopped),
        Err(error) => {
            let last = LastSync::failed(for_member(&error));
            let noted = members.change(id, |data| data.last = Some(last.clone()));
            // A member who was deleted meanwhile reads nothing any more.
            let _ = noted.await;
            Err(failure(&error))
        }
    }
}

fn has_lost_lease(context: &JobContext) -> bool {
    context.lease.state() == LeaseState::Lost
}

async fn sync_member(
    members: &MemberStore,
    id: i64,
    context: &JobContext,
    config: &Config,
) -> Result<SyncReport, ArchiveError> {
    let member = members.get(id).await?.ok_or(ArchiveError::NoMember)?;
    if member.data.github.is_none() {
        return Err(ArchiveError::NotConnected);
    }
    let member = renew(members, member, config).await?;
    let connection = member
        .data
        .github
        .as_ref()
        .ok_or(ArchiveError::NotConnected)?;
    let settings = GitHubSettings {
        token: Some(connection.tokens.access.clone().into()),
        ..config.github.clone()
    };
    let github = GitHub::new(&settings, user_agent())?;
    let token = member.data.tokens.access.clone().into();
    let open_humans = OpenHumans::new(&config.archive.open_humans, &token, user_agent())?;
    let session = ArchiveSession::new(github, context.stop.clone())
        .with_lease(Arc::clone(&context.lease) as _);
    let folder = config.home.join("archives/members").join(&member.folder);
    let folder = Folder::open(&folder)?;
    let request = SyncRequest {
        login: None,
        since: None,
        private: Some(member.data.private),
        zone: None,
    };
    let weeks = Weeks::default();
    let syncing = archive::sync_to_open_humans(&session, &open_humans, &folder, &request, &weeks);
    let noting = async {
        loop {
            tokio::time::sleep(NOTE_PAUSE).await;
            if has_lost_lease(context) {
                continue;
            }
            let progress = (weeks.done.load(Relaxed), weeks.total.load(Relaxed));
            let _ = members.note_progress(id, Some(progress)).await;
        }
    };
    let report = tokio::select! {
        synced = syncing => synced?.0,
        never = noting => never,
    };
    if has_lost_lease(context) {
        return Err(ArchiveError::LeaseLost);
    }
    if report.is_complete() {
        folder.delete()?;
        members.note_update(id).await?;
    }
    let last = LastSync::of(&report);
    members
        .change(id, |data| data.last = Some(last.clone()))
        .await?;
    Ok(report)
}

/// Gets new tokens where the old ones end soon.
async fn renew(
    members: &MemberStore,
    mut member: Member,
    config: &Config,
) -> Result<Member, ArchiveError> {
    let is_old = |tokens: &Tokens| tokens.is_old() && tokens.refresh.is_some();
    if is_old(&member.data.tokens) {
        let project = Project::new(&config.archive.open_humans, user_agent())?;
        member = archive::renew_open_humans(members, &member, &project).await?;
    }
    let connection = member.data.github.as_ref();
    if connection.is_some_and(|one| is_old(&one.tokens))
        && let Some(app) = App::new(&config.archive.app, user_agent())?
    {
        member = archive::renew_github(members, &member, &app).await?;
    }
    Ok(member)
}

/// Numbers alone, which tell nothing of the member.
fn outcome(report: &SyncReport, context: &JobContext) -> JobOutcome {
    let report_value =
        serde_json::json!({ "weeks": report.weeks, "weeks_left": report.weeks_left });
    match (report.wait_until, report.is_complete()) {
        (_, true) => JobOutcome::Done {
            report: report_value,
        },
        (Some(until), _) => JobOutcome::Wait {
            until,
            why: "the quota of the member is used up".to_owned(),
            report: report_value,
        },
        _ if context.stop.is_requested() => JobOutcome::Stopped {
            report: report_value,
        },
        _ => JobOutcome::Failed {
            why: "GitHub's response could not be used".to_owned(),
            report: report_value,
        },
    }
}

/// What is wrong, for people who run the program.
pub(super) fn shown(error: &ArchiveError) -> String {
    match error {
        ArchiveError::Forge(_) => "GitHub cannot be asked for this member".to_owned(),
        ArchiveError::Unanswered { what, .. } => {
            format!("GitHub's response about {what} could not be used")
        }
        ArchiveError::OtherAccount { .. } => {
            "the member has connected another account than before".to_owned()
        }
        ArchiveError::Damaged { .. } => "a file of the member is damaged".to_owned(),
        error => error.to_string(),
    }
}

/// The same for the member.
fn for_member(error: &ArchiveError) -> String {
    use crate::forge::ForgeError;
    match error {
        ArchiveError::Forge(ForgeError::Token { .. }) => {
            "GitHub does not accept the connection any more; disconnect GitHub, and connect it again"
        }
        ArchiveError::OpenHumans(OpenHumansError::Token) => {
            "Open Humans does not accept the sign-in any more; sign out, and in again"
        }
        ArchiveError::Forge(_) | ArchiveError::Unanswered { .. } => {
            "GitHub's response could not be used; the archive tries again later"
        }
        ArchiveError::OpenHumans(_) => {
            "Open Humans' response could not be used; the archive tries again later"
        }
        ArchiveError::NewerDelivered => {
            "the archive at Open Humans was written by a newer version of this server"
        }
        ArchiveError::OtherAccount { .. } => {
            "the archive is that of another GitHub account; delete everything before you connect this one"
        }
        _ => "something is wrong here; the archive tries again later",
    }
    .to_owned()
}

fn failure(error: &ArchiveError) -> RunFailure {
    let why = shown(error);
    match error {
        ArchiveError::Stopped | ArchiveError::LeaseLost => RunFailure::Stopped,
        error if error.wait().is_some() => RunFailure::Wait {
            until: jiff::Timestamp::now() + error.wait().unwrap_or_default(),
            why: "the quota of the member is used up".to_owned(),
        },
        // A member who signs in meanwhile has new tokens.
        ArchiveError::OpenHumans(_) => RunFailure::Failed(why),
        error if error.leaves_work() => RunFailure::Failed(why),
        _ => RunFailure::Impossible(why),
    }
}
