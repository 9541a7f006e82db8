//! A fake Open Humans: members let a project in by OAuth, and keep files there.
//!
//! Uploads are direct: the project asks for an address, puts the bytes there, and says that they have
//! arrived; until then the file is in no list. Lists come in pages of two. Tokens end after an hour of
//! the fake's clock, and a refresh ends the one before. Who is at the browser is set by the test, and
//! agrees at once.

use std::collections::{BTreeMap, HashMap};

use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::service::{Fake, FakeService, ReceivedRequest, ServiceControls};

const PAGE: usize = 2;
const TOKEN_SECONDS: u64 = 3_600;

/// A running Open Humans.
pub type FakeOpenHumans = Fake<OpenHumansState>;

/// A file of a member.
#[derive(Clone, Debug)]
pub struct StoredFile {
    pub id: u64,
    pub member: String,
    pub name: String,
    pub metadata: Value,
    pub content: Bytes,
    is_complete: bool,
}

#[derive(Clone, Debug)]
struct Token {
    member: String,
    until: u64,
}

/// What the service knows.
#[derive(Debug, Default)]
pub struct OpenHumansState {
    /// Secrets of projects by their id.
    clients: HashMap<String, String>,
    /// Member and address of each code.
    codes: HashMap<String, (String, String)>,
    access: HashMap<String, Token>,
    refresh: HashMap<String, String>,
    files: BTreeMap<u64, StoredFile>,
    at_browser: Option<String>,
    /// Seconds after which access ends, if not the usual ones.
    token_seconds: Option<u64>,
    given: u64,
}

impl FakeOpenHumans {
    /// Registers a project.
    pub fn add_client(&self, id: &str, secret: &str) {
        self.state()
            .clients
            .insert(id.to_owned(), secret.to_owned());
    }

    /// Puts this member at the browser.
    pub fn sign_in(&self, member: &str) {
        self.state().at_browser = Some(member.to_owned());
    }

    /// Access that is given from now on ends after so long.
    pub fn set_token_seconds(&self, seconds: u64) {
        self.state().token_seconds = Some(seconds);
    }

    /// Accepts a token of a member, for good.
    pub fn allow(&self, token: &str, member: &str) {
        let member = member.to_owned();
        let until = u64::MAX;
        self.state()
            .access
            .insert(token.to_owned(), Token { member, until });
    }

    /// Stores a file as if it had been uploaded before.
    pub fn add_file(&self, member: &str, name: &str, metadata: &Value, content: &[u8]) -> u64 {
        let id = self.state().add(member, name, metadata.clone());
        if let Some(file) = self.state().files.get_mut(&id) {
            file.content = Bytes::copy_from_slice(content);
            file.is_complete = true;
        }
        id
    }

    /// The files of a member, the oldest first.
    #[must_use]
    pub fn files(&self, member: &str) -> Vec<StoredFile> {
        let state = self.state();
        let files = state.files.values();
        files
            .filter(|file| file.member == member && file.is_complete)
            .cloned()
            .collect()
    }

    /// How many tokens of a member are accepted.
    #[must_use]
    pub fn tokens_of(&self, member: &str) -> usize {
        let state = self.state();
        let access = state.access.values().filter(|token| token.member == member);
        access.count() + state.refresh.values().filter(|one| *one == member).count()
    }
}

impl OpenHumansState {
    fn add(&mut self, member: &str, name: &str, metadata: Value) -> u64 {
        self.given += 1;
        let file = StoredFile {
            id: self.given,
            member: member.to_owned(),
            name: name.to_owned(),
            metadata,
            content: Bytes::new(),
            is_complete: false,
        };
        self.files.insert(self.given, file);
        self.given
    }

    fn is_client(&self, request: &ReceivedRequest, form: &Form) -> bool {
        let header = request.header("authorization");
        let given = header.strip_prefix("Basic ").unwrap_or_default();
        self.clients.iter().any(|(id, secret)| {
            STANDARD.encode(format!("{id}:{secret}")) == given
                || (form.text("client_id") == id && form.text("client_secret") == secret)
        })
    }

