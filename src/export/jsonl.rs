//! `jsonl`: one document on each line, with everything that the collection knows of it.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde::Deserialize;

use super::documents::Documents;
use super::error::at;
use super::{ExportError, Scope};

/// The longest first line that is looked at.
const LONGEST_LINE: u64 = 64 << 20;

pub(super) fn write(documents: &Documents, scope: Scope, path: &Path) -> Result<(), ExportError> {
    let file = fs_err::File::create(path).map_err(at(path))?;
    let mut output = BufWriter::new(file);
    let each = |row: super::documents::Row<'_>| {
        output
            .write_all(row.line)
            .and_then(|()| output.write_all(b"\n"))
            .map_err(at(path))
    };
    match scope {
        Scope::All => documents.read_all(each)?,
        Scope::Latest => documents.read_packages(each)?,
    }
    output.flush().map_err(at(path))
}

/// Whether a file begins with a document, or is empty.
pub(super) fn is_ours(path: &Path) -> io::Result<bool> {
    #[derive(Deserialize)]
    #[expect(dead_code, reason = "it is enough that they are there")]
    struct Document {
        id: String,
        name: String,
        version: String,
    }
    if !path.is_file() {
        return Ok(false);
    }
    let mut line = Vec::new();
    let file = std::fs::File::open(path)?;
    let mut reader = BufReader::new(io::Read::take(file, LONGEST_LINE));
    reader.read_until(b'\n', &mut line)?;
    Ok(line.is_empty() || serde_json::from_slice::<Document>(&line).is_ok())
}
