//! Splits a rendered README into title, first chapter, main content and changelog.

use crate::{
    changelog_titles::ProjectNames,
    outline::{Heading, Outline},
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
                &outline.headings[first_entry(&outline.headings, at, &names)].split,
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

/// The first heading of the changelog whose title is the heading `at`. Tools that collect changes put the
/// newest entries above that title, with headings of their own below each of them.
fn first_entry(headings: &[Heading], at: usize, names: &ProjectNames) -> usize {
    let mut first = at;
    let mut highest_between = u8::MAX;
    for (position, heading) in headings[..at].iter().enumerate().rev() {
        if !names.is_dated_version(&heading.title) {
            highest_between = highest_between.min(heading.level);
        } else if heading.level < highest_between {
            first = position;
            highest_between = u8::MAX;
        } else {
            break;
        }
    }
    first
}

fn without_links(html: &str) -> String {
    let is_kept = |token: &Token<'_>| !matches!(token.name, "a" | "img");
    tokens(html)
        .filter(is_kept)
        .map(|token| token.text)
        .collect()
}
