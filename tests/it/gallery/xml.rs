//! XML as a tree, read without mercy.

use anyhow::{Context, Result, bail, ensure};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// An element with what is inside it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Element {
    /// With its prefix, as written.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// Reads a document: declared as UTF-8, well-formed, without a character that XML forbids.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        ensure!(
            text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"),
            "no declaration"
        );
        if let Some(bad) = text.chars().find(|character| is_forbidden(*character)) {
            bail!("the character {bad:?}");
        }
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = true;
        config.check_comments = true;
        config.allow_unmatched_ends = false;
        config.allow_dangling_amp = false;
        let mut open: Vec<Self> = vec![Self::default()];
        loop {
            match reader.read_event()? {
                Event::Start(start) => open.push(Self::begin(&start)?),
                Event::Empty(start) => {
                    let element = Self::begin(&start)?;
                    open.last_mut().context("a parent")?.children.push(element);
                }
                Event::End(_) => {
                    let element = open.pop().context("an element")?;
                    open.last_mut().context("a parent")?.children.push(element);
                }
                Event::Text(text) => {
                    let parent = open.last_mut().context("a parent")?;
                    parent.text.push_str(&text.xml10_content());
                }
                Event::GeneralRef(reference) => {
                    let parent = open.last_mut().context("a parent")?;
                    match reference.resolve_char_ref()? {
                        Some(character) => {
                            ensure!(!is_forbidden(character), "a reference to {character:?}");
                            parent.text.push(character);
                        }
                        None => parent.text.push_str(match &*reference {
                            "lt" => "<",
                            "gt" => ">",
                            "amp" => "&",
                            "quot" => "\"",
                            "apos" => "'",
                            other => bail!("the entity {other}"),
                        }),
                    }
                }
                Event::Decl(_) => {}
                Event::Eof => break,
                other => bail!("unexpected: {other:?}"),
            }
        }
        let root = open.pop().context("a document")?;
        ensure!(open.is_empty(), "elements stay open");
        ensure!(root.text.trim().is_empty(), "text outside: {}", root.text);
        match root.children.as_slice() {
            [only] => Ok(only.clone()),
            others => bail!("{} roots", others.len()),
        }
    }

    fn begin(start: &BytesStart<'_>) -> Result<Self> {
        let mut element = Self {
            name: start.name().as_ref().to_owned(),
            ..Self::default()
        };
        for attribute in start.attributes() {
            let attribute = attribute?;
            let name = attribute.key.as_ref().to_owned();
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)?
                .into_owned();
            ensure!(!value.contains(is_forbidden), "{name}={value:?}");
            element.attributes.push((name, value));
        }
        Ok(element)
    }

    /// An attribute; empty if it is not there.
    pub(super) fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(one, _)| one == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The children of this name.
    pub(super) fn children(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The only child of this name.
    pub(super) fn child(&self, name: &str) -> Result<&Self> {
        let found: Vec<&Self> = self.children(name).collect();
        match found.as_slice() {
            [only] => Ok(only),
            _ => bail!("{} has {} children `{name}`", self.name, found.len()),
        }
    }

    /// All elements of this name, however deep.
    pub(crate) fn all(&self, name: &str) -> Vec<&Self> {
        let mut found: Vec<&Self> = Vec::new();
        for child in &self.children {
            if child.name == name {
                found.push(child);
            }
            found.extend(child.all(name));
        }
        found
    }
}

/// Whether XML 1.0 has no place for a character, escaped or not.
fn is_forbidden(character: char) -> bool {
    !matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
