//! A file that tells afterwards what a run has read and changed, line by line with the time.

use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::error::BoardError;
use crate::model::one_line;

/// Characters of a line.
const LONGEST_LINE: usize = 2_000;

/// The log of a run; without a file, nothing is noted.
#[derive(Debug, Default)]
pub struct BoardLog(Option<Mutex<fs_err::File>>);

impl BoardLog {
    /// Begins a file, or replaces it.
    ///
    /// # Errors
    ///
    /// [`BoardError::Io`] if it cannot be written.
    pub fn create(path: &Path) -> Result<Self, BoardError> {
        let file = fs_err::File::create(path).map_err(|cause| BoardError::Io {
            path: path.display().to_string(),
            cause,
        })?;
        Ok(Self(Some(Mutex::new(file))))
    }

    /// Adds a line. A full disk does not end the run.
    pub(super) fn note(&self, text: &str) {
        let Some(file) = &self.0 else { return };
        let at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(file, "{at} {}", one_line(text, LONGEST_LINE));
    }
}
