//! Clients of software forges, which fetch data about repositories.
//!
//! They distinguish "there is no such repository" from "the forge did not answer" and from "retry
//! later": the first is an answer, the others are a [`ForgeError`]. Nothing here stores anything or
//! decides what to do with an answer. Called by `enrich`, `activity`,
//! `discovery` and `board`.

mod error;
pub mod github;

pub use error::ForgeError;
