//! Lines that are answered later: few in memory, many in a file without a name.
//!
//! The answer to an import cannot be sent while lines still come, since many clients read nothing
//! before they have sent everything; kept in memory it would grow with the import. The file lies in
//! the engine's own folder and goes with its process. Used by [`super::lines`].

use std::io::{self, Read, Seek, Write};
use std::path::Path;

use axum::body::Bytes;
use tempfile::{SpooledData, SpooledTempFile, spooled_tempfile_in};

/// Bytes that are kept in memory.
const IN_MEMORY: usize = 1 << 20;
/// Bytes of the file that are read at once.
const PIECE: usize = 64 * 1024;

/// Lines with line feeds between them.
pub(super) struct Spool {
    lines: SpooledTempFile,
    is_empty: bool,
}

/// What was kept.
pub(super) enum Spooled {
    Memory(Bytes),
    File(Pieces),
}

/// The content of a file, piece by piece; ends behind an error.
pub(super) struct Pieces(Option<std::fs::File>);

impl Spool {
    /// For a file in this folder, which must not be one in memory.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            lines: spooled_tempfile_in(IN_MEMORY, folder),
            is_empty: true,
        }
    }

    /// Keeps a line, which comes without its line feed.
    pub(super) fn add(&mut self, line: &[u8]) -> io::Result<()> {
        if !self.is_empty {
            self.lines.write_all(b"\n")?;
        }
        self.is_empty = false;
        self.lines.write_all(line)
    }

    /// What was kept, from its beginning.
    pub(super) fn read(mut self) -> io::Result<Spooled> {
        self.lines.rewind()?;
        Ok(match self.lines.into_inner() {
            SpooledData::InMemory(lines) => Spooled::Memory(lines.into_inner().into()),
            SpooledData::OnDisk(file) => Spooled::File(Pieces(Some(file))),
        })
    }
}

impl Iterator for Pieces {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let file = self.0.as_mut()?;
        let mut piece = Vec::with_capacity(PIECE);
        let limit = u64::try_from(PIECE).unwrap_or(u64::MAX);
        match file.take(limit).read_to_end(&mut piece) {
            Ok(0) => None,
            Ok(_) => Some(Ok(piece.into())),
            Err(error) => {
                self.0 = None;
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
}
