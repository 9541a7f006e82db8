//! Finds the README in the file of a release, a compressed tar archive, without unpacking the rest.
//!
//! Reads entry by entry within limits, stops at the first README that wins, and writes nothing to
//! the disk. Names of entries are compared and never used as paths.

use std::io::{Read, Result};

use flate2::read::GzDecoder;

/// Bytes of the archive that are unpacked at most.
const MOST_UNPACKED: u64 = 256 << 20;
/// Bytes of a README that are kept; longer ones are cut.
const LONGEST_README: u64 = 1 << 20;
const BLOCK: usize = 512;

/// A README and the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundReadme {
    pub(super) file: String,
    pub(super) text: String,
}

/// The README in the archive's top folder; `None` if it has none. Of several, the first in Markdown
/// wins, as npm chooses.
///
/// # Errors
///
/// What cannot be unpacked.
pub(super) fn find_readme(archive: &[u8]) -> Result<Option<FoundReadme>> {
    let mut unpacked = GzDecoder::new(archive).take(MOST_UNPACKED);
    let mut header = [0; BLOCK];
    let mut found: Option<FoundReadme> = None;
    while read_block(&mut unpacked, &mut header)? {
        let size = octal(&header[124..136]);
        let padded = size.div_ceil(BLOCK as u64) * BLOCK as u64;
        let is_file = matches!(header[156], b'0' | 0);
        let name = is_file.then(|| readme_name(&header)).flatten();
        let Some(file) = name else {
            std::io::copy(&mut (&mut unpacked).take(padded), &mut std::io::sink())?;
            continue;
        };
        let mut bytes = Vec::new();
        (&mut unpacked)
            .take(size.min(LONGEST_README))
            .read_to_end(&mut bytes)?;
        let rest = padded - size.min(LONGEST_README);
        std::io::copy(&mut (&mut unpacked).take(rest), &mut std::io::sink())?;
        let readme = FoundReadme {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            file,
        };
        if is_markdown(&readme.file) {
            return Ok(Some(readme));
        }
        found.get_or_insert(readme);
    }
    Ok(found)
}

/// Fills a block; false at the end of the archive.
fn read_block(from: &mut impl Read, block: &mut [u8; BLOCK]) -> Result<bool> {
    let mut filled = 0;
    while filled < BLOCK {
        match from.read(&mut block[filled..])? {
            0 => return Ok(false),
            count => filled += count,
        }
    }
    // Two empty blocks end an archive.
    Ok(block.iter().any(|byte| *byte != 0))
}

/// The name of a README directly in the top folder, whatever that is called.
fn readme_name(header: &[u8; BLOCK]) -> Option<String> {
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

    use super::find_readme;

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
