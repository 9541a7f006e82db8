//! The registry's revision of a project.

use std::fmt;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

/// A registry's own counter of changes, for a project or for its whole index: it only grows, and a
/// project whose serial has not moved has not changed.
///
/// Where no serial is known, there is `None`, which orders before every serial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Serial(NonZeroU64);

impl Serial {
    /// The serial of this number; `None` for 0, which registries and files write for "none".
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.get()
    }

    /// The number to write where a file or a document has no other form for "none": then it is 0.
    #[must_use]
    pub fn number(serial: Option<Self>) -> u64 {
        serial.map_or(0, Self::get)
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::Serial;

    #[test]
    fn no_serial_is_older_than_every_serial() {
        assert!(Serial::new(0).is_none() && None < Serial::new(1));
        assert!(Serial::new(9) < Serial::new(10));
        assert_eq!(
            [0, 7].map(|number| Serial::number(Serial::new(number))),
            [0, 7]
        );
    }
}
