//! What search engines read about a package: JSON-LD inside the page.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::model::{Document, RegistryKind};

use super::facts;
use super::link::web_address;
use crate::web::gallery::plain_text::shown_json;

/// Bytes of a text, and entries of a list, that are worth telling.
const LONGEST_TEXT: usize = 2_000;
const MOST_ENTRIES: usize = 50;

/// What authors call the link to their source, in lower case and letters alone.
const REPOSITORY_LABELS: [&str; 6] = [
    "repository",
    "source",
    "sourcecode",
    "code",
    "github",
    "gitlab",
];

/// JSON that can stand inside a `<script>` element: no sequence of it means anything to HTML.
#[must_use]
pub fn embed(mut value: Value) -> String {
    shown_json(&mut value);
    let mut text = String::new();
    for character in value.to_string().chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a text never fails.
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            other => text.push(other),
        }
    }
    text
}

/// A package, by the vocabulary of schema.org.
#[must_use]
pub fn package(document: &Document, address: &str) -> Value {
    let mut value = json!({
        "@context": "https://schema.org",
        "@type": "SoftwareSourceCode",
        "name": document.name,
        "version": document.version,
        "description": cut(&document.summary),
        "url": address,
        "programmingLanguage": language(document),
    });
    let mut set = |key: &str, content: Value| {
        if let Some(object) = value.as_object_mut() {
            object.insert(key.to_owned(), content);
        }
    };
    if let Some(repository) = repository(document) {
        set("codeRepository", json!(repository));
    }
    // A single identifier has a page; an expression has none.
    if !document.license_spdx.is_empty() && !document.license_spdx.contains(' ') {
        set(
            "license",
            json!(format!(
                "https://spdx.org/licenses/{}",
                document.license_spdx
            )),
        );
    }
    if !document.keywords.is_empty() {
        let keywords = document.keywords.iter().take(MOST_ENTRIES);
        set("keywords", keywords.map(|keyword| cut(keyword)).collect());
    }
    if !document.maintainers.is_empty() {
        let people: Vec<Value> = document
            .maintainers
            .iter()
            .take(MOST_ENTRIES)
            .map(|name| json!({"@type": "Person", "name": cut(name)}))
            .collect();
        set("maintainer", Value::Array(people));
    }
    if let Some(date) =
        super::format::Moment::new(document.upload_timestamp, document.upload_timestamp)
    {
        set("dateModified", json!(date.iso));
    }
    if !document.python_versions.is_empty() {
        let versions = super::release::python_ranges(&document.python_versions).join(", ");
        set("runtimePlatform", json!(format!("Python {versions}")));
    }
    value
}

fn language(document: &Document) -> &'static str {
    if RegistryKind::Npm.is_named_by(&document.registry) {
        "JavaScript"
    } else {
        "Python"
    }
}

/// Where the source is: what GitHub says, or a link that the authors call so.
fn repository(document: &Document) -> Option<String> {
    let known = web_address(facts::text(document, "github_url"));
    known.or_else(|| {
        let named = document.project_urls.iter().find(|(label, _)| {
            let letters = label.chars().filter(char::is_ascii_alphabetic);
            let label = letters.collect::<String>().to_ascii_lowercase();
            REPOSITORY_LABELS.contains(&label.as_str())
        });
        web_address(named?.1)
    })
}

fn cut(text: &str) -> &str {
    let end = text.floor_char_boundary(LONGEST_TEXT);
    text.get(..end).unwrap_or_default()
}

/// The start page: the site and its search.
#[must_use]
pub fn site(name: &str, address: &str, search: &str) -> Value {
    json!({
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": name,
        "url": address,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": search},
            "query-input": "required name=search_term_string",
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{embed, package};
    use crate::model::Document;

    #[test]
    fn the_source_is_where_github_or_the_authors_say() {
        let mut document = Document {
            project_urls: [
                (
                    "Changes".to_owned(),
                    "https://example.org/changes".to_owned(),
                ),
                (
                    "Source Code".to_owned(),
                    "https://example.org/code".to_owned(),
                ),
            ]
            .into(),
            ..Document::default()
        };
        let source = |document: &Document| package(document, "")["codeRepository"].clone();
        assert_eq!(source(&document), json!("https://example.org/code"));
        let github = "https://github.com/example/code";
        document
            .facts
            .insert("github_url".to_owned(), json!(github));
        assert_eq!(source(&document), json!(github));
        assert_eq!(source(&Document::default()), json!(null));
    }

    #[test]
    fn nothing_in_it_ends_the_element() -> serde_json::Result<()> {
        let document = Document {
            summary: "</script><!-- & \u{2028}".to_owned(),
            ..Document::default()
        };
        let text = embed(package(&document, "https://example.org/"));
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let read: Value = serde_json::from_str(&text)?;
        assert_eq!(read["description"], json!("</script><!-- & "));
        Ok(())
    }
}
