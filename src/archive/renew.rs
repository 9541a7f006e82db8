//! New tokens for those that end soon, for `cli` and `web`.
//!
//! A token that gives new ones counts once, and two processes may use the same at the same time. The
//! one that comes second is refused, and takes what the first one has stored. New tokens never replace
//! later ones: the member may sign in, connect another account or leave meanwhile.

use std::time::Duration;

use super::error::ArchiveError;
use super::members::{Member, MemberData, MemberStore, Tokens};
use crate::forge::ForgeError;
use crate::forge::github::App;
use crate::openhumans::{OpenHumansError, Project};

/// How often, and after which pause, somebody looks what another process has stored.
const LOOKS: u32 = 5;
const LOOK_PAUSE: Duration = Duration::from_millis(200);

/// Gets new tokens at Open Humans.
///
/// # Errors
///
/// [`OpenHumansError::Token`] if Open Humans lets the project in no more.
pub async fn renew_open_humans(
    members: &MemberStore,
    member: &Member,
    project: &Project,
) -> Result<Member, ArchiveError> {
    let refused = || ArchiveError::from(OpenHumansError::Token);
    let refresh = member.data.tokens.refresh.clone().ok_or_else(refused)?;
    match project.refresh(&refresh.as_str().into()).await {
        Ok(new) => {
            let new = Tokens::of_open_humans(&new);
            let change = |data: &mut MemberData| data.tokens.renew(&refresh, &new);
            members.change(member.id, change).await
        }
        Err(OpenHumansError::Token) => {
            let is_renewed =
                |data: &MemberData| data.tokens.refresh.as_deref() != Some(refresh.as_str());
            let found = find_renewed(members, member.id, is_renewed).await?;
            found.ok_or_else(refused)
        }
        Err(error) => Err(error.into()),
    }
}

/// Gets new tokens at GitHub.
///
/// # Errors
///
/// [`ForgeError::Token`] if GitHub lets the app in no more; [`ArchiveError::NotConnected`] if the member
/// has disconnected meanwhile.
pub async fn renew_github(
    members: &MemberStore,
    member: &Member,
    app: &App,
) -> Result<Member, ArchiveError> {
    let connection = member.data.github.as_ref();
    let connection = connection.ok_or(ArchiveError::NotConnected)?;
    let Some(refresh) = connection.tokens.refresh.clone() else {
        return Ok(member.clone());
    };
    let given = match app.refresh(&refresh.as_str().into()).await {
        Ok(given) => given,
        Err(error @ ForgeError::Token { .. }) => {
            let is_renewed = |data: &MemberData| {
                let now = data.github.as_ref().map(|one| &one.tokens.refresh);
                now != Some(&Some(refresh.clone()))
            };
            let found = find_renewed(members, member.id, is_renewed).await?;
            let found = found.ok_or(error)?;
            let is_connected = found.data.github.is_some();
            return is_connected
                .then_some(found)
                .ok_or(ArchiveError::NotConnected);
        }
        Err(error) => return Err(error.into()),
    };
    let new = Tokens::of_github(&given);
    let change = |data: &mut MemberData| {
        if let Some(connection) = &mut data.github {
            connection.tokens.renew(&refresh, &new);
        }
    };
    let changed = members.change(member.id, change).await;
    let is_gone = match &changed {
        Ok(member) => {
            let now = member.data.github.as_ref();
            now.is_none_or(|now| now.login != connection.login)
        }
        Err(error) => matches!(error, ArchiveError::NoMember),
    };
    if is_gone {
        // Nobody else has these tokens to take the access back with.
        let _ = app.revoke(&given.access_token).await;
    }
    changed
}

/// The member as another process has stored it; `None` if none has.
async fn find_renewed(
    members: &MemberStore,
    id: i64,
    is_renewed: impl Fn(&MemberData) -> bool,
) -> Result<Option<Member>, ArchiveError> {
    for look in 0..LOOKS {
        if look > 0 {
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        let member = members.get(id).await?.ok_or(ArchiveError::NoMember)?;
        if is_renewed(&member.data) {
            return Ok(Some(member));
        }
    }
    Ok(None)
}