    fn give_tokens(&mut self, member: &str, now: u64) -> Value {
        self.given += 1;
        let seconds = self.token_seconds.unwrap_or(TOKEN_SECONDS);
        let (access, refresh) = (
            format!("oh-access-{:024}", self.given),
            format!("oh-refresh-{:024}", self.given),
        );
        let token = Token {
            member: member.to_owned(),
            until: now + seconds,
        };
        self.access.insert(access.clone(), token);
        self.refresh.insert(refresh.clone(), member.to_owned());
        json!({
            "access_token": access, "refresh_token": refresh, "token_type": "Bearer",
            "expires_in": seconds, "scope": "read write",
        })
    }

    /// The member whose token a request carries.
    fn member(&self, request: &ReceivedRequest, now: u64) -> Option<String> {
        let header = request.header("authorization");
        let header = header.strip_prefix("Bearer ").map(str::to_owned);
        let token = header.or_else(|| request.parameter("access_token"))?;
        let token = self.access.get(&token).filter(|token| token.until > now)?;
        Some(token.member.clone())
    }

    fn token(&mut self, request: &ReceivedRequest, now: u64) -> Response {
        let form = Form::read(request);
        if !self.is_client(request, &form) {
            return answer(401, &json!({ "error": "invalid_client" }));
        }
        let invalid = || answer(400, &json!({ "error": "invalid_grant" }));
        match form.text("grant_type") {
            "authorization_code" => match self.codes.remove(form.text("code")) {
                Some((member, redirect)) if redirect == form.text("redirect_uri") => {
                    answer(200, &self.give_tokens(&member, now))
                }
                _ => invalid(),
            },
            "refresh_token" => match self.refresh.remove(form.text("refresh_token")) {
                Some(member) => {
                    self.access.retain(|_, token| token.member != member);
                    answer(200, &self.give_tokens(&member, now))
                }
                None => invalid(),
            },
            _ => invalid(),
        }
    }

    fn revoke(&mut self, request: &ReceivedRequest) -> Response {
        let form = Form::read(request);
        if !self.is_client(request, &form) {
            return answer(401, &json!({ "error": "invalid_client" }));
        }
        let token = form.text("token").to_owned();
        self.access.remove(&token);
        self.refresh.remove(&token);
        answer(200, &json!({}))
    }

    fn authorize(&mut self, request: &ReceivedRequest) -> Response {
        let text = |name: &str| request.parameter(name).unwrap_or_default();
        let member = self.at_browser.clone();
        let Some(member) = member.filter(|_| self.clients.contains_key(&text("client_id"))) else {
            return answer(400, &json!({ "error": "invalid_request" }));
        };
        let Ok(mut back) = url::Url::parse(&text("redirect_uri")) else {
            return answer(400, &json!({ "error": "invalid_request" }));
        };
        self.given += 1;
        let code = format!("oh-code-{}", self.given);
        self.codes
            .insert(code.clone(), (member, text("redirect_uri")));
        back.query_pairs_mut()
            .append_pair("code", &code)
            .append_pair("state", &text("state"));
        let mut response = StatusCode::FOUND.into_response();
        if let Ok(location) = HeaderValue::from_str(back.as_str()) {
            response.headers_mut().insert("location", location);
        }
        response
    }

    /// The member, and a page of its files.
    fn exchange_member(&self, member: &str, request: &ReceivedRequest) -> Response {
        let host = request.header("host");
        let page = request.parameter("page").and_then(|page| page.parse().ok());
        let page: usize = page.unwrap_or(1);
        let files = self.files.values();
        let files: Vec<&StoredFile> = files
            .filter(|file| file.member == member && file.is_complete)
            .collect();
        let shown = files.iter().skip((page - 1) * PAGE).take(PAGE);
        let shown: Vec<Value> = shown
            .map(|file| {
                json!({
                    "id": file.id,
                    "basename": file.name,
                    "created": format!("2026-01-01T00:00:{:02}Z", file.id % 60),
                    "download_url": format!("http://{host}/data/{}?key=signed-{}", file.id, file.id),
                    "metadata": file.metadata,
                    "source": "direct-sharing-1",
                })
            })
            .collect();
        let path = "/api/direct-sharing/project/exchange-member/";
        let next =
            (files.len() > page * PAGE).then(|| format!("http://{host}{path}?page={}", page + 1));
        answer(
            200,
            &json!({
                "created": "2026-01-01T00:00:00Z", "project_member_id": member,
                "message_permission": true, "sources_shared": [], "data": shown, "next": next,
            }),
        )
    }

