//! What a key for some collections can reach: names in bodies, lists, other keys.

use pyfa_engine::EngineSettings;
use reqwest::Method;
use serde_json::{Value, json};

use super::served::{Failure, Served};

const FIELDS: &str = r#"[{"name":"t","type":"string"}]"#;

/// Asks with a key of one's own; the status and the answer.
async fn ask(
    served: &Served,
    key: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<(u16, Value), Failure> {
    let url = format!("http://{}{path}", served.address);
    let asked = served.client.request(method, url);
    let asked = asked.header("x-typesense-api-key", key);
    let answer = asked.body(body.to_string()).send().await?;
    let status = answer.status().as_u16();
    Ok((status, serde_json::from_str(&answer.text().await?)?))
}

/// An engine with the collections of two tenants, and a key of the first.
async fn tenants(actions: &Value) -> Result<(Served, String), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    for name in ["tenant1_docs", "tenant1_more", "tenant2_docs"] {
        let (status, _) = ask(&served, "key", Method::POST, "/collections", &named(name)).await?;
        assert_eq!(status, 201);
    }
    for (name, target) in [("tenant1_now", "tenant1_docs"), ("plone", "tenant2_docs")] {
        let body = json!({"collection_name": target});
        let path = format!("/aliases/{name}");
        let (status, _) = ask(&served, "key", Method::PUT, &path, &body).await?;
        assert_eq!(status, 200);
    }
    let key = made(&served, "key", actions, &json!(["tenant1_.*"])).await?;
    let key = key["value"].as_str().ok_or("a value")?.to_owned();
    Ok((served, key))
}

fn named(name: &str) -> Value {
    json!({"name": name, "fields": serde_json::from_str::<Value>(FIELDS).unwrap_or_default()})
}

async fn made(
    served: &Served,
    maker: &str,
    actions: &Value,
    collections: &Value,
) -> Result<Value, Failure> {
    let body = json!({"description": "", "actions": actions, "collections": collections});
    Ok(ask(served, maker, Method::POST, "/keys", &body).await?.1)
}

