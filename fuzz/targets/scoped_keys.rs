//! Scoped keys, at the door: what was changed after it was signed lets nobody in, and what was
//! signed holds, whatever else the request says.
//!
//! The first byte chooses what the rest is: changes to a genuine key (before or after it is
//! encoded), parameters to sign, or a request that brings a genuine key with a filter.

#![no_main]

use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use libfuzzer_sys::fuzz_target;
use pyfa_engine::collection::ExportOptions;
use pyfa_engine::{AdminKey, routes};
use pyfa_fuzz::{collection, engine, fill};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use tokio::runtime::Runtime;
use tower::ServiceExt;
use url::form_urlencoded::byte_serialize;

/// May search in `c`, so that it can be a parent.
const PARENT: &str = "key-that-searches-only-in-c";
/// Begin alike, and may not be parents: one can do more, the other is over.
const OTHERS: [&str; 2] = ["key-that-may-do-everything", "key-whose-time-is-over-now"];
/// What the genuine key holds fast.
const FILTER: &str = r#"{"filter_by":"shown:=true"}"#;
const SEARCH: &str = "/collections/c/documents/search?q=*&query_by=t";

struct World {
    runtime: Runtime,
    routes: Router,
    engine: std::sync::Arc<pyfa_engine::Engine>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let engine = engine();
    let schema = json!({"fields": [
        {"name": "t", "type": "string", "facet": true, "sort": true, "infix": true},
        {"name": "n", "type": "int32", "facet": true},
        {"name": "shown", "type": "bool"},
        {"name": "loc", "type": "geopoint"},
    ]});
    for name in ["c", "other"] {
        let documents: Vec<Value> = (0..6)
            .map(|n| {
                let shown = n % 2 == 0;
                let secret = if shown { "open" } else { "secret" };
                json!({"id": format!("{name}{n}"), "t": format!("{secret} w{n} word"), "n": n, "shown": shown, "loc": [n, 11.5]})
            })
            .collect();
        fill(&collection(&engine, name, &schema), &documents);
    }
    let admin = vec![AdminKey::new("an-admin-key-of-this-run")];
    let routes = runtime
        .block_on(routes(engine.clone(), admin))
        .expect("routes");
    let world = World {
        runtime,
        routes,
        engine,
    };
    let key = |value: &str, action: &str, expires_at: u64| {
        let body = json!({"description": "", "actions": [action], "collections": ["c"], "value": value, "expires_at": expires_at});
        let made = Request::post("/keys")
            .header("x-typesense-api-key", "an-admin-key-of-this-run")
            .body(Body::from(body.to_string()));
        assert_eq!(
            world.answer(made.expect("a request")).0,
            StatusCode::CREATED
        );
    };
    key(PARENT, "documents:search", 64_723_363_199);
    key(OTHERS[0], "*", 64_723_363_199);
    key(OTHERS[1], "documents:search", 1);
    world
});

impl World {
    fn answer(&self, request: Request<Body>) -> (StatusCode, Value) {
        self.runtime.block_on(async {
            let Ok(answer) = self.routes.clone().oneshot(request).await;
            let (head, body) = answer.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a whole answer");
            let body = serde_json::from_slice(&body).expect("JSON");
            (head.status, body)
        })
    }

    /// Searches with a key as it is sent in a query string.
    fn search(&self, key: &[u8]) -> (StatusCode, Value) {
        let key: String = byte_serialize(key).collect();
        let request = Request::get(format!("{SEARCH}&x-typesense-api-key={key}"));
        self.answer(request.body(Body::empty()).expect("a request"))
    }

    /// The ids that pass a filter; `None` if it is refused.
    fn passing(&self, filter_by: &str) -> Option<Vec<String>> {
        let options = ExportOptions {
            filter_by: Some(filter_by.to_owned()),
            include_fields: vec!["id".to_owned()],
            ..ExportOptions::default()
        };
        let lines = self.engine.collection("c").ok()?.export(&options).ok()?;
        let ids = lines.map(|line| {
            let line: Value = serde_json::from_slice(&line.ok()?).ok()?;
            Some(line["id"].as_str()?.to_owned())
        });
        ids.collect()
    }
}

