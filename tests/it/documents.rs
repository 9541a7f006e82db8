//! Real releases become the documents that front ends know, hostile ones become harmless.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result};
use pyfa::{
    model::{Document, Release, VersionScheme},
    transform::{Context, Transformed, document, version_fields},
};
use pyfa_readme::visible_text;
use serde_json::{Map, Value, json};

/// The newest releases of ten real projects; `Flask-SQLAlchemy` has nothing to compare with.
const COMPARED: [&str; 9] = [
    "Flask",
    "Products.CMFPlone",
    "collective.easyform",
    "collective.z3cform.datagridfield",
    "django-debug-toolbar",
    "django-filter",
    "plone.api",
    "plone.restapi",
    "wagtail",
];

fn read(folder: &str, name: &str) -> Result<Value> {
    let file = format!("tests/fixtures/{folder}/{name}.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

fn release(project: &Value) -> Result<Release> {
    Ok(serde_json::from_value(
        json!({"info": project["info"], "files": project["urls"]}),
    )?)
}

fn transformed(release: &Release) -> Transformed {
    let context = Context {
        serial: 7,
        is_latest: true,
        keep_text: true,
        ..Context::default()
    };
    document(release, &context)
}

fn made_of(info: &Value) -> Result<Transformed> {
    Ok(transformed(&serde_json::from_value(json!({"info": info}))?))
}

/// Why a field differs from what the program before us wrote; nothing if it must not.
fn reason(field: &str, ours: &Value, theirs: &Value, document: &Document) -> Option<&'static str> {
    let is_restructured = document.description_content_type != "text/markdown";
    match field {
        "description" | "first_chapter" | "main_content" | "changelog" if is_restructured => {
            let ours = visible_text(ours.as_str()?);
            let theirs = visible_text(theirs.as_str()?);
            match field {
                _ if ours == theirs => Some("fewer elements around the same text"),
                "main_content" if theirs.starts_with(&ours) => {
                    Some("ends before the first version")
                }
                "changelog" if ours.ends_with(&theirs) => Some("begins with the first version"),
                "changelog" if theirs.contains(&ours) => Some("is one chapter"),
                "main_content" if ours.starts_with(&theirs) => Some("goes on after the changelog"),
                _ => None,
            }
        }
        "description" | "first_chapter" | "main_content" | "changelog" => {
            let theirs = without_colours(theirs.as_str()?);
            let ours = without_repository(ours.as_str()?);
            (ours == theirs).then_some("no coloured code, addresses lead into the repository")
        }
        "python_versions" => {
            let theirs = theirs.as_array()?.iter().filter_map(Value::as_str);
            let theirs: Vec<String> = theirs
                .filter(|version| !version.contains("::"))
                .map(|version| version.replace("  ", " "))
                .collect();
            (*ours == json!(theirs)).then_some("one blank, and no statements about versions")
        }
        "title" => (*theirs == json!("")).then_some("an image's text is a title"),
        "upload_timestamp" => {
            (ours.as_i64()? < theirs.as_i64()?).then_some("as old as the earliest file")
        }
        "dynamic" | "license_files" | "provides_extra" => {
            (*theirs == json!("") && *ours == json!([])).then_some("an empty list is a list")
        }
        _ => None,
    }
}

/// `html` with relative addresses where some lead into a repository.
fn without_repository(html: &str) -> String {
    let mut parts = html.split("https://github.com/");
    let mut relative = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let start = part.get(..part.find('"').unwrap_or(part.len()));
        let path = ["/raw/HEAD/", "/blob/HEAD/"]
            .iter()
            .find_map(|kind| start?.find(kind).map(|at| at + kind.len()));
        match path {
            Some(path) => relative.push_str(&part[path..]),
            None => relative.extend(["https://github.com/", part]),
        }
    }
    relative
}

