//! What happens in repositories: issues, pull requests, events, members, transfers.

use crate::records::ColumnKind::{Boolean, Integer, Json, Text, Time};
use crate::records::{Column, Lookup, Resource};

const CREATED: Column = Column::new("created_at", Time, "When it was opened.")
    .filtered(Lookup::RANGE)
    .ordered();
const UPDATED: Column = Column::new("updated_at", Time, "When it last changed.")
    .filtered(Lookup::RANGE)
    .ordered();
const ORG: Column = Column::new("org", Text, "The owner of the repository.")
    .filtered(Lookup::CHOICE)
    .required();
const REPO: Column = Column::new(
    "repo",
    Text,
    "The name of the repository, without its owner.",
)
.filtered(Lookup::CHOICE)
.required();
const REPOSITORY: Column = Column::new("repository_id", Integer, "GitHub's id of the repository.")
    .filtered(Lookup::CHOICE)
    .required();
const USERNAME: Column =
    Column::new("username", Text, "The login of the author.").filtered(Lookup::CHOICE);
const STATE: Column = Column::new("state", Text, "`open` or `closed`.").filtered(Lookup::CHOICE);
const ID: Column = Column::new("id", Integer, "GitHub's id.")
    .filtered(Lookup::CHOICE)
    .required();
const NUMBER: Column = Column::new("number", Integer, "The number in the repository.")
    .filtered(Lookup::CHOICE)
    .required();
const USER_ID: Column = Column::new("user_id", Integer, "GitHub's id of the author.");
const CLOSED: Column = Column::new("closed_at", Time, "When it was closed.");
const TITLE: Column = Column::new("title", Text, "The title.");
const BODY: Column = Column::new("body", Text, "The text, in Markdown.").long();
const LABELS: Column = Column::new("labels", Json, "The labels, as GitHub gives them.");
const COMMENTS: Column = Column::new("comments", Integer, "How many comments there are.");
const URL: Column = Column::new("html_url", Text, "The page on GitHub.");
const ASSOCIATION: Column = Column::new(
    "author_association",
    Text,
    "What the author is to the repository, as `MEMBER`.",
);

/// Issues.
pub const ISSUES: Resource = Resource {
    name: "issues",
    table: "issues",
    condition: Some("deleted_at IS NULL"),
    key: &["id"],
    columns: &[
        ID,
        NUMBER,
        ORG,
        REPO,
        REPOSITORY,
        TITLE,
        STATE,
        Column::new("state_reason", Text, "Why it is closed."),
        USERNAME,
        USER_ID,
        ASSOCIATION,
        LABELS,
        COMMENTS,
        CREATED,
        UPDATED,
        CLOSED,
        URL,
        BODY,
    ],
    default_order: "-created_at",
    description: "Issues of the repositories that are followed; deleted ones are left out.",
};

/// Pull requests.
pub const PULL_REQUESTS: Resource = Resource {
    name: "pull_requests",
    table: "pull_requests",
    condition: Some("deleted_at IS NULL"),
    key: &["id"],
    columns: &[
        ID,
        NUMBER,
        ORG,
        REPO,
        REPOSITORY,
        TITLE,
        STATE,
        Column::new("draft", Boolean, "Whether it is a draft."),
        Column::new("merged", Boolean, "Whether it was merged."),
        USERNAME,
        USER_ID,
        ASSOCIATION,
        LABELS,
        COMMENTS,
        CREATED,
        UPDATED,
        CLOSED,
        Column::new("merged_at", Time, "When it was merged."),
        URL,
        BODY,
    ],
    default_order: "-created_at",
    description: "Pull requests of the repositories that are followed; deleted ones are left out.",
};

/// Entries of timelines.
pub const EVENTS: Resource = Resource {
    name: "events",
    table: "events",
    condition: Some("deleted_at IS NULL"),
    key: &["id", "issue_id"],
    columns: &[
        Column::new(
            "id",
            Integer,
            "GitHub's id; negative where GitHub gives none.",
        )
        .filtered(Lookup::CHOICE)
        .required(),
        Column::new(
            "issue_id",
            Integer,
            "GitHub's id of the issue or pull request.",
        )
        .filtered(Lookup::CHOICE)
        .required(),
        Column::new("event", Text, "What happened, as `commented` or `closed`.")
            .filtered(Lookup::CHOICE)
            .required(),
        ORG,
        REPO,
        REPOSITORY,
        USERNAME,
        USER_ID,
        ASSOCIATION,
        Column::new("state", Text, "Of a review: what it says."),
        Column::new("label", Json, "The label, where one was added or removed."),
        Column::new("created_at", Time, "When it happened.")
            .filtered(Lookup::RANGE)
            .ordered(),
        Column::new("updated_at", Time, "When it last changed."),
        Column::new(
            "body",
            Text,
            "The text of a comment or review, in Markdown.",
        )
        .long(),
    ],
    default_order: "-created_at",
    description: "What happened to issues and pull requests, from their timelines.",
};

/// Members of organisations.
pub const MEMBERS: Resource = Resource {
    name: "members",
    table: "members",
    condition: None,
    key: &["id", "org"],
    columns: &[
        Column::new("id", Integer, "GitHub's id of the person.")
            .filtered(Lookup::CHOICE)
            .ordered()
            .required(),
        Column::new("org", Text, "The organisation.")
            .filtered(Lookup::CHOICE)
            .required(),
        Column::new("login", Text, "The login.")
            .filtered(Lookup::CHOICE)
            .required(),
        Column::new("inactive", Boolean, "Whether the person has left.")
            .filtered(Lookup::EXACT)
            .required(),
        Column::new("inserted_dt", Time, "When the person was first seen.")
            .filtered(Lookup::RANGE)
            .ordered()
            .required(),
        Column::new("inactive_dt", Time, "When the person had left."),
        Column::new("type", Text, "`User` or `Bot`."),
        Column::new("html_url", Text, "The page on GitHub."),
        Column::new("avatar_url", Text, "The picture."),
    ],
    default_order: "id",
    description: "Members of the organisations that are followed, and those who were.",
};

/// Issues that have moved to another repository.
pub const TRANSFERS: Resource = Resource {
    name: "transfers",
    table: "transfers",
    condition: None,
    key: &["issue_id", "new_issue_id"],
    columns: &[
        Column::new("issue_id", Integer, "GitHub's id of the issue before.")
            .filtered(Lookup::CHOICE)
            .required(),
        Column::new("new_issue_id", Integer, "GitHub's id of the issue now.")
            .filtered(Lookup::CHOICE)
            .required(),
        Column::new("org", Text, "The owner of the repository before.").filtered(Lookup::CHOICE),
        Column::new("repo", Text, "The repository before.").filtered(Lookup::CHOICE),
        Column::new("number", Integer, "The number before."),
        Column::new("new_org", Text, "The owner of the repository now.").filtered(Lookup::CHOICE),
        Column::new("new_repo", Text, "The repository now.").filtered(Lookup::CHOICE),
        Column::new("new_number", Integer, "The number now."),
        Column::new("title", Text, "The title."),
        Column::new("state", Text, "`open` or `closed`."),
        Column::new("username", Text, "The login of the author."),
        CREATED,
        Column::new("closed_at", Time, "When it was closed."),
        Column::new("url", Text, "The address before, of GitHub's API."),
        Column::new("new_html_url", Text, "The page on GitHub."),
    ],
    default_order: "-created_at",
    description: "Issues that were transferred from one repository to another.",
};
