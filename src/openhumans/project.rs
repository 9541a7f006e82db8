//! A project at Open Humans: signs members in by OAuth, and out again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pyfa_http::{HeaderMap, HeaderName, HeaderValue, HttpClient, HttpError, HttpRequest};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::client::{FORM, client, form, parse};
use super::{OpenHumansError, OpenHumansSettings};

/// A project, which knows its secret.
#[derive(Debug, Clone)]
pub struct Project {
    settings: OpenHumansSettings,
    id: String,
    http: HttpClient,
}

/// What a member has given the project.
#[derive(Debug, Clone, Deserialize)]
pub struct MemberTokens {
    pub access_token: SecretString,
    pub refresh_token: Option<SecretString>,
    /// Seconds.
    pub expires_in: Option<u64>,
}

impl Project {
    /// The project of the settings; sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`OpenHumansError::NoProject`] if the settings name none.
    pub fn new(settings: &OpenHumansSettings, user_agent: &str) -> Result<Self, OpenHumansError> {
        let (Some(id), Some(secret)) = (&settings.client_id, &settings.client_secret) else {
            return Err(OpenHumansError::NoProject);
        };
        let credentials = STANDARD.encode(format!("{id}:{}", secret.expose_secret()));
        let value = HeaderValue::from_str(&format!("Basic {credentials}"));
        let mut value = value.map_err(|_| OpenHumansError::NoProject)?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("authorization"), value);
        Ok(Self {
            settings: settings.clone(),
            id: id.clone(),
            http: client(user_agent, headers)?,
        })
    }

    /// Where a browser is sent to sign in.
    #[must_use]
    pub fn sign_in_url(&self, redirect: &str, state: &str) -> Url {
        let mut url = self
            .settings
            .url("direct-sharing/projects/oauth2/authorize/");
        url.query_pairs_mut()
            .append_pair("client_id", &self.id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", redirect)
            .append_pair("state", state);
        url
    }

    /// The tokens for a code that a browser has brought.
    pub async fn exchange(
        &self,
        code: &str,
        redirect: &str,
    ) -> Result<MemberTokens, OpenHumansError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect),
        ];
        self.fetch_tokens(&fields).await
    }

    /// New tokens; those before end.
    pub async fn refresh(&self, token: &SecretString) -> Result<MemberTokens, OpenHumansError> {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.expose_secret()),
        ];
        self.fetch_tokens(&fields).await
    }

    /// Ends a token.
    pub async fn revoke(&self, token: &SecretString) -> Result<(), OpenHumansError> {
        let request = HttpRequest::new(self.settings.url("oauth2/revoke_token/"), "open-humans");
        let body = form(&[("token", token.expose_secret()), ("client_id", &self.id)]);
        let answer = self.http.post(request, body, FORM, true).await;
        answer.map_err(|error| OpenHumansError::of("end a token", &error))?;
        Ok(())
    }

    async fn fetch_tokens(&self, fields: &[(&str, &str)]) -> Result<MemberTokens, OpenHumansError> {
        let what = "sign somebody in";
        let request = HttpRequest::new(self.settings.url("oauth2/token/"), "open-humans");
        // A code and a refresh token count once.
        let answer = self.http.post(request, form(fields), FORM, false).await;
        let answer = answer.map_err(|error| match &error {
            HttpError::Refused {
                status: 400,
                message,
                ..
            } if message.contains("invalid_grant") => OpenHumansError::Token,
            // Here they are about the project, or from something on the way, and not about the member.
            HttpError::Refused { status, .. } => OpenHumansError::Refused {
                what,
                status: *status,
            },
            error => OpenHumansError::of(what, error),
        })?;
        parse(what, &answer.body)
    }
}
