//! Options that several commands have.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use super::error::ArgumentError;

/// Options of every command.
#[derive(Debug, Args)]
pub(in crate::cli) struct GlobalArguments {
    /// Use verbose output; repeat for more detail
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(in crate::cli) verbose: u8,
    /// Print only errors and results
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(in crate::cli) quiet: bool,
    /// Folder of the ledger and the cache (setting `PYFA_HOME`)
    #[arg(long, global = true, value_name = "DIR")]
    pub(in crate::cli) home: Option<String>,
    /// Format of what goes to standard error (setting `LOG_FORMAT`)
    #[arg(long, global = true, value_enum, value_name = "FORMAT")]
    pub(in crate::cli) log_format: Option<LogFormat>,
}

/// Which collection to work on.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(in crate::cli) struct TargetArguments {
    /// Profile (setting `DEFAULT_PROFILE`); `pyfa profiles` lists them
    #[arg(short, long, value_name = "KEY", num_args = 0..=1, default_missing_value = "")]
    pub(in crate::cli) profile: Option<String>,
    /// Alias or collection; by default, the name of the profile
    #[arg(short, long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    pub(in crate::cli) target: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    #[default]
    Text,
    Json,
}

/// What notes, errors and the log are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogFormat {
    Text,
    Json,
}

impl LogFormat {
    /// Its name in the settings.
    pub(in crate::cli) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Reads a day. Years in which nothing can have happened are refused.
pub(super) fn parse_day(text: &str) -> Result<Date, ArgumentError> {
    match text.parse::<Date>() {
        Ok(day) if (1970..=2999).contains(&day.year()) => Ok(day),
        Ok(_) => Err(ArgumentError::Year),
        Err(_) => Err(ArgumentError::Day),
    }
}

/// Reads a time with its zone.
pub(super) fn parse_time(text: &str) -> Result<Timestamp, ArgumentError> {
    text.parse().map_err(|_| ArgumentError::Time)
}

/// Reads a whole number from 1 to `most`.
pub(super) fn parse_number(text: &str, most: u32) -> Result<u32, ArgumentError> {
    match text.parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(ArgumentError::Number { most }),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::{parse_day, parse_number, parse_time};

    #[test]
    fn what_is_wrong_is_said_in_our_words() {
        assert!(parse_day("2020-01-31").is_ok());
        for (text, part) in [("31.1.2020", "2020-01-31"), ("0001-01-01", "from 1970")] {
            let error = parse_day(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(parse_time("2026-12-31T05:00:00Z").is_ok());
        for text in ["tomorrow", "2026-12-31", "2026-12-31T05:00"] {
            let error = parse_time(text).unwrap_err().to_string();
            assert!(error.contains("with its zone"), "{text}: {error}");
        }
        assert_eq!(parse_number("7", 10), Ok(7));
        for text in ["0", "11", "x", "1.5", "-1"] {
            assert!(parse_number(text, 10).is_err(), "{text}");
        }
    }
}
