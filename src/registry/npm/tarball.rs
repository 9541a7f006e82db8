//! Finds the README in the file of a release, a compressed tar archive, without unpacking the rest.
//!
//! Takes the archive piece by piece and looks at entry by entry, within limits; stops at the first
//! README that wins, keeps nothing else in memory, and writes nothing to the disk. Names of entries
//! are compared and never used as paths.

use std::io::{Error, Result, Write};

use flate2::write::GzDecoder;

/// Bytes of the archive that are unpacked at most.
const MOST_UNPACKED: u64 = 256 << 20;
/// Bytes of a README that are kept; longer ones are cut.
const LONGEST_README: usize = 1 << 20;
const BLOCK: usize = 512;

/// A README and the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundReadme {
    pub(super) file: String,
    pub(super) text: String,
}

/// Finds the README in the archive's top folder. Of several, the first in Markdown wins, as npm
/// chooses.
#[derive(Debug)]
pub(super) struct ReadmeFinder {
    unpacked: GzDecoder<Entries>,
    failure: Option<Error>,
}

/// The entries of an archive, as they are unpacked.
#[derive(Debug, Default)]
struct Entries {
    /// Of the block that has begun to come.
    header: Vec<u8>,
    /// Bytes until the next header.
    left: u64,
    reading: Option<Entry>,
    found: Option<Entry>,
    /// Nothing that follows matters.
    is_over: bool,
    unpacked: u64,
}

/// A README that is being read.
#[derive(Debug)]
struct Entry {
    file: String,
    text: Vec<u8>,
    /// Bytes of it that are to come.
    left: usize,
}

impl Default for ReadmeFinder {
    fn default() -> Self {
        Self {
            unpacked: GzDecoder::new(Entries::default()),
            failure: None,
        }
    }
}

impl ReadmeFinder {
    /// Takes the next piece of the archive.
    pub(super) fn take(&mut self, piece: &[u8]) {
        if self.failure.is_none() && !self.unpacked.get_ref().is_over {
            self.failure = self.unpacked.write_all(piece).err();
        }
    }

    /// What was found in the whole archive; `None` if it has no README.
    ///
    /// # Errors
    ///
    /// What cannot be unpacked.
    pub(super) fn finish(mut self) -> Result<Option<FoundReadme>> {
        if !self.unpacked.get_ref().is_over {
            self.failure = self.failure.or(self.unpacked.try_finish().err());
        }
        let entries = self.unpacked.get_mut();
        let found = entries.found.take();
        // What follows the entries is no concern of ours.
        match self.failure {
            Some(failure) if !entries.is_over => Err(failure),
            _ => Ok(found.map(|entry| FoundReadme {
                text: String::from_utf8_lossy(&entry.text).into_owned(),
                file: entry.file,
            })),
        }
    }
}

