//! Keys as they are made, shown and compared. No I/O but the system's random numbers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::error::AccessError;
use super::scope::Scopes;

/// What every key begins with, so that programs that look for leaked secrets know it.
const MARK: &str = "pyfa_";
/// Random bytes of the part that finds the key, and of the part that proves it.
const FINDING_BYTES: usize = 6;
const PROVING_BYTES: usize = 32;
/// Characters of the longest text that is looked at.
const LONGEST_KEY: usize = 200;

/// A key as it is known after it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    pub id: i64,
    pub name: String,
    /// Its beginning, which opens nothing.
    #[serde(rename = "key", serialize_with = "masked")]
    pub prefix: String,
    #[serde(serialize_with = "names")]
    pub scopes: Scopes,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

impl ApiKey {
    /// The key as it may be shown.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}…", self.prefix)
    }
}

fn masked<S: Serializer>(prefix: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{prefix}…"))
}

fn names<S: Serializer>(scopes: &Scopes, serializer: S) -> Result<S::Ok, S::Error> {
    scopes.names().serialize(serializer)
}

/// A key that nobody can guess, and its beginning.
pub(super) fn generate() -> Result<(SecretString, String), AccessError> {
    let mut bytes = [0; FINDING_BYTES + PROVING_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| AccessError::Random(error.into()))?;
    let (finding, proving) = bytes.split_at(FINDING_BYTES);
    let prefix = format!("{MARK}{}", URL_SAFE_NO_PAD.encode(finding));
    let key = format!("{prefix}.{}", URL_SAFE_NO_PAD.encode(proving));
    Ok((key.into(), prefix))
}

/// The beginning of a key that somebody sends, if it looks like one.
pub(super) fn prefix_of(key: &SecretString) -> Option<&str> {
    let key = key.expose_secret();
    if key.len() > LONGEST_KEY || !key.starts_with(MARK) {
        return None;
    }
    key.split_once('.').map(|(prefix, _)| prefix)
}

/// What is stored in a key's place.
pub(super) fn digest(key: &SecretString) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(key.expose_secret().as_bytes());
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether a key has this digest; how long that takes says nothing about it.
pub(super) fn has_digest(key: &SecretString, stored: &str) -> bool {
    digest(key).as_bytes().ct_eq(stored.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_by_its_beginning_and_proved_by_the_rest() -> Result<(), AccessError> {
        let (key, prefix) = generate()?;
        let (other, _) = generate()?;
        assert_eq!(prefix_of(&key), Some(prefix.as_str()));
        assert!(has_digest(&key, &digest(&key)));
        assert!(!has_digest(&other, &digest(&key)));
        assert!(!has_digest(&key, ""));
        for other in ["", "pyfa_", "pyfa_abc", "other_a.b"] {
            assert_eq!(prefix_of(&other.to_owned().into()), None, "{other}");
        }
        assert_eq!(
            prefix_of(&format!("pyfa_a.{}", "x".repeat(300)).into()),
            None
        );
        Ok(())
    }
}
