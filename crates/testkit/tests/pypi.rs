//! The fake registry behaves like the real one.

#![allow(
    clippy::disallowed_methods,
    reason = "the tests are clients of their own"
)]

mod support;

use anyhow::{Context, Result};
use pyfa_testkit::pypi::{FakePyPi, GeneratedRegistry, ReleaseSpec};
use reqwest::Client;
use reqwest::header::{ACCEPT, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION};
use serde_json::{Value, json};

use support::{INDEX_TYPE, call, get, json, plone, status};

#[tokio::test]
async fn the_index_is_sorted_by_normalised_name_and_shows_each_serial() -> Result<()> {
    let fake = FakePyPi::start()?;
    let first = fake.publish("b.Second", "1.0", &plone());
    let second = fake.publish("A_first", "1.0", &plone());
    let hidden = fake.publish("c-hidden", "1.0", &plone());
    let last = fake.quarantine("c-hidden");
    assert!(first < second && second < hidden && hidden < last);
    let expected = json!({
        "meta": {"_last-serial": last, "api-version": "1.4"},
        "projects": [
            {"_last-serial": second, "name": "A_first"},
            {"_last-serial": first, "name": "b.Second"},
        ],
    });
    let answer = get(&fake, "/simple/").await?;
    assert_eq!(answer.headers()["x-pypi-last-serial"], last.to_string());
    assert_eq!(answer.headers()[CONTENT_TYPE], INDEX_TYPE);
    assert_eq!(
        serde_json::from_slice::<Value>(&answer.bytes().await?)?,
        expected
    );
    Ok(())
}

