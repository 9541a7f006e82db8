//! Reads the items of a project, with the values of the fields that the board knows.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value as Json;

use super::error::BoardError;
use super::pages::Pages;
use super::session::{BoardSession, MOST_ATTEMPTS};
use super::values::FieldValue;
use crate::forge::github::{BoardProblem, BoardReply, BoardRequest};
use crate::model::clean_line;

/// Entries of a page, the most that GitHub allows.
const PAGE_SIZE: usize = 100;
/// Readings of a list that changes meanwhile.
const MOST_READINGS: u32 = 3;
const LONGEST_TITLE: usize = 1_000;

/// An item of the project.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub id: String,
    pub content: ItemContent,
    pub is_archived: bool,
    /// Who has put it there; empty if nobody knows.
    pub creator: String,
    pub title: String,
    /// Those fields that hold something.
    pub values: BTreeMap<String, FieldValue>,
    /// Fields of which GitHub does not say what they hold.
    pub unknown: BTreeSet<String>,
}

/// What an item is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ItemContent {
    /// An issue or pull request.
    Linked {
        id: String,
    },
    Draft {
        body: String,
    },
    /// Something that the token may not see.
    Redacted,
}

/// The items of a project.
#[derive(Debug, Clone, Default)]
pub(super) struct Items {
    pub(super) all: Vec<Item>,
    /// Why some may be missing.
    pub(super) incomplete: Option<String>,
    /// Why some have fields of which nobody knows what they hold.
    pub(super) unknown: Option<String>,
}

impl Items {
    /// Notes the errors of a page; which fields of the item at a place are unknown. `list` is the way to
    /// the items.
    fn read_errors<'f>(
        &mut self,
        errors: &[BoardProblem],
        list: &[&str],
        fields: &'f [String],
    ) -> BTreeMap<usize, BTreeSet<&'f str>> {
        let mut unknown: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for error in errors {
            let is_of_list = error.path.iter().zip(list).all(|(part, name)| part == name);
            let rest = error.path.get(list.len()..).filter(|_| is_of_list);
            let found = rest.and_then(|rest| {
                let place = rest.first()?.parse().ok()?;
                let number: usize = rest.get(1)?.strip_prefix('f')?.parse().ok()?;
                Some((place, fields.get(number)?.as_str()))
            });
            let message = &error.message;
            if let Some((place, field)) = found {
                unknown.entry(place).or_default().insert(field);
                let why =
                    || format!("GitHub does not say what `{field}` of some items holds: {message}");
                self.unknown.get_or_insert_with(why);
            } else if place_of_missing(error).is_none() {
                let why = || format!("some items are incomplete: {message}");
                self.incomplete.get_or_insert_with(why);
            }
        }
        unknown
    }

    /// Whether something may be on the project of which nobody knows: an item that is not shown, or a
    /// draft of which nobody knows what it is for.
    pub(super) fn lacks_some(&self, link: &str) -> bool {
        let is_unknown_draft = |item: &Item| {
            matches!(item.content, ItemContent::Draft { .. }) && item.unknown.contains(link)
        };
        self.incomplete.is_some() || self.all.iter().any(is_unknown_draft)
    }
}

pub(super) async fn fetch_items(
    session: &BoardSession,
    project: &str,
    fields: &[String],
) -> Result<Items, BoardError> {
    let mut found = Items::default();
    let mut size = PAGE_SIZE;
    for _ in 0..MOST_READINGS {
        found = read_all(session, project, fields, &mut size).await?;
        if found.incomplete.is_none() {
            break;
        }
    }
    Ok(found)
}

