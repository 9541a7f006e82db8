//! The headings of a rendered README, and how to cut it between them.
//!
//! Headings count at the top and within the elements that only group their content: `section`, `div`
//! and links. Headings within lists, quotations or tables belong to their content. A cut within a
//! group closes the group before it and opens it again behind it, so each part is well-formed.

use std::borrow::Cow;

use crate::{
    plain::strip_tags,
    tokens::{Kind, Token, tokens},
};

/// Elements that only group what is in them.
const GROUPS: [&str; 3] = ["section", "div", "a"];
/// Groups within groups; headings further in belong to their content.
const DEEPEST_GROUP: usize = 8;

/// A README without its outermost `section` tags, and its headings.
pub(crate) struct Outline<'h> {
    flow: Cow<'h, str>,
    pub(crate) headings: Vec<Heading>,
    /// Nothing is shown before the first heading.
    pub(crate) starts_with_heading: bool,
}

pub(crate) struct Heading {
    /// 1 to 6.
    pub(crate) level: u8,
    /// Its text, or that of its images where it has none.
    pub(crate) title: String,
    pub(crate) cut: Cut,
}

/// A place between two elements.
#[derive(Clone, Default)]
pub(crate) struct Cut {
    position: usize,
    /// The groups that are open here, outermost first.
    open: Vec<Group>,
}

#[derive(Clone)]
struct Group {
    start_tag: String,
    name: String,
    position: usize,
    /// Nothing is shown between its start and here.
    is_empty: bool,
}

impl Outline<'_> {
    pub(crate) fn of(html: &str) -> Outline<'_> {
        let mut reader = Reader {
            has_sections: html.contains("<section"),
            starts_with_heading: true,
            ..Reader::default()
        };
        for token in tokens(html) {
            reader.read(&token);
        }
        let flow = if reader.has_sections {
            Cow::Owned(reader.flow)
        } else {
            Cow::Borrowed(html)
        };
        Outline {
            flow,
            headings: reader.headings,
            starts_with_heading: reader.starts_with_heading,
        }
    }

    pub(crate) fn start() -> Cut {
        Cut::default()
    }

    pub(crate) fn end(&self) -> Cut {
        Cut {
            position: self.flow.len(),
            open: Vec::new(),
        }
    }

    /// The HTML between two cuts; nothing if they are not in order.
    pub(crate) fn between(&self, from: &Cut, to: &Cut) -> String {
        let Some(content) = self
            .flow
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

impl Cut {
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.position < other.position
    }
}

#[derive(Default)]
struct Reader {
    has_sections: bool,
    flow: String,
    position: usize,
    headings: Vec<Heading>,
    starts_with_heading: bool,
    groups: Vec<Group>,
    /// Elements that are open within the innermost group.
    depth: usize,
    inside: Option<Heading>,
    images: String,
}

impl Reader {
    fn read(&mut self, token: &Token<'_>) {
        let is_group = self.depth == 0 && GROUPS.contains(&token.name);
        if is_group && token.name == "section" && self.groups.is_empty() {
            return;
        }
        match token.kind {
            Kind::Start if is_group && self.groups.len() < DEEPEST_GROUP => {
                self.groups.push(Group {
                    start_tag: token.text.to_owned(),
                    name: token.name.to_owned(),
                    position: self.position,
                    is_empty: true,
                });
            }
            Kind::End if self.depth == 0 => {
                self.groups.pop();
            }
            Kind::Start => self.start(token),
            Kind::End => self.end_element(),
            Kind::Text | Kind::Hidden => self.show(token),
        }
        self.position += token.text.len();
        if self.has_sections {
            self.flow.push_str(token.text);
        }
    }

    fn start(&mut self, token: &Token<'_>) {
        if let Some(level) = token.heading_level()
            && self.depth == 0
        {
            self.inside = Some(Heading {
                level,
                title: String::new(),
                cut: self.cut(),
            });
            self.images.clear();
        }
        self.show(token);
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

    /// Takes note of what is shown here.
    fn show(&mut self, token: &Token<'_>) {
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

    /// The cut before what comes next: before the groups that begin with it.
    fn cut(&self) -> Cut {
        let mut open = self.groups.clone();
        let mut position = self.position;
        while let Some(group) = open.pop_if(|group| group.is_empty) {
            position = group.position;
        }
        Cut { position, open }
    }
}
