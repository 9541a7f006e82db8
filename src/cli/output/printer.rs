//! How loud the program is.

use std::io::{IsTerminal, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::json_log::{JsonLog, write_message};
use super::{LONGEST_LINE, paragraph};
use crate::model::one_line;

/// Decides once what is said; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Printer {
    quiet: bool,
    /// Whether notes and errors are lines of JSON, as the log is.
    json: bool,
}

impl Printer {
    /// A printer that writes text, or lines of JSON.
    pub(in crate::cli) fn new(quiet: bool, json: bool) -> Self {
        Self { quiet, json }
    }

    /// Sets up the log: warnings of single projects only with `-v`.
    pub(in crate::cli) fn start_log(self, verbose: u8) {
        let quiet = self.quiet;
        // The level of our own crates, and that of all others.
        let (ours, others) = match (quiet, verbose) {
            (true, _) => (LevelFilter::OFF, LevelFilter::OFF),
            (_, 0) => (LevelFilter::ERROR, LevelFilter::ERROR),
            (_, 1) => (LevelFilter::INFO, LevelFilter::WARN),
            (_, 2) => (LevelFilter::DEBUG, LevelFilter::INFO),
            _ => (LevelFilter::TRACE, LevelFilter::TRACE),
        };
        let lines = tracing_subscriber::fmt::layer()
            .fmt_fields(
                format::debug_fn(|writer, field, value| {
                    let value = one_line(&format!("{value:?}"), LONGEST_LINE);
                    match field.name() {
                        "message" => write!(writer, "{value}"),
                        name => write!(writer, "{name}={value}"),
                    }
                })
                .delimited(" "),
            )
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal());
        let (lines, objects) = if self.json {
            (None, Some(JsonLog))
        } else {
            (Some(lines), None)
        };
        let logging = tracing_subscriber::registry()
            .with(lines)
            .with(objects)
            .with(
                Targets::new()
                    .with_default(others)
                    .with_target("pyfa", ours),
            )
            .try_init();
        // A second printer in one process, as in tests, shares the first one's log.
        drop(logging);
    }

    /// Whether bars may be drawn.
    pub(in crate::cli) fn draws(self) -> bool {
        !self.quiet && !self.json && std::io::stderr().is_terminal()
    }

    /// Something the user should know.
    pub(in crate::cli) fn note(self, text: &str) {
        if self.json && !self.quiet {
            write_message("INFO", text);
        } else if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{}", paragraph(text));
        }
    }

    /// Why the command has failed.
    pub(in crate::cli) fn error(self, error: &anyhow::Error) {
        if self.json {
            write_message("ERROR", &format!("{error:#}"));
            return;
        }
        let _ = writeln!(
            std::io::stderr().lock(),
            "error: {}",
            paragraph(&format!("{error:#}"))
        );
    }

    /// A line of the result, or several of ours.
    #[expect(
        clippy::unused_self,
        reason = "results are said however quiet the rest is"
    )]
    pub(in crate::cli) fn result(self, text: &str) {
        super::lines(paragraph(text).lines());
    }
}
