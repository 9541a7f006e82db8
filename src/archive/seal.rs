//! Encrypts what is stored of members: ChaCha20-Poly1305 with a random nonce, bound to what it is for.
//!
//! The key of the settings is never used itself, but for keys of its own for each purpose. No I/O but
//! the system's random numbers.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use super::error::ArchiveError;

const KEY_BYTES: usize = 32;

/// The key of the settings.
pub struct SealKey {
    sealing: LessSafeKey,
    finding: hmac::Key,
}

impl fmt::Debug for SealKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SealKey")
    }
}

impl SealKey {
    /// Reads the setting.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::NoKey`] if there is none, [`ArchiveError::Key`] if it is none.
    pub fn read(setting: Option<&SecretString>) -> Result<Self, ArchiveError> {
        let text = setting.ok_or(ArchiveError::NoKey)?;
        let bytes = STANDARD.decode(text.expose_secret().trim());
        let bytes = bytes.map_err(|_| ArchiveError::Key)?;
        if bytes.len() != KEY_BYTES {
            return Err(ArchiveError::Key);
        }
        let given = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let sealing = hmac::sign(&given, b"pyfa archive: seal");
        let sealing = UnboundKey::new(&CHACHA20_POLY1305, sealing.as_ref());
        let finding = hmac::sign(&given, b"pyfa archive: find");
        Ok(Self {
            sealing: LessSafeKey::new(sealing.map_err(|_| ArchiveError::Key)?),
            finding: hmac::Key::new(hmac::HMAC_SHA256, finding.as_ref()),
        })
    }

    /// Encrypts a text, which only [`open`](Self::open) for the same purpose gives back.
    pub fn seal(&self, purpose: &str, text: &[u8]) -> Result<String, ArchiveError> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| ArchiveError::Random)?;
        let mut sealed = text.to_vec();
        self.sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose),
                &mut sealed,
            )
            .map_err(|_| ArchiveError::Sealed)?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// Decrypts what was encrypted for this purpose.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, ArchiveError> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed);
        let bytes = bytes.map_err(|_| ArchiveError::Sealed)?;
        let (nonce, sealed) = bytes
            .split_at_checked(NONCE_LEN)
            .ok_or(ArchiveError::Sealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| ArchiveError::Sealed)?;
        let mut sealed = sealed.to_vec();
        let opened = self
            .sealing
            .open_in_place(nonce, Aad::from(purpose), &mut sealed);
        Ok(opened.map_err(|_| ArchiveError::Sealed)?.to_vec())
    }

    /// A digest that nobody can make without the key.
    #[must_use]
    pub fn digest(&self, purpose: &str, text: &str) -> String {
        let mut context = hmac::Context::with_key(&self.finding);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(text.as_bytes());
        URL_SAFE_NO_PAD.encode(context.sign())
    }
}

/// A text that nobody can guess.
pub fn random_text() -> Result<String, ArchiveError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| ArchiveError::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Result<SealKey, ArchiveError> {
        SealKey::read(Some(&STANDARD.encode([byte; 32]).into()))
    }

    #[test]
    fn what_is_sealed_is_opened_with_its_key_for_its_purpose() -> Result<(), ArchiveError> {
        let (key, other) = (key(1)?, key(2)?);
        let sealed = key.seal("member 1", b"a token")?;
        assert_eq!(key.open("member 1", &sealed)?, b"a token");
        assert!(!sealed.contains("token"));
        assert_ne!(sealed, key.seal("member 1", b"a token")?);
        assert!(key.open("member 2", &sealed).is_err());
        assert!(other.open("member 1", &sealed).is_err());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            if let Some(byte) = changed.get_mut(place) {
                *byte = if *byte == b'A' { b'B' } else { b'A' };
            }
            let changed = String::from_utf8(changed).unwrap_or_default();
            assert!(key.open("member 1", &changed).is_err(), "{place}");
        }
        for wrong in ["", "A", "AAAA", &"A".repeat(30), "ä"] {
            assert!(key.open("member 1", wrong).is_err(), "{wrong}");
        }
        assert_ne!(key.digest("a", "b"), other.digest("a", "b"));
        assert_ne!(key.digest("a", "b"), key.digest("ab", ""));
        Ok(())
    }

    #[test]
    fn a_key_has_32_bytes() {
        assert!(matches!(SealKey::read(None), Err(ArchiveError::NoKey)));
        for wrong in [
            "",
            "secret",
            &STANDARD.encode([1; 31]),
            &STANDARD.encode([1; 33]),
        ] {
            let read = SealKey::read(Some(&wrong.to_owned().into()));
            assert!(matches!(read, Err(ArchiveError::Key)), "{wrong}");
        }
    }
}
