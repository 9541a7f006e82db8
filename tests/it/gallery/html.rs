//! A page that a test looks at.

use anyhow::{Context, Result, ensure};
use scraper::{ElementRef, Html, Selector};

use super::conformance::{parse, problems, text};

/// A page, held to be valid HTML.
#[derive(Debug)]
pub(crate) struct Page {
    html: Html,
    source: String,
}

impl Page {
    /// A whole page.
    pub(crate) fn read(source: &str) -> Result<Self> {
        Self::checked(source, false)
    }

    /// The part of a list that scripts ask for.
    pub(super) fn read_part(source: &str) -> Result<Self> {
        Self::checked(source, true)
    }

    fn checked(source: &str, is_part: bool) -> Result<Self> {
        let (html, mut found) = parse(source, is_part);
        found.extend(problems(&html, is_part));
        ensure!(found.is_empty(), "{}", found.join("\n"));
        Ok(Self {
            html,
            source: source.to_owned(),
        })
    }

    /// All elements that a selector finds.
    pub(crate) fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        let selector = Selector::parse(selector).expect("a selector");
        self.html.select(&selector).collect()
    }

    /// The only element that a selector finds.
    pub(super) fn one(&self, selector: &str) -> Result<ElementRef<'_>> {
        match self.all(selector).as_slice() {
            [only] => Ok(*only),
            found => anyhow::bail!("{} elements are `{selector}`", found.len()),
        }
    }

    /// The texts of what a selector finds, each on one line.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).into_iter().map(line).collect()
    }

    /// The text of the only element that a selector finds.
    pub(crate) fn text(&self, selector: &str) -> Result<String> {
        Ok(line(self.one(selector)?))
    }

    /// The values of an attribute, where it is there.
    pub(crate) fn values(&self, selector: &str, attribute: &str) -> Vec<&str> {
        let found = self.all(selector).into_iter();
        found
            .filter_map(|element| element.value().attr(attribute))
            .collect()
    }

    /// An attribute of the only element that a selector finds.
    pub(crate) fn value(&self, selector: &str, attribute: &str) -> Result<&str> {
        let element = self.one(selector)?;
        let value = element.value().attr(attribute);
        value.with_context(|| format!("`{selector}` has no `{attribute}`"))
    }

    /// Whether there is something.
    pub(crate) fn has(&self, selector: &str) -> bool {
        !self.all(selector).is_empty()
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }
}

/// The text of an element with single spaces.
fn line(element: ElementRef<'_>) -> String {
    let text = text(element);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
