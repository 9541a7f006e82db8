//! Checks a file against the digests that its manifest states.

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

    /// Whether these are the bytes.
    pub(super) fn is_of(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Sha512(digest) => {
                STANDARD.decode(digest).ok().as_deref() == Some(&sha2::Sha512::digest(bytes)[..])
            }
            Self::Sha1(digest) => *digest == format!("{:x}", sha1::Sha1::digest(bytes)),
        }
    }

    /// The digest as a key of a cache.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Sha512(digest) | Self::Sha1(digest) => digest,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Integrity;

    #[test]
    fn the_best_digest_counts() {
        let read = |dist: serde_json::Value| dist.as_object().and_then(Integrity::read);
        let sha1 = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d";
        let old = read(json!({ "shasum": sha1 }));
        assert!(old.is_some_and(|digest| digest.is_of(b"hello") && !digest.is_of(b"hallo")));
        let sha512 = "sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==";
        let new = read(json!({ "shasum": "0", "integrity": sha512 }));
        assert!(new.is_some_and(|digest| digest.is_of(b"hello") && !digest.is_of(b"hallo")));
        assert_eq!(read(json!({"integrity": "md5-x", "shasum": sha1})), None);
        assert_eq!(read(json!({})), None);
    }
}
