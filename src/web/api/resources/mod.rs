//! The tables that the API shows, and what may be asked about each.
//!
//! Parameters, answers and the `OpenAPI` document all follow these declarations. A filter belongs here
//! only if a migration has an index for it.

mod activity;
mod jobs;
mod map;

pub use activity::{EVENTS, ISSUES, MEMBERS, PULL_REQUESTS, TRANSFERS};
pub use jobs::JOBS;
pub use map::{DEVELOPERS, REPOSITORIES};

use crate::records::Resource;

/// A resource, and where it is.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// Its path below `/api/v1/`.
    pub path: &'static str,
    pub resource: &'static Resource,
    /// The column by which a path names one row; none if there is only the list.
    pub detail: Option<&'static str>,
    /// What one of its rows is called.
    pub one: &'static str,
    /// What it belongs to.
    pub tag: &'static str,
}

/// All of them, in the order in which people read them.
pub const LISTED: [Listed; 8] = [
    Listed {
        path: "developers",
        resource: &DEVELOPERS,
        detail: Some("id"),
        one: "developer",
        tag: "map",
    },
    Listed {
        path: "repositories",
        resource: &REPOSITORIES,
        detail: Some("id"),
        one: "repository",
        tag: "map",
    },
    Listed {
        path: "issues",
        resource: &ISSUES,
        detail: Some("id"),
        one: "issue",
        tag: "activity",
    },
    Listed {
        path: "pull-requests",
        resource: &PULL_REQUESTS,
        detail: Some("id"),
        one: "pull request",
        tag: "activity",
    },
    Listed {
        path: "events",
        resource: &EVENTS,
        detail: Some("id"),
        one: "event",
        tag: "activity",
    },
    Listed {
        path: "members",
        resource: &MEMBERS,
        detail: None,
        one: "member",
        tag: "activity",
    },
    Listed {
        path: "transfers",
        resource: &TRANSFERS,
        detail: None,
        one: "transfer",
        tag: "activity",
    },
    Listed {
        path: "jobs",
        resource: &JOBS,
        detail: Some("id"),
        one: "job",
        tag: "jobs",
    },
];

impl Listed {
    /// The resource at this path.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        LISTED.into_iter().find(|listed| listed.path == path)
    }
}
