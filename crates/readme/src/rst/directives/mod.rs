//! What the directives of docutils become, and what those of others degrade to.

mod media;
mod settings;
mod tables;
mod text;
