//! The headings of a rendered README, and how to split it between them.
//!
//! Headings count at the top level and within elements that only group their content: `section`,
//! `div` and links. Headings within lists, block quotes or tables do not. A split within a group
//! closes the group and opens it again, so that each part is well-formed.

use std::borrow::Cow;

use crate::{
    plain::strip_tags,
    tokens::{Token, TokenKind, tokens},
};

/// Elements that only group their content.
const GROUP_ELEMENTS: [&str; 3] = ["section", "div", "a"];
/// How deep groups may be nested; headings in deeper ones do not count.
const MAX_GROUP_DEPTH: usize = 8;

/// A README without its outermost `section` tags, and its headings.
pub(crate) struct Outline<'h> {
    content_html: Cow<'h, str>,
    pub(crate) headings: Vec<Heading>,
    /// Whether there is nothing before the first heading.
    pub(crate) starts_with_heading: bool,
}

pub(crate) struct Heading {
    /// 1 to 6.
    pub(crate) level: u8,
    /// Its text; if it has none, the `alt` text of its images.
    pub(crate) title: String,
    pub(crate) split: SplitPoint,
}

/// A position between two elements.
#[derive(Clone, Default)]
pub(crate) struct SplitPoint {
    position: usize,
    /// The groups that are open there, outermost first.
    open: Vec<Group>,
}

#[derive(Clone)]
struct Group {
    start_tag: String,
    name: String,
    position: usize,
    /// Whether there is no content between its start and here.
    is_empty: bool,
}

impl Outline<'_> {
    pub(crate) fn parse(html: &str) -> Outline<'_> {
        let mut builder = OutlineBuilder {
            has_sections: html.contains("<section"),
            starts_with_heading: true,
            ..OutlineBuilder::default()
        };
        for token in tokens(html) {
            builder.read(&token);
        }
        let content_html = if builder.has_sections {
            Cow::Owned(builder.content_html)
        } else {
            Cow::Borrowed(html)
        };
        Outline {
            content_html,
            headings: builder.headings,
            starts_with_heading: builder.starts_with_heading,
        }
    }

    pub(crate) fn start() -> SplitPoint {
        SplitPoint::default()
    }

    pub(crate) fn end(&self) -> SplitPoint {
        SplitPoint {
            position: self.content_html.len(),
            open: Vec::new(),
        }
    }

    /// The HTML between two split points; empty if they are not in order.
    pub(crate) fn between(&self, from: &SplitPoint, to: &SplitPoint) -> String {
        let Some(content) = self
            .content_html
            .get(from.position..to.position)
            .filter(|content| !content.is_empty())
        else {
            return String::new();
        };
        let opened = from.open.iter().map(|group| group.start_tag.as_str());
        let closed = to
            .open
            .iter()
            .rev()
            .map(|group| format!("</{}>", group.name));
        opened
            .map(Cow::Borrowed)
            .chain([Cow::Borrowed(content)])
            .chain(closed.map(Cow::Owned))
            .collect()
    }
}

impl SplitPoint {
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.position < other.position
    }
}

#[derive(Default)]
struct OutlineBuilder {
    has_sections: bool,
    content_html: String,
    position: usize,
    headings: Vec<Heading>,
    starts_with_heading: bool,
    groups: Vec<Group>,
    /// Elements that are open within the innermost group.
    depth: usize,
    inside: Option<Heading>,
    images: String,
}

impl OutlineBuilder {
    fn read(&mut self, token: &Token<'_>) {
        let is_group = self.depth == 0 && GROUP_ELEMENTS.contains(&token.name);
        if is_group && token.name == "section" && self.groups.is_empty() {
            return;
        }
        match token.kind {
            TokenKind::Start if is_group && self.groups.len() < MAX_GROUP_DEPTH => {
                self.groups.push(Group {
                    start_tag: token.text.to_owned(),
                    name: token.name.to_owned(),
                    position: self.position,
                    is_empty: true,
                });
            }
            TokenKind::End if self.depth == 0 => {
                self.groups.pop();
            }
            TokenKind::Start => self.start(token),
            TokenKind::End => self.end_element(),
            TokenKind::Text | TokenKind::Hidden => self.add_content(token),
        }
        self.position += token.text.len();
        if self.has_sections {
            self.content_html.push_str(token.text);
        }
    }

    fn start(&mut self, token: &Token<'_>) {
        if let Some(level) = token.heading_level()
            && self.depth == 0
        {
            self.inside = Some(Heading {
                level,
                title: String::new(),
                split: self.split_point(),
            });
            self.images.clear();
        }
        self.add_content(token);
        if !token.is_void() {
            self.depth += 1;
        }
    }

    fn end_element(&mut self) {
        self.depth -= 1;
        if self.depth > 0 {
            return;
        }
        if let Some(mut heading) = self.inside.take() {
            let text = strip_tags(&heading.title);
            let text = match text.trim() {
                "" => strip_tags(&self.images).trim().to_owned(),
                text => text.to_owned(),
            };
            heading.title = text;
            self.headings.push(heading);
        }
    }

    /// Records content.
    fn add_content(&mut self, token: &Token<'_>) {
        if let Some(heading) = &mut self.inside {
            if token.is_text() {
                heading.title.push_str(token.text);
            } else if token.name == "img"
                && let Some((_, alt)) = token.text.split_once(" alt=\"")
            {
                self.images.push(' ');
                self.images
                    .push_str(alt.split('"').next().unwrap_or_default());
            }
        } else if self.headings.is_empty() {
            self.starts_with_heading &= token.text.trim().is_empty();
        }
        if !token.text.trim().is_empty() {
            for group in &mut self.groups {
                group.is_empty = false;
            }
        }
    }

    /// The split point before the next token, and before the groups that begin with it.
    fn split_point(&self) -> SplitPoint {
        let mut open = self.groups.clone();
        let mut position = self.position;
        while let Some(group) = open.pop_if(|group| group.is_empty) {
            position = group.position;
        }
        SplitPoint { position, open }
    }
}