impl Write for Entries {
    fn write(&mut self, unpacked: &[u8]) -> Result<usize> {
        self.unpacked += unpacked.len() as u64;
        if self.unpacked > MOST_UNPACKED {
            return Err(Error::other("it is too long"));
        }
        let mut rest = unpacked;
        while !rest.is_empty() && !self.is_over {
            let taken = if self.left > 0 {
                self.take_content(rest)
            } else {
                self.take_header(rest)
            };
            rest = &rest[taken..];
        }
        Ok(unpacked.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Entries {
    /// Takes what belongs to the current entry; how many bytes.
    fn take_content(&mut self, bytes: &[u8]) -> usize {
        let taken = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        self.left -= taken as u64;
        if let Some(entry) = &mut self.reading {
            let wanted = taken.min(entry.left);
            entry.text.extend_from_slice(&bytes[..wanted]);
            entry.left -= wanted;
        }
        if self.left == 0 {
            self.end_entry();
        }
        taken
    }

    fn end_entry(&mut self) {
        let Some(entry) = self.reading.take() else {
            return;
        };
        if is_markdown(&entry.file) {
            self.is_over = true;
            self.found = Some(entry);
        } else {
            self.found.get_or_insert(entry);
        }
    }

    /// Takes what belongs to a header; how many bytes.
    fn take_header(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(BLOCK - self.header.len());
        self.header.extend_from_slice(&bytes[..taken]);
        if self.header.len() < BLOCK {
            return taken;
        }
        let header = std::mem::take(&mut self.header);
        // Two empty blocks end an archive.
        if header.iter().all(|byte| *byte == 0) {
            self.is_over = true;
            return taken;
        }
        let size = octal(&header[124..136]);
        self.left = size.div_ceil(BLOCK as u64) * BLOCK as u64;
        let is_file = matches!(header[156], b'0' | 0);
        self.reading = is_file
            .then(|| readme_name(&header))
            .flatten()
            .map(|file| Entry {
                file,
                text: Vec::new(),
                left: usize::try_from(size).map_or(LONGEST_README, |size| size.min(LONGEST_README)),
            });
        if self.left == 0 {
            self.end_entry();
        }
        taken
    }
}

/// The name of a README directly in the top folder, whatever that is called.
fn readme_name(header: &[u8]) -> Option<String> {
    let field = |bytes: &[u8]| {
        let end = bytes
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    };
    // A long path is cut in two, and no README in the top folder has one.
    if &header[257..262] == b"ustar" && header[345] != 0 {
        return None;
    }
    let path = field(&header[..100]);
    let (_, file) = path.trim_start_matches("./").split_once('/')?;
    let lowered = file.to_ascii_lowercase();
    let is_readme = lowered == "readme" || lowered.starts_with("readme.");
    (is_readme && !file.contains('/')).then(|| file.to_owned())
}

fn is_markdown(file: &str) -> bool {
    let lowered = file.to_ascii_lowercase();
    [".md", ".markdown", ".mdown", ".mkd"]
        .iter()
        .any(|end| lowered.ends_with(end))
}

/// A number in octal digits.
fn octal(digits: &[u8]) -> u64 {
    let digits = digits.iter().filter(|digit| matches!(digit, b'0'..=b'7'));
    digits
        .fold(0, |number: u64, digit| {
            number
                .saturating_mul(8)
                .saturating_add(u64::from(digit - b'0'))
        })
        .min(MOST_UNPACKED)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::{FoundReadme, ReadmeFinder};

    /// A compressed archive of these files.
    fn archive(files: &[(&str, &str)]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        for (name, text) in files {
            let mut header = [0; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            let size = format!("{:011o}", text.len());
            header[124..135].copy_from_slice(size.as_bytes());
            header[156] = b'0';
            packed.write_all(&header).unwrap();
            packed.write_all(text.as_bytes()).unwrap();
            let padding = text.len().div_ceil(512) * 512 - text.len();
            packed.write_all(&vec![0; padding]).unwrap();
        }
        packed.write_all(&[0; 1024]).unwrap();
        packed.finish().unwrap()
    }

    /// What is found in an archive that comes in small pieces.
    fn find_readme(archive: &[u8]) -> std::io::Result<Option<FoundReadme>> {
        let mut finder = ReadmeFinder::default();
        for piece in archive.chunks(7) {
            finder.take(piece);
        }
        finder.finish()
    }

    #[test]
    fn the_readme_of_the_top_folder_wins() {
        let found = |files: &[(&str, &str)]| {
            let found = find_readme(&archive(files)).unwrap();
            found.map(|readme| (readme.file, readme.text))
        };
        let expected = |file: &str, text: &str| Some((file.to_owned(), text.to_owned()));
        let files = [
            ("package/lib/readme.md", "deep"),
            ("package/package.json", "{}"),
            ("package/README", "plain"),
            ("package/Readme.md", "# Right"),
        ];
        assert_eq!(found(&files), expected("Readme.md", "# Right"));
        assert_eq!(found(&files[..3]), expected("README", "plain"));
        assert_eq!(found(&files[..2]), None);
        assert_eq!(
            found(&[("react/README.md", "own name")]),
            expected("README.md", "own name")
        );
        let long = "x".repeat(2 << 20);
        let cut = found(&[("a/b", "1"), ("package/readme.md", &long)]).unwrap();
        assert_eq!(cut.1.len(), 1 << 20);
    }

    #[test]
    fn garbage_is_an_error_or_nothing() {
        assert!(find_readme(b"no archive").is_err());
        let mut broken = archive(&[("package/a", "1"), ("package/readme.md", "2")]);
        broken.truncate(30);
        assert!(!matches!(find_readme(&broken), Ok(Some(_))));
    }
}
