//! What a list remembers for the next export: its packages and what had changed, in a comment at its
//! end.
//!
//! One thing to a line, each word percent-encoded, so that no name ends the comment or the line.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use rusqlite::{Connection, params};

use crate::export::ExportError;
use crate::export::error::at;
use crate::model::PackageName;

/// The first line of a list.
pub(super) const HEAD: &str =
    "<!-- pyfa export: the next export replaces this file; what is changed by hand is lost -->";
const BEGIN: &str = "<!-- pyfa export state 1";
const END: &str = "-->";
/// What stays as it is in a word.
const WORD: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'+')
    .remove(b'!');

/// Tables of what the last export said.
const TABLES: &str = "
    CREATE TABLE previous (project TEXT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL)
        WITHOUT ROWID;
    CREATE TABLE changes (
        kind TEXT NOT NULL, project TEXT NOT NULL, name TEXT NOT NULL, before TEXT NOT NULL,
        after TEXT NOT NULL, PRIMARY KEY (kind, project)
    ) WITHOUT ROWID;";

/// The moments that the last export named, in Unix seconds.
#[derive(Debug, Default)]
pub(super) struct Previous {
    pub(super) as_of: i64,
    /// Since when its changes were; `None` if it listed none.
    pub(super) since: Option<i64>,
}

/// Reads what the last export said into tables; `None` if there was none.
pub(super) fn read(
    database: &Connection,
    place: Option<&Path>,
) -> Result<Option<Previous>, ExportError> {
    database.execute_batch(TABLES)?;
    let Some(place) = place else {
        return Ok(None);
    };
    let file = fs_err::File::open(place).map_err(at(place))?;
    let mut found = None;
    let mut lines = BufReader::new(file).lines();
    while let Some(line) = lines.next().transpose().map_err(at(place))? {
        match &mut found {
            None => found = (line == BEGIN).then(Previous::default),
            Some(_) if line == END => break,
            Some(previous) => read_line(database, &line, previous)?,
        }
    }
    Ok(found)
}

fn read_line(
    database: &Connection,
    line: &str,
    previous: &mut Previous,
) -> Result<(), ExportError> {
    let words: Vec<String> = line
        .split(' ')
        .map(|word| percent_decode_str(word).decode_utf8_lossy().into_owned())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["as-of", seconds] => previous.as_of = seconds.parse().unwrap_or_default(),
        ["since", seconds] => previous.since = seconds.parse().ok(),
        ["package", name, version] => {
            database
                .prepare_cached("INSERT OR REPLACE INTO previous VALUES (?, ?, ?)")?
                .execute(params![
                    PackageName::read(name).key().project(),
                    name,
                    version
                ])?;
        }
        [kind @ ("new" | "release" | "gone"), name, before, after] => {
            database
                .prepare_cached("INSERT OR REPLACE INTO changes VALUES (?, ?, ?, ?, ?)")?
                .execute(params![
                    kind,
                    PackageName::read(name).key().project(),
                    name,
                    before,
                    after
                ])?;
        }
        // Of another version of the program.
        _ => {}
    }
    Ok(())
}

/// Writes the comment from the tables `packages_now` and `changes`.
pub(super) fn write(
    database: &Connection,
    output: &mut impl Write,
    path: &Path,
    as_of: i64,
    since: Option<i64>,
) -> Result<(), ExportError> {
    let mut put = |text: String| writeln!(output, "{text}").map_err(at(path));
    put(BEGIN.to_owned())?;
    put(format!("as-of {as_of}"))?;
    if let Some(since) = since {
        put(format!("since {since}"))?;
    }
    let mut statement =
        database.prepare("SELECT kind, name, before, after FROM changes ORDER BY kind, project")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let word = |at: usize| Ok::<_, rusqlite::Error>(encode(&row.get::<_, String>(at)?));
        put(format!(
            "{} {} {} {}",
            word(0)?,
            word(1)?,
            word(2)?,
            word(3)?
        ))?;
    }
    let mut statement =
        database.prepare("SELECT name, version FROM packages_now ORDER BY project")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let word = |at: usize| Ok::<_, rusqlite::Error>(encode(&row.get::<_, String>(at)?));
        put(format!("package {} {}", word(0)?, word(1)?))?;
    }
    put(END.to_owned())
}

fn encode(word: &str) -> String {
    utf8_percent_encode(word, WORD).to_string()
}

/// Whether a file is a list that an export has made, or is empty.
pub(in crate::export) fn is_ours(path: &Path) -> io::Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let mut line = Vec::new();
    let file = std::fs::File::open(path)?;
    BufReader::new(io::Read::take(file, 1_000)).read_until(b'\n', &mut line)?;
    Ok(line.is_empty() || line.trim_ascii_end() == HEAD.as_bytes())
}
