//! Lines that are answered later: few in memory, many in a file without a name, and what a full disk
//! does not take in memory again.
//!
//! The answer to an import cannot be sent while lines still come, since many clients read nothing
//! before they have sent everything; kept in memory it would grow with the import. The file lies in
//! the engine's own folder and goes with its process. Used by [`super::import_export`].

use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::Path;

use axum::body::Bytes;
use tempfile::{SpooledData, SpooledTempFile, spooled_tempfile_in};

/// Bytes that are kept in memory.
const IN_MEMORY: usize = 1 << 20;
/// Bytes that are kept in memory because the disk does not take them.
const BESIDE: usize = 64 << 20;
/// Bytes of the file that are read at once.
const PIECE: usize = 64 * 1024;

/// Lines with line feeds between them.
pub(super) struct Spool {
    lines: SpooledTempFile,
    /// Bytes of whole lines in there.
    length: u64,
    /// What follows them.
    beside: Vec<u8>,
    is_empty: bool,
}

/// What was kept.
pub(super) enum Spooled {
    Memory(Bytes),
    File(FileChunks),
}

/// The content of a file, piece by piece, and what follows it; ends behind an error.
pub(super) struct FileChunks {
    file: Option<io::Take<std::fs::File>>,
    beside: Vec<u8>,
}

impl Spool {
    /// For a file in this folder, which must not be one in memory.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            lines: spooled_tempfile_in(IN_MEMORY, folder),
            length: 0,
            beside: Vec::new(),
            is_empty: true,
        }
    }

    /// Keeps a line, which comes without its line feed.
    pub(super) fn add(&mut self, line: &[u8]) -> io::Result<()> {
        let end: &[u8] = if self.is_empty { b"" } else { b"\n" };
        self.is_empty = false;
        if self.beside.is_empty() {
            let written = self.lines.write_all(end);
            match written.and_then(|()| self.lines.write_all(line)) {
                Ok(()) => {
                    self.length += (end.len() + line.len()) as u64;
                    return Ok(());
                }
                // The client gets an answer for each line, also where most are refused.
                Err(error) => tracing::warn!(%error, "answers are kept in memory"),
            }
        }
        if self.beside.len() + line.len() >= BESIDE {
            return Err(ErrorKind::StorageFull.into());
        }
        self.beside.extend_from_slice(end);
        self.beside.extend_from_slice(line);
        Ok(())
    }

    /// What was kept, from its beginning.
    pub(super) fn read(mut self) -> io::Result<Spooled> {
        self.lines.rewind()?;
        Ok(match self.lines.into_inner() {
            SpooledData::InMemory(lines) => {
                let mut lines = lines.into_inner();
                lines.truncate(usize::try_from(self.length).unwrap_or(usize::MAX));
                lines.append(&mut self.beside);
                Spooled::Memory(lines.into())
            }
            SpooledData::OnDisk(file) => Spooled::File(FileChunks {
                file: Some(file.take(self.length)),
                beside: self.beside,
            }),
        })
    }
}

impl Iterator for FileChunks {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let file = self.file.as_mut()?;
        let mut piece = Vec::with_capacity(PIECE);
        let limit = u64::try_from(PIECE).unwrap_or(u64::MAX);
        match file.take(limit).read_to_end(&mut piece) {
            Ok(0) => {
                self.file = None;
                let beside = std::mem::take(&mut self.beside);
                (!beside.is_empty()).then(|| Ok(beside.into()))
            }
            Ok(_) => Some(Ok(piece.into())),
            Err(error) => {
                self.file = None;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_lines_are_kept_in_a_file_that_has_no_name() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        for (count, in_memory) in [(0, true), (1, true), (1_000, true), (300_000, false)] {
            let mut spool = Spool::new(folder.path());
            for _ in 0..count {
                spool.add(b"{\"n\":1}")?;
            }
            let spooled = spool.read()?;
            assert_eq!(matches!(spooled, Spooled::Memory(_)), in_memory, "{count}");
            let read = match spooled {
                Spooled::Memory(lines) => lines.to_vec(),
                Spooled::File(pieces) => pieces.collect::<io::Result<Vec<Bytes>>>()?.concat(),
            };
            assert_eq!(read, vec!["{\"n\":1}"; count].join("\n").into_bytes());
            assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        }
        Ok(())
    }

    #[test]
    fn lines_that_the_disk_does_not_take_are_kept_all_the_same() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let mut spool = Spool::new(&folder.path().join("not there"));
        let line = [b'x'; 1_000];
        for _ in 0..3_000 {
            spool.add(&line)?;
        }
        let Spooled::Memory(lines) = spool.read()? else {
            return Err(io::Error::other("there is no file"));
        };
        assert_eq!(lines.len(), 3_000 * 1_001 - 1);
        assert!(lines.split(|byte| *byte == b'\n').all(|one| one == line));
        Ok(())
    }
}
