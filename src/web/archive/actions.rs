//! What a member can do while staying: update now, sign out.

use super::answers::{self, Answer};
use super::cookies::Cookie;
use super::pages;
use super::site::{ArchiveSite, Result};
use super::visitor::Visitor;
use crate::jobs::{JobKind, JobRequest};

const DASHBOARD: &str = "/archive/dashboard";

pub(super) async fn sign_out(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    if let Some(session) = &visitor.session {
        site.open_members().await?.end_session(session).await?;
    }
    Ok(answers::redirect("/archive/").cookie(Cookie::Session.remove(visitor.is_secure)))
}

pub(super) async fn update(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let Some(member) = visitor
        .member
        .as_ref()
        .filter(|member| member.data.github.is_some())
    else {
        return Ok(answers::redirect(DASHBOARD));
    };
    let queue = site.open_queue().await?;
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
