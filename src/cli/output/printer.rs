//! How loud the program is.

use std::io::{IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format;

use super::{LONGEST_LINE, paragraph};
use crate::model::one_line;

/// Decides once what is said; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Printer {
    quiet: bool,
}

impl Printer {
    /// Sets up the log as well: warnings of single projects only with `-v`.
    pub(in crate::cli) fn new(quiet: bool, verbose: u8) -> Self {
        let level = match (quiet, verbose) {
            (true, _) => "off",
            (_, 0) => "error",
            (_, 1) => "pyfa=info,pyfa_http=info,warn",
            (_, 2) => "pyfa=debug,pyfa_http=debug,info",
            _ => "trace",
        };
        let logging = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(level))
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
            .with_ansi(std::io::stderr().is_terminal())
            .try_init();
        // A second printer in one process, as in tests, shares the first one's log.
        drop(logging);
        Self { quiet }
    }

    /// Whether bars may be drawn.
    pub(in crate::cli) fn draws(self) -> bool {
        !self.quiet && std::io::stderr().is_terminal()
    }

    /// Something the user should know.
    pub(in crate::cli) fn note(self, text: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{}", paragraph(text));
        }
    }

    /// Why the command has failed.
    #[expect(
        clippy::unused_self,
        reason = "errors are said however quiet the rest is"
    )]
    pub(in crate::cli) fn error(self, error: &anyhow::Error) {
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
