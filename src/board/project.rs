//! The project: its fields and options by name, and whether the token may do what is needed.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::content::next_page;
use super::error::BoardError;
use super::rules::{Board, FieldKind};
use super::session::BoardSession;
use crate::forge::github::{BoardRequest, ProjectName};
use crate::profile::nearest::nearest;

/// Pages of fields; GitHub allows far fewer.
const MOST_PAGES: usize = 10;

/// A project as it is now.
#[derive(Debug, Clone)]
pub struct Project {
    pub id: String,
    pub title: String,
    pub url: String,
    /// In their order on the project.
    pub fields: Vec<Field>,
    /// Names of views, and their filters.
    pub views: Vec<(String, String)>,
    /// Whose token it is.
    pub viewer: String,
}

/// A field of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub id: String,
    pub name: String,
    /// GitHub's name of its type, such as `SINGLE_SELECT`.
    pub kind: String,
    /// Ids and names of options.
    pub options: Vec<(String, String)>,
}

/// What is done with the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// Scopes of which a token needs one, and what for.
const NEEDS: [(&[&str], &str, Need); 4] = [
    (
        &["project"],
        "`project`, to change the project",
        Need::Write,
    ),
    (
        &["read:project", "project"],
        "`read:project`, to read the project",
        Need::Always,
    ),
    (
        &["read:org", "write:org", "admin:org"],
        "`read:org`, to read the members of teams",
        Need::Teams,
    ),
    (
        &["read:discussion", "write:discussion", "repo", "public_repo"],
        "`read:discussion`, to read discussions",
        Need::Discussions,
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Always,
    Write,
    Teams,
    Discussions,
}

/// Fetches the project of a board, and fails if the token may not do what the board needs.
pub(super) async fn fetch_project(
    session: &BoardSession,
    board: &Board,
    access: Access,
) -> Result<Project, BoardError> {
    if !session.github.has_token() {
        return Err(BoardError::NoToken);
    }
    let what = match &board.project {
        ProjectName::Number { owner, number } => format!("{number} of {owner}"),
        ProjectName::Id(id) => id.clone(),
    };
    let answer = session
        .ask("the project", &BoardRequest::project(&board.project))
        .await?;
    check_scopes(answer.scopes.as_deref(), board, access)?;
    let shown = match &board.project {
        ProjectName::Number { .. } => &answer.get("owner")["project"],
        ProjectName::Id(_) => answer.get("project"),
    };
    let text = |name: &str| shown[name].as_str().map(str::to_owned);
    let (Some(id), Some(title)) = (text("id"), text("title")) else {
        return Err(BoardError::NoProject { what });
    };
    if access == Access::Write && shown["viewerCanUpdate"].as_bool() == Some(false) {
        return Err(BoardError::Scopes {
            lacks: "the right to change this project".to_owned(),
            hint: "give its account the role `Write` in the project's settings",
        });
    }
    let views = shown["views"]["nodes"].as_array().into_iter().flatten();
    let views = views.filter_map(|view| {
        let filter = view["filter"].as_str().unwrap_or_default();
        Some((view["name"].as_str()?.to_owned(), filter.to_owned()))
    });
    let mut project = Project {
        url: text("url").unwrap_or_default(),
        fields: read_fields(&shown["fields"]),
        views: views.collect(),
        viewer: answer.get("viewer")["login"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        id,
        title,
    };
    let mut after = next_page(&shown["fields"]);
    for _ in 0..MOST_PAGES {
        let Some(cursor) = after else { break };
        let request = BoardRequest::fields(&project.id, &cursor);
        let answer = session.ask("the fields", &request).await?;
        let page = &answer.get("node")["fields"];
        project.fields.extend(read_fields(page));
        after = next_page(page);
    }
    Ok(project)
}

fn read_fields(page: &Json) -> Vec<Field> {
    let nodes = page["nodes"].as_array().into_iter().flatten();
    nodes
        .filter_map(|node| {
            let options = node["options"].as_array().into_iter().flatten();
            let options = options.filter_map(|option| {
                let (id, name) = (option["id"].as_str()?, option["name"].as_str()?);
                Some((id.to_owned(), name.to_owned()))
            });
            Some(Field {
                id: node["id"].as_str()?.to_owned(),
                name: node["name"].as_str()?.to_owned(),
                kind: node["dataType"].as_str()?.to_owned(),
                options: options.collect(),
            })
        })
        .collect()
}

/// Tokens of apps and fine-grained ones have no scopes; what they may not do, GitHub says later.
fn check_scopes(scopes: Option<&str>, board: &Board, access: Access) -> Result<(), BoardError> {
    let Some(scopes) = scopes else { return Ok(()) };
    let scopes: Vec<&str> = scopes.split(',').map(str::trim).collect();
    let is_needed = |need: Need| match need {
        Need::Always => access == Access::Read,
        Need::Write => access == Access::Write,
        Need::Teams => !board.members.teams.is_empty(),
        Need::Discussions => board.scopes.discussions,
    };
    let lacks: Vec<&str> = NEEDS
        .iter()
        .filter(|(any, _, need)| is_needed(*need) && !any.iter().any(|one| scopes.contains(one)))
        .map(|(_, what, _)| *what)
        .collect();
    if lacks.is_empty() {
        return Ok(());
    }
    Err(BoardError::Scopes {
        lacks: format!("the scope {}", lacks.join(" and ")),
        hint: "add it on https://github.com/settings/tokens",
    })
}

impl Project {
    /// The field with this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Everything that the board needs and the project lacks, as sentences.
    #[must_use]
    pub fn lacks(&self, board: &Board) -> Vec<String> {
        let mut lacks = Vec::new();
        let link = (board.link.as_str(), FieldKind::Text, BTreeMap::new());
        let ruled = board.fields.iter();
        let ruled =
            ruled.map(|(name, rule)| (name.as_str(), rule.value.kind(), rule.options.clone()));
        for (name, kind, options) in std::iter::once(link).chain(ruled) {
            let Some(field) = self.field(name) else {
                lacks.push(self.missing(name));
                continue;
            };
            if field.kind != kind.name() {
                let (is, wanted) = (&field.kind, kind.name());
                lacks.push(format!("the field `{name}` is {is} and has to be {wanted}"));
                continue;
            }
            lacks.extend(options.values().filter_map(|option| field.missing(option)));
        }
        let missing = board.clear.iter().filter(|name| self.field(name).is_none());
        lacks.extend(missing.map(|name| self.missing(name)));
        lacks
    }

    /// Says that there is no such field, with the nearest name that is not one of the board's own.
    #[must_use]
    pub fn missing(&self, name: &str) -> String {
        let names = self.fields.iter().map(|field| field.name.as_str());
        match nearest(name, ".", names) {
            Some(known) => format!("there is no field `{name}`; the nearest is `{known}`"),
            None => format!("there is no field `{name}`"),
        }
    }
}

impl Field {
    /// The id of an option.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&str> {
        let mut options = self.options.iter();
        let found = options.find(|(_, known)| known == name);
        found.map(|(id, _)| id.as_str())
    }

    /// Says that there is no such option, with the nearest name; `None` if there is.
    #[must_use]
    pub fn missing(&self, option: &str) -> Option<String> {
        if self.option(option).is_some() {
            return None;
        }
        let field = &self.name;
        let names = self.options.iter().map(|(_, name)| name.as_str());
        Some(match nearest(option, ".", names) {
            Some(known) => {
                format!("the field `{field}` has no option `{option}`; the nearest is `{known}`")
            }
            None => format!("the field `{field}` has no option `{option}`"),
        })
    }
}
