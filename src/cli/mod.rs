//! Arguments in, progress and results out: the only place that prints.
//!
//! One file per command in [`commands`]; everything drawn for people is in [`output`]. A command
//! turns its arguments and the settings into clients and a request, calls one work function, and
//! draws the report. Results go to standard output, everything else to standard error.

mod arguments;
mod commands;
mod confirm;
mod exit;
mod guide_flags;
mod output;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use rustix::fs::Mode;

use crate::config::{Config, Sources};
use crate::search::close_engines;
use arguments::{Arguments, Command, LogFormat};
use exit::{CommandResult, Exit};
use output::Printer;

/// The names that the program is started under, and the verb that each stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    /// `pyfa VERB …`
    Pyfa,
    /// `pyfaggregator …`, which is `pyfa pypi …`
    Aggregator,
    /// `pyfgithub …`, which is `pyfa github …`
    GitHub,
    /// `pyfupdater …`, which is `pyfa manage …`
    Updater,
}

impl Program {
    /// The program that `word`, the first of a command line, names: a file with or without its
    /// folder. An unknown name is `pyfa` under another one.
    fn named(word: &OsStr) -> Self {
        match Path::new(word).file_stem().and_then(OsStr::to_str) {
            Some("pyfaggregator") => Self::Aggregator,
            Some("pyfgithub") => Self::GitHub,
            Some("pyfupdater") => Self::Updater,
            _ => Self::Pyfa,
        }
    }

    fn verb(self) -> Option<&'static str> {
        match self {
            Self::Pyfa => None,
            Self::Aggregator => Some("pypi"),
            Self::GitHub => Some("github"),
            Self::Updater => Some("manage"),
        }
    }
}

/// Runs the program with the arguments and the environment of the process, and as the program that
/// the first argument names.
#[must_use]
pub fn main() -> ExitCode {
    // Files hold keys, documents and data read with a token: only their owner may read them.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    match Sources::from_process(BTreeMap::new()) {
        Ok(sources) => run(std::env::args_os().collect(), sources),
        Err(error) => {
            Printer::new(false, false).error(&error.into());
            Exit::Failed.code()
        }
    }
}

/// Runs the program with the given words, the first of which is its name, and settings.
fn run(words: Vec<OsString>, sources: Sources) -> ExitCode {
    let parsed = Arguments::command()
        .try_get_matches_from(command_line(words))
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too; a closed pipe is not an error.
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return exit.code();
        }
    };
    let asked = arguments.global.log_format;
    let mut printer = Printer::new(arguments.global.quiet, asked == Some(LogFormat::Json));
    let exit = execute(arguments, sources, &mut printer).unwrap_or_else(|error| {
        printer.error(&error.cause);
        error.exit
    });
    exit.code()
}

/// The words as clap knows them: the verb of the program, and the guide's multi-letter flags.
fn command_line(words: Vec<OsString>) -> Vec<OsString> {
    let name = words.first().map(OsString::as_os_str).unwrap_or_default();
    let program = Program::named(name);
    let mut words = guide_flags::rewrite(words.into_iter());
    if let Some(verb) = program.verb() {
        words.splice(
            ..,
            [OsString::from("pyfa"), verb.into()]
                .into_iter()
                .chain(words.get(1..).unwrap_or_default().to_vec()),
        );
    }
    words
}

/// Runs a command. `printer` becomes the one that the settings ask for.
fn execute(arguments: Arguments, mut sources: Sources, printer: &mut Printer) -> CommandResult {
    let Arguments { global, command } = arguments;
    if let Command::Completions { shell } = command {
        commands::completions::print(shell);
        return Ok(Exit::Done);
    }
    if let Some(home) = global.home {
        sources.flags.insert("PYFA_HOME".to_owned(), home);
    }
    if let Some(format) = global.log_format {
        sources
            .flags
            .insert("LOG_FORMAT".to_owned(), format.name().to_owned());
    }
    let config = Config::load(&sources)?;
    *printer = Printer::new(global.quiet, config.logs_json);
    printer.start_log(global.verbose);
    let printer = *printer;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        let result = Box::pin(commands::execute(command, &config, printer)).await;
        // A process that owns the engine of a folder closes it properly, even after an error.
        close_engines().await;
        result
    });
    // Requests still in flight are abandoned.
    runtime.shutdown_background();
    result
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use std::ffi::OsString;

    use clap::{CommandFactory, FromArgMatches};

    use super::{Arguments, command_line};

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    /// Every command of the workflow guide, as its users type it.
    #[test]
    fn every_command_of_the_guide_is_understood() {
        let aggregator = [
            "-f -p plone",
            "-f -p django",
            "-f -p flask",
            "-f -p plone -l 100",
            "-f -p plone -l 50 -t plone-test",
            "-f -p plone -t plone-v2",
            "-f -ft Framework::Plone -ft Framework::Plone::6.0 -t packages1",
            "-i -p plone",
            "-i -p django",
            "-i -p django -s .django.since",
            "-i -p flask -s .flask.since",
            "-i -ft Framework::Plone -t packages1 -s .plone.since",
            "-f -fn plone --no-plone-filter -t all",
            "--refresh-from-pypi -p plone",
            "-f -p plone --discovery simple --force",
        ];
        let github = [
            "-p plone",
            "-p django",
            "-p flask",
            "-t packages1",
            "-t plone-test",
            "-t plone-v2",
        ];
        let updater = [
            "--add-search-only-apikey -p plone",
            "--add-search-only-apikey -t plone -key secret",
            "-ls",
            "-lsn",
            "-lsa",
            "-lssoa",
            "--migrate -s django -t django-v1",
            "--add-alias -s django-current -t django",
            "--add-alias -s plone -t plone-v2",
        ];
        let programs = [
            ("pyfaggregator", &aggregator[..]),
            ("/usr/local/bin/pyfgithub", &github[..]),
            ("./pyfupdater", &updater[..]),
        ];
        for (name, lines) in programs {
            for line in lines {
                let words = std::iter::once(name)
                    .chain(line.split(' '))
                    .map(OsString::from);
                let matches =
                    Arguments::command().try_get_matches_from(command_line(words.collect()));
                let parsed = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
                assert!(parsed.is_ok(), "{name} {line}: {}", parsed.unwrap_err());
            }
        }
    }
}
