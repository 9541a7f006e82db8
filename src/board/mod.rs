//! Keeps a project on GitHub in step with issues, pull requests and discussions of many repositories.
//!
//! A board file says what belongs on the project and what its fields hold ([`Board`]). Searches and the
//! items of the project are read, compared by pure rules ([`Plan`]), and the difference is sent in
//! batches. Nothing is kept between runs: the project itself says what was done, so that a run that was
//! killed anywhere is finished by the next one. Nothing is removed when anything was read incompletely,
//! and never what people have added by hand, unless the file says so.
//!
//! Talks to GitHub through `forge::github`, reads what `activity` has stored, and prints nothing. Called by `cli`, and by jobs.

mod board_file;
mod builtin;
mod changes;
mod content;
mod error;
mod fields;
mod files;
mod gather;
mod items;
mod lanes;
mod lock;
mod log;
mod members;
mod pages;
mod plan;
mod project;
mod report;
mod rules;
mod run;
mod scopes;
mod search;
mod session;
mod steps;
mod stored;
mod values;

pub use builtin::{BUILTIN_BOARDS, find_builtin};
pub use error::BoardError;
pub use fields::{FieldReport, FieldRow, OptionRow, create_fields, fetch_fields};
pub use files::{is_board_name, list_boards, open_board, open_board_named, write_new_board};
pub use lock::ProjectLocks;
pub use log::BoardLog;
pub use plan::{Addition, FieldChange, ItemChange, ItemRemoval, Plan};
pub use project::{Field, Project};
pub use report::{BoardReport, BoardTrouble};
pub use rules::{
    Board, DraftTitles, FieldKind, FieldRule, Members, Removal, Scopes, Source, ViewRule,
};
pub use run::{apply, plan};
pub use session::{BoardSession, BoardSettings};
pub use stored::StoredActivity;
pub use values::FieldValue;