    fn begin_upload(&mut self, member: &str, request: &ReceivedRequest) -> Response {
        let form = Form::read(request);
        let metadata = serde_json::from_str::<Value>(form.text("metadata")).unwrap_or_default();
        let is_described = metadata["description"].is_string() && metadata["tags"].is_array();
        if form.text("project_member_id") != member || !is_described {
            return answer(400, &json!({ "detail": "the form is not complete" }));
        }
        let id = self.add(member, form.text("filename"), metadata);
        let host = request.header("host");
        let url = format!("http://{host}/data/{id}?key=upload-{id}");
        answer(201, &json!({ "id": id, "url": url }))
    }

    fn end_upload(&mut self, member: &str, request: &ReceivedRequest) -> Response {
        let form = Form::read(request);
        let id = form.text("file_id").parse().unwrap_or(0);
        match self.files.get_mut(&id).filter(|file| file.member == member) {
            Some(file) => {
                file.is_complete = true;
                answer(200, &json!({ "status": "ok", "size": file.content.len() }))
            }
            None => answer(400, &json!({ "detail": "there is no such file" })),
        }
    }

    fn delete(&mut self, member: &str, request: &ReceivedRequest) -> Response {
        let form = Form::read(request);
        let wanted: Option<u64> = form.text("file_id").parse().ok();
        let all = form.text("all_files").eq_ignore_ascii_case("true");
        let files = self.files.values();
        let ids: Vec<u64> = files
            .filter(|file| file.member == member && (all || wanted == Some(file.id)))
            .map(|file| file.id)
            .collect();
        if !all && ids.is_empty() {
            return answer(400, &json!({ "detail": "there is no such file" }));
        }
        for id in &ids {
            self.files.remove(id);
        }
        answer(200, &json!({ "ids": ids }))
    }

    /// The bytes of a file, for a signed address alone, without a token.
    fn data(&mut self, id: &str, request: &ReceivedRequest) -> Response {
        let id = id.parse().unwrap_or(0);
        let key = request.parameter("key").unwrap_or_default();
        let is_open = request.header("authorization").is_empty();
        let Some(file) = self.files.get_mut(&id).filter(|_| is_open) else {
            return StatusCode::FORBIDDEN.into_response();
        };
        match request.method {
            Method::PUT if key == format!("upload-{id}") => {
                file.content = request.body.clone();
                StatusCode::OK.into_response()
            }
            Method::GET if key == format!("signed-{id}") => file.content.clone().into_response(),
            _ => StatusCode::FORBIDDEN.into_response(),
        }
    }
}

impl FakeService for OpenHumansState {
    const NAME: &'static str = "fake-open-humans";

    fn respond(&mut self, controls: &ServiceControls, request: &ReceivedRequest) -> Response {
        let now = controls.now();
        let path = request.path.as_str();
        match (&request.method, path) {
            (&Method::GET, "/direct-sharing/projects/oauth2/authorize/") => {
                return self.authorize(request);
            }
            (&Method::POST, "/oauth2/token/") => return self.token(request, now),
            (&Method::POST, "/oauth2/revoke_token/") => return self.revoke(request),
            _ => {}
        }
        if let Some(id) = path.strip_prefix("/data/") {
            return self.data(id, request);
        }
        let Some(member) = self.member(request, now) else {
            return answer(401, &json!({ "detail": "Invalid token." }));
        };
        match (
            &request.method,
            path.strip_prefix("/api/direct-sharing/project/"),
        ) {
            (&Method::GET, Some("exchange-member/")) => self.exchange_member(&member, request),
            (&Method::POST, Some("files/upload/direct/")) => self.begin_upload(&member, request),
            (&Method::POST, Some("files/upload/complete/")) => self.end_upload(&member, request),
            (&Method::POST, Some("files/delete/")) => self.delete(&member, request),
            _ => answer(404, &json!({ "detail": "Not found." })),
        }
    }
}

/// The fields of a form.
struct Form(HashMap<String, String>);

impl Form {
    fn read(request: &ReceivedRequest) -> Self {
        let fields = url::form_urlencoded::parse(&request.body);
        Self(fields.into_owned().collect())
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }
}

fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    (
        status,
        [("content-type", "application/json")],
        body.to_string(),
    )
        .into_response()
}
