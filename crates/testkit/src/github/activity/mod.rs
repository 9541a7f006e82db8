//! Issues, pull requests, timelines, members and the search over them.
//!
//! [`World`] is what happens: tests open, comment, close, merge, transfer and delete, and look at the
//! outcome. [`RandomEvents`] does so at random, from a seed. The REST API shows the world through
//! `issues`, `issues/{number}`, `timeline`, `issues/comments`, `issues/events`, `orgs/{org}/members` and
//! `search/issues`, with entity tags, 301 for what was transferred and 410 for what was deleted.

mod history;
mod index;
mod issue;
mod lists;
mod search;
mod state;
mod stream;
mod users;
mod world;

pub use history::History;
pub use issue::{FakeEvent, FakeIssue};
pub use state::Slot;
pub use stream::RandomEvents;
pub use users::FakeUser;
pub use world::World;

pub(super) use lists::{list_response, members, page_of, parse_time, repositories, respond};
pub(super) use search::respond as search;
pub(super) use state::ActivityState;
