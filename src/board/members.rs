//! Reads who belongs to the team.

use super::content::next_page;
use super::error::BoardError;
use super::rules::Members;
use super::session::BoardSession;
use super::values::Membership;
use crate::forge::github::BoardRequest;

/// Pages of members of a team; a hundred are on each.
const MOST_PAGES: usize = 100;

pub(super) async fn fetch_membership(
    session: &BoardSession,
    members: &Members,
) -> Result<Membership, BoardError> {
    let lowered = |logins: &[String]| logins.iter().map(|login| login.to_lowercase()).collect();
    let mut membership = Membership {
        members: lowered(&members.logins),
        bots: lowered(&members.bots),
        bots_in_replies: members.bots_in_replies,
    };
    for (organisation, team) in &members.teams {
        let name = format!("{organisation}/{team}");
        let mut after = None;
        for _ in 0..MOST_PAGES {
            let request = BoardRequest::team(organisation, team, after.as_deref());
            let answer = session.ask(&format!("the team {name}"), &request).await?;
            let page = &answer.get("organization")["team"]["members"];
            // A team whose members nobody sees would make strangers of all of them.
            let Some(nodes) = page["nodes"].as_array() else {
                return Err(BoardError::NoTeam { team: name });
            };
            if let Some(error) = answer.errors.first() {
                return Err(BoardError::Unanswered {
                    what: format!("the members of the team {name}"),
                    why: error.message.clone(),
                });
            }
            let logins = nodes.iter().filter_map(|node| node["login"].as_str());
            membership.members.extend(logins.map(str::to_lowercase));
            after = next_page(page);
            if after.is_none() {
                break;
            }
        }
    }
    Ok(membership)
}
