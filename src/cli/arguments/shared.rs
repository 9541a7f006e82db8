//! Options that several commands have.

use clap::{Args, ValueEnum};

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
