//! Accounts with followers, stars and repositories.
//!
//! [`World`](super::World) lets people follow, star, rename and leave; [`RandomPeople`] does so at
//! random, from a seed. REST shows them below `/users/{login}` and `/user/{id}`, and GraphQL by
//! `nodes(ids:)`. Lists begin with the newest, and have entity tags. Lists of stargazers can be shown,
//! refused or empty, as GitHub has them for strangers.

mod answers;
mod crowd;
mod state;
mod stream;
mod world;

pub use state::StargazerAccess;
pub use stream::RandomPeople;

pub(super) use answers::{
    account_node, contributor_entries, repository_document, respond, stargazers,
};
pub(super) use state::PeopleState;
