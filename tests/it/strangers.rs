//! What strangers wrote, up to where it is shown or followed: a browser's parser for addresses, a
//! terminal for names.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use html5ever::tokenizer::{
    BufferQueue, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use pyfa_testkit::pypi::FakePyPi;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use url::Url;

use crate::support::{Outcome, outcome, plone};

/// Schemes that open something without running anything.
const SCHEMES: &str = "ftp ftps git git+https git+ssh hg+https http https irc ircs mailto matrix \
    ssh svn xmpp";

/// A registry of strangers, and a home whose engine is embedded.
struct Gallery {
    folder: TempDir,
    registry: FakePyPi,
}

impl Gallery {
    fn new() -> Result<Self> {
        Ok(Self {
            folder: tempfile::tempdir()?,
            registry: FakePyPi::start()?,
        })
    }

    fn run(&self, words: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
        command
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PYPI_RETRY_BACKOFF", "0.01")
            .env("PYPI_BASE_URL", self.registry.base_url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        outcome(&mut command)
    }

    fn document(&self, name: &str) -> Result<Map<String, Value>> {
        let shown = self.run(&["pypi", "-p", "plone", "--show", name]).exits(0);
        Ok(serde_json::from_str(&shown.stdout)?)
    }
}

/// The addresses that a browser would find in HTML.
#[derive(Default)]
struct Addresses(RefCell<Vec<String>>);

impl TokenSink for Addresses {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        if let TagToken(tag) = token {
            let links = tag.attrs.iter();
            let links = links.filter(|one| matches!(&*one.name.local, "href" | "src"));
            self.0
                .borrow_mut()
                .extend(links.map(|one| one.value.to_string()));
        }
        TokenSinkResult::Continue
    }
}