/// `html` without the `span` elements within `pre`.
fn without_colours(html: &str) -> String {
    let mut parts = html.split("<pre lang=");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once("</pre>").unwrap_or((part, ""));
        plain.push_str("<pre lang=");
        for (at, piece) in code.replace("</span>", "").split("<span").enumerate() {
            let piece = if at == 0 {
                Some(piece)
            } else {
                piece.split_once('>').map(|(_, text)| text)
            };
            plain.push_str(piece.unwrap_or_default());
        }
        plain.push_str("</pre>");
        plain.push_str(rest);
    }
    plain
}

/// Fields that the program before us did not write.
const ADDED: [&str; 10] = [
    "is_latest",
    "license_spdx",
    "maintainers",
    "name_joined",
    "release_count",
    "requires_names",
    "serial",
    "status",
    "version_order",
    "version_raw",
];

#[test]
fn documents_differ_from_the_known_ones_only_on_purpose() -> Result<()> {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for name in COMPARED {
        let Transformed { document, notes } = transformed(&release(&read("pypi", name)?)?);
        assert!(notes.is_empty(), "{name}: {notes:?}");
        let ours = serde_json::to_value(&document)?;
        let theirs = read("expected", name)?;
        let (ours, theirs) = (object(&ours)?, object(&theirs)?);
        for (field, theirs) in theirs {
            let ours = ours
                .get(field)
                .with_context(|| format!("{name} lacks {field}"))?;
            if ours != theirs {
                let reason = reason(field, ours, theirs, &document).with_context(|| {
                    format!("{name}: {field}\nours:   {ours}\ntheirs: {theirs}")
                })?;
                reasons
                    .entry(reason)
                    .or_default()
                    .push(format!("{name} {field}"));
            }
        }
        for field in ours.keys().filter(|field| !theirs.contains_key(*field)) {
            assert!(
                ADDED.contains(&field.as_str()),
                "{name}: {field} is not a known field"
            );
        }
    }
    insta::assert_debug_snapshot!(reasons);
    Ok(())
}

fn object(value: &Value) -> Result<&Map<String, Value>> {
    value.as_object().context("not an object")
}

#[test]
fn real_licences_are_recognised() -> Result<()> {
    let mut licences = BTreeMap::new();
    for name in COMPARED.into_iter().chain(["Flask-SQLAlchemy"]) {
        let document = transformed(&release(&read("pypi", name)?)?).document;
        licences.insert(name, document.license_spdx);
    }
    insta::assert_debug_snapshot!(licences);
    Ok(())
}

#[test]
fn real_versions_sort_as_the_registry_sorts_them() -> Result<()> {
    for name in COMPARED.into_iter().chain(["Flask-SQLAlchemy"]) {
        let project = read("pypi", name)?;
        let versions: Vec<&String> = object(&project["releases"])?.keys().collect();
        let mut expected: Vec<(pep440_rs::Version, String)> = Vec::new();
        for version in &versions {
            expected.push((
                version.parse()?,
                version_fields(VersionScheme::Pep440, version).order,
            ));
        }
        let mut sorted = expected.clone();
        expected.sort_by(|one, other| one.0.cmp(&other.0));
        sorted.sort_by(|one, other| one.1.cmp(&other.1));
        assert_eq!(sorted, expected, "{name}");
    }
    Ok(())
}

#[test]
fn without_text_the_summary_remains() -> Result<()> {
    let release = release(&read("pypi", "plone.api")?)?;
    let maintainers = ["ann".to_owned()];
    let context = Context {
        release_count: Some(3),
        maintainers: &maintainers,
        ..Context::default()
    };
    let slim = document(&release, &context).document;
    assert_eq!(slim.first_chapter, "A Plone API.");
    for text in [
        &slim.description,
        &slim.title,
        &slim.main_content,
        &slim.changelog,
    ] {
        assert_eq!(text, "");
    }
    assert_eq!(
        (slim.release_count, slim.maintainers.as_slice()),
        (None, &maintainers[..])
    );
    Ok(())
}

