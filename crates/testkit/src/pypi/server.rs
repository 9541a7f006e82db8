//! The HTTP server of the fake registry: routes, headers and faults.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
    RETRY_AFTER, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::Value;

use super::counters::{Counters, RequestKind};
use super::fault::{Fault, Faults};
use super::page::Page;
use super::registry::{Registry, normalize};
use super::xml_rpc;

const LAST_SERIAL: HeaderName = HeaderName::from_static("x-pypi-last-serial");
const INDEX_TYPE: &str = "application/vnd.pypi.simple.v1+json";
/// The maximum length of an XML-RPC call.
const CALL_LIMIT: usize = 1 << 20;

/// The state that the fake and its server share.
#[derive(Debug, Default)]
pub(super) struct ServerState {
    registry: RwLock<Registry>,
    pub(super) faults: Faults,
    pub(super) counters: Counters,
    pub(super) latency_milliseconds: AtomicU64,
}

impl ServerState {
    pub(super) fn new(registry: Registry) -> Self {
        Self {
            registry: RwLock::new(registry),
            ..Self::default()
        }
    }

    pub(super) fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn registry_mut(&self) -> RwLockWriteGuard<'_, Registry> {
        self.registry
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn router(shared: Arc<ServerState>) -> Router {
    Router::new().fallback(respond).with_state(shared)
}

/// The resource of a path, with names as in the request.
enum Route {
    Index,
    Detail(String),
    Project(String),
    Release(String, String),
    XmlRpc,
    MissingSlash,
    Unknown,
}

impl Route {
    fn parse(method: &Method, path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (method.as_str(), parts.as_slice()) {
            ("GET" | "HEAD", ["simple", ""]) => Self::Index,
            ("GET" | "HEAD", ["simple", name, ""]) => Self::Detail(percent_decode(name)),
            ("GET" | "HEAD", ["simple"] | ["simple", _]) => Self::MissingSlash,
            ("GET" | "HEAD", ["pypi", name, "json"]) => Self::Project(percent_decode(name)),
            ("GET" | "HEAD", ["pypi", name, version, "json"]) => {
                Self::Release(percent_decode(name), percent_decode(version))
            }
            ("POST", ["pypi"]) => Self::XmlRpc,
            _ => Self::Unknown,
        }
    }

