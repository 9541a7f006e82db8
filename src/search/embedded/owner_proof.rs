//! How the owner of a folder proves that it is the owner: it answers a challenge with a code that
//! only a process that can read the folder's key can compute.
//!
//! Pure functions for both sides; the key itself is never sent.
//! [Decision 9](../../../docs/decisions/0009-owner-proof.md) says why it is built so.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Where the owner answers challenges: `/pyfa/owner?CHALLENGE`.
pub(super) const PATH: &str = "/pyfa/owner";
/// Characters of a challenge, letters and digits.
const CHALLENGE_LENGTH: usize = 32;

/// What the owner that listens at `address` answers to a challenge; `None` for what is no challenge.
pub(super) fn prove(key: &SecretString, address: SocketAddr, challenge: &str) -> Option<String> {
    let is_challenge = challenge.len() == CHALLENGE_LENGTH
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_challenge
        .then(|| URL_SAFE_NO_PAD.encode(mac(key, address, challenge).finalize().into_bytes()))
}

/// Whether a proof is right; takes the same time for all wrong ones.
pub(super) fn is_proof(
    key: &SecretString,
    address: SocketAddr,
    challenge: &str,
    proof: &[u8],
) -> bool {
    URL_SAFE_NO_PAD
        .decode(proof)
        .is_ok_and(|proof| mac(key, address, challenge).verify_slice(&proof).is_ok())
}

/// The address is part of the code, so that nobody can pass a challenge on to the owner and its
/// answer off as its own.
fn mac(key: &SecretString, address: SocketAddr, challenge: &str) -> Hmac<Sha256> {
    // A key of any length is accepted.
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.expose_secret().as_bytes())
        .unwrap_or_else(|_| <Hmac<Sha256> as Mac>::new(&[0; 64].into()));
    mac.update(format!("pyfa owner\n{address}\n{challenge}").as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "0123456789abcdefghijKLMNOPQRSTUV";

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn a_proof_holds_for_one_key_one_address_and_one_challenge() {
        let (key, other) = (SecretString::from("k"), SecretString::from("l"));
        let proof = prove(&key, at(1), CHALLENGE).unwrap_or_default();
        let turned: String = CHALLENGE.chars().rev().collect();
        assert!(is_proof(&key, at(1), CHALLENGE, proof.as_bytes()));
        assert!(!is_proof(&other, at(1), CHALLENGE, proof.as_bytes()));
        assert!(!is_proof(&key, at(2), CHALLENGE, proof.as_bytes()));
        assert!(!is_proof(&key, at(1), &turned, proof.as_bytes()));
        assert!(!is_proof(&key, at(1), CHALLENGE, b""));
    }

    #[test]
    fn nothing_but_a_challenge_is_answered() {
        let key = SecretString::from("k");
        let long = format!("{CHALLENGE}x");
        for query in ["", "short", &long, "0123456789abcdefghijKLMNOPQRST\n{"] {
            assert_eq!(prove(&key, at(1), query), None, "{query}");
        }
    }
}