#[test]
fn hostile_metadata_costs_values_not_documents() -> Result<()> {
    let made = made_of(&json!({
        "name": "Evil\u{0}.Package",
        "version": 1.5,
        "summary": "<script>alert(1)</script> & \u{7}more",
        "author": {"name": "A"},
        "author_email": ["a@example.org", null, 3],
        "maintainer": true,
        "license": 42,
        "license_files": "LICENSE",
        "classifiers": "Framework :: Plone :: 6.0",
        "keywords": ["  one ", "", null, {"two": 2}, 3],
        "requires_dist": {"a": 1},
        "provides_extra": null,
        "requires_python": [">=3.8", ["<4"]],
        "home_page": " JavaScript:alert(1)",
        "docs_url": "https://docs.example.org",
        "download_url": "data:text/html,x",
        "project_urls": [["Source", "https://example.org"], "Home, javascript:x", 5],
        "description": ["# not", "text"],
        "description_content_type": "Text/Markdown; charset=UTF-8",
        "yanked": "broken",
        "yanked_reason": 0,
        "unknown": {"deep": [[[[[]]]]]},
    }))?;
    insta::assert_json_snapshot!(json!({
        "document": made.document,
        "notes": made.notes.iter().map(|note| format!("{} {}", note.field, note.reason)).collect::<Vec<_>>(),
    }));
    Ok(())
}

#[test]
fn every_json_type_in_every_field_makes_a_document() -> Result<()> {
    let fields = object(&serde_json::to_value(Document::default())?)?.clone();
    let values = [
        json!(null),
        json!(-1.5e300),
        json!(u64::MAX),
        json!(""),
        json!("x\u{0}\u{1b}[31m"),
        json!([]),
        json!([[], {}, null, 1, "x"]),
        json!({}),
        json!({"a": {"b": {"c": [{}]}}}),
        json!([["a", "https://b"], ["c"]]),
        json!(true),
    ];
    for value in values {
        let all: Map<String, Value> = fields
            .keys()
            .chain([&"description".to_owned()])
            .map(|field| (field.clone(), value.clone()))
            .collect();
        let release = Release {
            info: all.clone(),
            files: vec![all],
        };
        let document = serde_json::to_string(&transformed(&release).document)?;
        assert!(!document.contains("\\u00"), "{document}");
        let again: Document = serde_json::from_str(&document)?;
        assert!(again.facts.is_empty());
    }
    Ok(())
}

#[test]
fn enormous_values_are_cut() -> Result<()> {
    let long = "é".repeat(3 << 20);
    let many = vec![json!("x"); 100_000];
    let links: Map<String, Value> = (0..5_000)
        .map(|number| (number.to_string(), json!("https://example.org")))
        .collect();
    let made = made_of(&json!({
        "name": "large", "version": "1", "summary": long, "description": long, "classifiers": many,
        "project_urls": links, "home_page": long,
    }))?;
    let document = made.document;
    assert_eq!(document.classifiers.len(), 5_000);
    assert_eq!(document.project_urls.len(), 200);
    assert!(serde_json::to_string(&document)?.len() < 3 << 20);
    let noted: Vec<&str> = made.notes.iter().map(|note| note.field).collect();
    assert_eq!(
        noted,
        [
            "summary",
            "classifiers",
            "home_page",
            "project_urls",
            "description"
        ]
    );
    Ok(())
}

#[test]
fn files_keep_what_is_harmless() -> Result<()> {
    let release: Release = serde_json::from_value(json!({
        "info": {"name": "a", "version": "1"},
        "files": [
            {"url": "javascript:x", "filename": "a", "downloads": -1, "md5_digest": "0",
             "digests": {"md5": "1"}, "deep": [[[["x"]]]]},
            {"url": "https://example.org/a.whl", "core-metadata": false},
        ],
    }))?;
    let made = transformed(&release);
    assert_eq!(
        json!(made.document.urls),
        json!([
            {"filename": "a", "digests": {"md5": "1"}, "deep": [[[null]]]},
            {"url": "https://example.org/a.whl", "core-metadata": false},
        ])
    );
    let noted: Vec<&str> = made.notes.iter().map(|note| note.field).collect();
    assert_eq!(noted, ["urls", "upload_timestamp"]);
    Ok(())
}
