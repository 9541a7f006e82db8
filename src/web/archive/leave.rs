//! What a member can do to leave: disconnect GitHub, or delete everything.
//!
//! A page never says that something is gone which may not be: what GitHub or Open Humans do not confirm
//! is named, with the place where the member can look.

use std::time::Duration;

use super::answers::{self, Answer};
use super::cookies::Cookie;
use super::pages;
use super::site::{ArchiveSite, Result};
use super::visitor::Visitor;
use crate::archive::{self, ArchiveError, Connection, Folder, Member, MemberStore, Tokens};
use crate::jobs::JobKind;
use crate::openhumans::{OpenHumans, OpenHumansError};

/// How often a job that is to stop is looked at, and for how long.
const LOOKS: u32 = 60;
const LOOK_PAUSE: Duration = Duration::from_millis(250);

const GITHUB_LEFT: &str = "GitHub did not confirm that the access has ended. Open Settings, Applications at GitHub, \
                           and revoke it there if it is listed.";
const FILES_LEFT: &str = "Open Humans does not let the archive in any more, so what it keeps could not be deleted. \
                          Delete it there.";

/// Takes the connection back at GitHub, and forgets it. The archive at Open Humans stays.
pub(super) async fn disconnect(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let Some(member) = &visitor.member else {
        return Ok(answers::redirect("/archive/"));
    };
    let Some(connection) = let_go(site, member).await? else {
        return Ok(still_running(site));
    };
    delete_folder(site, member)?;
    Ok(match connection {
        Some(_) => unconfirmed(site, "GitHub is disconnected here"),
        None => answers::redirect("/archive/dashboard"),
    })
}

/// Deletes the files at Open Humans, takes all access back, and forgets the member.
pub(super) async fn delete(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let Some(member) = &visitor.member else {
        return Ok(answers::redirect("/archive/"));
    };
    let Some(connection) = let_go(site, member).await? else {
        return Ok(still_running(site));
    };
    let members = site.open_members().await?;
    let (member, are_deleted) = match delete_files(site, &members, member.id).await {
        Ok(deleted) => deleted,
        Err(error) => {
            if let Some(connection) = &connection {
                // The next attempt tries to take it back once more.
                let private = member.data.private;
                members.connect(member.id, connection, private).await?;
            }
            return Err(error);
        }
    };
    let tokens = &member.data.tokens;
    for token in [Some(&tokens.access), tokens.refresh.as_ref()]
        .into_iter()
        .flatten()
    {
        let _ = site.project.revoke(&token.clone().into()).await;
    }
    delete_folder(site, &member)?;
    let queue = site.open_queue().await?;
    queue
        .forget(JobKind::ArchiveSync, &member.id.to_string())
        .await?;
    members.delete(member.id).await?;
    let gone = match (are_deleted, connection.is_none()) {
        (true, true) => {
            "Everything is deleted: the files at Open Humans, the connection to GitHub, and what was \
             stored here."
                .to_owned()
        }
        (true, false) => format!("What was stored here and at Open Humans is deleted. {GITHUB_LEFT}"),
        (false, true) => format!("What was stored here is deleted. {FILES_LEFT}"),
        (false, false) => format!("What was stored here is deleted. {FILES_LEFT} {GITHUB_LEFT}"),
    };
    Ok(pages::problem(site, 200, "Goodbye", &gone)
        .cookie(Cookie::Session.remove(visitor.is_secure)))
}

pub(super) fn still_running(site: &ArchiveSite) -> Answer {
    let what = "A sync is still running";
    let why = "It has been asked to stop. Try again in a minute.";
    pages::problem(site, 503, what, why)
}

/// A page about access that may be left.
pub(super) fn unconfirmed(site: &ArchiveSite, what: &str) -> Answer {
    pages::problem(site, 200, what, GITHUB_LEFT)
}