    fn kind(&self) -> RequestKind {
        match self {
            Self::Index => RequestKind::Index,
            Self::Detail(_) => RequestKind::SimpleDetail,
            Self::Project(_) => RequestKind::Project,
            Self::Release(..) => RequestKind::Release,
            Self::XmlRpc => RequestKind::Browse,
            Self::MissingSlash | Self::Unknown => RequestKind::Other,
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Detail(name) | Self::Project(name) | Self::Release(name, _) => Some(name),
            _ => None,
        }
    }
}

/// Decodes a percent-encoded path segment.
fn percent_decode(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%');
        let byte = code.and_then(|code| u8::from_str_radix(str::from_utf8(code).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn respond(State(shared): State<Arc<ServerState>>, request: Request) -> Response {
    let path = request.uri().path();
    let route = Route::parse(request.method(), path);
    let kind = route.kind();
    let _in_flight = shared.counters.begin(kind, path);
    let milliseconds = shared.latency_milliseconds.load(Ordering::Relaxed);
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let normalized = route.name().map(normalize);
    let fault = shared.faults.take(kind, normalized.as_deref());
    if let Some(response) = fault.as_ref().and_then(fault_response) {
        return response;
    }
    if fault == Some(Fault::Hang) {
        return std::future::pending().await;
    }
    if let (Some(name), Some(normalized)) = (route.name(), &normalized)
        && name != normalized
    {
        return redirect(&path.replacen(name, normalized, 1));
    }
    let headers = request.headers();
    let page = match &route {
        Route::Index | Route::Detail(_) if !wants_json(headers) => {
            return Html("<!DOCTYPE html><title>Simple index</title>").into_response();
        }
        Route::XmlRpc => return respond_to_call(&shared, request, fault).await,
        Route::MissingSlash => return redirect(&format!("{path}/")),
        Route::Unknown => None,
        Route::Index => Some(shared.registry().index()),
        _ => document(
            &shared.registry(),
            &route,
            normalized.as_deref().unwrap_or_default(),
        ),
    };
    let Some(page) = page else {
        return (
            StatusCode::NOT_FOUND,
            [(CONTENT_TYPE, "application/json")],
            "{\"message\": \"Not Found\"}",
        )
            .into_response();
    };
    match fault {
        None => page_response(page, headers),
        Some(fault) => faulty_response(page, &fault),
    }
}

fn document(registry: &Registry, route: &Route, normalized: &str) -> Option<Page> {
    match route {
        Route::Detail(_) => registry.detail(normalized),
        Route::Project(_) => registry.document(normalized),
        Route::Release(_, version) => registry.release_document(normalized, version),
        _ => None,
    }
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains(INDEX_TYPE))
}

fn redirect(location: &str) -> Response {
    (StatusCode::MOVED_PERMANENTLY, [(LOCATION, location)]).into_response()
}

/// The page as the registry sends it, or 304 if the client has it.
fn page_response(page: Page, headers: &HeaderMap) -> Response {
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let has_it = known.split(',').any(|tag| {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == page.etag.as_bytes()
    });
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(page.body))
    };
    let response_headers = response.headers_mut();
    if !has_it {
        response_headers.insert(CONTENT_TYPE, page.content_type);
    }
    response_headers.insert(ETAG, page.etag);
    response_headers.insert(LAST_SERIAL, HeaderValue::from(page.serial));
    response_headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=600"),
    );
    response_headers.insert(VARY, HeaderValue::from_static("Accept"));
    response
}

/// The response of a fault that does not need the document.
fn fault_response(fault: &Fault) -> Option<Response> {
    let too_many = |value: HeaderValue| {
        (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, value)]).into_response()
    };
    match fault {
        Fault::Status(status) => Some(StatusCode::from_u16(*status).ok()?.into_response()),
        Fault::RetryAfterSeconds(seconds) => Some(too_many(HeaderValue::from(*seconds))),
        Fault::RetryAfterDate(seconds) => {
            let date = SystemTime::now() + Duration::from_secs(*seconds);
            Some(too_many(
                HeaderValue::from_str(&httpdate::fmt_http_date(date)).ok()?,
            ))
        }
        Fault::Html => Some(Html("<!DOCTYPE html><h1>Maintenance</h1>").into_response()),
        _ => None,
    }
}

/// A page with a fault applied.
fn faulty_response(page: Page, fault: &Fault) -> Response {
    let half = page.body.slice(..page.body.len() / 2);
    match fault {
        Fault::HalfBody => {
            // The delay lets the first half be sent before the connection closes.
            let end = stream::once(async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Err(std::io::Error::other("closed by a fault"))
            });
            response_with_full_length(&page, stream::iter([Ok(half)]).chain(end))
        }
        Fault::StallMidBody => {
            response_with_full_length(&page, stream::iter([Ok(half)]).chain(stream::pending()))
        }
        Fault::MalformedJson => page_response(Page { body: half, ..page }, &HeaderMap::new()),
        Fault::OlderSerial(by) => {
            let serial = page.serial.saturating_sub(*by);
            edited_response(&page, serial, |document| {
                let meta = if document["meta"].is_object() {
                    "meta"
                } else {
                    ""
                };
                match meta {
                    "" => document["last_serial"] = serial.into(),
                    meta => document[meta]["_last-serial"] = serial.into(),
                }
            })
        }
        Fault::ShortIndex(projects) => edited_response(&page, page.serial, |document| {
            if let Some(list) = document["projects"].as_array_mut() {
                list.truncate(*projects);
            }
        }),
        Fault::NoVulnerabilities => edited_response(&page, page.serial, |document| {
            if let Some(object) = document.as_object_mut() {
                object.remove("vulnerabilities");
            }
        }),
        Fault::NoReleases => edited_response(&page, page.serial, |document| {
            if let Some(object) = document.as_object_mut() {
                object.remove("releases");
            }
        }),
        Fault::HugeDescription(bytes) => huge_response(&page, *bytes),
        _ => page_response(page, &HeaderMap::new()),
    }
}

