//! Checks a file, piece by piece, against the digests that its manifest states.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sha1::Digest;

use super::values::text;

/// The digests of a release's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Integrity {
    /// SHA-512, in base64.
    Sha512(String),
    /// SHA-1 in hexadecimal digits, which releases before 2017 have alone.
    Sha1(String),
}

impl Integrity {
    /// The best digest in the object `dist` of a manifest; `None` if it has none that is known here.
    pub(super) fn read(dist: &Map<String, Value>) -> Option<Self> {
        let stated = text(dist, "integrity").unwrap_or_default();
        let strong = stated
            .split_ascii_whitespace()
            .find_map(|digest| digest.strip_prefix("sha512-"));
        match strong {
            Some(digest) => Some(Self::Sha512(digest.to_owned())),
            None if stated.is_empty() => {
                text(dist, "shasum").map(|digest| Self::Sha1(digest.to_ascii_lowercase()))
            }
            None => None,
        }
    }

    /// What is to be compared with it, of which nothing has come yet.
    pub(super) fn sum(&self) -> Sum {
        match self {
            Self::Sha512(_) => Sum::Sha512(sha2::Sha512::new()),
            Self::Sha1(_) => Sum::Sha1(sha1::Sha1::new()),
        }
    }

    /// Whether this is the sum of the right bytes.
    pub(super) fn is_of(&self, sum: Sum) -> bool {
        match (self, sum) {
            (Self::Sha512(stated), Sum::Sha512(sum)) => {
                STANDARD.decode(stated).ok().as_deref() == Some(&sum.finalize()[..])
            }
            (Self::Sha1(stated), Sum::Sha1(sum)) => *stated == format!("{:x}", sum.finalize()),
            _ => false,
        }
    }

    /// The digest as a key of a cache.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Sha512(digest) | Self::Sha1(digest) => digest,
        }
    }
}

/// The digest of a file that comes piece by piece.
#[derive(Debug, Clone)]
pub(super) enum Sum {
    Sha512(sha2::Sha512),
    Sha1(sha1::Sha1),
}

impl Sum {
    /// Adds the next piece.
    pub(super) fn add(&mut self, piece: &[u8]) {
        match self {
            Self::Sha512(sum) => sum.update(piece),
            Self::Sha1(sum) => sum.update(piece),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Integrity;

    fn is_of(digest: &Integrity, pieces: [&str; 2]) -> bool {
        let mut sum = digest.sum();
        for piece in pieces {
            sum.add(piece.as_bytes());
        }
        digest.is_of(sum)
    }

    #[test]
    fn the_best_digest_counts() {
        let read = |dist: serde_json::Value| dist.as_object().and_then(Integrity::read);
        let sha1 = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
        let old = read(json!({ "shasum": sha1 }));
        assert!(old.is_some_and(|old| is_of(&old, ["he", "llo"]) && !is_of(&old, ["ha", "llo"])));
        let sha512 = "sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==";
        let new = read(json!({ "shasum": "0", "integrity": sha512 }));
        assert!(new.is_some_and(|new| is_of(&new, ["he", "llo"]) && !is_of(&new, ["ha", "llo"])));
        assert_eq!(read(json!({"integrity": "md5-x", "shasum": sha1})), None);
        assert_eq!(read(json!({})), None);
    }
}
