//! To Open Humans and GitHub, and back again.
//!
//! What goes to the other side is a random state; what comes back has to bring it, in the same browser,
//! within ten minutes. GitHub gets a challenge too, whose answer never leaves this program before.

use super::answers::{self, Answer};
use super::cookies::{Cookie, Pending, Service};
use super::fields::{field, parameter};
use super::leave;
use super::pages;
use super::site::{ArchiveSite, Result};
use super::visitor::Visitor;
use crate::archive::{Account, ArchiveError, Connection, Tokens};
use crate::forge::github::{GitHub, GitHubSettings, Reading};
use crate::jobs::{JobKind, JobRequest};
use crate::openhumans::OpenHumans;
use subtle::ConstantTimeEq;

/// What the app asks for: the account alone, or private repositories too.
const PUBLIC_SCOPE: &str = "";
const PRIVATE_SCOPE: &str = "repo";

const DASHBOARD: &str = "/archive/dashboard";

fn back_from_open_humans(visitor: &Visitor) -> String {
    format!("{}/archive/open-humans", visitor.base_url)
}

fn back_from_github(visitor: &Visitor) -> String {
    format!("{}/archive/github", visitor.base_url)
}

pub(super) fn go_to_open_humans(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let pending = Pending::new(Service::OpenHumans, false, None)?;
    let back = back_from_open_humans(visitor);
    let there = site.project.sign_in_url(&back, &pending.state);
    let cookie = Cookie::Pending.set(&pending.seal(&site.key)?, visitor.is_secure);
    Ok(answers::redirect(there.as_str()).cookie(cookie))
}

pub(super) async fn come_from_open_humans(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let Some((code, _)) = read_return(site, visitor, Service::OpenHumans) else {
        return Ok(not_agreed(site, visitor, "Signing in did not work"));
    };
    let tokens = site
        .project
        .exchange(&code, &back_from_open_humans(visitor))
        .await?;
    let settings = &site.settings;
    let client = OpenHumans::new(
        &settings.open_humans,
        &tokens.access_token,
        settings.user_agent,
    )?;
    let member = client.fetch_member().await?;
    let members = site.open_members().await?;
    let tokens = Tokens::of_open_humans(&tokens);
    let (member, before) = members.sign_in(&member.id, tokens.clone()).await?;
    if let Some(before) = before {
        // They would stay valid for nobody's use. A service that reuses tokens gives the same again.
        for token in [Some(before.access), before.refresh].into_iter().flatten() {
            if token != tokens.access && tokens.refresh.as_ref() != Some(&token) {
                let _ = site.project.revoke(&token.into()).await;
            }
        }
    }
    // Each sign-in begins a new session, so that nobody else can know its cookie.
    if let Some(session) = &visitor.session {
        members.end_session(session).await?;
    }
    let session = members.begin_session(member.id).await?;
    Ok(answers::redirect(DASHBOARD)
        .cookie(Cookie::Session.set(&session, visitor.is_secure))
        .cookie(Cookie::Pending.remove(visitor.is_secure)))
}

pub(super) fn go_to_github(site: &ArchiveSite, visitor: &Visitor, form: &[u8]) -> Result<Answer> {
    let private = field(form, "private").is_some();
    let pending = Pending::new(Service::GitHub, private, visitor.session_mark(site))?;
    let scope = if private { PRIVATE_SCOPE } else { PUBLIC_SCOPE };
    let back = back_from_github(visitor);
    let there = site
        .app
        .connect_url(&back, &pending.state, &pending.verifier, scope);
    let cookie = Cookie::Pending.set(&pending.seal(&site.key)?, visitor.is_secure);
    Ok(answers::redirect(there.as_str()).cookie(cookie))
}

pub(super) async fn come_from_github(site: &ArchiveSite, visitor: &Visitor) -> Result<Answer> {
    let returned = read_return(site, visitor, Service::GitHub);
    let (Some((code, pending)), Some(member)) = (returned, &visitor.member) else {
        return Ok(not_agreed(site, visitor, "Connecting GitHub did not work"));
    };
    // One that runs would be in the way of the next, and reads what was connected before.
    if !leave::end_jobs(site, member.id).await? {
        return Ok(leave::still_running(site));
    }
    let back = back_from_github(visitor);
    let tokens = site.app.exchange(&code, &back, &pending.verifier).await?;
    let settings = GitHubSettings {
        token: Some(tokens.access_token.clone()),
        ..site.settings.github.clone()
    };
    let github = GitHub::new(&settings, site.settings.user_agent)?;
    let account = match github.fetch_own_account().await? {
        Reading::Read(document) => Account::read(&document.value),
        _ => None,
    };
    let account = account.ok_or(ArchiveError::Unanswered {
        what: "the account",
        why: "the answer cannot be read".to_owned(),
    })?;
    let connection = Connection {
        login: account.login,
        tokens: Tokens::of_github(&tokens),
    };
    let members = site.open_members().await?;
    let before = members
        .connect(member.id, &connection, pending.private)
        .await?;
    // All tokens of an account end together, so that of the same one is left.
    let before = before.filter(|before| before.login != connection.login);
    let left = match before {
        Some(before) => leave::take_back(site, before).await,
        None => None,
    };
    let request = JobRequest {
        kind: JobKind::ArchiveSync,
        target: member.id.to_string(),
        run_at: None,
    };
    site.open_queue().await?.add(&request).await?;
    let answer = match left {
        Some(_) => leave::unconfirmed(site, "The other account may still be connected"),
        None => answers::redirect(DASHBOARD),
    };
    Ok(answer.cookie(Cookie::Pending.remove(visitor.is_secure)))
}

/// The code that a browser brings back, if it is the one that was sent.
fn read_return(
    site: &ArchiveSite,
    visitor: &Visitor,
    service: Service,
) -> Option<(String, Pending)> {
    let cookie = Cookie::Pending.read(&visitor.request.headers, visitor.is_secure)?;
    let pending = Pending::open(&site.key, &cookie)?;
    let state = parameter(&visitor.request, "state")?;
    let is_same: bool = state.as_bytes().ct_eq(pending.state.as_bytes()).into();
    if !is_same || pending.service != service {
        return None;
    }
    if service == Service::GitHub
        && (pending.session.is_none() || pending.session != visitor.session_mark(site))
    {
        return None;
    }
    Some((parameter(&visitor.request, "code")?, pending))
}

fn not_agreed(site: &ArchiveSite, visitor: &Visitor, what: &str) -> Answer {
    let why = "It was not agreed to, took too long, or was begun in another browser. Begin again.";
    let remove = Cookie::Pending.remove(visitor.is_secure);
    pages::problem(site, 400, what, why).cookie(remove)
}
