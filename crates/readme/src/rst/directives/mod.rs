//! Directives: those of docutils, in files named after its own, and what all others degrade to.

mod body;
mod dispatch;
mod images;
mod misc;
mod tables;
mod unknown;
