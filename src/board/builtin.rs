//! The boards that are compiled into the program, and the text of a new one. No I/O.

/// Name and text of each.
pub const BUILTIN_BOARDS: [(&str, &str); 1] =
    [("peloton", include_str!("../../boards/peloton.toml"))];

/// What `pyfa board init` writes.
pub(super) const NEW_BOARD: &str = include_str!("../../boards/new-board.toml");

/// The text of a built-in board.
#[must_use]
pub fn find_builtin(name: &str) -> Option<&'static str> {
    let mut boards = BUILTIN_BOARDS.iter();
    let found = boards.find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}