/// A response with the full `Content-Length` of the page, whatever is sent.
fn response_with_full_length(
    page: &Page,
    chunks: impl stream::Stream<Item = std::io::Result<Bytes>> + Send + 'static,
) -> Response {
    let mut response = Response::new(Body::from_stream(chunks));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, page.content_type.clone());
    headers.insert(CONTENT_LENGTH, HeaderValue::from(page.body.len()));
    headers.insert(LAST_SERIAL, HeaderValue::from(page.serial));
    response
}

fn edited_response(page: &Page, serial: u64, edit: impl FnOnce(&mut Value)) -> Response {
    let Ok(mut document) = serde_json::from_slice(&page.body) else {
        return page_response(page.clone(), &HeaderMap::new());
    };
    edit(&mut document);
    let mut edited = Page::json(&document, serial);
    edited.content_type = page.content_type.clone();
    page_response(edited, &HeaderMap::new())
}

/// The document with a description of this many bytes, generated while it is sent.
fn huge_response(page: &Page, bytes: u64) -> Response {
    const PLACEHOLDER: &str = "PLACEHOLDER";
    let mut document: Value = serde_json::from_slice(&page.body).unwrap_or_default();
    document["info"]["description"] = PLACEHOLDER.into();
    let text = document.to_string();
    let (before, after) = text.split_once(PLACEHOLDER).unwrap_or((&text, ""));
    let chunk = Bytes::from("word ".repeat(13_000));
    let size = chunk.len() as u64;
    let whole = usize::try_from(bytes / size).unwrap_or(usize::MAX);
    let rest = chunk.slice(..usize::try_from(bytes % size).unwrap_or(0));
    let chunks = stream::iter([Bytes::from(before.to_owned())])
        .chain(stream::iter(std::iter::repeat_n(chunk, whole)))
        .chain(stream::iter([rest, Bytes::from(after.to_owned())]))
        .map(std::io::Result::Ok);
    let mut response = Response::new(Body::from_stream(chunks));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, page.content_type.clone());
    response
}

async fn respond_to_call(shared: &ServerState, request: Request, fault: Option<Fault>) -> Response {
    let body = to_bytes(request.into_body(), CALL_LIMIT)
        .await
        .unwrap_or_default();
    let call = xml_rpc::parse_call(&String::from_utf8_lossy(&body));
    let active_fault = fault.or_else(|| {
        let texts = &call.as_ref()?.texts;
        shared.faults.take_browse(texts)
    });
    let text = match (call, active_fault) {
        (_, Some(Fault::XmlRpcFault(message))) => xml_rpc::fault(-32_500, &message),
        (None, _) => xml_rpc::fault(-32_700, "parse error; not well formed"),
        (Some(_), Some(Fault::BrowseAnswers(answers))) => xml_rpc::pairs(&answers),
        (Some(call), other_fault) => {
            let text = match call.method.as_str() {
                "browse" => xml_rpc::pairs(&shared.registry().browse(&call.texts)),
                "changelog_last_serial" => xml_rpc::number(shared.registry().serial()),
                _ => xml_rpc::fault(-32_601, "server error; requested method not found"),
            };
            if let Some(fault) = other_fault {
                return faulty_response(Page::xml(text), &fault);
            }
            text
        }
    };
    ([(CONTENT_TYPE, "text/xml")], text).into_response()
}
