//! Random keys, and digests that are safe to compare.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::error::{EngineError, EngineResult};

/// Characters of a made key.
const LENGTH: usize = 32;
pub(super) fn digest(secret: &[u8; 32], value: &str) -> [u8; 32] {
    hmac(secret, value.as_bytes())
        .finalize()
        .into_bytes()
        .into()
}

/// A message under a key, ready to be compared or finished.
pub(super) fn hmac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    // A key of any length is accepted, longer ones are hashed first.
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key)
        .unwrap_or_else(|_| <Hmac<Sha256> as Mac>::new(&[0; 64].into()));
    mac.update(message);
    mac
}

pub(super) fn fill(bytes: &mut [u8]) -> EngineResult<()> {
    getrandom::fill(bytes).map_err(|error| {
        EngineError::internal(format!("the system provides no random bytes: {error}"))
    })
}

/// As many letters and digits as a key has, each equally likely.
///
/// # Errors
///
/// If the system has no random bytes to give.
pub fn random_key() -> EngineResult<String> {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut value = String::with_capacity(LENGTH);
    let mut bytes = [0; 2 * LENGTH];
    while value.len() < LENGTH {
        fill(&mut bytes)?;
        // Numbers from 248 on would make the first letters likelier.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let letters = fair.filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
        value.extend(
            letters
                .take(LENGTH - value.len())
                .map(|byte| char::from(*byte)),
        );
    }
    Ok(value)
}
