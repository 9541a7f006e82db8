//! Masks the secrets that we sent, in case a server repeats them in a message or body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use url::Url;

/// Shorter texts are not masked: they would match too much.
const MIN_SECRET_LENGTH: usize = 4;
const MASK: &str = "***";

/// Texts that must not be shown.
#[derive(Clone, Default)]
pub struct Secrets(Vec<String>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} secrets", self.0.len())
    }
}

impl Secrets {
    /// The sensitive values among these headers; for `Bearer abc` that is `abc`.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let values = headers.values().filter(|value| value.is_sensitive());
        let texts = values.filter_map(|value| value.to_str().ok());
        let values_only = texts.filter_map(|text| text.split_whitespace().last());
        Self(
            values_only
                .filter(|text| text.len() >= MIN_SECRET_LENGTH)
                .map(str::to_owned)
                .collect(),
        )
    }

    /// Adds the password in a URL, in every form in which it is sent.
    pub(crate) fn with_password_of(&self, url: &Url) -> Self {
        let mut secrets = self.clone();
        if let Some(password) = url.password() {
            let decoded = |text: &str| {
                percent_encoding::percent_decode_str(text)
                    .decode_utf8_lossy()
                    .into_owned()
            };
            let pair = format!("{}:{}", decoded(url.username()), decoded(password));
            let forms = [
                password.to_owned(),
                decoded(password),
                STANDARD.encode(pair),
            ];
            secrets.0.extend(
                forms
                    .into_iter()
                    .filter(|text| text.len() >= MIN_SECRET_LENGTH),
            );
        }
        secrets
    }

    /// Masks the secrets in a text.
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

    /// Masks the secrets in a body, if it is text.
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
    fn sent_secrets_are_masked() -> Result<(), url::ParseError> {
        let mut value = HeaderValue::from_static("Bearer ghp_hush");
        value.set_sensitive(true);
        let secrets = Secrets::from_headers(&HeaderMap::from_iter([(AUTHORIZATION, value)]));
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

        let with_password =
            secrets.with_password_of(&Url::parse("https://me:pass%40word@example.org/")?);
        for said in ["pass%40word", "pass@word", "bWU6cGFzc0B3b3Jk", "ghp_hush"] {
            assert_eq!(with_password.mask(said.to_owned()), "***");
        }
        assert!(!format!("{with_password:?}").contains("hush"));
        Ok(())
    }
}
