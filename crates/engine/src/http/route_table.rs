//! The one table of routes: method, path, the action that a key needs, what is done.
//!
//! Segments between slashes are compared after decoding; empty ones do not count, so that a slash
//! at the end or two in a row make no difference. `:` stands for any one segment, and earlier rows
//! win: `documents/search` before `documents/:`.

use std::borrow::Cow;

use axum::http::Method;
use percent_encoding::percent_decode;

use crate::error::EngineResult;

use super::api_call::{ApiCall, KeyScope, RouteMatch};
use super::reply::Reply;
use super::{
    alias_routes, collection_routes, document_routes, key_routes, object_routes, operation_routes,
};

/// One row of the table.
struct Route {
    method: Method,
    path: &'static [&'static str],
    /// What a key has to permit; empty where none is needed.
    action: &'static str,
    work: Handler,
}

/// How a route is served.
#[derive(Clone, Copy)]
pub(super) enum Handler {
    /// At once and for everybody.
    Light(fn(&ApiCall) -> EngineResult<Reply>),
    /// On a blocking thread.
    Plain(fn(&ApiCall) -> EngineResult<Reply>),
    /// The search routes have a bound of their own.
    Search,
    MultiSearch,
    /// Lines in.
    Import,
    /// Lines out.
    Export,
}

