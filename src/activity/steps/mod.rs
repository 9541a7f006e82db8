//! The steps that syncs are made of. Each can be run by itself, as often as one likes, and stopped
//! anywhere: what a page says is stored with the mark or tag that spares reading it again, in one
//! transaction.

mod changes;
mod clean;
mod comments;
mod identity;
mod members;
mod reconcile;
mod repositories;
mod store;
mod timeline_store;
mod timelines;
mod transfers;
mod verify;
mod walk;

pub use changes::follow_changes;
pub use clean::clear_up;
pub use comments::find_changed_timelines;
pub(super) use identity::fetch_known_gone;
pub use identity::{Identity, follow_identity};
pub use members::{Members, follow_members};
pub use reconcile::{Reconciled, count_created, read_created, reconcile_unmerged, refresh_closed};
pub use repositories::list_repositories;
pub use timelines::{TimelineScope, read_timelines, sweep_timelines};
pub use transfers::reconcile_transfers;
pub use walk::{WalkOutcome, walk_issues};