fn signed(parent: &str, parameters: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(parent.as_bytes()).expect("a key");
    mac.update(parameters.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    format!("{signature}{}{parameters}", &parent[..4])
}

/// Takes each two bytes of `changes` for a place and what happens there.
fn changed(genuine: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut changed = genuine.to_vec();
    for change in changes.chunks_exact(2) {
        let place = usize::from(change[0]) % (changed.len() + 1);
        match change[1] {
            0 => changed.truncate(place),
            1 if place < changed.len() => drop(changed.remove(place)),
            2 if place < changed.len() => changed[place] ^= 0x20,
            byte if byte & 128 == 0 => changed.insert(place, byte),
            byte if place < changed.len() => changed[place] = byte & 127,
            _ => {}
        }
    }
    changed
}

/// The ids of all hits of one search's answer.
fn ids(answer: &Value) -> Vec<&str> {
    let groups = answer["grouped_hits"].as_array().into_iter().flatten();
    let grouped = groups.flat_map(|group| group["hits"].as_array().into_iter().flatten());
    let hits = answer["hits"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(grouped);
    hits.filter_map(|hit| hit["document"]["id"].as_str())
        .collect()
}

/// Nothing of a document that is not shown is in this answer.
fn assert_only_shown(answer: &Value) {
    for id in ids(answer) {
        assert!(matches!(id, "c0" | "c2" | "c4"), "{id} in {answer}");
    }
    let hits = [
        &answer["hits"],
        &answer["grouped_hits"],
        &answer["facet_counts"],
    ];
    let mut hits = hits.into_iter().map(Value::to_string);
    assert!(!hits.any(|text| text.contains("secret")), "{answer}");
    assert!(
        answer["found"].as_u64().is_none_or(|found| found <= 3),
        "{answer}"
    );
}

/// What was signed holds: the answer has nothing that its parameters do not allow.
fn assert_signed_holds(parameters: &str, status: StatusCode, answer: &Value) {
    let Ok(Value::Object(parameters)) = serde_json::from_str::<Value>(parameters) else {
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
        return;
    };
    if status != StatusCode::OK {
        return;
    }
    assert!(ids(answer).iter().all(|id| id.starts_with('c')), "{answer}");
    if let Some(end) = parameters.get("expires_at") {
        // The clock of a fuzzer is past this one.
        assert!(end.as_u64().is_some_and(|end| end > 1_700_000_000), "{end}");
    }
    // A name that is no text would bind nothing.
    if let Some(collection) = parameters.get("collection") {
        assert_eq!(collection, "c");
    }
    assert_filtered(&parameters, answer);
}

fn assert_filtered(parameters: &Map<String, Value>, answer: &Value) {
    let allowed = match parameters.get("filter_by") {
        None => return,
        Some(Value::String(filter)) => WORLD.passing(filter),
        Some(_) => None,
    };
    let allowed = allowed.unwrap_or_else(|| panic!("a filter that cannot be read: {answer}"));
    for id in ids(answer) {
        assert!(allowed.iter().any(|one| one == id), "{id} in {answer}");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, rest)) = data.split_first() else {
        return;
    };
    let world = &*WORLD;
    let genuine = signed(PARENT, FILTER);
    let mut others = [PARENT, OTHERS[0]].into_iter();
    if others.any(|other| {
        rest.windows(other.len())
            .any(|part| part == other.as_bytes())
    }) {
        // The holder of another key may use it.
        return;
    }
    match choice % 6 {
        0 | 1 => {
            let genuine_key = STANDARD.encode(&genuine);
            let key = if choice % 6 == 0 {
                changed(genuine_key.as_bytes(), rest)
            } else {
                STANDARD
                    .encode(changed(genuine.as_bytes(), rest))
                    .into_bytes()
            };
            let (status, answer) = world.search(&key);
            if key == genuine_key.as_bytes() {
                assert_eq!(status, StatusCode::OK, "{answer}");
                assert_only_shown(&answer);
            } else {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
            }
        }
        2 => {
            let Ok(parameters) = std::str::from_utf8(rest) else {
                return;
            };
            let key = STANDARD.encode(signed(PARENT, parameters));
            let (status, answer) = world.search(key.as_bytes());
            assert_signed_holds(parameters, status, &answer);
        }
        3 => {
            let parameters = String::from_utf8_lossy(rest);
            for parent in OTHERS {
                let key = STANDARD.encode(signed(parent, &parameters));
                assert_eq!(world.search(key.as_bytes()).0, StatusCode::UNAUTHORIZED);
            }
        }
        4 => {
            let Ok(query) = std::str::from_utf8(rest) else {
                return;
            };
            let uri = format!("/collections/c/documents/search?{query}");
            let request = Request::get(uri).header("x-typesense-api-key", STANDARD.encode(genuine));
            // What is no address never reaches the engine.
            if let Ok(request) = request.body(Body::empty()) {
                let (status, answer) = world.answer(request);
                assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{answer}");
                assert_only_shown(&answer);
            }
        }
        _ => {
            let request = Request::post("/multi_search")
                .header("x-typesense-api-key", STANDARD.encode(genuine));
            let request = request.body(Body::from(rest.to_vec())).expect("a request");
            let (_, answer) = world.answer(request);
            for one in answer["results"].as_array().into_iter().flatten() {
                assert_ne!(one["code"], 500, "{answer}");
                assert_only_shown(one);
            }
        }
    }
});
