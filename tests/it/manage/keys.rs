//! Search-only keys: what they open, and what they do not.

use serde_json::{Value, json};

use super::filled;
use crate::support::World;

/// A request with a key of one's own; gives status and body.
fn ask(world: &World, key: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    let url = format!("{}{path}", world.typesense.url());
    crate::support::wait(async {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        #[expect(clippy::disallowed_methods, reason = "a browser in the test")]
        let answer = reqwest::Client::new()
            .request(method, url)
            .header("x-typesense-api-key", key)
            .body(body.to_owned())
            .send()
            .await
            .expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or_default())
    })
}

fn found(world: &World, key: &str, name: &str) -> Result<u64, u16> {
    let path = format!("/collections/{name}/documents/search?q=*&query_by=name");
    match ask(world, key, "GET", &path, "") {
        (200, answer) => Ok(answer["found"].as_u64().expect("a number")),
        (status, _) => Err(status),
    }
}

#[test]
fn a_key_searches_the_name_and_its_versions_and_nothing_else() {
    let Some(world) = filled() else { return };
    let target = world.target.as_str();
    let made = world.manage_json(&[
        "--add-search-only-apikey",
        "-t",
        target,
        "--description",
        "for the page",
    ]);
    let key = made["value"].as_str().expect("a value");
    let also = format!("{target}-also");
    world
        .manage(&["--add-alias", "-s", &also, "-t", target])
        .exits(0);
    assert_eq!(found(&world, key, target), Ok(12));
    assert_eq!(found(&world, key, &format!("{target}-1")), Ok(12));
    assert_eq!(found(&world, key, &also), Err(401));
    world.manage(&["--recreate-collection", target]).exits(0);
    assert_eq!(found(&world, key, target), Ok(12));

    let path = format!("/collections/{target}");
    for (method, path, body) in [
        ("GET", path.clone(), String::new()),
        ("DELETE", path.clone(), String::new()),
        (
            "PATCH",
            path.clone(),
            json!({"fields": [{"name": "name", "drop": true}]}).to_string(),
        ),
        ("GET", format!("{path}/documents/export"), String::new()),
        (
            "POST",
            format!("{path}/documents"),
            json!({"id": "x"}).to_string(),
        ),
        (
            "POST",
            format!("{path}/documents/import?action=upsert"),
            json!({"id": "x"}).to_string(),
        ),
        (
            "DELETE",
            format!("{path}/documents?filter_by=id:x"),
            String::new(),
        ),
        (
            "GET",
            format!("{path}/documents/plone.part0-1.0"),
            String::new(),
        ),
        (
            "DELETE",
            format!("{path}/documents/plone.part0-1.0"),
            String::new(),
        ),
        (
            "PUT",
            format!("{path}/synonyms/x"),
            json!({"synonyms": ["a", "b"]}).to_string(),
        ),
        ("GET", "/collections".to_owned(), String::new()),
        (
            "POST",
            "/collections".to_owned(),
            json!({"name": "x", "fields": []}).to_string(),
        ),
        (
            "PUT",
            format!("/aliases/{target}"),
            json!({"collection_name": "x"}).to_string(),
        ),
        ("GET", "/aliases".to_owned(), String::new()),
        ("GET", "/keys".to_owned(), String::new()),
        (
            "POST",
            "/keys".to_owned(),
            json!({"description": "", "actions": ["*"], "collections": ["*"]}).to_string(),
        ),
        ("GET", "/metrics.json".to_owned(), String::new()),
        (
            "POST",
            "/operations/snapshot?snapshot_path=/nowhere".to_owned(),
            String::new(),
        ),
    ] {
        assert_eq!(
            ask(&world, key, method, &path, &body).0,
            401,
            "{method} {path}"
        );
    }
    assert_eq!(world.documents().len(), 12);

    let listed = world.manage(&["-lssoa"]).exits(0);
    assert!(listed.stdout.contains("for the page"), "{}", listed.stdout);
    let json = world.manage(&["-lssoa", "--format", "json"]).exits(0);
    for output in [listed.stdout, listed.stderr, json.stdout] {
        assert!(!output.contains(&key[..8]), "the value is shown: {output}");
    }
}

#[test]
fn values_of_ones_own() {
    let Some(world) = filled() else { return };
    let target = world.target.as_str();
    let own = format!("own-value-{target}");
    let make =
        |value: &str| world.manage(&["--add-search-only-apikey", "-t", target, "-key", value]);
    let short = make("short");
    assert!(short.stderr.contains("fewer than 16"), "{}", short.stderr);
    short.exits(2);
    make(&own).exits(0);
    assert_eq!(found(&world, &own, target), Ok(12));
    let again = make(&own);
    assert!(
        again.stderr.contains("another key has it already"),
        "{}",
        again.stderr
    );
    assert!(!again.stderr.contains(&own), "{}", again.stderr);
    again.exits(2);
    make("with a blank, long enough").exits(2);

    let mut command = world.command(&[
        "manage",
        "--add-search-only-apikey",
        "-t",
        target,
        "-key",
        "-",
    ]);
    let input = world.home.path().join("value");
    fs_err::write(&input, format!("read-{own}\n")).expect("a file");
    command.stdin(std::fs::File::open(input).expect("a file"));
    crate::support::outcome(&mut command).exits(0);
    assert_eq!(found(&world, &format!("read-{own}"), target), Ok(12));
}

#[test]
fn keys_end() {
    let Some(world) = filled() else { return };
    let target = world.target.as_str();
    let make = |when: &str| {
        world.manage(&[
            "--add-search-only-apikey",
            "-t",
            target,
            "--expires",
            when,
            "--format",
            "json",
        ])
    };
    let key = make("2037-01-01").exits(0).report;
    assert_eq!(key["expires_at"], 2_114_380_800);
    assert_eq!(
        found(&world, key["value"].as_str().expect("a value"), target),
        Ok(12)
    );
    let listed = world.manage(&["-lssoa"]).exits(0).stdout;
    assert!(listed.contains("2037-01-01 00:00 UTC"), "{listed}");
    make("2001-01-01").exits(2);
    make("whenever").exits(2);
    assert!(make("90d").exits(0).report["expires_at"].as_u64() > Some(1_700_000_000));
}

#[test]
fn scoped_keys_see_only_their_part() {
    let Some(world) = filled() else { return };
    let target = world.target.as_str();
    let made = world.manage_json(&[
        "--add-search-only-apikey",
        "-t",
        target,
        "--scope",
        "name:=`plone.part3`",
    ]);
    let scoped = made["scoped_value"].as_str().expect("a value");
    assert_eq!(found(&world, scoped, target), Ok(2));
    // What a reader asks for in addition narrows further, never widens.
    let path = format!(
        "/collections/{target}/documents/search?q=*&query_by=name&filter_by=name:=plone.part4"
    );
    assert_eq!(ask(&world, scoped, "GET", &path, "").1["found"], 0);

    let parent = made["value"].as_str().expect("a value");
    let derived = world
        .manage(&["--scope", "is_latest:=true", "-key", parent])
        .exits(0);
    assert_eq!(found(&world, derived.stdout.trim(), target), Ok(6));
    world.manage(&["--scope", "is_latest:=true"]).exits(2);
}
