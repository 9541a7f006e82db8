//! What can be typed after the commands that enrich a collection.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::shared::{Format, TargetArguments};
use crate::config::parse_duration;

/// A command for each enricher, in the order in which they build on each other, and one for all.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EnrichCommand {
    /// Add repository data from GitHub to a collection
    Github(GithubArguments),
    /// Add download counts to a collection
    Downloads(DownloadsArguments),
    /// Add known vulnerabilities to each release
    Advisories(PackagesArguments),
    /// Score the health of packages
    Health(HealthArguments),
    /// Run all enrichers, one after the other
    Enrich(EnrichArguments),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct GithubArguments {
    #[command(flatten)]
    pub(in crate::cli) packages: PackagesArguments,
    /// Folder for `github_problems.json` and `github_problems.md`; created if missing
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(in crate::cli) report_dir: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) age: AgeArguments,
}

/// When GitHub is asked again.
#[derive(Debug, Args)]
pub(in crate::cli) struct AgeArguments {
    /// Refresh GitHub data that is older than this, such as `0s`, `36h` or `7d`
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "24h")]
    pub(in crate::cli) max_age: Duration,
    /// The same for contributors, which cost one request per repository
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "7d")]
    pub(in crate::cli) max_age_of_contributors: Duration,
    /// When GitHub's quota is used up, wait for its reset instead of exiting with 3
    #[arg(long)]
    pub(in crate::cli) wait: bool,
}

/// As on a command line that sets none of them.
impl Default for AgeArguments {
    fn default() -> Self {
        const DAY: Duration = Duration::from_hours(24);
        Self {
            max_age: DAY,
            max_age_of_contributors: 7 * DAY,
            wait: false,
        }
    }
}

/// Which packages an enricher works on, and how it reports.
#[derive(Debug, Args)]
pub(in crate::cli) struct PackagesArguments {
    #[command(flatten)]
    pub(in crate::cli) target: TargetArguments,
    /// Only this package
    #[arg(short, long, value_name = "PACKAGE")]
    pub(in crate::cli) name: Option<String>,
    /// Stop after N packages, in alphabetical order
    #[arg(short, long, value_name = "N", num_args = 0..=1, default_missing_value = "0")]
    pub(in crate::cli) limit: Option<usize>,
    /// Send no requests and write nothing; print what known data would be written
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DownloadsArguments {
    #[command(flatten)]
    pub(in crate::cli) packages: PackagesArguments,
    /// Source of the download counts
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) source: SourceArgument,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct HealthArguments {
    #[command(flatten)]
    pub(in crate::cli) packages: PackagesArguments,
    /// `default`, `pyf`, or a file with weights (setting `HEALTH_RULES`)
    #[arg(long, value_name = "RULES")]
    pub(in crate::cli) rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EnrichArguments {
    #[command(flatten)]
    pub(in crate::cli) packages: PackagesArguments,
    #[command(flatten)]
    pub(in crate::cli) options: EnrichOptions,
}

/// How the enrichers run.
#[derive(Debug, Default, Args)]
pub(in crate::cli) struct EnrichOptions {
    /// Source of the download counts
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) source: SourceArgument,
    /// `default`, `pyf`, or a file with weights (setting `HEALTH_RULES`)
    #[arg(long, value_name = "RULES")]
    pub(in crate::cli) rules: Option<PathBuf>,
    /// Folder for `github_problems.json` and `github_problems.md`; without it, none are written
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) report_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) age: AgeArguments,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SourceArgument {
    /// `clickhouse`, falling back to `pypistats`
    #[default]
    Auto,
    /// Many packages per query, mirrors included
    Clickhouse,
    /// One package per request, thirty a minute, without mirrors
    Pypistats,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::AgeArguments;

    #[test]
    fn the_default_ages_are_those_of_the_command_line() {
        let command = AgeArguments::augment_args(Command::new("ages"));
        let matches = command.try_get_matches_from(["ages"]).unwrap();
        let parsed = AgeArguments::from_arg_matches(&matches).unwrap();
        let default = AgeArguments::default();
        assert_eq!(
            (parsed.max_age, parsed.max_age_of_contributors, parsed.wait),
            (
                default.max_age,
                default.max_age_of_contributors,
                default.wait
            )
        );
    }
}
