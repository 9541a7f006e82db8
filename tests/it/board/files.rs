//! Board files: every mistake is a sentence, and the built-in ones are right.

use anyhow::Result;
use pyfa::board::{BUILTIN_BOARDS, Board, Source, find_builtin, open_board, write_new_board};

use super::FILE;

#[test]
fn built_in_boards_and_new_ones_are_valid() -> Result<()> {
    for (name, text) in BUILTIN_BOARDS {
        Board::parse(text, name)?;
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("mine.toml");
    write_new_board(&path, "plone", 7)?;
    let shown = path.display().to_string();
    let board = open_board(&shown, None)?;
    assert_eq!(board.scopes.organisations, ["plone"]);
    assert!(write_new_board(&path, "plone", 7).is_err(), "it was there");
    let named = open_board("mine", Some(folder.path()))?;
    assert_eq!(named.scopes, board.scopes);
    Ok(())
}

#[test]
fn the_peloton_says_what_the_original_does() -> Result<()> {
    let text = find_builtin("peloton").unwrap_or_default();
    let board = Board::parse(text, "peloton")?;
    let fields: Vec<(&str, Source)> = board
        .fields
        .iter()
        .map(|(name, rule)| (name.as_str(), rule.value))
        .collect();
    assert_eq!(
        fields,
        [
            ("Author Login", Source::Author),
            ("Author Membership", Source::AuthorMembership),
            ("Commenter Membership", Source::CommenterMembership),
            ("Date Closed", Source::ClosedAt),
            ("Date Created", Source::CreatedAt),
            ("Date Updated", Source::UpdatedAt),
            ("Discussion Wanted?", Source::DiscussionWanted),
            ("Final Comment Login", Source::FinalCommentAuthor),
            ("Final Comment Time", Source::FinalCommentAt),
            ("Num Comments", Source::Comments),
            ("Num Votes", Source::Votes),
        ]
    );
    assert_eq!(board.closed_days, Some(28));
    assert_eq!(board.clear, ["🚴 Next Peloton Date"]);
    assert_eq!(board.link, "_linked_id");
    assert!(!board.members.bots_in_replies);
    Ok(())
}

#[test]
fn mistakes_are_sentences() {
    for (from, to, expected) in [
        (
            "number = 5",
            "number = 0",
            "`project` takes `owner` and `number`",
        ),
        (
            "number = 5",
            "numbr = 5",
            "line 4, column 1: unknown field `numbr`",
        ),
        (
            "organisations = [\"club\"]",
            "organisations = [\"a/b\"]",
            "which is not the name of an organisation",
        ),
        (
            "repositories = [\"guest/gamma\"]",
            "repositories = [\"gamma\"]",
            "is not `OWNER/NAME`",
        ),
        (
            "teams = [\"club/core\"]",
            "teams = [\"core\"]",
            "is not `ORGANISATION/TEAM`",
        ),
        ("decision|help", "(", "is not a regular expression"),
        (
            "remove = \"linked\"",
            "remove = \"some\"",
            "use `linked`, `all` or `never`",
        ),
        (
            "\"Created\" = \"created_at\"",
            "\"Created\" = \"createdat\"",
            "which is no value; the nearest is `created_at`",
        ),
        (
            "options = { yes = \"True\" }",
            "options = { maybe = \"True\" }",
            "has no option \"maybe\"; it has `yes`, `no`",
        ),
        (
            "clear_on_new_comments = [\"Next\"]",
            "clear_on_new_comments = [\"Created\"]",
            "cannot be written and emptied",
        ),
        ("closed_days = 28", "closed_days = -1", "line 14, column 15"),
        (
            "closed_days = 28",
            "closed_days = 99999",
            "`open.closed_days` is at most",
        ),
        (
            "exclude_except_types = [\"Accessibility\"]",
            "exclude_except_types = [\"a\\\" org:b\"]",
            "use letters, digits",
        ),
    ] {
        assert!(FILE.contains(from), "{from}");
        let error = Board::parse(&FILE.replace(from, to), "board.toml").err();
        let message = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(message.starts_with("board.toml"), "{to}: {message}");
        assert!(message.contains(expected), "{to}: {message}");
        assert!(!message.contains('\n'), "{to}: {message}");
    }
}

#[test]
fn a_name_is_never_a_path() {
    for name in ["../secret", "/etc/passwd.toml", "a b", "nothing-there"] {
        let error = open_board(name, Some(std::path::Path::new("."))).err();
        let message = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(
            message.contains("no board of that name"),
            "{name}: {message}"
        );
    }
}
