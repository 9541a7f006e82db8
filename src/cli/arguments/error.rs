//! Values that are typed wrong, in sentences that clap shows behind the option.

use crate::jobs::JobKind;

/// A value that an option does not take.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ArgumentError {
    #[error("this is not a day; write it as `2020-01-31`")]
    Day,

    // A year in which nothing can have happened.
    #[error("use a day from 1970 to 2999")]
    Year,

    #[error(
        "this is not a time; write it with its zone, as `2026-12-31T05:00:00Z` or \
         `2026-12-31T06:00:00+01:00`"
    )]
    Time,

    #[error("use a whole number from 1 to {most}")]
    Number { most: u32 },

    #[error("there is no such kind; use one of {}", JobKind::ALL.map(JobKind::name).join(", "))]
    JobKind,

    #[error("this is not the number of a job; `pyfa jobs list` shows them")]
    JobId,

    #[error(
        "this is not the name of an organisation; use the one in the address of its page, as \
         `plone` in github.com/plone"
    )]
    Organisation,
}
