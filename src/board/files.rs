//! Finds board files by name or path, and writes new ones.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::builtin::{BUILTIN_BOARDS, NEW_BOARD, find_builtin};
use super::error::BoardError;
use super::rules::Board;
use crate::profile::nearest::shortened;

/// Bytes of a board file.
const LONGEST_FILE: u64 = 1 << 20;

/// Whether a text can be the name of a board: never a path.
#[must_use]
pub fn is_board_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=100).contains(&text.len()) && text.bytes().all(allowed)
}

/// Reads a board: the file of that path, or the board of that name.
///
/// # Errors
///
/// [`BoardError`] if there is neither, or the file has mistakes.
pub fn open_board(file: &str, folder: Option<&Path>) -> Result<Board, BoardError> {
    let path = Path::new(file);
    if path.is_file() {
        return read_file(path);
    }
    if is_board_name(file) {
        return open_board_named(file, folder);
    }
    Err(no_board(file))
}

/// Reads the board of a name: in the folder of boards, or built in.
///
/// # Errors
///
/// As for [`open_board`].
pub fn open_board_named(name: &str, folder: Option<&Path>) -> Result<Board, BoardError> {
    if !is_board_name(name) {
        return Err(no_board(name));
    }
    if let Some(folder) = folder {
        let path = folder.join(format!("{name}.toml"));
        if path.is_file() {
            return read_file(&path);
        }
    }
    match find_builtin(name) {
        Some(text) => Board::parse(text, name),
        None => Err(no_board(name)),
    }
}

/// The names of the boards in a folder, sorted.
///
/// # Errors
///
/// [`BoardError::Io`] if it cannot be read.
pub fn list_boards(folder: &Path) -> Result<Vec<String>, BoardError> {
    let at = |cause| BoardError::Io {
        path: folder.display().to_string(),
        cause,
    };
    let mut names = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(at)? {
        let path: PathBuf = entry.map_err(at)?.path();
        let is_board = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        let name = path.file_stem().and_then(|name| name.to_str());
        names.extend(
            name.filter(|name| is_board && is_board_name(name))
                .map(str::to_owned),
        );
    }
    names.sort();
    Ok(names)
}

/// Writes a commented file for a project; never over another one.
///
/// # Errors
///
/// [`BoardError::Io`] if the file exists or cannot be written.
pub fn write_new_board(path: &Path, owner: &str, number: i32) -> Result<(), BoardError> {
    let at = |cause| BoardError::Io {
        path: path.display().to_string(),
        cause,
    };
    let text = NEW_BOARD
        .replace(
            "owner = \"my-organisation\"",
            &format!("owner = \"{owner}\""),
        )
        .replace(
            "organisations = [\"my-organisation\"]",
            &format!("organisations = [\"{owner}\"]"),
        )
        .replace("number = 1", &format!("number = {number}"));
    let file = fs_err::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(at)
}

fn read_file(path: &Path) -> Result<Board, BoardError> {
    let shown = path.display().to_string();
    let at = |cause| BoardError::Io {
        path: shown.clone(),
        cause,
    };
    if fs_err::metadata(path).map_err(at)?.len() > LONGEST_FILE {
        let mistakes = format!("{shown}: a board file has at most {LONGEST_FILE} bytes");
        return Err(BoardError::File { mistakes });
    }
    Board::parse(&fs_err::read_to_string(path).map_err(at)?, &shown)
}

fn no_board(name: &str) -> BoardError {
    let names = BUILTIN_BOARDS.map(|(name, _)| name).join("`, `");
    let name = shortened(name);
    BoardError::File {
        mistakes: format!(
            "there is no file {name:?} and no board of that name; `pyfa board init FILE` writes one, and \
             `{names}` is built in"
        ),
    }
}