const fn route(
    method: Method,
    path: &'static [&'static str],
    action: &'static str,
    work: Handler,
) -> Route {
    Route {
        method,
        path,
        action,
        work,
    }
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUT: Method = Method::PUT;
const PATCH: Method = Method::PATCH;
const DELETE: Method = Method::DELETE;

#[rustfmt::skip]
static ROUTES: &[Route] = &[
    route(GET, &["health"], "", Handler::Light(operation_routes::health)),
    route(GET, &["debug"], "debug:list", Handler::Plain(operation_routes::debug)),
    route(GET, &["status"], "status:list", Handler::Plain(operation_routes::status)),
    route(GET, &["metrics.json"], "metrics.json:list", Handler::Plain(operation_routes::metrics)),
    route(GET, &["stats.json"], "stats.json:list", Handler::Plain(operation_routes::stats)),
    route(POST, &["config"], "config:create", Handler::Plain(operation_routes::config)),
    route(POST, &["operations", "snapshot"], "operations/snapshot:create", Handler::Plain(operation_routes::snapshot)),
    route(POST, &["operations", "vote"], "operations/vote:create", Handler::Plain(operation_routes::vote)),
    route(POST, &["operations", "cache", "clear"], "operations/cache/clear:create", Handler::Plain(operation_routes::nothing_to_do)),
    route(POST, &["operations", "db", "compact"], "operations/db/compact:create", Handler::Plain(operation_routes::nothing_to_do)),
    route(GET, &["operations", "schema_changes"], "operations/schema_changes:list", Handler::Plain(operation_routes::schema_changes)),

    route(GET, &["operations", "folders"], "operations/folders:list", Handler::Plain(collection_routes::unknown_folders)),
    route(POST, &["operations", "folders", "adopt"], "operations/folders:adopt", Handler::Plain(collection_routes::adopt_folder)),

    route(GET, &["collections"], "collections:list", Handler::Plain(collection_routes::list)),
    route(POST, &["collections"], "collections:create", Handler::Plain(collection_routes::create)),
    route(GET, &["collections", ":"], "collections:get", Handler::Plain(collection_routes::get)),
    route(PATCH, &["collections", ":"], "collections:update", Handler::Plain(collection_routes::alter)),
    route(DELETE, &["collections", ":"], "collections:delete", Handler::Plain(collection_routes::delete)),

    route(POST, &["collections", ":", "operations", "rebuild"], "collections:update", Handler::Plain(collection_routes::rebuild)),

    route(GET, &["collections", ":", "documents", "search"], "documents:search", Handler::Search),
    route(GET, &["collections", ":", "documents", "export"], "documents:export", Handler::Export),
    route(POST, &["collections", ":", "documents", "import"], "documents:import", Handler::Import),
    route(POST, &["collections", ":", "documents"], "documents:create", Handler::Plain(document_routes::write)),
    route(PATCH, &["collections", ":", "documents"], "documents:update", Handler::Plain(document_routes::update_by_filter)),
    route(DELETE, &["collections", ":", "documents"], "documents:delete", Handler::Plain(document_routes::delete_by_filter)),
    route(GET, &["collections", ":", "documents", ":"], "documents:get", Handler::Plain(document_routes::get)),
    route(PATCH, &["collections", ":", "documents", ":"], "documents:update", Handler::Plain(document_routes::update)),
    route(DELETE, &["collections", ":", "documents", ":"], "documents:delete", Handler::Plain(document_routes::delete)),
    route(POST, &["multi_search"], "documents:search", Handler::MultiSearch),

    route(GET, &["aliases"], "aliases:list", Handler::Plain(alias_routes::list)),
    route(GET, &["aliases", ":"], "aliases:get", Handler::Plain(alias_routes::get)),
    route(PUT, &["aliases", ":"], "aliases:upsert", Handler::Plain(alias_routes::put)),
    route(DELETE, &["aliases", ":"], "aliases:delete", Handler::Plain(alias_routes::delete)),

    route(GET, &["keys"], "keys:list", Handler::Plain(key_routes::list)),
    route(POST, &["keys"], "keys:create", Handler::Plain(key_routes::create)),
    route(GET, &["keys", ":"], "keys:get", Handler::Plain(key_routes::get)),
    route(DELETE, &["keys", ":"], "keys:delete", Handler::Plain(key_routes::delete)),

    route(GET, &["presets"], "presets:list", Handler::Plain(object_routes::list_presets)),
    route(GET, &["presets", ":"], "presets:get", Handler::Plain(object_routes::get_preset)),
    route(PUT, &["presets", ":"], "presets:upsert", Handler::Plain(object_routes::put_preset)),
    route(DELETE, &["presets", ":"], "presets:delete", Handler::Plain(object_routes::delete_preset)),

    route(GET, &["collections", ":", "synonyms"], "synonyms:list", Handler::Plain(object_routes::no_synonyms)),
    route(GET, &["collections", ":", "synonyms", ":"], "synonyms:get", Handler::Plain(object_routes::not_there)),
    route(PUT, &["collections", ":", "synonyms", ":"], "synonyms:upsert", Handler::Plain(object_routes::not_offered)),
    route(DELETE, &["collections", ":", "synonyms", ":"], "synonyms:delete", Handler::Plain(object_routes::not_there)),
    route(GET, &["collections", ":", "overrides"], "overrides:list", Handler::Plain(object_routes::no_overrides)),
    route(GET, &["collections", ":", "overrides", ":"], "overrides:get", Handler::Plain(object_routes::not_there)),
    route(PUT, &["collections", ":", "overrides", ":"], "overrides:upsert", Handler::Plain(object_routes::not_offered)),
    route(DELETE, &["collections", ":", "overrides", ":"], "overrides:delete", Handler::Plain(object_routes::not_there)),
    route(GET, &["synonym_sets"], "synonym_sets:list", Handler::Plain(object_routes::empty_list)),
    route(GET, &["curation_sets"], "curation_sets:list", Handler::Plain(object_routes::empty_list)),
    route(GET, &["stopwords"], "stopwords:list", Handler::Plain(object_routes::no_stopwords)),
];

/// The row for a request, with the decoded segments where the row has `:`.
pub(super) fn find(method: &Method, path: &str) -> Option<(Handler, RouteMatch)> {
    let segments: Vec<Cow<'_, str>> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(decoded)
        .collect();
    ROUTES.iter().find_map(|route| {
        if route.method != *method || route.path.len() != segments.len() {
            return None;
        }
        let mut names = Vec::new();
        for (wanted, segment) in route.path.iter().zip(&segments) {
            match *wanted {
                ":" => names.push(segment.clone().into_owned()),
                wanted if wanted == segment => {}
                _ => return None,
            }
        }
        let target = RouteMatch {
            method: method.clone(),
            action: route.action,
            governs: match route.path {
                ["collections" | "aliases", ":", ..] => KeyScope::Named,
                ["presets", _] | ["operations", "folders", ..] => KeyScope::All,
                _ => KeyScope::Nothing,
            },
            names,
        };
        Some((route.work, target))
    })
}

/// Whether there is a route for a request that nobody may use without a key.
#[must_use]
pub fn needs_key(method: &Method, path: &str) -> bool {
    find(method, path).is_some_and(|(_, matched)| !matched.action.is_empty())
}

/// Whether a path belongs to this API: one of its routes begins with the same segment.
#[must_use]
pub fn is_api_path(path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next().map(decoded).unwrap_or_default();
    is_api_segment(&first)
}

/// Whether a route begins with this segment, which a server that serves other pages next to this API
/// has to leave to it.
#[must_use]
pub fn is_api_segment(segment: &str) -> bool {
    ROUTES
        .iter()
        .any(|route| route.path.first() == Some(&segment))
}

/// `+` is a space, also in paths; bytes that are no UTF-8 are replaced.
fn decoded(segment: &str) -> Cow<'_, str> {
    if !segment.contains(['+', '%']) {
        return Cow::Borrowed(segment);
    }
    let spaced = segment.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8_lossy();
    Cow::Owned(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(method: &Method, path: &str) -> Option<(&'static str, Vec<String>)> {
        find(method, path).map(|(_, target)| (target.action, target.names))
    }

    #[test]
    fn slashes_and_codes_make_no_difference() {
        for path in [
            "/collections/a%2Fb/documents/",
            "//collections//a%2fb/documents",
        ] {
            let expected = ("documents:create", vec!["a/b".to_owned()]);
            assert_eq!(found(&POST, path), Some(expected), "{path}");
        }
        let (_, names) =
            found(&GET, "/collections/c/documents/a+b%2Bc%C3%A9%zz").unwrap_or_default();
        assert_eq!(names, ["c", "a b+cé%zz"]);
    }

    #[test]
    fn fixed_segments_win_over_names() {
        let action = |method, path| found(&method, path).map(|(action, _)| action);
        assert_eq!(
            action(GET, "/collections/c/documents/search"),
            Some("documents:search")
        );
        assert_eq!(
            action(GET, "/collections/c/documents/import"),
            Some("documents:get")
        );
        assert_eq!(
            action(DELETE, "/collections/c/documents/export"),
            Some("documents:delete")
        );
        assert_eq!(action(POST, "/collections/c/documents/search"), None);
        assert_eq!(action(GET, "/collections/c/documents"), None);
        assert_eq!(action(GET, "/Collections"), None);
        assert_eq!(action(GET, "/"), None);
    }

    #[test]
    fn only_health_needs_no_key() {
        let open: Vec<_> = ROUTES
            .iter()
            .filter(|route| route.action.is_empty())
            .collect();
        assert!(matches!(
            open.as_slice(),
            [Route {
                path: ["health"],
                ..
            }]
        ));
    }
}