#[tokio::test]
async fn the_index_is_not_modified_until_something_changes() -> Result<()> {
    let fake = FakePyPi::start()?;
    fake.publish("a", "1.0", &plone());
    let etag = get(&fake, "/simple/").await?.headers()[ETAG].clone();
    let again = || {
        Client::new()
            .get(format!("{}/simple/", fake.base_url()))
            .header(ACCEPT, INDEX_TYPE)
            .header(IF_NONE_MATCH, etag.clone())
            .send()
    };
    assert_eq!(again().await?.status(), 304);
    fake.publish("a", "1.1", &plone());
    assert_eq!(again().await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn a_client_that_does_not_ask_for_json_gets_html() -> Result<()> {
    let fake = FakePyPi::start()?;
    let answer = reqwest::get(format!("{}/simple/", fake.base_url())).await?;
    assert!(
        answer.headers()[CONTENT_TYPE]
            .to_str()?
            .starts_with("text/html")
    );
    Ok(())
}

#[tokio::test]
async fn other_spellings_and_missing_slashes_are_redirected() -> Result<()> {
    let fake = FakePyPi::start()?;
    fake.publish("Some.Name", "1.0", &plone());
    for (path, location) in [
        ("/simple/Some.Name/", "/simple/some-name/"),
        ("/simple/some-name", "/simple/some-name/"),
        ("/pypi/Some.Name/json", "/pypi/some-name/json"),
        ("/pypi/Some.Name/1.0/json", "/pypi/some-name/1.0/json"),
    ] {
        let answer = get(&fake, path).await?;
        assert_eq!(answer.status(), 301, "{path}");
        assert_eq!(answer.headers()[LOCATION], location);
    }
    assert_eq!(status(&fake, "/pypi/some-name/json").await?, 200);
    assert_eq!(status(&fake, "/pypi/other/json").await?, 404);
    Ok(())
}

#[tokio::test]
async fn the_project_document_has_the_latest_release() -> Result<()> {
    let fake = FakePyPi::start()?;
    for version in ["not-a-version", "3.0a1", "2.0", "1.9"] {
        fake.publish("x", version, &plone());
    }
    let served = async || anyhow::Ok(json(&fake, "/pypi/x/json").await?["info"]["version"].clone());
    assert_eq!(served().await?, "2.0");
    fake.yank("x", "2.0", "broken");
    assert_eq!(served().await?, "1.9");
    fake.yank("x", "1.9", "");
    assert_eq!(served().await?, "3.0a1");
    fake.remove_release("x", "3.0a1");
    assert_eq!(served().await?, "not-a-version");
    fake.remove_release("x", "not-a-version");
    assert_eq!(served().await?, "2.0", "all are yanked, so the highest");
    fake.unyank("x", "1.9");
    assert_eq!(served().await?, "1.9");
    Ok(())
}

#[tokio::test]
async fn documents_have_the_keys_of_the_registry() -> Result<()> {
    let fake = FakePyPi::start()?;
    let serial = fake.publish("X.Y", "1.0+local", &plone());
    let project = json(&fake, "/pypi/x-y/json").await?;
    let release = json(&fake, "/pypi/x-y/1.0%2Blocal/json").await?;
    let keys = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .map(|object| object.keys().cloned().collect())
            .unwrap_or_default()
    };
    let common = [
        "info",
        "last_serial",
        "ownership",
        "urls",
        "vulnerabilities",
    ];
    assert_eq!(keys(&release), common);
    assert_eq!(keys(&project).len(), 6);
    assert_eq!(project["last_serial"], serial);
    assert_eq!(project["releases"]["1.0+local"], project["urls"]);
    assert_eq!(project["info"], release["info"]);
    let recorded = pyfa_testkit::fixtures::project_documents()?;
    let recorded = recorded.first().context("no fixtures")?;
    assert_eq!(keys(&project["info"]), keys(&recorded["info"]));
    assert_eq!(keys(&project["urls"][0]), keys(&recorded["urls"][0]));
    Ok(())
}

#[tokio::test]
async fn quarantine_and_archive_show_as_in_the_registry() -> Result<()> {
    let fake = FakePyPi::start()?;
    fake.publish("x", "1.0", &plone());
    let serial = fake.serial();
    fake.archive("x");
    assert_eq!(fake.serial(), serial, "archiving does not move the serial");
    let detail = json(&fake, "/simple/x/").await?;
    assert_eq!(detail["project-status"]["status"], "archived");
    assert_eq!(detail["versions"], json!(["1.0"]));
    assert_eq!(detail["files"][0]["filename"], "x-1.0.tar.gz");

    fake.quarantine("x");
    assert_eq!(status(&fake, "/pypi/x/json").await?, 404);
    assert_eq!(status(&fake, "/pypi/x/1.0/json").await?, 404);
    let detail = json(&fake, "/simple/x/").await?;
    assert_eq!(detail["project-status"]["status"], "quarantined");
    assert_eq!(detail["files"], json!([]));
    fake.unquarantine("x");
    assert_eq!(status(&fake, "/pypi/x/json").await?, 200);
    Ok(())
}

#[tokio::test]
async fn removed_and_empty_projects_are_not_found() -> Result<()> {
    let fake = FakePyPi::start()?;
    fake.publish("x", "1.0", &plone());
    fake.publish("x", "2.0", &plone());
    fake.remove_release("x", "2.0");
    assert_eq!(status(&fake, "/pypi/x/2.0/json").await?, 404);
    assert_eq!(
        status(&fake, "/pypi/x/1.0.0/json").await?,
        200,
        "the same version for PEP 440"
    );
    fake.remove_release("x", "1.0");
    assert_eq!(status(&fake, "/pypi/x/json").await?, 404);
    assert_eq!(status(&fake, "/simple/x/").await?, 200);
    fake.remove_project("x");
    assert_eq!(status(&fake, "/simple/x/").await?, 404);
    assert_eq!(json(&fake, "/simple/").await?["projects"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_new_spelling_shows_in_index_and_documents() -> Result<()> {
    let fake = FakePyPi::start()?;
    fake.publish("some.name", "1.0", &plone());
    let serial = fake.rename("some.name", "Some_Name");
    assert_eq!(
        json(&fake, "/pypi/some-name/json").await?["info"]["name"],
        "Some_Name"
    );
    let project = json!({"_last-serial": serial, "name": "Some_Name"});
    assert_eq!(json(&fake, "/simple/").await?["projects"], json!([project]));
    Ok(())
}

#[tokio::test]
async fn metadata_may_be_hostile() -> Result<()> {
    let fake = FakePyPi::start()?;
    let spec = plone()
        .project_urls(json!(["no object"]))
        .info("summary", 7)
        .without_info("author");
    fake.publish("x", "1.0", &spec.info("name", "`a` && <b>"));
    fake.set_vulnerabilities("x", "1.0", vec![json!({"id": "PYSEC-1"})]);
    fake.set_owner("x", &[("Owner", "jo")], Some("team"));
    let document = json(&fake, "/pypi/x/json").await?;
    assert_eq!(document["info"]["project_urls"], json!(["no object"]));
    assert_eq!(document["info"]["summary"], 7);
    assert_eq!(document["info"]["name"], "`a` && <b>");
    assert!(document["info"].get("author").is_none());
    assert_eq!(document["vulnerabilities"][0]["id"], "PYSEC-1");
    assert_eq!(document["ownership"]["organization"], "team");
    Ok(())
}

#[tokio::test]
async fn browse_lists_releases_with_all_classifiers() -> Result<()> {
    let fake = FakePyPi::start()?;
    let both = ReleaseSpec::new().classifiers(["Framework :: Plone", "Topic :: A & B"]);
    fake.publish("z", "2.0", &plone());
    fake.publish("z", "1.0", &plone());
    fake.publish("a", "1.0", &both);
    fake.publish(
        "n",
        "1.0",
        &ReleaseSpec::new().classifiers(["Framework :: Plone :: 6.0"]),
    );
    let found = call(&fake, "browse", &["Framework :: Plone"]).await?;
    let texts: Vec<&str> = found
        .split("<string>")
        .skip(1)
        .filter_map(|part| part.split('<').next())
        .collect();
    assert_eq!(texts, ["a", "1.0", "z", "1.0", "z", "2.0"]);
    let found = call(
        &fake,
        "browse",
        &["Framework :: Plone", "Topic :: A &amp; B"],
    )
    .await?;
    assert_eq!(found.matches("<string>").count(), 2, "{found}");
    let serial = call(&fake, "changelog_last_serial", &[]).await?;
    assert!(
        serial.contains(&format!("<int>{}</int>", fake.serial())),
        "{serial}"
    );
    assert!(call(&fake, "search", &[]).await?.contains("<fault>"));
    Ok(())
}

#[tokio::test]
async fn release_documents_of_recorded_projects_differ() -> Result<()> {
    let fake = FakePyPi::with_fixtures()?;
    let mut releases = 0;
    for name in ["plone-restapi", "flask", "wagtail"] {
        let project = json(&fake, &format!("/pypi/{name}/json")).await?;
        let mut texts = std::collections::HashSet::new();
        let versions = project["releases"].as_object().context("no releases")?;
        for version in versions.keys() {
            let release = json(&fake, &format!("/pypi/{name}/{version}/json")).await?;
            assert_eq!(release["info"]["version"], *version);
            assert_eq!(release["urls"], versions[version]);
            let text = release["info"]["description"]
                .as_str()
                .context("no description")?;
            assert!(texts.insert(text.trim_end().to_owned()), "{name} {version}");
            releases += 1;
        }
        let whole = project["info"]["description"]
            .as_str()
            .context("no description")?;
        let shortest = texts.iter().map(String::len).min().unwrap_or_default();
        assert!(
            shortest * 3 > whole.len(),
            "{name}: {shortest} of {}",
            whole.len()
        );
    }
    assert_eq!(releases, 291 + 64 + 304);
    Ok(())
}

#[tokio::test]
async fn recorded_projects_are_returned_unchanged() -> Result<()> {
    let fake = FakePyPi::with_fixtures()?;
    assert_eq!(fake.project_count(), 10);
    for recorded in pyfa_testkit::fixtures::project_documents()? {
        let name = recorded["info"]["name"].as_str().context("no name")?;
        let path = format!("/pypi/{}/json", name.to_lowercase().replace('.', "-"));
        let served = json(&fake, &path).await?;
        for key in [
            "info",
            "releases",
            "urls",
            "last_serial",
            "ownership",
            "vulnerabilities",
        ] {
            assert_eq!(served[key], recorded[key], "{name} {key}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_generated_registry_does_not_store_its_projects() -> Result<()> {
    let fake = FakePyPi::generated(GeneratedRegistry::of(1_000))?;
    let index = json(&fake, "/simple/").await?;
    let projects = index["projects"].as_array().context("no projects")?;
    assert_eq!(projects.len(), 1_000);
    assert_eq!(projects[50]["name"], "gen-package000050");
    let document = json(&fake, "/pypi/gen-package000050/json").await?;
    assert_eq!(document["last_serial"], projects[50]["_last-serial"]);
    assert_eq!(document["info"]["version"], "1.3.0");
    let older = json(&fake, "/pypi/gen-package000050/1.1.0/json").await?;
    assert_ne!(
        older["info"]["description"],
        document["info"]["description"]
    );
    assert_eq!(
        json(&fake, "/simple/gen-package000050/").await?["versions"][0],
        "1.0.0"
    );
    let found = call(&fake, "browse", &["Framework :: Plone"]).await?;
    assert_eq!(found.matches("<string>").count() / 2, 19 * 4);

    let before = fake.serial();
    let touched = fake.touch_some(10);
    fake.remove_project("gen-package000051");
    assert_eq!((touched.len(), fake.project_count()), (10, 999));
    let index = json(&fake, "/simple/").await?;
    let projects = index["projects"].as_array().context("no projects")?;
    let moved = projects
        .iter()
        .filter(|one| one["_last-serial"].as_u64() > Some(before));
    let names: Vec<&str> = moved.filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, touched);
    assert_eq!(projects.len(), 999);
    Ok(())
}

#[tokio::test]
async fn stored_and_generated_documents_are_the_same() -> Result<()> {
    let held = FakePyPi::two_thousand()?;
    let made = FakePyPi::generated(GeneratedRegistry::two_thousand())?;
    for path in [
        "/simple/",
        "/pypi/gen-package000016/json",
        "/pypi/gen-package000016/1.2.0/json",
        "/pypi/gen-package000017/json",
        "/simple/gen-package000016/",
    ] {
        assert_eq!(
            json(&held, path).await?["projects"],
            json(&made, path).await?["projects"]
        );
        assert_eq!(
            json(&held, path).await?["info"],
            json(&made, path).await?["info"],
            "{path}"
        );
    }
    Ok(())
}
