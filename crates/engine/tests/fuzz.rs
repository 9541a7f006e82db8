//! Whatever is sent to the routes is answered: soon, with a status that means something, with JSON
//! where JSON is promised, and never with a fault of the engine.
//!
//! Requests are real ones with parts replaced, nonsense, and bytes. They share one engine and change
//! it as they like; it has to be the same engine afterwards.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use pyfa_engine::{AdminKey, Engine, Settings, routes};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use tower::ServiceExt;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long a request may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(20);
const SEARCH_KEY: &str = "a-key-that-may-only-search";

/// One request.
#[derive(Debug, Clone)]
struct Asked {
    method: &'static str,
    path: String,
    key: String,
    body: Vec<u8>,
}

/// Names of collections, aliases, documents and keys, and what is none.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(vec!["c", "a", "d", "1", "0", "p"]).prop_map(str::to_owned),
        2 => select(vec!["..", ".", "/", "../../etc/passwd", "c/../c", "", "\0", "*", "%"]).prop_map(str::to_owned),
        1 => "\\PC{0,8}",
        1 => vec("(\\.\\./|[a-z%/\\\\\0]){1,3}", 1..30).prop_map(|parts| parts.concat()),
    ]
}

/// What parameters and fields may hold: values that mean something somewhere, and others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(vec![
            "t", "n", "tags", "o.s", "t,tags", "loc", "f", "*", "w1", "w1 w2", "\"w1 w2\" -w3", "-", "true", "false",
            "0", "1", "250", "251", "-1", "4294967295", "4294967296", "99999999999999999999", "1e9",
            "n:1", "n:[1..3] || t:=w1*", "!(n:1)", "((n:1)", "tags:=[`a`,b", "loc:(1,2,3 km)", "o.s:x && (f:>1.5)",
            "n:desc", "t:asc,n:desc", "_text_match(buckets: 3):desc", "_eval(n:1):desc", "loc(1,2):asc", "1:1,2:2",
            "tags:w", "t: w1", "create", "upsert", "update", "emplace", "coerce_or_drop", "always", "fallback",
            "off", "none", "max_weight", "p", "1,2,3", "name.*", "o", "", ",", ":", "`", "<mark>",
        ]).prop_map(str::to_owned),
        1 => "[a-z:,()\\[\\]`&|<>=!*. \"0-9-]{0,30}",
        1 => "\\PC{0,30}",
        1 => ("[(a,`:\"-]", 0_usize..2_000).prop_map(|(one, times)| one.repeat(times)),
    ]
}

fn query() -> impl Strategy<Value = String> {
    let known = select(vec![
        "q",
        "query_by",
        "query_by_weights",
        "prefix",
        "infix",
        "num_typos",
        "min_len_1typo",
        "min_len_2typo",
        "typo_tokens_threshold",
        "drop_tokens_threshold",
        "split_join_tokens",
        "filter_by",
        "sort_by",
        "facet_by",
        "max_facet_values",
        "facet_query",
        "facet_query_num_typos",
        "group_by",
        "group_limit",
        "include_fields",
        "exclude_fields",
        "highlight_fields",
        "highlight_full_fields",
        "highlight_affix_num_tokens",
        "highlight_start_tag",
        "snippet_threshold",
        "page",
        "per_page",
        "offset",
        "limit",
        "limit_hits",
        "pinned_hits",
        "hidden_hits",
        "exhaustive_search",
        "prioritize_token_position",
        "text_match_type",
        "search_cutoff_ms",
        "preset",
        "collection",
        "limit_multi_searches",
        "max_extra_prefix",
        "max_extra_suffix",
        "action",
        "dirty_values",
        "batch_size",
        "return_id",
        "return_doc",
        "ignore_not_found",
        "truncate",
        "src_name",
        "enable_highlight_v1",
        "x-typesense-api-key",
    ]);
    let pairs = vec((known, text()), 0..7).prop_map(|pairs| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("q", "w1")
            .append_pair("query_by", "t,tags");
        query.extend_pairs(pairs);
        query.finish()
    });
    prop_oneof![8 => pairs, 1 => "[a-z_&=%+.0-9]{0,40}", 1 => Just(String::new())]
}

