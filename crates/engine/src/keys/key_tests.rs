//! Keys are made, asked, scoped, and gone.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::engine::Engine;
use crate::error::ErrorCode;
use crate::settings::EngineSettings;

use super::access::{HolderReach, KeyHolder};
use super::api_key::AccessRequest;
use super::key_ring::KeyRing;
use super::secrets::hmac;

const SEARCH: AccessRequest<'static> = AccessRequest {
    action: "documents:search",
    collections: &["plone-1"],
};

const ADMIN: KeyHolder = KeyHolder(HolderReach::Everything);

fn keys() -> (tempfile::TempDir, KeyRing) {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(folder.path(), EngineSettings::default()).unwrap();
    let keys = KeyRing::open(Arc::new(engine), &["admin"]).unwrap();
    (folder, keys)
}

fn made(keys: &KeyRing, body: &Value) -> String {
    keys.create(&ADMIN, body).unwrap()["value"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn search_key(collections: &Value) -> Value {
    json!({"description": "", "actions": ["documents:search"], "collections": collections})
}

fn scoped(parent: &str, parameters: &str) -> String {
    let signature = hmac(parent.as_bytes(), parameters.as_bytes()).finalize();
    let signature = STANDARD.encode(signature.into_bytes());
    let prefix: String = parent.chars().take(4).collect();
    STANDARD.encode(format!("{signature}{prefix}{parameters}"))
}

#[test]
fn ids_are_never_given_twice() {
    let (folder, keys) = keys();
    for id in 0..3 {
        assert_eq!(
            keys.create(&ADMIN, &search_key(&json!(["a"]))).unwrap()["id"],
            id
        );
    }
    keys.delete(&ADMIN, "2").unwrap();
    let error = keys.delete(&ADMIN, "2").unwrap_err();
    assert_eq!(error.code, ErrorCode::NotFound);
    drop(keys);
    let engine = Engine::open(folder.path(), EngineSettings::default()).unwrap();
    let again = KeyRing::open(Arc::new(engine), &["admin"]).unwrap();
    assert_eq!(
        again.create(&ADMIN, &search_key(&json!(["a"]))).unwrap()["id"],
        3
    );
    let ids: Vec<Value> = again.list(&ADMIN).unwrap()["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["id"].clone())
        .collect();
    assert_eq!(ids, [0, 1, 3]);
}

#[test]
fn values_are_shown_once_and_kept_privately() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, keys) = keys();
    let value = made(&keys, &search_key(&json!(["a"])));
    assert_eq!(value.len(), 32);
    assert!(value.chars().all(|one| one.is_ascii_alphanumeric()));
    let shown = keys.get(&ADMIN, "0").unwrap();
    assert_eq!(shown["value_prefix"], value[..4]);
    assert!(!shown.to_string().contains(&value));
    assert!(!keys.list(&ADMIN).unwrap().to_string().contains(&value));
    let mode = std::fs::metadata(folder.path().join("catalogue.sqlite")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o077, 0);
}

#[test]
fn a_key_does_what_it_says_and_no_more() {
    let (_folder, keys) = keys();
    let may = |value: &str, action: &str, collections: &[&str]| {
        let request = AccessRequest {
            action,
            collections,
        };
        keys.permit(value, request).is_some()
    };
    assert!(may("admin", "keys:create", &[]));
    assert!(!may("", "keys:create", &[]));
    assert!(!may("Admin", "keys:create", &[]));
    let value = made(
        &keys,
        &json!({"description": "", "actions": ["documents:*", "aliases:get"], "collections": ["plone(-\\d+)?", "a.b"]}),
    );
    assert!(may(&value, "documents:import", &["plone-12"]));
    assert!(may(&value, "documents:search", &["plone", "plone-1"]));
    assert!(!may(&value, "documents:search", &["plone", "other"]));
    assert!(!may(&value, "documents:search", &["plone-1x"]));
    assert!(!may(&value, "collections:get", &["plone"]));
    assert!(may(&value, "aliases:get", &[]));
    assert!(!may(&value, "aliases:list", &[]));
    for broken in ["(", "a)|(b", "[", "", "(?x)a#"] {
        let value = made(&keys, &search_key(&json!([broken])));
        for name in ["a", "b", "ab", "[", "("] {
            assert!(!may(&value, "documents:search", &[name]), "{broken} {name}");
        }
    }
    for odd in ["*:*", "documents:s*", "documents", ""] {
        let body = json!({"description": "", "actions": [odd], "collections": ["*"]});
        assert!(
            !may(&made(&keys, &body), "documents:search", &["a"]),
            "{odd}"
        );
    }
}

#[test]
fn an_expired_key_does_nothing_and_goes_if_it_was_to() {
    let (_folder, keys) = keys();
    let body = json!({"description": "", "actions": ["*"], "collections": ["*"], "expires_at": 1});
    let stays = made(&keys, &body);
    let mut body = body;
    body["autodelete"] = json!(true);
    let goes = made(&keys, &body);
    assert_eq!(keys.permit(&stays, SEARCH), None);
    assert_eq!(keys.permit(&goes, SEARCH), None);
    assert_eq!(
        keys.list(&ADMIN).unwrap()["keys"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn a_scoped_key_carries_its_parameters() {
    let (_folder, keys) = keys();
    let parent = made(&keys, &search_key(&json!(["plone-1"])));
    let key = scoped(&parent, r#"{"filter_by":"n:>1","expires_at":99999999999}"#);
    let grant = keys.permit(&key, SEARCH).unwrap();
    assert_eq!(Value::Object(grant.embedded), json!({"filter_by": "n:>1"}));
    let wider = AccessRequest {
        action: "documents:get",
        ..SEARCH
    };
    assert_eq!(keys.permit(&key, wider), None);
    let elsewhere = AccessRequest {
        collections: &["other"],
        ..SEARCH
    };
    assert_eq!(keys.permit(&key, elsewhere), None);
    for refused in [
        r#"{"expires_at":1}"#,
        r#"{"expires_at":"99999999999"}"#,
        r#"{"expires_at":-1}"#,
        r#"{"collection":"other"}"#,
        r#"{"collection":5}"#,
        r#"{"collection":null}"#,
        r#"{"collection":["plone-1"]}"#,
        "[]",
        "",
        "{",
    ] {
        assert_eq!(
            keys.permit(&scoped(&parent, refused), SEARCH),
            None,
            "{refused}"
        );
    }
}

#[test]
fn only_a_key_that_can_nothing_but_search_may_be_scoped() {
    let (_folder, keys) = keys();
    let wide = json!({"description": "", "actions": ["documents:search", "documents:get"], "collections": ["*"]});
    let parent = made(&keys, &wide);
    assert_eq!(keys.permit(&scoped(&parent, "{}"), SEARCH), None);
    assert_eq!(keys.permit(&scoped("admin", "{}"), SEARCH), None);
    let parent = made(&keys, &search_key(&json!(["*"])));
    let key = scoped(&parent, r#"{"filter_by":"n:1"}"#);
    let other = scoped(&parent, r#"{"filter_by":"n:2"}"#);
    let signature = &STANDARD.decode(&key).unwrap()[..48];
    let forged = [signature, &STANDARD.decode(&other).unwrap()[48..]].concat();
    assert_eq!(keys.permit(&STANDARD.encode(forged), SEARCH), None);
    assert!(keys.permit(&key, SEARCH).is_some());
}

/// Whatever is presented, it is answered, and nothing but the signed text is let in.
#[test]
fn no_text_is_a_key_by_chance() {
    let (_folder, keys) = keys();
    let parent = made(&keys, &search_key(&json!(["*"])));
    let whole = STANDARD
        .decode(scoped(&parent, r#"{"filter_by":"é"}"#))
        .unwrap();
    let given = (any::<String>(), any::<Vec<u8>>(), 0..whole.len());
    proptest!(|((text, bytes, cut) in given)| {
        prop_assert!(keys.permit(&text, SEARCH).is_none());
        prop_assert!(keys.permit(&STANDARD.encode(&bytes), SEARCH).is_none());
        prop_assert!(keys.permit(&STANDARD.encode(&whole[..cut]), SEARCH).is_none());
    });
}
