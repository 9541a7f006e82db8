//! What requests share: turns to work, and room in memory for bodies and answers.
//!
//! There are two shares. One is for the folder's own commands, which come with an admin key in the
//! head of their requests; the other is for everybody else, so that no number of strangers keeps the
//! owner waiting. Each [`super::api_call::ApiCall`] belongs to one of them.

use crate::memory::MemoryPool;
use crate::settings::EngineSettings;

use super::worker_pool::WorkerPool;

/// One of the shares.
pub(super) struct Capacity {
    pub(super) workers: WorkerPool,
    /// For bodies, and for what is parsed of requests.
    pub(super) bodies: MemoryPool,
    /// For answers, from their first document until their last byte is sent.
    pub(super) answers: MemoryPool,
}

impl Capacity {
    pub(super) fn of(settings: &EngineSettings) -> Self {
        Self {
            workers: WorkerPool::new(),
            bodies: MemoryPool::of(settings.bodies_bytes),
            answers: MemoryPool::of(settings.answers_bytes),
        }
    }
}
