//! All integration tests, one module per door into the program.

#![allow(
    clippy::expect_used,
    reason = "a step that fails, fails the test and says which it was"
)]

mod activity;
mod api;
mod archive;
mod board;
mod catalog;
mod cluster;
mod configuration;
mod database;
mod derived;
mod discover;
mod discovery;
mod documents;
mod embedded;
mod enrich;
mod events;
mod export;
mod faults;
mod fetch;
mod folders;
mod forge;
mod gallery;
mod git_o_matic;
mod github;
mod guards;
mod health;
mod hostile;
mod hosts;
mod ids;
mod jobs;
mod kills;
mod ledger;
mod losses;
mod manage;
mod messages;
mod metrics;
mod npm;
mod outages;
mod owner;
mod profiles;
mod programs;
mod search;
mod security_page;
mod short;
mod shown;
mod strangers;
mod structure;
mod support;
