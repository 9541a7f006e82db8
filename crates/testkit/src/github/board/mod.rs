//! Discussions, teams and projects, and the GraphQL API over them.
//!
//! The parts of the one world that a board needs: searches with one scope, whose index lags behind like
//! that of the REST API; projects with fields, views and up to 50,000 items; mutations one by one in their
//! order, each with an error of its own; and what goes wrong: requests that are too much, answers that
//! are lost, items that are refused, and an end after any number of changes.

mod discussion;
mod mutations;
mod nodes;
mod objects;
mod project;
mod queries;
mod search;
mod state;
mod work;
mod world;

pub use discussion::{FakeDiscussion, FakeThread};
pub use project::{FakeContent, FakeField, FakeProject, FakeProjectItem, FakeValue};

pub(super) use mutations::MutationRoot;
pub(super) use queries::{check_node, find_node, resolve};
pub(super) use state::BoardState;
pub(super) use work::{aliases, count_nodes};
