//! What a board file says: which project, what belongs on it, and what its fields hold. No I/O.

use std::collections::BTreeMap;

use regex::Regex;

use crate::forge::github::ProjectName;
use crate::model::RepositorySlug;

/// A board: the project, and the rules for its items.
#[derive(Debug, Clone)]
pub struct Board {
    pub project: ProjectName,
    pub scopes: Scopes,
    /// Days for which something closed still counts as open; `None` for not at all.
    pub closed_days: Option<u32>,
    pub members: Members,
    /// What labels have to match for a discussion to be wanted.
    pub wanted: Option<Regex>,
    /// The text field that says which issue or discussion an item is for.
    pub link: String,
    pub removal: Removal,
    /// Fields that are emptied when there are new comments.
    pub clear: Vec<String>,
    pub draft_titles: DraftTitles,
    /// Fields by name, and what they hold.
    pub fields: BTreeMap<String, FieldRule>,
    pub views: Vec<ViewRule>,
}

/// Where to look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    pub organisations: Vec<String>,
    pub repositories: Vec<RepositorySlug>,
    /// Repositories that are left out.
    pub exclude: Vec<RepositorySlug>,
    /// Types of issues that are wanted from excluded repositories all the same.
    pub exclude_except_types: Vec<String>,
    /// Whether discussions belong on the board, as drafts.
    pub discussions: bool,
}

/// Who belongs to the team, and who is a bot although GitHub does not say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// Organisation and name of each.
    pub teams: Vec<(String, String)>,
    pub logins: Vec<String>,
    pub bots: Vec<String>,
    /// Whether bots that only GitHub calls so count as bots when they reply in a discussion.
    pub bots_in_replies: bool,
}

/// Which items are removed when nothing asks for them any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Removal {
    /// Those that the link field names, which a board has put there.
    #[default]
    Linked,
    /// All, also those that people have added by hand.
    All,
    Never,
}

/// How the titles of drafts are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DraftTitles {
    #[default]
    Whole,
    /// Without everything that is not printable ASCII.
    Ascii,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRule {
    pub value: Source,
    /// The names of options: for `member`, `other` and `bot`, or for `yes` and `no`.
    pub options: BTreeMap<String, String>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    CreatedAt,
    UpdatedAt,
    ClosedAt,
    Author,
    AuthorMembership,
    Votes,
    Comments,
    FinalCommentAt,
    FinalCommentAuthor,
    CommenterMembership,
    DiscussionWanted,
    Kind,
    Repository,
    Number,
    Url,
}

impl Source {
    pub const ALL: [Self; 15] = [
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::ClosedAt,
        Self::Author,
        Self::AuthorMembership,
        Self::Votes,
        Self::Comments,
        Self::FinalCommentAt,
        Self::FinalCommentAuthor,
        Self::CommenterMembership,
        Self::DiscussionWanted,
        Self::Kind,
        Self::Repository,
        Self::Number,
        Self::Url,
    ];

    /// Its name in board files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::ClosedAt => "closed_at",
            Self::Author => "author",
            Self::AuthorMembership => "author_membership",
            Self::Votes => "votes",
            Self::Comments => "comments",
            Self::FinalCommentAt => "final_comment_at",
            Self::FinalCommentAuthor => "final_comment_author",
            Self::CommenterMembership => "commenter_membership",
            Self::DiscussionWanted => "discussion_wanted",
            Self::Kind => "kind",
            Self::Repository => "repository",
            Self::Number => "number",
            Self::Url => "url",
        }
    }

    /// The type of field that it needs.
    #[must_use]
    pub fn kind(self) -> FieldKind {
        match self {
            Self::CreatedAt | Self::UpdatedAt | Self::ClosedAt | Self::FinalCommentAt => {
                FieldKind::Date
            }
            Self::Votes | Self::Comments | Self::Number => FieldKind::Number,
            Self::Author | Self::FinalCommentAuthor | Self::Repository | Self::Url => {
                FieldKind::Text
            }
            Self::AuthorMembership
            | Self::CommenterMembership
            | Self::DiscussionWanted
            | Self::Kind => FieldKind::SingleSelect,
        }
    }

    /// The keys of its options.
    #[must_use]
    pub fn option_keys(self) -> &'static [&'static str] {
        match self {
            Self::AuthorMembership | Self::CommenterMembership => &["member", "other", "bot"],
            Self::DiscussionWanted => &["yes", "no"],
            Self::Kind => &["issue", "pull_request", "discussion"],
            _ => &[],
        }
    }

    /// Whether a difference tells of new comments. Such fields are written last, so that a run that was
    /// interrupted finds the difference again.
    #[must_use]
    pub fn tells_of_comments(self) -> bool {
        matches!(self, Self::Comments | Self::FinalCommentAt)
    }
}

/// The types of fields that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Number,
    Date,
    SingleSelect,
}

impl FieldKind {
    /// GitHub's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Number => "NUMBER",
            Self::Date => "DATE",
            Self::SingleSelect => "SINGLE_SELECT",
        }
    }
}

/// What a view of the project needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewRule {
    pub name: String,
    /// Its filter, if the file says so.
    pub filter: Option<String>,
    /// Fields, and options of theirs that the filter names.
    pub expects: BTreeMap<String, Vec<String>>,
}

impl Scopes {
    /// Whether a repository, as `owner/name`, is left out.
    #[must_use]
    pub fn excludes(&self, slug: &str) -> bool {
        let mut exclude = self.exclude.iter();
        exclude.any(|excluded| excluded.to_string().eq_ignore_ascii_case(slug))
    }
}

impl Board {
    /// All fields that the board reads: those it writes, the link, and those it empties.
    #[must_use]
    pub fn field_names(&self) -> Vec<String> {
        let mut names = vec![self.link.clone()];
        names.extend(self.clear.iter().cloned());
        names.extend(self.fields.keys().cloned());
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }
}
