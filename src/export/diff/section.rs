//! One list of a comparison, kept in a temporary file until it is shown: it may be as long as the
//! collection.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is said of one package or release. Which of the values there are depends on the list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it was before: a version, or a health score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uploaded: Option<String>,
    /// The fields that differ, where both exports have whole documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// A list.
#[derive(Debug)]
pub struct Section {
    pub count: u64,
    file: BufWriter<File>,
}

impl Section {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            count: 0,
            file: BufWriter::new(tempfile::tempfile()?),
        })
    }

    pub(super) fn add(&mut self, entry: &Entry) -> io::Result<()> {
        self.count += 1;
        serde_json::to_writer(&mut self.file, entry)?;
        self.file.write_all(b"\n")
    }

    /// Passes on every entry in order.
    ///
    /// # Errors
    ///
    /// If the temporary file cannot be read, or `each` fails.
    pub fn read(&mut self, mut each: impl FnMut(Entry) -> io::Result<()>) -> io::Result<()> {
        self.file.flush()?;
        let file = self.file.get_mut();
        file.rewind()?;
        for line in BufReader::new(file).lines() {
            each(serde_json::from_str(&line?)?)?;
        }
        Ok(())
    }
}
