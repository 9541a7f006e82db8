//! What every step works with: GitHub, the pauses, and what has to be held to go on.

use std::sync::Arc;
use std::time::Duration;

use super::error::BoardError;
use super::log::BoardLog;
use super::stored::StoredActivity;
use crate::database::{Lease, WorkLease};
use crate::forge::github::{BoardAnswer, BoardReply, BoardRequest, GitHub};
use crate::progress::Stop;
use crate::search::WritePermit;

/// How often something is asked again that cannot be made smaller.
pub(super) const MOST_ATTEMPTS: u32 = 3;

/// Pauses of a board.
#[derive(Debug, Clone, PartialEq)]
pub struct BoardSettings {
    /// Between two requests that change the project.
    pub pause: Duration,
    /// Between two passes of an update loop.
    pub loop_pause: Duration,
    /// How far the activity database may be behind; zero to read everything from GitHub.
    pub activity_age: Duration,
}

impl Default for BoardSettings {
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(5),
            loop_pause: Duration::from_mins(1),
            activity_age: Duration::from_hours(36),
        }
    }
}

/// A board at work.
#[derive(Debug)]
pub struct BoardSession {
    pub github: GitHub,
    pub settings: BoardSettings,
    pub log: BoardLog,
    /// `None` if everything is read from GitHub.
    pub(super) activity: Option<StoredActivity>,
    lease: WorkLease,
}

impl BoardSession {
    #[must_use]
    pub fn new(github: GitHub, settings: BoardSettings, stop: Stop) -> Self {
        Self {
            github,
            settings,
            log: BoardLog::default(),
            activity: None,
            lease: WorkLease::new(stop),
        }
    }

    /// Asks and writes only while `lease` is held.
    #[must_use]
    pub fn with_lease(mut self, lease: Arc<dyn Lease>) -> Self {
        self.lease = self.lease.with(lease);
        self
    }

    /// Reads from the activity database what GitHub need not be asked for.
    #[must_use]
    pub fn with_activity(mut self, activity: StoredActivity) -> Self {
        self.activity = Some(activity);
        self
    }

    /// Notes in a file what is read and changed.
    #[must_use]
    pub fn with_log(mut self, log: BoardLog) -> Self {
        self.log = log;
        self
    }

    /// Fails if the run has to end here.
    pub(super) fn check_stop(&self) -> Result<(), BoardError> {
        Ok(self.lease.check()?)
    }

    /// The same before something is changed.
    pub(super) fn check_permit(
        &self,
        permit: Option<&Arc<dyn WritePermit>>,
    ) -> Result<(), BoardError> {
        self.check_stop()?;
        match permit {
            Some(permit) if !permit.is_held() => Err(BoardError::LockLost),
            _ => Ok(()),
        }
    }

    /// Waits, unless the run is to end.
    pub(super) async fn sleep(&self, pause: Duration) -> Result<(), BoardError> {
        Ok(self.lease.wait(pause).await?)
    }

    /// Asks for something that cannot be asked for in parts.
    pub(super) async fn ask(
        &self,
        what: &str,
        request: &BoardRequest,
    ) -> Result<BoardAnswer, BoardError> {
        let mut attempt = 0;
        loop {
            self.check_stop()?;
            match self.github.ask_board(request, attempt).await? {
                BoardReply::Answered(answer) => return Ok(answer),
                BoardReply::Unanswered { why } => {
                    attempt += 1;
                    if attempt >= MOST_ATTEMPTS {
                        let what = what.to_owned();
                        return Err(BoardError::Unanswered { what, why });
                    }
                }
            }
        }
    }
}
