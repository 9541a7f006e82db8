//! What requests share: turns to work, and room in memory for bodies and answers.
//!
//! There are two shares. One is for the folder's own commands, which come with an admin key in the
//! head of their requests; the other is for everybody else, so that no number of strangers keeps the
//! owner waiting. Each [`super::call::Call`] belongs to one of them.

use crate::room::Room;
use crate::settings::Settings;

use super::work::Workers;

/// One of the shares.
pub(super) struct Share {
    pub(super) workers: Workers,
    /// For bodies, and for what is parsed of requests.
    pub(super) bodies: Room,
    /// For answers, from their first document until their last byte is sent.
    pub(super) answers: Room,
}

impl Share {
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            workers: Workers::new(),
            bodies: Room::of(settings.bodies_bytes),
            answers: Room::of(settings.answers_bytes),
        }
    }
}
