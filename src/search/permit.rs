//! The permission to write, which can be lost while a command runs: another host may take over the
//! collection of a process that was paused for too long.
//!
//! The holder of the permission requires it of the client; [`failover`](super::failover) asks before
//! it sends a request that writes. The server itself knows nothing of it, so a request that is on its
//! way when the permission is lost still arrives.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Says whether this process may still write, such as the lease of a lock or of a job.
pub trait WritePermit: fmt::Debug + Send + Sync {
    /// Whether it is held at this moment. Asked before every request that writes.
    fn is_held(&self) -> bool;
}

/// A permit that a client and its clones require until this is dropped.
#[derive(Debug)]
pub struct RequiredPermit {
    permits: Arc<Permits>,
    id: u64,
}

/// The permits that a client requires: all of them have to be held.
#[derive(Debug, Default)]
pub(super) struct Permits(Mutex<Required>);

#[derive(Debug, Default)]
struct Required {
    last_id: u64,
    permits: Vec<(u64, Arc<dyn WritePermit>)>,
}

impl Permits {
    pub(super) fn require(self: &Arc<Self>, permit: Arc<dyn WritePermit>) -> RequiredPermit {
        let mut required = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        required.last_id += 1;
        let id = required.last_id;
        required.permits.push((id, permit));
        RequiredPermit {
            permits: Arc::clone(self),
            id,
        }
    }

    pub(super) fn are_held(&self) -> bool {
        let required = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        required.permits.iter().all(|(_, permit)| permit.is_held())
    }
}

impl Drop for RequiredPermit {
    fn drop(&mut self) {
        let mut required = self
            .permits
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        required.permits.retain(|(id, _)| *id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[derive(Debug)]
    struct Switch(AtomicBool);

    impl WritePermit for Switch {
        fn is_held(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn all_permits_have_to_be_held_while_they_are_required() {
        let permits = Arc::new(Permits::default());
        let switches = [true, true].map(|held| Arc::new(Switch(held.into())));
        let required = switches
            .clone()
            .map(|permit| permits.require(permit as Arc<dyn WritePermit>));
        assert!(permits.are_held());
        for switch in &switches {
            switch.0.store(false, Ordering::Relaxed);
            assert!(!permits.are_held());
            switch.0.store(true, Ordering::Relaxed);
        }
        switches[1].0.store(false, Ordering::Relaxed);
        let [first, second] = required;
        drop(first);
        assert!(!permits.are_held());
        drop(second);
        assert!(permits.are_held());
    }
}
