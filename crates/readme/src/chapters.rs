//! Splits a rendered README into title, first chapter, main content and changelog.

use crate::{
    changelog_titles::ProjectNames,
    outline::Outline,
    tokens::{Token, tokens},
};

/// The parts of a README; a missing part is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chapters {
    /// The text of the first heading, without markup; if it has none, the `alt` text of its images.
    pub title: String,
    /// HTML up to the second heading, or up to the first if there is content before it. Links and
    /// images are removed, but the text of links is kept.
    pub first_chapter: String,
    /// All HTML after the first chapter except the changelog.
    pub main_content: String,
    /// HTML from a heading such as "Changelog", "Release notes" or "1.0 (2020-01-01)" to the next
    /// heading of its level that does not belong to the changelog.
    pub changelog: String,
}

/// Splits HTML written by [`render`](crate::render). Headings may contain the `name` of the project:
/// with the name `acme`, "Acme changelog" is a changelog.
#[must_use]
pub fn chapters(html: &str, name: &str) -> Chapters {
    let outline = Outline::parse(html);
    let (start, end) = (Outline::start(), outline.end());
    let Some(first) = outline.headings.first() else {
        return Chapters {
            first_chapter: without_links(&outline.between(&start, &end)),
            ..Chapters::default()
        };
    };
    let second = match outline.headings.get(1) {
        _ if !outline.starts_with_heading => &first.split,
        Some(second) => &second.split,
        None => &end,
    };
    let names = ProjectNames::new(name, &first.title);
    let mut titles = outline.headings.iter().map(|heading| &heading.title);
    let changelog = titles
        .clone()
        .position(|title| names.match_changelog(title))
        .or_else(|| titles.position(|title| names.match_changes(title)));
    let (from, to) = match changelog {
        None => (&end, &end),
        Some(at) => {
            let level = outline.headings[at].level;
            let next = outline.headings[at + 1..]
                .iter()
                .find(|heading| heading.level <= level && !names.match_entry(&heading.title));
            (
                &outline.headings[at].split,
                next.map_or(&end, |next| &next.split),
            )
        }
    };
    let rest = if to.is_before(second) { second } else { to };
    Chapters {
        title: first.title.clone(),
        first_chapter: without_links(&outline.between(&start, second)),
        main_content: outline.between(second, from) + &outline.between(rest, &end),
        changelog: outline.between(from, to),
    }
}

fn without_links(html: &str) -> String {
    let is_kept = |token: &Token<'_>| !matches!(token.name, "a" | "img");
    tokens(html)
        .filter(is_kept)
        .map(|token| token.text)
        .collect()
}
