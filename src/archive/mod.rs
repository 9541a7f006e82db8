//! A person's own archive: commits, issues, pull requests, reviews and comments by ISO week.
//!
//! [`sync`](fn@sync) gathers what is missing from GitHub into a [`Folder`], week by week, and keeps every
//! week that was finished, whatever ends it. [`sync_to_open_humans`] does so for a file at
//! Open Humans. The
//! archives of people who use the web pages are kept up to date by jobs; what is known of these people
//! is encrypted ([`MemberStore`]).
//!
//! Never reads what it was not asked for: private repositories only if the person says so. Prints
//! nothing, and writes no names into the log. Called by `cli`, by jobs and by `web`.

mod comments;
mod deliver;
mod error;
mod export;
mod flaw;
mod folder;
mod gather;
mod item;
mod manifest;
mod members;
mod renew;
mod report;
mod seal;
mod session;
mod sync;
mod week;

pub use deliver::{
    DeliveredStatus, DeliveryReport, delete_delivered, fetch_delivered_status, folder_name,
    sync_to_open_humans,
};
pub use error::ArchiveError;
pub use export::{ExportShape, export};
pub use flaw::Flaw;
pub use folder::{Damage, Folder, VerifyReport};
pub use item::{Counts, Item, ItemKind};
pub use manifest::{Account, Manifest, WeekFile};
pub use members::{
    Connection, LastSync, MOST_DAYS, Member, MemberData, MemberStore, SESSION_HOURS, Tokens,
};
pub use renew::{renew_github, renew_open_humans};
pub use report::SyncReport;
pub use seal::{SealKey, random_text};
pub use session::{ArchiveSession, SyncRequest};
pub use sync::sync;
pub use week::{NotAWeek, Week};
