//! Entries of a timeline.

use serde_json::Value as Json;
use xxhash_rust::xxh3::xxh3_64;

use super::{Person, RepositoryIdentity, integer, text, time};
use crate::database::Value;

/// The kinds that are kept, sorted. `cross-referenced` was none of them at first, because it has no id.
const TRACKED: [&str; 37] = [
    "added_to_project",
    "assigned",
    "closed",
    "commented",
    "connected",
    "convert_to_draft",
    "converted_note_to_issue",
    "converted_to_discussion",
    "cross-referenced",
    "demilestoned",
    "disconnected",
    "labeled",
    "locked",
    "marked_as_duplicate",
    "mentioned",
    "merged",
    "milestoned",
    "moved_columns_in_project",
    "pinned",
    "ready_for_review",
    "referenced",
    "removed_from_project",
    "renamed",
    "reopened",
    "review_dismissed",
    "review_request_removed",
    "review_requested",
    "reviewed",
    "subscribed",
    "transferred",
    "unassigned",
    "unlabeled",
    "unlocked",
    "unmarked_as_duplicate",
    "unpinned",
    "unsubscribed",
    "user_blocked",
];

pub(in crate::activity) const EVENT_COLUMNS: &[&str] = &[
    "id",
    "issue_id",
    "org",
    "repo",
    "event",
    "body",
    "label",
    "reactions",
    "state",
    "created_at",
    "updated_at",
    "node_id",
    "user",
    "author_association",
    "username",
    "repository_id",
    "user_id",
    "raw",
    "page_no",
];

/// An entry of a timeline.
#[derive(Debug, Clone)]
pub(in crate::activity) struct EventRow {
    /// In the order of its columns.
    pub(in crate::activity) values: Vec<Value>,
    pub(in crate::activity) people: Vec<Person>,
}

/// Whether an entry is of a kind that is kept.
pub(in crate::activity) fn is_tracked(item: &Json) -> bool {
    text(item, "event").is_some_and(|kind| TRACKED.binary_search(&kind).is_ok())
}

/// Whether an entry is of a kind that is not kept.
pub(in crate::activity) fn is_of_other_kind(item: &Json) -> bool {
    text(item, "event").is_some() && !is_tracked(item)
}

impl EventRow {
    /// `None` if it cannot be told from others. An entry with an id and no kind is kept without one.
    pub(in crate::activity) fn read(
        item: &Json,
        issue_id: i64,
        page: u32,
        place: &RepositoryIdentity,
    ) -> Option<Self> {
        let kind = text(item, "event").unwrap_or_default();
        let id = match integer(item, "id") {
            Some(id) => id,
            None if kind == "cross-referenced" => reference_id(item, issue_id),
            None => return None,
        };
        let user = item.get("user").filter(|user| user.is_object());
        let user = user.or_else(|| item.get("actor"));
        let copied = |name: &str| item.get(name).cloned().map_or(Value::Null, Value::from);
        let words = |name: &str| text(item, name).map(str::to_owned).into();
        let created = item.get("created_at").or_else(|| item.get("submitted_at"));
        let values = vec![
            id.into(),
            issue_id.into(),
            place.org.as_str().into(),
            place.repo.as_str().into(),
            kind.into(),
            words("body"),
            copied("label"),
            copied("reactions"),
            words("state"),
            time(created).into(),
            time(item.get("updated_at")).into(),
            words("node_id"),
            user.cloned().map_or(Value::Null, Value::from),
            words("author_association"),
            user.and_then(|user| text(user, "login"))
                .map(str::to_owned)
                .into(),
            place.id.into(),
            user.and_then(|user| integer(user, "id")).into(),
            item.clone().into(),
            i64::from(page).into(),
        ];
        let others = ["assignee", "requested_reviewer", "review_requester"];
        let others = others.iter().filter_map(|name| item.get(name));
        let people = user.into_iter().chain(others).filter_map(Person::read);
        Some(Self {
            values,
            people: people.collect(),
        })
    }
}

/// An id for a cross-reference, which has none: negative, as GitHub's never are, and made of what
/// does not change.
fn reference_id(item: &Json, issue_id: i64) -> i64 {
    let source = item.pointer("/source/issue/id").and_then(Json::as_i64);
    let actor = item.pointer("/actor/id").and_then(Json::as_i64);
    let at = text(item, "created_at").map(|at| format!("\"{at}\""));
    let [source, actor] = [source, actor].map(|id| id.map(|id| id.to_string()));
    let [source, actor, at] = [source, actor, at].map(part_of_identity);
    let digest = xxh3_64(format!("{issue_id} {source} {actor} {at}").as_bytes());
    // The sign bit is set.
    (digest | 1 << 63).cast_signed()
}

/// A part of what is hashed to an id. Databases hold such ids: the form must never change.
fn part_of_identity(part: Option<String>) -> String {
    part.map_or_else(|| "None".to_owned(), |part| format!("Some({part})"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cross_reference_keeps_its_id_for_ever() {
        let item = json!({
            "source": {"issue": {"id": 1_234_567}}, "actor": {"id": 89},
            "created_at": "2026-10-01T12:30:00Z",
        });
        assert_eq!(reference_id(&item, 42), -1_581_750_508_559_661_441);
        assert_eq!(reference_id(&json!({}), 42), -1_070_353_501_629_786_594);
    }

    #[test]
    fn kinds_are_sorted_and_all_of_the_first_design() {
        assert!(TRACKED.is_sorted());
        let first = TRACKED.iter().filter(|kind| **kind != "cross-referenced");
        assert_eq!(first.count(), 36);
    }
}