fn addresses_of_html(html: &str) -> Vec<String> {
    let tokenizer = Tokenizer::new(Addresses::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(html.into());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.take()
}

/// Every address of a document, by where it stands.
fn addresses(document: &Map<String, Value>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut add = |place: &str, value: &Value| {
        if let Some(address) = value.as_str() {
            found.push((place.to_owned(), address.to_owned()));
        }
    };
    for (key, value) in document {
        match value {
            Value::String(html) if html.contains('<') => {
                for address in addresses_of_html(html) {
                    add(key, &address.into());
                }
            }
            _ if key.ends_with("_url") || key == "home_page" => add(key, value),
            Value::Object(labelled) if key == "project_urls" => {
                labelled.values().for_each(|address| add(key, address));
            }
            Value::Array(members) => {
                for member in members {
                    for name in ["url", "link", "avatar_url"] {
                        add(&format!("{key}.{name}"), &member[name]);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The schemes that Node's parser, which is not ours, finds in a page; nothing where there is no
/// Node.
fn schemes_by_node(addresses: &[String]) -> Result<Option<Vec<Option<String>>>> {
    const SCRIPT: &str = "const list = JSON.parse(require('fs').readFileSync(0)); \
        console.log(JSON.stringify(list.map(one => { try { return new URL(one, \
        'https://gallery.example/').protocol } catch { return null } })))";
    let node = Command::new("node")
        .args(["-e", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut node) = node else {
        return Ok(None);
    };
    let mut input = node.stdin.take().context("a pipe")?;
    input.write_all(&serde_json::to_vec(addresses)?)?;
    drop(input);
    let output = node.wait_with_output()?;
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}

/// Holds that following any of the addresses opens a page or a known program.
fn open_pages_only(addresses: &[(String, String)]) -> Result<()> {
    let page = Url::parse("https://gallery.example/p/name")?;
    let is_allowed = |scheme: &str| {
        // What a browser takes for the scheme of `example.org:8080` is a host.
        let is_host = scheme.contains('.') || scheme == "localhost";
        SCHEMES.split(' ').any(|allowed| allowed == scheme) || is_host
    };
    for (place, address) in addresses {
        // As it stands, and as scripts may trim it.
        for address in [
            address.as_str(),
            address.trim_matches(|one: char| !one.is_ascii_graphic()),
        ] {
            ensure!(!address.contains(char::is_control), "{place}: {address:?}");
            if let Ok(url) = page.join(address) {
                ensure!(is_allowed(url.scheme()), "{place}: {address:?}");
            }
        }
    }
    let texts: Vec<String> = addresses.iter().map(|(_, text)| text.clone()).collect();
    for ((place, address), scheme) in addresses
        .iter()
        .zip(schemes_by_node(&texts)?.into_iter().flatten())
    {
        let scheme = scheme.as_deref().map(|scheme| scheme.trim_end_matches(':'));
        ensure!(scheme.is_none_or(is_allowed), "{place}: {address:?}");
    }
    Ok(())
}

/// Scripts in all the disguises in which an address has ever been let through.
const SCRIPTS: [&str; 16] = [
    "javascript:alert(1)",
    "javascript:1,alert(1)",
    "javascript:8080/alert(1)",
    "JaVaScRiPt:0?alert(1):1",
    "java\u{1}script:alert(1)",
    "java\nscript:alert(1)",
    "java\tscript:1,alert(1)",
    "\u{1}javascript:alert(1)",
    "javascript\u{7f}:alert(1)",
    "\u{a0}javascript:alert(1)",
    "\u{feff}javascript:alert(1)",
    "java\u{9b}script:alert(1)",
    "java\u{202e}script:alert(1)",
    "data:1/html,<script>alert(1)</script>",
    "vbscript:1:msgbox",
    "file:1/../etc/passwd",
];

#[test]
fn addresses_of_every_field_open_pages_only() -> Result<()> {
    const FIELDS: [&str; 7] = [
        "bugtrack_url",
        "docs_url",
        "download_url",
        "home_page",
        "package_url",
        "project_url",
        "release_url",
    ];
    let gallery = Gallery::new()?;
    for (number, script) in SCRIPTS.iter().enumerate() {
        let name = format!("plone.script{number:02}");
        let references: Vec<String> = script
            .chars()
            .map(|one| format!("&#{};", u32::from(one)))
            .collect();
        let references = references.concat();
        let readme = format!(
            "# Readme\n\n[a]({script}) ![b]({script}) <{script}>\n\n<a href=\"{script}\">c</a> \
             <a href=\"{references}\">d</a> <img src=\"{references}\">\n"
        );
        let file = json!({"filename": "f-1.0.tar.gz", "packagetype": "sdist", "url": script});
        let labelled =
            json!({"Home": script, "Host": "example.org:8080/a", "Page": "https://a.org/"});
        let mut release = plone("addresses")
            .description(&readme, "text/markdown")
            .project_urls(labelled)
            .files(vec![file]);
        for field in FIELDS {
            release = release.info(field, *script);
        }
        gallery.registry.publish(&name, "1.0", &release);
        let advisory = json!({"id": "PYSEC-1", "link": script, "source": "osv"});
        gallery
            .registry
            .set_vulnerabilities(&name, "1.0", vec![advisory]);
    }
    gallery.run(&["pypi", "-i", "-p", "plone"]).exits(0);
    for number in 0..SCRIPTS.len() {
        let document = gallery.document(&format!("plone.script{number:02}"))?;
        assert_eq!(document["has_vulnerabilities"], json!(true));
        let labelled = &document["project_urls"];
        assert_eq!(labelled["Host"], json!("example.org:8080/a"));
        assert_eq!(labelled["Page"], json!("https://a.org/"));
        open_pages_only(&addresses(&document))?;
    }
    Ok(())
}

#[test]
fn addresses_of_recorded_projects_open_pages_and_stay() -> Result<()> {
    let gallery = Gallery {
        registry: FakePyPi::with_fixtures()?,
        ..Gallery::new()?
    };
    gallery.run(&["pypi", "-i", "-p", "plone"]).exits(0);
    let mut count = 0;
    for name in [
        "plone.api",
        "plone.restapi",
        "Products.CMFPlone",
        "collective.easyform",
    ] {
        let found = addresses(&gallery.document(name)?);
        count += found.len();
        open_pages_only(&found)?;
    }
    assert!(count > 40, "{count}");
    Ok(())
}

/// Texts that command a terminal, begin lines of their own, and turn others around.
fn hostile(text: &str) -> String {
    format!("{text}\u{1b}[2J\u{9b}1m\nerror: forged\r\n\u{202e}drow\u{2066}\u{200b}\u{feff} end")
}

#[test]
fn texts_of_strangers_stay_on_their_lines() -> Result<()> {
    let gallery = Gallery::new()?;
    let classifier = hostile("Framework :: Plone");
    let release = plone(&hostile("A summary"))
        .classifiers(["Framework :: Plone", &classifier])
        .info("keywords", json!([hostile("keyword")]));
    gallery.registry.publish("plone.hostile", "1.0", &release);
    // A document that calls itself something else is quoted in a message.
    let foreign = plone("foreign").info("name", hostile("other"));
    gallery.registry.publish("plone.foreign", "1.0", &foreign);

    let fetched = gallery.run(&["pypi", "-i", "-p", "plone", "-v"]);
    let searched = gallery.run(&["search", "-p", "plone", "--facet", "classifiers"]);
    let explained = gallery.run(&["explain", "plone.hostile", "-p", "plone"]);
    let foreign = gallery.run(&["explain", "plone.foreign", "-p", "plone"]);
    let as_json = gallery.run(&["search", "-p", "plone", "--format", "json"]);
    for run in [&fetched, &searched, &explained, &foreign, &as_json] {
        for text in [&run.stdout, &run.stderr] {
            let is_bad = |one: char| {
                (one.is_control() && one != '\n')
                    || "\u{202e}\u{2066}\u{200b}\u{feff}".contains(one)
            };
            assert!(!text.contains(is_bad), "{text:?}");
            assert!(
                !text.lines().any(|line| line.starts_with("error: forged")),
                "{text}"
            );
        }
    }
    let answer: Value = serde_json::from_str(&as_json.stdout)?;
    let summary = answer["hits"][0]["document"]["summary"].as_str();
    assert!(
        summary.is_some_and(|text| text.contains('\u{202e}')),
        "{answer}"
    );
    // Each stands on one line, from its beginning to its end.
    for (run, beginning) in [
        (
            &fetched.stderr,
            "not brought up to date project=plone-foreign",
        ),
        (&searched.stdout, "A summary"),
        (&searched.stdout, "1  Framework :: Plone"),
        (
            &explained.stdout,
            "classifier     Framework :: Plone\u{fffd}[2J",
        ),
        (&foreign.stdout, "it is about the project `other\u{fffd}[2J"),
    ] {
        let is_whole = |line: &str| {
            let rest = line.split_once(beginning).map_or("", |(_, rest)| rest);
            rest.contains("error: forged\u{fffd}") && rest.contains(" end")
        };
        assert!(run.lines().any(is_whole), "{beginning}: {run}");
    }
    Ok(())
}

#[test]
fn names_and_numbers_are_bounded_where_they_are_kept() -> Result<()> {
    let gallery = Gallery::new()?;
    let long = format!("plone.{}", "x".repeat(100_000));
    gallery.registry.publish(&long, "1.0", &plone("long"));
    gallery
        .registry
        .publish("plone.line\nend", "1.0", &plone("line"));
    let long_key = "x".repeat(10_000);
    let file = json!({
        "filename": "plone_sane-1.0.tar.gz", "packagetype": "sdist", "url": "https://a.org/f",
        "size": u64::MAX, "yanked": false, (long_key): 1,
    });
    let sane = plone("sane").files(vec![file]);
    gallery.registry.publish("plone.sane", "1.0", &sane);
    let long = format!("0{}", ".0".repeat(5_000));
    gallery
        .registry
        .publish("plone.sane", &long, &plone("sane"));
    let users: Vec<String> = (0..3_000).map(|number| format!("user{number}")).collect();
    let mut roles = vec![("Owner", "line\nend")];
    roles.extend(users.iter().map(|user| ("Owner", user.as_str())));
    gallery.registry.set_owner("plone.sane", &roles, None);

    gallery.run(&["pypi", "-i", "-p", "plone"]);
    let found = gallery
        .run(&["search", "-p", "plone", "--format", "json"])
        .exits(0);
    let found: Value = serde_json::from_str(&found.stdout)?;
    let names: BTreeMap<&str, &str> = found["hits"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|hit| {
            let document = &hit["document"];
            Some((document["name"].as_str()?, document["version"].as_str()?))
        })
        .collect();
    assert_eq!(names, BTreeMap::from([("plone.sane", "1.0")]));
    let document = gallery.document("plone.sane")?;
    let maintainers = document["maintainers"].as_array().context("a list")?;
    assert_eq!(maintainers.len(), 500);
    assert_eq!(maintainers[0], json!("line end"));
    let file = document["urls"][0].as_object().context("a file")?;
    assert_eq!(file["size"], Value::Null);
    assert!(file.keys().all(|key| key.len() < 100));
    Ok(())
}
