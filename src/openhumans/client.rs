//! The files of one member: listed page by page, uploaded directly, deleted one by one.

use std::time::Duration;

use pyfa_http::{Bytes, HeaderMap, HeaderName, HeaderValue, HttpClient, HttpRequest, HttpSettings};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{OpenHumansError, OpenHumansSettings};

/// Pages of the longest list.
const MOST_PAGES: usize = 1_000;
/// Bytes of the largest file.
const LARGEST_FILE: u64 = 1 << 30;
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// The client of one member.
#[derive(Debug, Clone)]
pub struct OpenHumans {
    settings: OpenHumansSettings,
    /// Sends the token, and is used for the service alone.
    http: HttpClient,
    /// Sends no token.
    data: HttpClient,
}

/// A member of the project, and what the project has stored there.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The name that the member has in this project alone.
    pub id: String,
    pub files: Vec<RemoteFile>,
}

/// A file of the project's.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RemoteFile {
    pub id: u64,
    pub basename: String,
    download_url: Url,
    #[serde(default)]
    pub metadata: Value,
}

/// A file to be uploaded.
#[derive(Debug, Clone)]
pub struct Upload {
    pub name: String,
    pub description: String,
    pub tags: Vec<String>,
    pub updated_at: String,
    pub content: Bytes,
}

#[derive(Deserialize)]
struct MemberPage {
    project_member_id: String,
    data: Vec<RemoteFile>,
    next: Option<Url>,
}

#[derive(Deserialize)]
struct Started {
    id: u64,
    url: Url,
}

impl OpenHumans {
    /// A client with a member's token; sends nothing yet.
    pub fn new(
        settings: &OpenHumansSettings,
        token: &SecretString,
        user_agent: &str,
    ) -> Result<Self, OpenHumansError> {
        let credentials = format!("Bearer {}", token.expose_secret().trim());
        let mut value = HeaderValue::from_str(&credentials).map_err(|_| OpenHumansError::Token)?;
        value.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("authorization"), value);
        Ok(Self {
            settings: settings.clone(),
            http: client(user_agent, headers)?,
            data: client(user_agent, HeaderMap::new())?,
        })
    }

    /// Fetches who the token belongs to, with all files.
    pub async fn fetch_member(&self) -> Result<Member, OpenHumansError> {
        let what = "list files";
        let first = self
            .settings
            .url("api/direct-sharing/project/exchange-member/");
        let (mut files, mut page) = (Vec::new(), first.clone());
        for _ in 0..MOST_PAGES {
            let request = HttpRequest::new(page, "open-humans").accept(JSON);
            let answer = self.http.get(request).await;
            let answer = answer.map_err(|error| OpenHumansError::of(what, &error))?;
            let member: MemberPage = parse(what, &answer.body)?;
            files.extend(member.data);
            match member.next {
                // The token goes nowhere else.
                Some(next) if next.origin() == first.origin() => page = next,
                Some(_) => return Err(OpenHumansError::unreadable(what, "a page is elsewhere")),
                None => {
                    return Ok(Member {
                        id: member.project_member_id,
                        files,
                    });
                }
            }
        }
        Err(OpenHumansError::unreadable(what, "the list has no end"))
    }

    /// Fetches the content of a file.
    pub async fn fetch_file(&self, file: &RemoteFile) -> Result<Bytes, OpenHumansError> {
        let request = HttpRequest::new(file.download_url.clone(), "open-humans-file");
        let answer = self.data.get(request.body_limit(LARGEST_FILE)).await;
        let answer = answer.map_err(|error| OpenHumansError::of("give a file", &error))?;
        Ok(answer.body)
    }

    /// Uploads a file; its id.
    pub async fn upload(&self, member: &str, upload: Upload) -> Result<u64, OpenHumansError> {
        let what = "take a file";
        let metadata = json!({
            "description": upload.description, "tags": upload.tags, "updated_at": upload.updated_at,
        });
        let fields = [
            ("project_member_id", member),
            ("filename", &upload.name),
            ("metadata", &metadata.to_string()),
        ];
        let answer = self.post("files/upload/direct/", what, &fields).await?;
        let Started { id, url } = parse(what, &answer)?;
        let request = HttpRequest::new(url, "open-humans-file");
        let put = self
            .data
            .put(request, upload.content, "application/octet-stream");
        put.await
            .map_err(|error| match OpenHumansError::of(what, &error) {
                // That address takes no token; another attempt gets another address.
                OpenHumansError::Token => {
                    OpenHumansError::unreadable(what, "the upload is refused")
                }
                error => error,
            })?;
        let fields = [("project_member_id", member), ("file_id", &id.to_string())];
        self.post("files/upload/complete/", what, &fields).await?;
        Ok(id)
    }

    /// Deletes a file; one that is gone counts as deleted.
    pub async fn delete(&self, member: &str, file: u64) -> Result<(), OpenHumansError> {
        let fields = [
            ("project_member_id", member),
            ("file_id", &file.to_string()),
        ];
        match self.post("files/delete/", "delete a file", &fields).await {
            Err(OpenHumansError::Refused {
                status: 400 | 404, ..
            }) => {
                let is_there = self
                    .fetch_member()
                    .await?
                    .files
                    .iter()
                    .any(|one| one.id == file);
                if is_there {
                    let status = 400;
                    return Err(OpenHumansError::Refused {
                        what: "delete a file",
                        status,
                    });
                }
                Ok(())
            }
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    async fn post(
        &self,
        path: &str,
        what: &'static str,
        fields: &[(&str, &str)],
    ) -> Result<Bytes, OpenHumansError> {
        let url = self
            .settings
            .url(&format!("api/direct-sharing/project/{path}"));
        let request = HttpRequest::new(url, "open-humans").accept(JSON);
        let answer = self.http.post(request, form(fields), FORM, true).await;
        let answer = answer.map_err(|error| OpenHumansError::of(what, &error))?;
        Ok(answer.body)
    }
}

/// An HTTP client with these headers.
pub(super) fn client(user_agent: &str, headers: HeaderMap) -> Result<HttpClient, OpenHumansError> {
    HttpClient::new(HttpSettings {
        user_agent: user_agent.to_owned(),
        headers,
        workers: 2,
        retries: 2,
        backoff: Duration::from_millis(500),
        attempt_timeout: Duration::from_mins(10),
        longest_wait: Duration::from_secs(30),
        ..HttpSettings::default()
    })
    .map_err(|error| OpenHumansError::Client(error.to_string()))
}

pub(super) fn form(fields: &[(&str, &str)]) -> Bytes {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish().into()
}

pub(super) fn parse<'b, T: Deserialize<'b>>(
    what: &'static str,
    body: &'b [u8],
) -> Result<T, OpenHumansError> {
    serde_json::from_slice(body)
        .map_err(|_| OpenHumansError::unreadable(what, "the answer cannot be read"))
}
