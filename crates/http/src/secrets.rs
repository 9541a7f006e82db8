//! Secrets that were sent: a server that repeats one must not bring it into errors or bodies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use url::Url;

/// A shorter text is no secret; masking it would only spoil what else it stands in.
const SHORTEST: usize = 4;
const MASK: &str = "***";

/// Texts that are never shown.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} secrets", self.0.len())
    }
}

impl Secrets {
    /// The sensitive values among these headers; of `Bearer abc` it is `abc`.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let values = headers.values().filter(|value| value.is_sensitive());
        let texts = values.filter_map(|value| value.to_str().ok());
        let secrets = texts.filter_map(|text| text.split_whitespace().last());
        Self(
            secrets
                .filter(|text| text.len() >= SHORTEST)
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Those, and the password in an address, in every form in which it is sent.
    pub(crate) fn and_of(&self, address: &Url) -> Self {
        let mut secrets = self.clone();
        if let Some(password) = address.password() {
            let decoded = |text: &str| {
                percent_encoding::percent_decode_str(text)
                    .decode_utf8_lossy()
                    .into_owned()
            };
            let pair = format!("{}:{}", decoded(address.username()), decoded(password));
            let forms = [
                password.to_owned(),
                decoded(password),
                STANDARD.encode(pair),
            ];
            secrets
                .0
                .extend(forms.into_iter().filter(|text| text.len() >= SHORTEST));
        }
        secrets
    }

    /// A text without them.
    #[must_use]
    pub fn mask(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| {
            if text.contains(secret.as_str()) {
                text.replace(secret.as_str(), MASK)
            } else {
                text
            }
        })
    }

    /// A body without them, if it is text.
    pub(crate) fn mask_body(&self, body: Bytes) -> Bytes {
        match std::str::from_utf8(&body) {
            Ok(text) if self.0.iter().any(|secret| text.contains(secret.as_str())) => {
                self.mask(text.to_owned()).into()
            }
            _ => body,
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{AUTHORIZATION, HeaderValue};

    use super::*;

    #[test]
    fn what_was_sent_is_masked_wherever_it_comes_back() -> Result<(), url::ParseError> {
        let mut value = HeaderValue::from_static("Bearer ghp_hush");
        value.set_sensitive(true);
        let secrets = Secrets::of(&HeaderMap::from_iter([(AUTHORIZATION, value)]));
        let said = "ghp_hush: no such token (Bearer ghp_hush)";
        assert_eq!(
            secrets.mask(said.to_owned()),
            "***: no such token (Bearer ***)"
        );
        assert_eq!(
            secrets.mask_body(said.into()),
            "***: no such token (Bearer ***)"
        );
        assert_eq!(secrets.mask_body("fine".into()), "fine");

        let secrets = secrets.and_of(&Url::parse("https://me:pass%40word@example.org/")?);
        for said in ["pass%40word", "pass@word", "bWU6cGFzc0B3b3Jk", "ghp_hush"] {
            assert_eq!(secrets.mask(said.to_owned()), "***");
        }
        assert!(!format!("{secrets:?}").contains("hush"));
        Ok(())
    }
}
