//! Scoped keys: search parameters that the holder of a search-only key has signed with it.
//!
//! The text is `base64( base64(hmac-sha256(parent, parameters)) + first 4 of parent + parameters )`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use serde_json::{Map, Value};

use super::api_key::{Key, PREFIX};
use super::secrets::hmac;

/// Characters of a signature in base64.
const SIGNATURE: usize = 44;
/// Bytes of a scoped key; front ends send it in a query string.
const LONGEST: usize = 16 * 1024;

/// What a text that may be a scoped key says.
pub(super) struct Scoped {
    signature: Vec<u8>,
    prefix: String,
    parameters: String,
}

impl Scoped {
    /// `None` for what is no such text.
    pub(super) fn read(presented: &str) -> Option<Self> {
        if presented.len() > LONGEST {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(presented).ok()?).ok()?;
        let (signature, rest) = text.split_at_checked(SIGNATURE)?;
        let end = rest.char_indices().nth(PREFIX).map(|(place, _)| place)?;
        let (prefix, parameters) = rest.split_at_checked(end)?;
        Some(Self {
            signature: STANDARD.decode(signature).ok()?,
            prefix: prefix.to_owned(),
            parameters: parameters.to_owned(),
        })
    }

    /// Whether this key made the signature; takes the same time for all wrong signatures.
    pub(super) fn is_signed_by(&self, parent: &Key) -> bool {
        parent.prefix() == self.prefix
            && hmac(parent.value().as_bytes(), self.parameters.as_bytes())
                .verify_slice(&self.signature)
                .is_ok()
    }

    /// The signed search parameters; `None` if they are no object or have expired.
    pub(super) fn parameters(&self, now: u64) -> Option<Map<String, Value>> {
        let Ok(Value::Object(mut parameters)) = serde_json::from_str(&self.parameters) else {
            return None;
        };
        match parameters.remove("expires_at") {
            Some(end) if end.as_u64().is_none_or(|end| end < now) => None,
            _ => Some(parameters),
        }
    }
}