/// Ends all syncs of a member, and takes the access to GitHub back. Gives what GitHub did not confirm;
/// `None` outside if a sync is still running.
async fn let_go(site: &ArchiveSite, member: &Member) -> Result<Option<Option<Connection>>> {
    if !end_jobs(site, member.id).await? {
        return Ok(None);
    }
    let members = site.open_members().await?;
    // A sync that begins after this finds nothing to read, and one that came in between is ended too.
    // The tokens may be other ones than when the page was asked for.
    let connection = members.disconnect(member.id).await?;
    let have_ended = end_jobs(site, member.id).await?;
    let left = match connection {
        Some(connection) => take_back(site, connection).await,
        None => None,
    };
    if have_ended {
        return Ok(Some(left));
    }
    if let Some(connection) = &left {
        let private = member.data.private;
        members.connect(member.id, connection, private).await?;
    }
    Ok(None)
}

/// Ends all syncs of a member, and waits for one that runs; whether none does any more.
pub(super) async fn end_jobs(site: &ArchiveSite, member: i64) -> Result<bool> {
    let (queue, target) = (site.open_queue().await?, member.to_string());
    for _ in 0..LOOKS {
        if !queue.end_all(JobKind::ArchiveSync, &target).await? {
            return Ok(true);
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    Ok(false)
}

/// Takes the access to GitHub back; gives the connection again if GitHub does not confirm it.
pub(super) async fn take_back(
    site: &ArchiveSite,
    mut connection: Connection,
) -> Option<Connection> {
    let tokens = &connection.tokens;
    if !tokens.is_old() {
        match site.app.revoke(&tokens.access.clone().into()).await {
            Ok(true) => return None,
            // A token that does not end by itself is unknown only after the member took it back.
            Ok(false) if tokens.refresh.is_none() && tokens.until.is_none() => return None,
            Ok(false) => {}
            Err(_) => return Some(connection),
        }
    }
    // GitHub takes access back only for a token that has not ended.
    let Some(refresh) = tokens.refresh.clone() else {
        return Some(connection);
    };
    let Ok(new) = site.app.refresh(&refresh.into()).await else {
        return Some(connection);
    };
    connection.tokens = Tokens::of_github(&new);
    match site.app.revoke(&new.access_token).await {
        Ok(true) => None,
        _ => Some(connection),
    }
}

/// Deletes what was not uploaded yet.
fn delete_folder(site: &ArchiveSite, member: &Member) -> Result<()> {
    let folder = site.settings.home.join("archives/members");
    let folder = folder.join(&member.folder);
    if folder.is_dir() {
        Folder::open(&folder)?.delete()?;
    }
    Ok(())
}

/// Deletes the files at Open Humans; with new tokens, if the old ones have ended. `false` if it does not
/// let us in any more.
async fn delete_files(
    site: &ArchiveSite,
    members: &MemberStore,
    id: i64,
) -> Result<(Member, bool)> {
    let member = members.get(id).await?.ok_or(ArchiveError::NoMember)?;
    match delete_with(site, &member.data.tokens).await {
        Err(ArchiveError::OpenHumans(OpenHumansError::Token)) => {}
        Err(error) => return Err(error.into()),
        Ok(()) => return Ok((member, true)),
    }
    let member = match archive::renew_open_humans(members, &member, &site.project).await {
        Ok(member) => member,
        Err(ArchiveError::OpenHumans(OpenHumansError::Token)) => return Ok((member, false)),
        Err(error) => return Err(error.into()),
    };
    delete_with(site, &member.data.tokens).await?;
    Ok((member, true))
}

async fn delete_with(site: &ArchiveSite, tokens: &Tokens) -> std::result::Result<(), ArchiveError> {
    let settings = &site.settings;
    let token = tokens.access.clone().into();
    let client = OpenHumans::new(&settings.open_humans, &token, settings.user_agent)?;
    archive::delete_delivered(&client).await?;
    Ok(())
}
