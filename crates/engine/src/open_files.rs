//! How many files the system lets this process have open.
//!
//! Many systems allow 1024 unless a process asks for more, and give far more to one that does.

use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is assumed where the system sets no limit.
const UNLIMITED: u64 = 1 << 20;

/// Raises the limit of this process as far as it may, once, and returns it.
#[must_use]
pub fn most() -> usize {
    static MOST: OnceLock<usize> = OnceLock::new();
    *MOST.get_or_init(|| {
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit {
            current: limit.maximum,
            ..limit
        };
        let allowed = match setrlimit(Resource::Nofile, raised) {
            Ok(()) => raised.current,
            // Then the limit is as it was.
            Err(_) => limit.current,
        };
        usize::try_from(allowed.unwrap_or(UNLIMITED)).unwrap_or(usize::MAX)
    })
}
