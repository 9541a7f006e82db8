//! What a member can do: update now, disconnect, delete everything, sign out.

use std::time::Duration;

use super::answers::{self, Answer};
use super::cookies::Cookie;
use super::pages;
use super::site::{ArchiveSite, Result};
use super::visitor::Visitor;
use crate::archive::{
    self, Connection, Folder, Member, MemberData, MemberStore, Tokens, folder_name,
};
use crate::jobs::{JobKind, JobRequest};
use crate::openhumans::{OpenHumans, OpenHumansError};

const DASHBOARD: &str = "/archive/dashboard";
/// How often a job that is to stop is looked at, and for how long.
const LOOKS: u32 = 60;
const LOOK_PAUSE: Duration = Duration::from_millis(250);

fn start() -> Answer {
    answers::redirect("/archive/")
}

pub(super) async fn sign_out(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    if let Some(session) = &visitor.session {
        site.members().await?.end_session(session).await?;
    }
    Ok(start().cookie(Cookie::Session.remove(visitor.is_secure)))
}

pub(super) async fn update(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let Some(member) = visitor
        .member
        .as_ref()
        .filter(|member| member.data.github.is_some())
    else {
        return Ok(answers::redirect(DASHBOARD));
    };
    let queue = site.queue().await?;
    let target = member.id.to_string();
    let latest = queue.find_latest(JobKind::ArchiveSync, &target).await?;
    // One that waits for the quota would find none now.
    if !pages::is_waiting_for_quota(member, latest) {
        let request = JobRequest {
            kind: JobKind::ArchiveSync,
            target,
            run_at: None,
        };
        queue.add(&request).await?;
    }
    Ok(answers::redirect(DASHBOARD))
}

/// Takes the connection back at GitHub, and forgets it. The archive stays.
pub(super) async fn disconnect(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let Some(member) = &visitor.member else {
        return Ok(start());
    };
    let target = member.id.to_string();
    site.queue()
        .await?
        .end_all(JobKind::ArchiveSync, &target)
        .await?;
    let members = site.members().await?;
    if let Some(connection) = &member.data.github {
        revoke(site, connection).await;
    }
    let change = |data: &mut MemberData| {
        data.github = None;
        data.last = None;
    };
    members.change(member.id, change).await?;
    Ok(answers::redirect(DASHBOARD))
}

/// Deletes the files at Open Humans, takes all access back, and forgets the member.
pub(super) async fn delete(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let Some(member) = &visitor.member else {
        return Ok(start());
    };
    let (queue, target) = (site.queue().await?, member.id.to_string());
    let mut looks = 0;
    while queue.end_all(JobKind::ArchiveSync, &target).await? {
        looks += 1;
        if looks > LOOKS {
            let what = "A sync is still running";
            return Ok(pages::problem(
                site,
                503,
                what,
                "It has been asked to stop. Try again in a minute.",
            ));
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    let members = site.members().await?;
    // The job may have changed tokens.
    let member = members
        .get(member.id)
        .await?
        .unwrap_or_else(|| member.clone());
    let member = delete_files(site, &members, member).await?;
    if let Some(connection) = &member.data.github {
        revoke(site, connection).await;
    }
    let tokens = &member.data.tokens;
    for token in [Some(&tokens.access), tokens.refresh.as_ref()]
        .into_iter()
        .flatten()
    {
        let _ = site.project.revoke(&token.clone().into()).await;
    }
    let folder = site.settings.home.join("archives/members");
    let folder = folder.join(folder_name(&member.data.open_humans));
    if folder.is_dir() {
        Folder::open(&folder)?.delete()?;
    }
    queue.forget(JobKind::ArchiveSync, &target).await?;
    members.delete(member.id).await?;
    let gone = "Everything is deleted: the files at Open Humans, the connection to GitHub, and what was \
                stored here.";
    Ok(
        pages::problem(site, 200, "Goodbye", gone)
            .cookie(Cookie::Session.remove(visitor.is_secure)),
    )
}

/// Deletes the files at Open Humans; with new tokens, if the old ones have ended.
async fn delete_files(site: &ArchiveSite, members: &MemberStore, member: Member) -> Result<Member> {
    match delete_with(site, &member.data.tokens).await {
        Err(archive::ArchiveError::OpenHumans(OpenHumansError::Token)) => {}
        Err(error) => return Err(error.into()),
        Ok(()) => return Ok(member),
    }
    let Some(refresh) = member.data.tokens.refresh.clone() else {
        // Open Humans lets us do nothing more; the member has taken access back there.
        return Ok(member);
    };
    let new = match site.project.refresh(&refresh.into()).await {
        Ok(new) => Tokens::of_open_humans(&new),
        Err(OpenHumansError::Token) => return Ok(member),
        Err(error) => return Err(error.into()),
    };
    let change = |data: &mut MemberData| data.tokens = new.clone();
    let member = members.change(member.id, change).await?;
    delete_with(site, &member.data.tokens).await?;
    Ok(member)
}

async fn delete_with(
    site: &ArchiveSite,
    tokens: &Tokens,
) -> std::result::Result<(), archive::ArchiveError> {
    let settings = &site.settings;
    let token = tokens.access.clone().into();
    let client = OpenHumans::new(&settings.open_humans, &token, settings.user_agent)?;
    archive::delete_delivered(&client).await?;
    Ok(())
}

/// A token that GitHub does not take back ends by itself, or at GitHub's own pages.
async fn revoke(site: &ArchiveSite, connection: &Connection) {
    let token = connection.tokens.access.clone().into();
    if site.app.revoke(&token).await.is_err() {
        tracing::warn!("GitHub did not take the access of a member back");
    }
}