fn names<'a>(listed: &'a Value, field: &str) -> Vec<&'a str> {
    let entries = listed.as_array().into_iter().flatten();
    let mut names: Vec<&str> = entries.filter_map(|one| one[field].as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn lists_show_what_the_key_may_see() -> Result<(), Failure> {
    let (served, key) = tenants(&json!(["collections:list", "aliases:*", "keys:list"])).await?;
    let get = async |key: &str, path: &str| {
        let answer = ask(&served, key, Method::GET, path, &Value::Null).await?;
        assert_eq!(answer.0, 200, "{path}");
        Ok::<_, Failure>(answer.1)
    };
    let seen = get(&key, "/collections").await?;
    assert_eq!(names(&seen, "name"), ["tenant1_docs", "tenant1_more"]);
    let second = get(&key, "/collections?limit=1&offset=1").await?;
    assert_eq!(names(&second, "name"), ["tenant1_docs"]);
    let all = get("key", "/collections").await?;
    assert_eq!(names(&all, "name").len(), 4);

    let seen = get(&key, "/aliases").await?;
    assert_eq!(names(&seen["aliases"], "name"), ["tenant1_now"]);
    for (method, path) in [
        (Method::GET, "/aliases/plone"),
        (Method::DELETE, "/aliases/plone"),
    ] {
        let (status, _) = ask(&served, &key, method, path, &Value::Null).await?;
        assert_eq!(status, 401, "{path}");
    }

    made(&served, "key", &json!(["*"]), &json!(["tenant2_docs"])).await?;
    let seen = get(&key, "/keys").await?;
    assert_eq!(seen["keys"].as_array().map(Vec::len), Some(1), "{seen}");
    let all = get("key", "/keys").await?;
    assert_eq!(all["keys"].as_array().map(Vec::len), Some(2), "{all}");
    served.end().await
}

#[tokio::test]
async fn names_in_bodies_are_within_the_key() -> Result<(), Failure> {
    let (served, key) = tenants(&json!(["*"])).await?;
    let aim = |name: &str| json!({"collection_name": name});
    for (method, path, body) in [
        // It would hide the alias `plone`.
        (Method::POST, "/collections", named("plone")),
        (
            Method::POST,
            "/collections?src_name=tenant1_docs",
            json!({"name": "plone"}),
        ),
        (
            Method::POST,
            "/collections?src_name=tenant2_docs",
            json!({"name": "tenant1_copy"}),
        ),
        (Method::PUT, "/aliases/tenant1_new", aim("tenant2_docs")),
        (Method::PUT, "/aliases/plone", aim("tenant1_docs")),
        (
            Method::PUT,
            "/presets/everybody",
            json!({"value": {"filter_by": "t:x"}}),
        ),
        (Method::GET, "/presets/everybody", Value::Null),
        // Whose collection lies in a folder that the catalogue does not know?
        (Method::GET, "/operations/folders", Value::Null),
        (
            Method::POST,
            "/operations/folders/adopt",
            json!({"folder": "50", "name": "tenant1_adopted"}),
        ),
    ] {
        let refused = ask(&served, &key, method, path, &body).await?;
        assert_eq!(refused.0, 401, "{path} {body}: {}", refused.1);
        let message = "Forbidden - a valid `x-typesense-api-key` header must be sent.";
        assert_eq!(refused.1["message"], message);
    }
    let (_, aliases) = ask(&served, "key", Method::GET, "/aliases", &Value::Null).await?;
    assert_eq!(names(&aliases["aliases"], "name"), ["plone", "tenant1_now"]);
    for (method, path, body, status) in [
        (Method::POST, "/collections", named("tenant1_new"), 201),
        (
            Method::POST,
            "/collections?src_name=tenant1_docs",
            json!({"name": "tenant1_copy"}),
            201,
        ),
        (
            Method::PUT,
            "/aliases/tenant1_new2",
            aim("tenant1_new"),
            200,
        ),
        // What is not a name is told so, as before.
        (Method::POST, "/collections", json!({"name": 5}), 400),
        (
            Method::PUT,
            "/aliases/tenant1_new2",
            json!({"collection_name": 5}),
            400,
        ),
    ] {
        let answer = ask(&served, &key, method, path, &body).await?;
        assert_eq!(answer.0, status, "{path} {body}: {}", answer.1);
    }
    served.end().await
}

#[tokio::test]
async fn a_key_makes_no_wider_key() -> Result<(), Failure> {
    let own = json!(["documents:*", "keys:create", "keys:get", "keys:delete"]);
    let (served, key) = tenants(&own).await?;
    let make = |actions: Value, collections: Value| json!({"description": "", "actions": actions, "collections": collections});
    for (wider, body) in [
        (
            "other names",
            make(json!(["documents:search"]), json!(["plone"])),
        ),
        ("all names", make(json!(["documents:search"]), json!(["*"]))),
        (
            "an expression that could be wider",
            make(json!(["documents:search"]), json!(["tenant1.*"])),
        ),
        (
            "other names in addition to its own",
            make(json!(["documents:search"]), json!(["tenant1_a", "plone"])),
        ),
        (
            "another action",
            make(json!(["collections:delete"]), json!(["tenant1_.*"])),
        ),
        ("every action", make(json!(["*"]), json!(["tenant1_.*"]))),
    ] {
        let (status, answer) = ask(&served, &key, Method::POST, "/keys", &body).await?;
        assert_eq!(status, 401, "{wider}: {answer}");
    }
    let mut ids = Vec::new();
    for body in [
        make(
            json!(["documents:search"]),
            json!(["tenant1_docs", "tenant1_docs-2"]),
        ),
        make(json!(["documents:*", "keys:create"]), json!(["tenant1_.*"])),
    ] {
        let (status, answer) = ask(&served, &key, Method::POST, "/keys", &body).await?;
        assert_eq!(status, 201, "{body}: {answer}");
        ids.push(answer["id"].clone());
    }

    // Nor does it outlive its maker's, or take another tenant's away.
    let mut ends = make(json!(["keys:create"]), json!(["tenant1_.*"]));
    ends["expires_at"] = json!(4_000_000_000_u64);
    let (_, short) = ask(&served, "key", Method::POST, "/keys", &ends).await?;
    let short = short["value"].as_str().ok_or("a value")?;
    let (status, _) = ask(&served, short, Method::POST, "/keys", &ends).await?;
    assert_eq!(status, 201);
    ends["expires_at"] = json!(4_000_000_001_u64);
    let (status, _) = ask(&served, short, Method::POST, "/keys", &ends).await?;
    assert_eq!(status, 401);

    let other = made(&served, "key", &json!(["*"]), &json!(["tenant2_docs"])).await?;
    let other = format!("/keys/{}", other["id"]);
    for method in [Method::GET, Method::DELETE] {
        let (status, _) = ask(&served, &key, method, &other, &Value::Null).await?;
        assert_eq!(status, 404);
    }
    let own = format!("/keys/{}", ids.first().ok_or("an id")?);
    let (status, _) = ask(&served, &key, Method::DELETE, &own, &Value::Null).await?;
    assert_eq!(status, 200);
    served.end().await
}
