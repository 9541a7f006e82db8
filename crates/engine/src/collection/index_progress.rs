//! How far the index has followed the store, and who waits for it.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How far the index is.
#[derive(Debug)]
pub(super) struct IndexProgress {
    state: Mutex<IndexState>,
    pub(super) changed: Condvar,
    /// No thread begins, and the one at work ends soon; set under the lock of `state`.
    pub(super) stopped: AtomicBool,
    /// Held while an index is made or replaced; taken before the writer lock.
    pub(super) making: Mutex<()>,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is set and read by itself"
)]
#[derive(Debug, Default)]
pub(super) struct IndexState {
    /// The index in use holds everything that is stored.
    pub(super) ready: bool,
    /// A thread brings it there.
    pub(super) working: bool,
    pub(super) waiting: usize,
    /// Somebody has searched.
    pub(super) wanted: bool,
    /// The last attempt has failed.
    pub(super) failed: bool,
}

impl IndexProgress {
    pub(super) fn new(ready: bool) -> Self {
        Self {
            state: Mutex::new(IndexState {
                ready,
                ..IndexState::default()
            }),
            changed: Condvar::new(),
            stopped: AtomicBool::new(false),
            making: Mutex::new(()),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, IndexState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the others that the thread has ended, however it did. It holds no collection, so that the
/// thread can let go of its own before.
pub(super) struct WorkGuard(pub(super) Arc<IndexProgress>);

impl Drop for WorkGuard {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.working = false;
        state.failed = !state.ready;
        self.0.changed.notify_all();
    }
}
