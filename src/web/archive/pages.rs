//! The pages: plain data for templates, which escape everything.

use jiff::Timestamp;
use minijinja::{Value, context};

use super::answers::{self, Answer};
use super::site::{ArchiveSite, Result};
use super::visitor::Visitor;
use crate::archive::{MOST_DAYS, Member, SESSION_HOURS};
use crate::jobs::{JobKind, JobState};

fn render(site: &ArchiveSite, status: u16, name: &str, values: Value) -> Result<Answer> {
    let template = site.templates.get_template(name)?;
    Ok(answers::page(status, template.render(values)?))
}

/// What every page says of the visitor.
fn about_visitor(site: &ArchiveSite, visitor: &Visitor) -> Value {
    context! {
        is_signed_in => visitor.member.is_some(),
        token => visitor.form_token(site),
    }
}

pub(super) fn start(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    if visitor.member.is_some() {
        return Ok(answers::redirect("/archive/dashboard"));
    }
    let values = context! { title => "Archive", ..about_visitor(site, visitor) };
    render(site, 200, "start.html", values)
}

pub(super) fn about(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let values = context! {
        title => "About the archive",
        days => MOST_DAYS,
        session_hours => SESSION_HOURS,
        ..about_visitor(site, visitor)
    };
    render(site, 200, "about.html", values)
}

pub(super) fn ask_to_delete(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    if visitor.member.is_none() {
        return Ok(answers::redirect("/archive/"));
    }
    let values = context! { title => "Delete everything", ..about_visitor(site, visitor) };
    render(site, 200, "delete.html", values)
}

pub(super) async fn dashboard(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let Some(member) = &visitor.member else {
        return Ok(answers::redirect("/archive/"));
    };
    let queue = site.open_queue().await?;
    let target = member.id.to_string();
    let latest = queue.find_latest(JobKind::ArchiveSync, &target).await?;
    let is_waiting = is_waiting_for_quota(member, latest);
    let state = latest.map(|(state, _)| state);
    let state = match state {
        _ if is_waiting => "quota",
        Some(JobState::Running) => "running",
        Some(JobState::Waiting) => "queued",
        _ => "idle",
    };
    let last = member.data.last.as_ref();
    let (done, total) = member.progress.unwrap_or((0, 0));
    let values = context! {
        title => "Your archive",
        login => member.data.github.as_ref().map(|connection| connection.login.as_str()),
        is_private => member.data.private,
        updated_at => member.updated_at.map(shown),
        state => state,
        done => done.min(total),
        total => total,
        items => last.map(|last| last.items),
        finished_through => last.and_then(|last| last.finished_through).map(|week| week.to_string()),
        weeks_left => last.map(|last| last.weeks_left),
        wait_until => last.and_then(|last| last.wait_until).map(shown),
        why => last.filter(|last| last.wait_until.is_none()).and_then(|last| last.why.clone()),
        days => MOST_DAYS,
        // It shows what the next page would.
        refresh => matches!(state, "running" | "queued"),
        ..about_visitor(site, visitor)
    };
    render(site, 200, "dashboard.html", values)
}

/// Whether the next sync waits for GitHub to give quota again.
pub(super) fn is_waiting_for_quota(member: &Member, latest: Option<(JobState, Timestamp)>) -> bool {
    let wait = member.data.last.as_ref().and_then(|last| last.wait_until);
    wait.is_some_and(|wait| Timestamp::now() < wait)
        && matches!(latest, Some((JobState::Waiting, _)))
}

fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A page about something that did not work, or that is over.
pub(super) fn problem(site: &ArchiveSite, status: u16, what: &str, why: &str) -> Answer {
    let values = context! { title => what, what => what, why => why };
    let made = render(site, status, "problem.html", values);
    made.unwrap_or_else(|_| answers::page(status, String::new()))
}