/// Bodies as they should be.
fn real_body() -> impl Strategy<Value = Value> {
    select(vec![
        json!({"name": "d", "fields": [{"name": "t", "type": "string", "facet": true}, {"name": ".*", "type": "auto"}], "default_sorting_field": "n", "enable_nested_fields": true, "token_separators": ["-"], "symbols_to_index": ["+"], "metadata": {"a": 1}}),
        json!({"fields": [{"name": "x", "type": "int32", "optional": true}, {"name": "t", "drop": true}]}),
        json!({"fields": [{"name": "o", "type": "object", "optional": true}, {"name": "loc", "type": "geopoint", "optional": true}]}),
        json!({"id": "1", "t": "w1 w2", "n": 1, "tags": ["a", "b"], "f": 1.5, "b": true, "loc": [1.0, 2.0], "o": {"s": "x", "n": [1, 2]}}),
        json!({"id": "2", "t": "w1", "n": "7", "tags": "a", "new": {"deep": [{"er": null}]}}),
        json!({"collection_name": "c"}),
        json!({"description": "x", "actions": ["documents:search"], "collections": ["c.*"], "expires_at": 1, "value": "v"}),
        json!({"searches": [{"collection": "c", "q": "w1", "query_by": "t", "facet_by": "tags", "filter_by": "n:>0"}, {"collection": "nope", "q": "*"}]}),
        json!({"value": {"q": "w1", "query_by": "t", "searches": [{"collection": "c", "q": "*"}]}}),
        json!({"synonyms": ["a", "b"]}),
    ])
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        select(vec![
            "string",
            "string[]",
            "int32",
            "int64[]",
            "float",
            "bool",
            "geopoint",
            "geopoint[]",
            "object",
            "object[]",
            "auto",
            "string*",
            ".*",
            ".*_x",
            "id"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let key = select(vec![
            "name", "type", "id", "t", "n", "o", "s", "loc", "facet", "drop", "a.b", "fields", "",
        ]);
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key, inner), 0..4).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

/// Puts another value at one of the places of a tree, or takes it away.
fn replace(tree: &mut Value, at: &mut usize, other: &Value) {
    if *at == 0 {
        *tree = other.clone();
    }
    *at = at.wrapping_sub(1);
    match tree {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, other)),
        Value::Object(members) => members
            .iter_mut()
            .for_each(|(_, member)| replace(member, at, other)),
        _ => {}
    }
}

