//! Compares the rendering of real READMEs with that of docutils and `readme_renderer`.
//!
//! `expected/make` regenerates the expected HTML; the tests need no Python. They compare the visible
//! text, ignoring blanks, and the sequence of headings, links, images, list items, table cells and
//! code blocks.

#![expect(clippy::unwrap_used, reason = "the data is the project's own")]

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
};

use flate2::read::GzDecoder;
use pyfa_readme::{Format, render, strip_tags};
use serde::{Deserialize, de::DeserializeOwned};

/// READMEs that are rendered differently, with the reason.
const DIFFERENT: [(&str, &str); 0] = [];

#[derive(Deserialize)]
struct Readme {
    name: String,
    version: String,
    licence: String,
    text: String,
}

#[derive(Deserialize)]
struct Expected {
    name: String,
    html: String,
}

fn read<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected");
    let file = std::fs::File::open(folder.join(file)).unwrap();
    BufReader::new(GzDecoder::new(file))
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

/// The tags of sanitised HTML, each with the text that follows it.
fn pieces(html: &str) -> impl Iterator<Item = (&str, &str)> {
    html.split('<').map(|piece| {
        let mut quoted = false;
        let end = piece.bytes().position(|byte| {
            quoted ^= byte == b'"';
            byte == b'>' && !quoted
        });
        end.map_or(("", piece), |end| (&piece[..end], &piece[end + 1..]))
    })
}

fn name(tag: &str) -> &str {
    let tag = tag.trim_start_matches('/');
    tag.split([' ', '>']).next().unwrap_or_default()
}

/// The visible words, separated at block boundaries.
fn words(html: &str) -> Vec<String> {
    const INLINE: [&str; 14] = [
        "a", "abbr", "cite", "code", "em", "i", "b", "kbd", "span", "strong", "sub", "sup", "var",
        "tt",
    ];
    let mut text = String::new();
    for (tag, following) in pieces(html) {
        if !tag.is_empty() && name(tag) != "img" && !INLINE.contains(&name(tag)) {
            text.push(' ');
        }
        text.push_str(&strip_tags(following));
    }
    text.split_whitespace().map(str::to_owned).collect()
}

fn attribute<'t>(tag: &'t str, name: &str) -> &'t str {
    let start = format!(" {name}=\"");
    tag.split_once(&start)
        .and_then(|(_, rest)| rest.split('"').next())
        .unwrap_or_default()
}

/// The sequence of headings, links, images, list items, cells and code blocks. Headings are lowered
/// by `lower` levels.
fn sequence(html: &str, lower: usize) -> Vec<String> {
    let parts = pieces(html).filter_map(|(tag, _)| match name(tag) {
        _ if tag.starts_with('/') => None,
        "a" if tag.contains(" href=") => {
            let href = attribute(tag, "href");
            Some(format!("a {}", href.replacen("user-content-", "", 1)))
        }
        "img" => Some(format!(
            "img {} {}",
            attribute(tag, "src"),
            attribute(tag, "alt")
        )),
        heading @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
            let level: usize = heading[1..].parse().unwrap();
            Some(format!("h{}", (level + lower).min(6)))
        }
        part @ ("li" | "td" | "th" | "pre") => Some(part.to_owned()),
        _ => None,
    });
    parts.collect()
}

fn first_difference(ours: &[String], theirs: &[String]) -> String {
    let at = ours
        .iter()
        .zip(theirs)
        .position(|(one, other)| one != other)
        .unwrap_or(ours.len().min(theirs.len()));
    let near = |all: &[String]| {
        let end = all.len().min(at + 8);
        all[at.saturating_sub(4).min(end)..end].join(" ")
    };
    format!("ours:   {}\n    theirs: {}", near(ours), near(theirs))
}

#[test]
fn real_readmes_are_rendered_like_docutils_does() {
    let readmes: Vec<Readme> = read("readmes.jsonl.gz");
    let expected: Vec<Expected> = read("html.jsonl.gz");
    assert!(readmes.len() >= 50 && readmes.len() == expected.len());
    let (mut same_text, mut same_parts) = (0, 0);
    let mut different = Vec::new();
    for (readme, expected) in readmes.iter().zip(&expected) {
        assert_eq!(readme.name, expected.name);
        assert!(!readme.version.is_empty() && !readme.licence.is_empty());
        let rendered = render(&readme.text, Some("text/x-rst"), 1 << 22);
        assert!(!rendered.as_written, "{}", readme.name);
        assert_eq!(rendered.format, Format::ReStructuredText, "{}", readme.name);
        let (ours, theirs) = (words(&rendered.html), words(&expected.html));
        let parts = (sequence(&rendered.html, 0), sequence(&expected.html, 1));
        same_text += usize::from(ours == theirs);
        same_parts += usize::from(parts.0 == parts.1);
        if ours != theirs {
            different.push((&*readme.name, first_difference(&ours, &theirs)));
        } else if parts.0 != parts.1 {
            different.push((&*readme.name, first_difference(&parts.0, &parts.1)));
        }
    }
    let count = readmes.len();
    let unexplained: Vec<String> = different
        .iter()
        .filter(|(name, _)| !DIFFERENT.iter().any(|(known, _)| known == name))
        .map(|(name, difference)| format!("{name}:\n    {difference}"))
        .collect();
    assert!(unexplained.is_empty(), "\n{}", unexplained.join("\n"));
    for (known, reason) in DIFFERENT {
        assert!(
            different.iter().any(|(name, _)| *name == known),
            "{known} comes out the same; \"{reason}\" is no longer needed"
        );
    }
    assert!(same_text * 100 >= count * 98, "{same_text} of {count}");
    assert!(same_parts * 100 >= count * 95, "{same_parts} of {count}");
}
