//! How runs of jobs end. No I/O.

use jiff::Timestamp;

/// How the run of a job has ended.
#[derive(Debug, Clone, PartialEq)]
pub enum JobOutcome {
    /// Everything is done.
    Done { report: serde_json::Value },
    /// Something is left, which the next run by the clock picks up.
    Partly { report: serde_json::Value },
    /// It goes on at this time, and until then cannot. Costs no attempt.
    Wait {
        until: Timestamp,
        why: String,
        report: serde_json::Value,
    },
    /// It was told to stop, and goes on when it is run again. Costs no attempt.
    Stopped { report: serde_json::Value },
    /// It has failed, and may succeed when it is tried again.
    Failed {
        why: String,
        report: serde_json::Value,
    },
    /// It has failed, and will again until somebody changes something.
    Impossible { why: String },
}
