//! Files of releases: compressed tar archives.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha512};

/// A compressed archive of files, by path and text.
#[must_use]
#[expect(
    clippy::missing_panics_doc,
    clippy::expect_used,
    reason = "writing to memory does not fail"
)]
pub fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let mut add = |bytes: &[u8]| packed.write_all(bytes).expect("memory");
    for (path, text) in files {
        let mut header = [0; 512];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[124..135].copy_from_slice(format!("{:011o}", text.len()).as_bytes());
        header[156] = b'0';
        add(&header);
        add(text.as_bytes());
        add(&vec![0; text.len().div_ceil(512) * 512 - text.len()]);
    }
    add(&[0; 1024]);
    packed.finish().expect("memory")
}

/// The digest of a file as manifests state it.
#[must_use]
pub fn integrity_of(file: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(file)))
}
