//! Turns the command line of `pyfa manage` into a request.
//!
//! Both spellings end here: the commands (`pyfa manage alias add plone plone-2`) and the guide's
//! flags (`pyfupdater --add-alias -s plone -t plone-2`). Reads the settings and the profiles, asks
//! no server, and opens nothing.

mod commands;
mod expiry;
mod flags;
mod values;

use super::request::ManageRequest;
use crate::cli::arguments::ManageArguments;
use crate::cli::exit::{CommandResult, UsageError};
use crate::config::Config;

/// The request that the arguments stand for.
///
/// # Errors
///
/// A usage error if something is missing or does not fit together.
pub(super) fn resolve(arguments: ManageArguments, config: &Config) -> CommandResult<ManageRequest> {
    let ManageArguments { command, flags } = arguments;
    match command {
        Some(_) if !flags.are_defaults() => Err(UsageError::new(
            "a command of `pyfa manage` and flags of pyfupdater do not go together; options of a \
             command follow it, as in `pyfa manage list --format json`",
        )
        .into()),
        Some(command) => commands::resolve_command(command, config),
        None => flags::resolve_flags(flags, config),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use std::ffi::OsString;

    use clap::{CommandFactory, FromArgMatches};

    use super::super::request::ManageVerb;
    use super::{CommandResult, ManageRequest, resolve};
    use crate::cli::arguments::{Arguments, Command};
    use crate::cli::command_line;
    use crate::config::{Config, Sources};

    fn request(line: &str) -> ManageRequest {
        try_request(line).ok().unwrap()
    }

    fn try_request(line: &str) -> CommandResult<ManageRequest> {
        let words = ["pyfupdater"].into_iter().chain(line.split(' '));
        let words = command_line(words.map(OsString::from).collect());
        let matches = Arguments::command().try_get_matches_from(words).unwrap();
        let arguments = Arguments::from_arg_matches(&matches).unwrap();
        let Command::Manage(manage) = arguments.command else {
            unreachable!("pyfupdater is pyfa manage");
        };
        let folder = tempfile::tempdir().unwrap();
        let config = Config::load(&Sources {
            working_dir: folder.path().to_owned(),
            ..Sources::default()
        })
        .unwrap();
        resolve(*manage, &config)
    }

    #[test]
    fn the_flags_of_the_guide_are_aliases_of_the_commands() {
        for (flags, command) in [
            ("-ls", "list"),
            ("-ls --sincefile a", "list --sincefile a"),
            ("-lsn", "names"),
            ("-lsa", "alias list"),
            ("-lssoa", "key list"),
            ("--show plone.api -t books", "show plone.api -t books"),
            (
                "--show a -p plone --all-versions",
                "show a -p plone --all-versions",
            ),
            ("--migrate -s a -t b -f", "migrate a b -f"),
            ("--migrate --to embedded", "migrate --to embedded"),
            (
                "--migrate -p plone --from embedded",
                "migrate plone --from embedded",
            ),
            ("--recreate-collection a -f", "recreate a -f"),
            ("--recreate-collection -p plone", "recreate plone"),
            ("--rollback a --dry-run", "rollback a --dry-run"),
            ("--delete-collection a-1 -f", "delete a-1 -f"),
            ("--add-alias -s a -t b", "alias add a b"),
            ("--delete-alias a", "alias delete a"),
            ("--delete-alias -s a", "alias delete a"),
            (
                "--add-search-only-apikey -t a -key - --expires 2100-01-01 --scope b:=c",
                "key add a -key - --expires 2100-01-01 --scope b:=c",
            ),
            ("--add-search-only-apikey -p plone", "key add plone"),
            ("--scope b:=c -key value", "key derive b:=c -key value"),
            ("--delete-apikey 3 -f", "key delete 3 -f"),
        ] {
            let (one, other) = (request(flags), request(command));
            assert_eq!(
                format!("{:?}", one.verb),
                format!("{:?}", other.verb),
                "{flags}"
            );
            assert_eq!(
                (one.options.force, one.options.dry_run),
                (other.options.force, other.options.dry_run),
                "{flags}"
            );
        }
    }

    #[test]
    fn flags_and_commands_do_not_mix() {
        for line in [
            "-p plone list",
            "-ls names",
            "-f delete a-1",
            "--format json key list",
            "--sincefile a list",
        ] {
            let refused = try_request(line).err().unwrap();
            let message = refused.cause.to_string();
            assert!(message.contains("do not go together"), "{line}: {message}");
        }
        let words = ["pyfupdater", "list", "-s", "a"].map(OsString::from);
        let words = command_line(words.to_vec());
        assert!(Arguments::command().try_get_matches_from(words).is_err());
    }

    #[test]
    fn options_of_every_command_may_stand_anywhere() {
        for line in ["-q list", "-v names", "--home a alias list", "list -q"] {
            let _ = request(line);
        }
        assert!(matches!(
            request("-q list").verb,
            ManageVerb::ListCollections
        ));
    }
}
