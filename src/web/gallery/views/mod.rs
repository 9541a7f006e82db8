//! What templates show: plain data made of documents, pure functions.

pub mod activity;
pub mod aside;
pub mod banner;
pub mod chips;
pub mod earlier;
pub mod facets;
pub mod facts;
pub mod figure;
pub mod format;
pub mod health;
pub mod hit;
pub mod json_ld;
pub mod layout;
pub mod link;
pub mod list;
pub mod notices;
pub mod npm;
pub mod package;
pub mod pages;
pub mod person;
pub mod release;
pub mod repository;
