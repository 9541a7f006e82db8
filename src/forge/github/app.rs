//! Lets people give a program access to their account, and take it back: OAuth with PKCE.
//!
//! The state and the verifier of a sign-in are the caller's. Errors name no token and no address.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use pyfa_http::{
    HeaderMap, HeaderName, HeaderValue, HttpClient, HttpError, HttpRequest, HttpSettings,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use crate::forge::ForgeError;

/// Where people sign in.
pub const PUBLIC_WEB_URL: &str = "https://github.com/";

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const BODY_LIMIT: u64 = 1 << 20;

/// Which app people connect.
#[derive(Debug, Clone)]
pub struct AppSettings {
    pub api_url: Url,
    pub web_url: Url,
    /// `None` if nobody can connect.
    pub client_id: Option<String>,
    pub client_secret: Option<SecretString>,
}

/// An app, which knows its secret.
#[derive(Debug, Clone)]
pub struct App {
    api_url: Url,
    web_url: Url,
    id: String,
    secret: SecretString,
    http: HttpClient,
    /// Sends id and secret with each request.
    own: HttpClient,
}

/// What somebody has given the app.
#[derive(Debug, Clone, Deserialize)]
pub struct AppTokens {
    pub access_token: SecretString,
    /// Only where the token ends.
    pub refresh_token: Option<SecretString>,
    /// Seconds.
    pub expires_in: Option<u64>,
}

/// Why there are no tokens.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl App {
    /// The app of the settings, if they name one; sends nothing yet.
    pub fn new(settings: &AppSettings, user_agent: &str) -> Result<Option<Self>, ForgeError> {
        let (Some(id), Some(secret)) = (&settings.client_id, &settings.client_secret) else {
            return Ok(None);
        };
        let credentials = STANDARD.encode(format!("{id}:{}", secret.expose_secret()));
        let value = HeaderValue::from_str(&format!("Basic {credentials}"));
        let mut value =
            value.map_err(|_| broken("its id or secret has characters of no secret"))?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("authorization"), value);
        Ok(Some(Self {
            api_url: settings.api_url.clone(),
            web_url: settings.web_url.clone(),
            id: id.clone(),
            secret: secret.clone(),
            http: client(user_agent, HeaderMap::new())?,
            own: client(user_agent, headers)?,
        }))
    }

    /// Where a browser is sent to let the app in. `verifier` is secret until it is exchanged.
    #[must_use]
    pub fn connect_url(&self, redirect: &str, state: &str, verifier: &str, scope: &str) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let mut url = at(&self.web_url, &["login", "oauth", "authorize"]);
        url.query_pairs_mut()
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", scope)
            .append_pair("state", state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("allow_signup", "false");
        url
    }

    /// The tokens for a code that a browser has brought.
    pub async fn exchange(
        &self,
        code: &str,
        redirect: &str,
        verifier: &str,
    ) -> Result<AppTokens, ForgeError> {
        self.fetch_tokens(&[
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ])
        .await
    }

    /// New tokens; those before end.
    ///
    /// # Errors
    ///
    /// [`ForgeError::Token`] if GitHub does not know the token any more.
    pub async fn refresh(&self, token: &SecretString) -> Result<AppTokens, ForgeError> {
        self.fetch_tokens(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", token.expose_secret()),
        ])
        .await
    }

    /// Takes back what somebody has given the app, with all tokens. `false` if GitHub does not know the
    /// token: either nothing is given any more, or this token has ended and others have not.
    pub async fn revoke(&self, token: &SecretString) -> Result<bool, ForgeError> {
        let url = at(&self.api_url, &["applications", &self.id, "grant"]);
        let body = json!({ "access_token": token.expose_secret() }).to_string();
        let request = HttpRequest::new(url, "app")
            .accept(JSON)
            .body_limit(BODY_LIMIT);
        match self.own.delete(request, body.into(), JSON).await {
            Ok(_) => Ok(true),
            Err(HttpError::NotFound { .. } | HttpError::Refused { status: 422, .. }) => Ok(false),
            Err(_) => Err(broken("it did not revoke the access")),
        }
    }

    async fn fetch_tokens(&self, fields: &[(&str, &str)]) -> Result<AppTokens, ForgeError> {
        let form = {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("client_id", &self.id);
            form.append_pair("client_secret", self.secret.expose_secret());
            form.extend_pairs(fields);
            form.finish()
        };
        let url = at(&self.web_url, &["login", "oauth", "access_token"]);
        let request = HttpRequest::new(url, "app")
            .accept(JSON)
            .body_limit(BODY_LIMIT);
        // A code counts once.
        let answer = self.http.post(request, form.into(), FORM, false).await;
        let answer = answer.map_err(|_| broken("it returned no token"))?;
        // What is wrong comes with a status of success.
        match serde_json::from_slice::<Refusal>(&answer.body) {
            Ok(refusal) if refusal.error == "bad_refresh_token" => Err(ForgeError::Token {
                forge: "GitHub",
                setting: "the connection",
                why: "it has ended, or was used before".to_owned(),
            }),
            _ => serde_json::from_slice(&answer.body)
                .map_err(|_| broken("it returned no token for this code")),
        }
    }
}

fn client(user_agent: &str, headers: HeaderMap) -> Result<HttpClient, ForgeError> {
    HttpClient::new(HttpSettings {
        user_agent: user_agent.to_owned(),
        headers,
        workers: 2,
        retries: 1,
        backoff: Duration::from_millis(500),
        longest_wait: Duration::from_secs(5),
        ..HttpSettings::default()
    })
    .map_err(|error| broken(&error.to_string()))
}

fn at(base: &Url, parts: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(parts);
    }
    url
}

fn broken(why: &str) -> ForgeError {
    ForgeError::Broken {
        what: "GitHub's sign-in".to_owned(),
        why: why.to_owned(),
    }
}
