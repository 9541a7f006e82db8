//! Cuts a rendered README into title, first chapter, main content and changelog.

use std::borrow::Cow;

use crate::{
    plain::strip_tags,
    tokens::{Kind, Token, tokens},
};

/// The parts of a README; a part that is not there is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chapters {
    /// The text of the first heading, without markup.
    pub title: String,
    /// HTML up to the second heading, or up to the first where something stands before it.
    /// Links and images are removed, the text of links stays.
    pub first_chapter: String,
    /// HTML from there to the changelog or the end.
    pub main_content: String,
    /// HTML from a heading such as "Changelog", "Release notes" or "1.0 (2020-01-01)" to the end.
    pub changelog: String,
}

/// Cuts `html`, as [`render`](crate::render) has written it.
///
/// Only headings at the top count, those within `section` elements included; headings within
/// other elements belong to their content. Whatever stands outside elements stays in place.
#[must_use]
pub fn chapters(html: &str) -> Chapters {
    let (flow, headings, starts_with_heading) = outline(html);
    let Some(first) = headings.first() else {
        return Chapters {
            first_chapter: without_links(&flow),
            ..Chapters::default()
        };
    };
    let end_of_first_chapter = match headings.get(1) {
        _ if !starts_with_heading => first.start,
        Some(second) => second.start,
        None => flow.len(),
    };
    let changelog = headings.iter().find(|heading| is_changelog(&heading.title));
    let start_of_changelog = changelog.map_or(flow.len(), |heading| heading.start);
    let main_content = flow.get(end_of_first_chapter..start_of_changelog);
    Chapters {
        title: first.title.clone(),
        first_chapter: without_links(&flow[..end_of_first_chapter]),
        main_content: main_content.unwrap_or_default().to_owned(),
        changelog: flow[start_of_changelog..].to_owned(),
    }
}

struct Heading {
    /// Where its start tag begins in the flow.
    start: usize,
    title: String,
}

impl Heading {
    fn with_plain_title(self) -> Self {
        Self {
            title: strip_tags(&self.title).trim().to_owned(),
            ..self
        }
    }
}

/// The content without its outermost `section` tags, the headings at its top, and whether it
/// starts with one.
fn outline(html: &str) -> (Cow<'_, str>, Vec<Heading>, bool) {
    let has_sections = html.contains("<section");
    let mut flow = String::with_capacity(if has_sections { html.len() } else { 0 });
    let mut headings: Vec<Heading> = Vec::new();
    let mut starts_with_heading = true;
    let mut depth = 0_usize;
    let mut position = 0;
    let mut inside: Option<Heading> = None;
    for token in tokens(html) {
        if depth == 0 && token.name == "section" {
            continue;
        }
        if let Some(heading) = &mut inside
            && token.is_text()
        {
            heading.title.push_str(token.text);
        } else if depth == 0 && headings.is_empty() && token.heading_level().is_none() {
            starts_with_heading &= token.text.trim().is_empty();
        }
        match token.kind {
            Kind::Start if !token.is_void() => {
                if depth == 0 && token.heading_level().is_some() {
                    inside = Some(Heading {
                        start: position,
                        title: String::new(),
                    });
                }
                depth += 1;
            }
            Kind::End => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    headings.extend(inside.take().map(Heading::with_plain_title));
                }
            }
            _ => {}
        }
        position += token.text.len();
        if has_sections {
            flow.push_str(token.text);
        }
    }
    let flow = if has_sections {
        Cow::Owned(flow)
    } else {
        Cow::Borrowed(html)
    };
    (flow, headings, starts_with_heading)
}

/// Whether a heading announces the history of changes, or is a version in it.
fn is_changelog(title: &str) -> bool {
    let words: Vec<String> = title
        .trim_end_matches([':', '.', '…', ' '])
        .split_whitespace()
        .map(|word| word.to_lowercase().replace('’', "'"))
        .collect();
    matches!(
        words.join(" ").as_str(),
        "changelog"
            | "changelogs"
            | "change log"
            | "change-log"
            | "change history"
            | "changes"
            | "history"
            | "history of changes"
            | "latest changes"
            | "list of changes"
            | "news"
            | "recent changes"
            | "release"
            | "release history"
            | "release log"
            | "release notes"
            | "releasenotes"
            | "releases"
            | "revision history"
            | "what's new"
            | "what'snew"
            | "whats new"
            | "whatsnew"
            | "version"
            | "version history"
            | "versions"
    ) || is_version(&words)
}

/// Whether words are a version, perhaps with a date or a state: `1.0 (2020-01-01)`, `v2.1rc1`,
/// `Version 3.0 - unreleased`.
fn is_version(words: &[String]) -> bool {
    let mut words = words.iter().map(String::as_str).peekable();
    let named = words
        .next_if(|word| matches!(*word, "version" | "release" | "v" | "v."))
        .is_some();
    let Some(version) = words.next() else {
        return false;
    };
    let version = version.trim_start_matches(['v', '[']);
    let version = version.trim_end_matches([']', ',', ':']);
    let numbers = version.split('.').take_while(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0
            && part[digits..]
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric())
    });
    let count = numbers.count();
    let only_numbers = version
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte));
    if !only_numbers || count < if named { 1 } else { 2 } {
        return false;
    }
    words.all(|word| {
        let word = word.trim_matches(['(', ')', '[', ']', ',', '-', '–', '—', '/', ':', '.']);
        let is_date = word.bytes().any(|byte| byte.is_ascii_digit());
        let is_state = matches!(
            word,
            "" | "unreleased"
                | "released"
                | "not"
                | "yet"
                | "final"
                | "dev"
                | "alpha"
                | "beta"
                | "on"
        );
        let is_month = word.len() >= 3
            && [
                "january",
                "february",
                "march",
                "april",
                "may",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
            ]
            .iter()
            .any(|month| month.starts_with(word));
        is_date || is_state || is_month
    })
}

fn without_links(html: &str) -> String {
    let is_kept = |token: &Token<'_>| !matches!(token.name, "a" | "img");
    tokens(html)
        .filter(is_kept)
        .map(|token| token.text)
        .collect()
}
