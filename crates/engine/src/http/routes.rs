//! The one table of routes: method, path, the action that a key needs, what is done.
//!
//! Segments between slashes are compared after decoding; empty ones do not count, so that a slash
//! at the end or two in a row make no difference. `:` stands for any one segment, and earlier rows
//! win: `documents/search` before `documents/:`.

use std::borrow::Cow;

use axum::http::Method;
use percent_encoding::percent_decode;

use crate::problem::Answer;

use super::call::{Call, Governs, Target};
use super::reply::Reply;
use super::{aliases, collections, documents, keys, objects, operations};

/// One row of the table.
struct Route {
    method: Method,
    path: &'static [&'static str],
    /// What a key has to permit; empty where none is needed.
    action: &'static str,
    work: Work,
}

/// How a route is served.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// At once and for everybody.
    Light(fn(&Call) -> Answer<Reply>),
    /// On a blocking thread.
    Plain(fn(&Call) -> Answer<Reply>),
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
    work: Work,
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
    route(GET, &["health"], "", Work::Light(operations::health)),
    route(GET, &["debug"], "debug:list", Work::Plain(operations::debug)),
    route(GET, &["status"], "status:list", Work::Plain(operations::status)),
    route(GET, &["metrics.json"], "metrics.json:list", Work::Plain(operations::metrics)),
    route(GET, &["stats.json"], "stats.json:list", Work::Plain(operations::stats)),
    route(POST, &["config"], "config:create", Work::Plain(operations::config)),
    route(POST, &["operations", "snapshot"], "operations/snapshot:create", Work::Plain(operations::snapshot)),
    route(POST, &["operations", "vote"], "operations/vote:create", Work::Plain(operations::vote)),
    route(POST, &["operations", "cache", "clear"], "operations/cache/clear:create", Work::Plain(operations::nothing_to_do)),
    route(POST, &["operations", "db", "compact"], "operations/db/compact:create", Work::Plain(operations::nothing_to_do)),
    route(GET, &["operations", "schema_changes"], "operations/schema_changes:list", Work::Plain(operations::schema_changes)),

    route(GET, &["operations", "folders"], "operations/folders:list", Work::Plain(collections::unknown_folders)),
    route(POST, &["operations", "folders", "adopt"], "operations/folders:adopt", Work::Plain(collections::adopt_folder)),

    route(GET, &["collections"], "collections:list", Work::Plain(collections::list)),
    route(POST, &["collections"], "collections:create", Work::Plain(collections::create)),
    route(GET, &["collections", ":"], "collections:get", Work::Plain(collections::get)),
    route(PATCH, &["collections", ":"], "collections:update", Work::Plain(collections::alter)),
    route(DELETE, &["collections", ":"], "collections:delete", Work::Plain(collections::delete)),

    route(POST, &["collections", ":", "operations", "rebuild"], "collections:update", Work::Plain(collections::rebuild)),

    route(GET, &["collections", ":", "documents", "search"], "documents:search", Work::Search),
    route(GET, &["collections", ":", "documents", "export"], "documents:export", Work::Export),
    route(POST, &["collections", ":", "documents", "import"], "documents:import", Work::Import),
    route(POST, &["collections", ":", "documents"], "documents:create", Work::Plain(documents::write)),
    route(PATCH, &["collections", ":", "documents"], "documents:update", Work::Plain(documents::update_by_filter)),
    route(DELETE, &["collections", ":", "documents"], "documents:delete", Work::Plain(documents::delete_by_filter)),
    route(GET, &["collections", ":", "documents", ":"], "documents:get", Work::Plain(documents::get)),
    route(PATCH, &["collections", ":", "documents", ":"], "documents:update", Work::Plain(documents::update)),
    route(DELETE, &["collections", ":", "documents", ":"], "documents:delete", Work::Plain(documents::delete)),
    route(POST, &["multi_search"], "documents:search", Work::MultiSearch),

    route(GET, &["aliases"], "aliases:list", Work::Plain(aliases::list)),
    route(GET, &["aliases", ":"], "aliases:get", Work::Plain(aliases::get)),
    route(PUT, &["aliases", ":"], "aliases:upsert", Work::Plain(aliases::put)),
    route(DELETE, &["aliases", ":"], "aliases:delete", Work::Plain(aliases::delete)),

    route(GET, &["keys"], "keys:list", Work::Plain(keys::list)),
    route(POST, &["keys"], "keys:create", Work::Plain(keys::create)),
    route(GET, &["keys", ":"], "keys:get", Work::Plain(keys::get)),
    route(DELETE, &["keys", ":"], "keys:delete", Work::Plain(keys::delete)),

    route(GET, &["presets"], "presets:list", Work::Plain(objects::list_presets)),
    route(GET, &["presets", ":"], "presets:get", Work::Plain(objects::get_preset)),
    route(PUT, &["presets", ":"], "presets:upsert", Work::Plain(objects::put_preset)),
    route(DELETE, &["presets", ":"], "presets:delete", Work::Plain(objects::delete_preset)),

    route(GET, &["collections", ":", "synonyms"], "synonyms:list", Work::Plain(objects::no_synonyms)),
    route(GET, &["collections", ":", "synonyms", ":"], "synonyms:get", Work::Plain(objects::not_there)),
    route(PUT, &["collections", ":", "synonyms", ":"], "synonyms:upsert", Work::Plain(objects::not_offered)),
    route(DELETE, &["collections", ":", "synonyms", ":"], "synonyms:delete", Work::Plain(objects::not_there)),
    route(GET, &["collections", ":", "overrides"], "overrides:list", Work::Plain(objects::no_overrides)),
    route(GET, &["collections", ":", "overrides", ":"], "overrides:get", Work::Plain(objects::not_there)),
    route(PUT, &["collections", ":", "overrides", ":"], "overrides:upsert", Work::Plain(objects::not_offered)),
    route(DELETE, &["collections", ":", "overrides", ":"], "overrides:delete", Work::Plain(objects::not_there)),
    route(GET, &["synonym_sets"], "synonym_sets:list", Work::Plain(objects::empty_list)),
    route(GET, &["curation_sets"], "curation_sets:list", Work::Plain(objects::empty_list)),
    route(GET, &["stopwords"], "stopwords:list", Work::Plain(objects::no_stopwords)),
];

/// The row for a request, with the decoded segments where the row has `:`.
pub(super) fn find(method: &Method, path: &str) -> Option<(Work, Target)> {
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
        let target = Target {
            method: method.clone(),
            action: route.action,
            governs: match route.path {
                ["collections" | "aliases", ":", ..] => Governs::Named,
                ["presets", _] | ["operations", "folders", ..] => Governs::All,
                _ => Governs::Nothing,
            },
            names,
        };
        Some((route.work, target))
    })
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