fn mutated() -> impl Strategy<Value = Value> {
    (real_body(), vec((0_usize..14, any_json()), 0..3)).prop_map(|(mut body, changes)| {
        for (mut at, other) in changes {
            replace(&mut body, &mut at, &other);
        }
        body
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        5 => mutated().prop_map(|line| line.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..40),
        1 => Just(b"  \r".to_vec()),
    ];
    prop_oneof![
        6 => mutated().prop_map(|body| body.to_string().into_bytes()),
        1 => any_json().prop_map(|body| body.to_string().into_bytes()),
        3 => vec(line, 0..6).prop_map(|lines| lines.join(&b'\n')),
        1 => vec(any::<u8>(), 0..60),
        1 => (mutated(), any::<prop::sample::Index>()).prop_map(|(body, cut)| {
            let mut bytes = body.to_string().into_bytes();
            bytes.truncate(cut.index(bytes.len() + 1));
            bytes
        }),
        1 => ("[\\[{\"]", 0_usize..5_000).prop_map(|(one, times)| one.repeat(times).into_bytes()),
    ]
}

/// A key that is signed by its parent, whatever is in it.
fn scoped(parameters: &str) -> String {
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(SEARCH_KEY.as_bytes());
    let signature = mac.map(|mut mac| {
        mac.update(parameters.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    });
    STANDARD.encode(format!(
        "{}{}{parameters}",
        signature.unwrap_or_default(),
        &SEARCH_KEY[..4]
    ))
}

fn key() -> impl Strategy<Value = String> {
    let embedded = (
        real_body(),
        select(vec!["filter_by", "collection", "expires_at", "q"]),
        any_json(),
    );
    prop_oneof![
        16 => Just("key".to_owned()),
        1 => Just(SEARCH_KEY.to_owned()),
        2 => (select(vec!["filter_by", "sort_by", "limit_multi_searches", "per_page"]), text())
            .prop_map(|(name, text)| scoped(&json!({name: text}).to_string())),
        1 => embedded.prop_map(|(mut body, name, value)| {
            if let Some(members) = body.as_object_mut() {
                members.insert(name.to_owned(), value);
            }
            scoped(&body.to_string())
        }),
        1 => vec(any::<u8>(), 0..80).prop_map(|bytes| STANDARD.encode(bytes)),
        1 => "[ -~]{0,40}",
    ]
}

fn asked() -> impl Strategy<Value = Asked> {
    let route = select(vec![
        ("GET", "/collections/:/documents/search"),
        ("GET", "/collections/:/documents/search"),
        ("GET", "/collections/:/documents/search"),
        ("POST", "/multi_search"),
        ("POST", "/multi_search"),
        ("POST", "/collections/:/documents/import"),
        ("POST", "/collections/:/documents/import"),
        ("POST", "/collections/:/documents"),
        ("PATCH", "/collections/:/documents"),
        ("DELETE", "/collections/:/documents"),
        ("GET", "/collections/:/documents/export"),
        ("GET", "/collections/:/documents/:"),
        ("PATCH", "/collections/:/documents/:"),
        ("DELETE", "/collections/:/documents/:"),
        ("GET", "/collections"),
        ("POST", "/collections"),
        ("GET", "/collections/:"),
        ("PATCH", "/collections/:"),
        ("PATCH", "/collections/:"),
        ("DELETE", "/collections/:"),
        ("POST", "/collections/:/operations/rebuild"),
        ("GET", "/aliases"),
        ("GET", "/aliases/:"),
        ("PUT", "/aliases/:"),
        ("DELETE", "/aliases/:"),
        ("GET", "/keys"),
        ("POST", "/keys"),
        ("GET", "/keys/:"),
        ("DELETE", "/keys/:"),
        ("GET", "/presets"),
        ("GET", "/presets/:"),
        ("PUT", "/presets/:"),
        ("DELETE", "/presets/:"),
        ("PUT", "/collections/:/synonyms/:"),
        ("GET", "/collections/:/overrides/:"),
        ("GET", "/health"),
        ("GET", "/metrics.json"),
        ("POST", "/config"),
        ("OPTIONS", "/multi_search"),
        ("HEAD", "/health"),
        ("GET", "/:/:"),
        ("POST", "/operations/snapshot"),
    ]);
    (route, name(), name(), query(), key(), body()).prop_map(
        |((method, path), first, second, query, key, body)| {
            let encode = |name: &str| {
                percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC)
                    .to_string()
            };
            let path = path
                .replacen(':', &encode(&first), 1)
                .replacen(':', &encode(&second), 1);
            Asked {
                method,
                path: format!("{path}?{query}"),
                key,
                body,
            }
        },
    )
}

/// The routes of an engine in a folder.
struct World {
    routes: axum::Router,
    folder: tempfile::TempDir,
    engine: Arc<Engine>,
}

impl World {
    async fn new() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("engine");
        let settings = Settings {
            // Whoever is slower than this answers late, not with a fault.
            search_cutoff: Duration::from_secs(5),
            ..Settings::default()
        };
        let engine = tokio::task::spawn_blocking(move || Engine::open(&path, settings)).await??;
        let engine = Arc::new(engine);
        let routes = routes(Arc::clone(&engine), vec![AdminKey::new("key")]).await?;
        let world = Self {
            routes,
            folder,
            engine,
        };
        let key = json!({"description": "", "actions": ["documents:search"], "collections": [".*"], "value": SEARCH_KEY});
        world.done("POST", "/keys", &key).await?;
        Ok(world)
    }

    /// The collection that requests are about, as it was before they changed or dropped it.
    async fn refresh(&self) -> Result<(), Failure> {
        let names: Vec<String> = self
            .engine
            .collections()
            .iter()
            .map(|one| one.name())
            .collect();
        for name in names {
            let engine = Arc::clone(&self.engine);
            tokio::task::spawn_blocking(move || engine.delete_collection(&name)).await??;
        }
        let fields = json!([
            {"name": "t", "type": "string", "facet": true, "sort": true, "infix": true},
            {"name": "n", "type": "int32", "facet": true},
            {"name": "tags", "type": "string[]", "facet": true, "optional": true},
            {"name": "f", "type": "float", "optional": true, "facet": true},
            {"name": "b", "type": "bool", "optional": true, "facet": true},
            {"name": "loc", "type": "geopoint", "optional": true},
            {"name": "o", "type": "object", "optional": true},
            {"name": "new.*", "type": "auto"},
        ]);
        let schema = json!({"name": "c", "fields": fields, "enable_nested_fields": true, "default_sorting_field": "n"});
        self.done("POST", "/collections", &schema).await?;
        self.done("PUT", "/aliases/a", &json!({"collection_name": "c"}))
            .await?;
        let preset = json!({"value": {"q": "w1", "query_by": "t"}});
        self.done("PUT", "/presets/p", &preset).await?;
        for n in 0..4 {
            let document = json!({"id": n.to_string(), "t": format!("w{n} w1 word"), "n": n, "tags": ["a", format!("w{n}")], "f": 0.5, "loc": [n, 11.5], "o": {"s": "x", "n": [{"a": 1}]}});
            self.done("POST", "/collections/c/documents", &document)
                .await?;
        }
        Ok(())
    }

    async fn done(&self, method: &'static str, path: &str, body: &Value) -> Result<(), Failure> {
        let asked = Asked {
            method,
            path: path.to_owned(),
            key: "key".to_owned(),
            body: body.to_string().into_bytes(),
        };
        let answer = self.ask(&asked).await?;
        assert!(answer.status().is_success(), "{asked:?} {answer:?}");
        Ok(())
    }

    async fn ask(&self, asked: &Asked) -> Result<Response<Bytes>, Failure> {
        let request = Request::builder()
            .method(asked.method)
            .uri(&asked.path)
            .header("x-typesense-api-key", &asked.key)
            .body(Body::from(asked.body.clone()))?;
        let answering = async {
            let answer = self.routes.clone().oneshot(request).await?;
            let (head, body) = answer.into_parts();
            Ok::<_, Failure>(Response::from_parts(
                head,
                to_bytes(body, usize::MAX).await?,
            ))
        };
        tokio::time::timeout(PATIENCE, answering).await?
    }

    /// What is wrong with an answer, if anything.
    fn fault(asked: &Asked, answer: &Response<Bytes>) -> Option<String> {
        let status = answer.status().as_u16();
        let body = answer.body();
        let told = || String::from_utf8_lossy(body.get(..400).unwrap_or(body)).into_owned();
        let kind = answer.headers().get("content-type");
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let parsed = serde_json::from_slice::<Value>(body);
        // The two that the API answers so.
        let known_500 = [
            "conflicts with an existing collection name",
            "Embedded params parsing error",
        ];
        match status {
            200 | 201 | 400 | 401 | 404 | 408 | 409 | 413 | 422 | 501 => {}
            500 if known_500.iter().any(|known| told().contains(known)) => {}
            _ => return Some(format!("{status} {}", told())),
        }
        if asked.method == "OPTIONS" || asked.method == "HEAD" {
            return None;
        }
        if kind.starts_with("application/json") {
            let message = parsed
                .as_ref()
                .ok()
                .and_then(|body| body.get("message"))
                .and_then(Value::as_str);
            return match parsed {
                Err(error) => Some(format!("no JSON ({error}): {}", told())),
                Ok(_) if status >= 400 && message.is_none_or(str::is_empty) => {
                    Some(format!("no message: {}", told()))
                }
                Ok(_) => None,
            };
        }
        let mut lines = body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        if lines
            .clone()
            .any(|line| serde_json::from_slice::<Map<String, Value>>(line).is_err())
        {
            return Some(format!("a line is no object: {}", told()));
        }
        let sent = asked.body.split(|byte| *byte == b'\n');
        let sent = sent
            .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
            .count();
        if asked.path.contains("/import?") && lines.by_ref().count() != sent {
            return Some(format!(
                "not an answer for each of {sent} lines: {}",
                told()
            ));
        }
        None
    }

    /// What there is beside the engine's own folder.
    fn is_alone(&self) -> std::io::Result<bool> {
        Ok(fs_err::read_dir(self.folder.path())?.count() == 1)
    }
}

#[test]
fn every_request_is_answered() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let world = RefCell::new(runtime.block_on(World::new())?);
    let settings = ProptestConfig {
        cases: 96,
        ..ProptestConfig::default()
    };
    proptest!(settings, |(requests in vec(asked(), 1..16))| {
        let world = world.borrow();
        let faults = runtime.block_on(async {
            world.refresh().await.map_err(|error| error.to_string())?;
            for asked in &requests {
                let answer = world.ask(asked).await.map_err(|error| format!("{asked:?}: {error}"))?;
                if let Some(fault) = World::fault(asked, &answer) {
                    return Err(format!("{asked:?}: {fault}"));
                }
            }
            Ok(())
        });
        prop_assert_eq!(faults, Ok(()));
        prop_assert!(world.is_alone().unwrap_or_default());
    });
    Ok(())
}
