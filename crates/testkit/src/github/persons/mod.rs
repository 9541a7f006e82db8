//! What one person has done everywhere: commits, reviews, comments; and how a person lets a program in.
//!
//! [`World`](super::World) lets people commit. REST shows it by `search/commits` and by
//! `search/issues` with `author:`, GraphQL by `user`. Programs get in by OAuth with PKCE: who is at the
//! browser is set by the test, and agrees at once.

mod commits;
mod graphql;
mod oauth;
mod state;
mod world;

pub(super) use commits::search_commits;
pub(super) use graphql::{Person, review_comments};
pub(super) use oauth::respond as respond_to_oauth;
pub(super) use state::PersonsState;
