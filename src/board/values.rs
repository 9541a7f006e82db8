//! What the fields of an item have to hold, by the rules of the board. No I/O.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use super::content::{Content, ContentKind, Person};
use super::rules::{Board, DraftTitles, FieldRule, Source};

/// The value of a field. Dates have day precision, as those of projects do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue {
    Text(String),
    Number(f64),
    /// As `2026-01-31`.
    Date(String),
    /// The name of an option.
    Option(String),
}

impl fmt::Display for FieldValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Date(text) | Self::Option(text) => formatter.write_str(text),
            Self::Number(number) => write!(formatter, "{number}"),
        }
    }
}

/// Who belongs to the team: logins in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Membership {
    pub members: HashSet<String>,
    pub bots: HashSet<String>,
    /// Whether bots that only GitHub calls so are bots in replies too.
    pub bots_in_replies: bool,
}

impl Membership {
    /// The key of the option for the one who wrote the last comment.
    fn of_commenter(&self, content: &Content) -> &'static str {
        let is_reply = content
            .final_comment
            .as_ref()
            .is_some_and(|last| last.is_reply);
        let mut person = content.final_author().cloned();
        if let Some(person) = &mut person {
            person.is_bot &= self.bots_in_replies || !is_reply;
        }
        self.of(person.as_ref())
    }

    /// The key of the option for a person. Who has deleted the account is nobody of the team.
    fn of(&self, person: Option<&Person>) -> &'static str {
        let Some(person) = person else { return "other" };
        let login = person.login.to_lowercase();
        if self.members.contains(&login) {
            "member"
        } else if person.is_bot || self.bots.contains(&login) {
            "bot"
        } else {
            "other"
        }
    }
}

/// What a field has to hold; `None` for nothing.
pub(super) fn value_of(
    board: &Board,
    rule: &FieldRule,
    membership: &Membership,
    content: &Content,
) -> Option<FieldValue> {
    let day = |time: &str| time.get(..10).map(|day| FieldValue::Date(day.to_owned()));
    let login =
        |person: Option<&Person>| person.map(|person| FieldValue::Text(person.login.clone()));
    let option = |key: &str| rule.options.get(key).cloned().map(FieldValue::Option);
    match rule.value {
        Source::CreatedAt => day(&content.created_at),
        Source::UpdatedAt => day(&content.updated_at),
        Source::ClosedAt => content.closed_at.as_deref().and_then(day),
        Source::Author => login(content.author.as_ref()),
        Source::AuthorMembership => option(membership.of(content.author.as_ref())),
        Source::Votes => Some(number(content.votes)),
        Source::Comments => Some(number(content.comments)),
        Source::FinalCommentAt => day(content.final_at()),
        Source::FinalCommentAuthor => login(content.final_author()),
        Source::CommenterMembership => option(membership.of_commenter(content)),
        Source::DiscussionWanted => option(if is_wanted(board, content) {
            "yes"
        } else {
            "no"
        }),
        Source::Kind => option(match content.kind {
            ContentKind::Issue => "issue",
            ContentKind::PullRequest => "pull_request",
            ContentKind::Discussion => "discussion",
        }),
        Source::Repository => Some(FieldValue::Text(content.repository.clone())),
        Source::Number => Some(number(content.number)),
        Source::Url => Some(FieldValue::Text(content.url.clone())),
    }
}

/// Every discussion is one; of the others, those whose labels say so.
fn is_wanted(board: &Board, content: &Content) -> bool {
    let says_so = |label: &String| board.wanted.as_ref().is_some_and(|all| all.is_match(label));
    content.kind == ContentKind::Discussion || content.labels.iter().any(says_so)
}

fn number(count: i64) -> FieldValue {
    FieldValue::Number(count as f64)
}

/// The title of a draft.
pub(super) fn draft_title(titles: DraftTitles, title: &str) -> String {
    match titles {
        DraftTitles::Whole => title.to_owned(),
        DraftTitles::Ascii => title
            .chars()
            .filter(|one| matches!(one, ' '..='~' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}'))
            .collect(),
    }
}
