//! Requests: real ones with parts replaced, nonsense, and bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use sha2::Sha256;

/// The value of the key that scoped ones are made of.
pub(crate) const SEARCH_KEY: &str = "a-key-that-may-only-search";

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) body: Vec<u8>,
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

pub(crate) fn asked() -> impl Strategy<Value = Asked> {
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
