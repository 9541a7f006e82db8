//! What can be typed to follow what happens in repositories.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::enrich::PackagesArguments;
use super::error::ArgumentError;
use super::shared::{Format, parse_day, parse_number};
use crate::activity::is_login;
use crate::model::RepositorySlug;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ActivityAction {
    /// Read issues, pull requests, timelines and members from GitHub into the database
    Sync {
        /// Which of the three syncs to run; by default, all of them
        #[arg(long, value_enum)]
        schedule: Option<ScheduleArgument>,
        /// Sync a recorded sample of made-up repositories, without a network
        #[arg(long, conflicts_with_all = ["file", "repository", "organisation", "profile"])]
        sample: bool,
        #[command(flatten)]
        followed: FollowedArguments,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Read years that have passed, the newest first; run it again to go on where it stopped
    Backfill {
        /// First day, as `2020-01-31`
        #[arg(long, value_name = "DATE", value_parser = parse_day)]
        since: jiff::civil::Date,
        /// Day after the last one; by default, today
        #[arg(long, value_name = "DATE", value_parser = parse_day)]
        until: Option<jiff::civil::Date>,
        /// Days that are read before the next ones
        #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = |text: &str| parse_number(text, 3_660))]
        chunk: u32,
        /// Only say how much there is to read and how long it takes
        #[arg(long)]
        estimate: bool,
        /// When GitHub's quota is used up, wait for its reset instead of exiting with 3
        #[arg(long, conflicts_with = "estimate")]
        wait: bool,
        #[command(flatten)]
        followed: FollowedArguments,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show how repositories are looked after: answers, backlog, merges, contributors
    Metrics(MetricsArguments),
    /// Add what is known of each package's repository to a collection
    Enrich(PackagesArguments),
    /// Show what is known of each repository, and what is owed
    Status {
        /// File with what is followed; by default, `activity.toml`
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// Which repositories are followed.
#[derive(Debug, Args)]
pub(in crate::cli) struct FollowedArguments {
    /// File with the organisations and repositories to follow; by default, `activity.toml`
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) file: Option<PathBuf>,
    /// Follow this repository instead of those in the file; may be repeated
    #[arg(long, value_name = "OWNER/NAME")]
    pub(in crate::cli) repository: Vec<RepositorySlug>,
    /// Follow this organisation instead of those in the file; may be repeated
    #[arg(long, value_name = "NAME", value_parser = parse_organisation)]
    pub(in crate::cli) organisation: Vec<String>,
    /// Follow the repositories behind this profile's packages instead of those in the file; may be
    /// repeated
    #[arg(short, long, value_name = "KEY")]
    pub(in crate::cli) profile: Vec<String>,
}

/// What is measured, and how it is shown.
#[derive(Debug, Args)]
pub(in crate::cli) struct MetricsArguments {
    /// What each row is about
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) by: ByArgument,
    /// Only this repository; may be repeated
    #[arg(long, value_name = "OWNER/NAME")]
    pub(in crate::cli) repository: Vec<RepositorySlug>,
    /// Only the repositories of this profile's packages; may be repeated
    #[arg(short, long, value_name = "KEY", conflicts_with = "repository")]
    pub(in crate::cli) profile: Vec<String>,
    /// Alias or collection of the profile; by default, the name of the profile
    #[arg(short, long, value_name = "NAME", requires = "profile")]
    pub(in crate::cli) target: Option<String>,
    /// First day, as `2020-01-31`; by default, 90 days before the end
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub(in crate::cli) since: Option<jiff::civil::Date>,
    /// Day after the last one; by default, everything until now
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub(in crate::cli) until: Option<jiff::civil::Date>,
    /// Show what bots have opened and done, instead of people
    #[arg(long)]
    pub(in crate::cli) bots: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: MetricsFormat,
    /// File to write to; for `markdown`, the folder of the report and its charts
    #[arg(short, long, value_name = "PATH")]
    pub(in crate::cli) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ByArgument {
    #[default]
    Repository,
    /// Weeks from Monday to Sunday, UTC
    Week,
    Person,
    /// All repositories of a profile's packages together
    Profile,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MetricsFormat {
    #[default]
    Text,
    Json,
    Csv,
    /// A report, with charts if `--output` names a folder
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ScheduleArgument {
    /// Issues, pull requests and members; for every 30 minutes
    Update,
    /// What has happened to them; for every 10 minutes
    Events,
    /// What only a look at everything shows; for once a day
    Daily,
}

fn parse_organisation(name: &str) -> Result<String, ArgumentError> {
    if is_login(name) {
        return Ok(name.to_owned());
    }
    Err(ArgumentError::Organisation)
}