async fn read_all(
    session: &BoardSession,
    project: &str,
    fields: &[String],
    size: &mut usize,
) -> Result<Items, BoardError> {
    let mut found = Items::default();
    let mut seen = HashSet::new();
    let (mut after, mut attempt) = (None, 0);
    let mut pages = Pages::default();
    loop {
        session.check_stop()?;
        let request = BoardRequest::items(project, fields, *size, after.as_deref());
        let answer = match session.github.ask_board(&request, attempt).await? {
            BoardReply::Answered(answer) => answer,
            BoardReply::Unanswered { why } => {
                attempt += u32::from(*size == 1);
                if attempt >= MOST_ATTEMPTS {
                    let what = "the items of the project".to_owned();
                    return Err(BoardError::Unanswered { what, why });
                }
                *size = (*size / 2).max(1);
                let line = format!("a page of items is too much ({why}); asking for {size}");
                session.log.note(&line);
                continue;
            }
        };
        attempt = 0;
        let page = &answer.get("node")["items"];
        let Some(nodes) = page["nodes"].as_array() else {
            let why = answer.errors.first();
            let why = why.map_or("there is no list", |error| error.message.as_str());
            let what = "the items of the project".to_owned();
            return Err(BoardError::Unanswered {
                what,
                why: why.to_owned(),
            });
        };
        let unknown = found.read_errors(&answer.errors, &["node", "items", "nodes"], fields);
        for (place, node) in nodes.iter().enumerate() {
            match read_item(node, fields, unknown.get(&place)) {
                Some(item) if seen.insert(item.id.clone()) => found.all.push(item),
                Some(_) => {}
                None => found.incomplete = Some("some items cannot be read".to_owned()),
            }
        }
        after = match pages.next(page, *size) {
            Ok(after) => after,
            Err(why) => {
                found.incomplete = Some(format!("the items of the project: {why}"));
                return Ok(found);
            }
        };
        if after.is_none() {
            let total = page["totalCount"].as_u64().unwrap_or(0);
            if (found.all.len() as u64) < total && found.incomplete.is_none() {
                let read = found.all.len();
                found.incomplete = Some(format!("GitHub shows {read} of {total} items"));
            }
            return Ok(found);
        }
    }
}

/// Fetches some items by their ids. Those that are gone are left out; they are not missing.
pub(super) async fn fetch_items_by_id(
    session: &BoardSession,
    ids: &[String],
    fields: &[String],
) -> Result<Items, BoardError> {
    let mut found = Items::default();
    for some in ids.chunks(PAGE_SIZE) {
        let request = BoardRequest::items_by_id(some, fields);
        let answer = session.ask("some items", &request).await?;
        let unknown = found.read_errors(&answer.errors, &["nodes"], fields);
        let gone: HashSet<&str> = answer.errors.iter().filter_map(place_of_missing).collect();
        for place in 0..some.len() {
            match read_item(&answer.get("nodes")[place], fields, unknown.get(&place)) {
                Some(item) => found.all.push(item),
                None if gone.contains(place.to_string().as_str()) => {}
                None => {
                    let why = || "some items cannot be read".to_owned();
                    found.incomplete.get_or_insert_with(why);
                }
            }
        }
    }
    Ok(found)
}

/// The place of an item of which GitHub says that it does not exist.
fn place_of_missing(error: &BoardProblem) -> Option<&str> {
    match error.path.as_slice() {
        [nodes, place] if nodes == "nodes" && error.kind == "NOT_FOUND" => Some(place),
        _ => None,
    }
}

fn read_item(node: &Json, fields: &[String], unknown: Option<&BTreeSet<&str>>) -> Option<Item> {
    let content = &node["content"];
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let is_redacted = node["type"].as_str()? == "REDACTED" || content.is_null();
    let title = content["title"].as_str().unwrap_or_default();
    let values = fields.iter().enumerate().filter_map(|(number, name)| {
        let value = read_value(&node[format!("f{number}")])?;
        Some((name.clone(), value))
    });
    Some(Item {
        id: text(&node["id"])?,
        content: match content["__typename"].as_str() {
            _ if is_redacted => ItemContent::Redacted,
            Some("DraftIssue") => ItemContent::Draft {
                body: text(&content["body"]).unwrap_or_default(),
            },
            _ => ItemContent::Linked {
                id: text(&content["id"])?,
            },
        },
        is_archived: node["isArchived"].as_bool().unwrap_or(false),
        creator: text(&node["creator"]["login"]).unwrap_or_default(),
        title: clean_line(title, LONGEST_TITLE),
        values: values.collect(),
        unknown: unknown
            .into_iter()
            .flatten()
            .map(|&field| field.to_owned())
            .collect(),
    })
}

fn read_value(node: &Json) -> Option<FieldValue> {
    let text = |name: &str| node[name].as_str().map(str::to_owned);
    match node["__typename"].as_str()? {
        "ProjectV2ItemFieldTextValue" => text("text").map(FieldValue::Text),
        "ProjectV2ItemFieldNumberValue" => node["number"].as_f64().map(FieldValue::Number),
        "ProjectV2ItemFieldDateValue" => text("date").map(FieldValue::Date),
        "ProjectV2ItemFieldSingleSelectValue" => text("name").map(FieldValue::Option),
        // Only fields of the board's kinds are written; others are emptied, whatever they hold.
        _ => Some(FieldValue::Text(String::new())),
    }
}
