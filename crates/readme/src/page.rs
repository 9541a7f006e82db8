//! A README for a web page that makes no request to strangers: images become links, badges go, and
//! headings become a table of contents.
//!
//! The input should be HTML of [`render`](crate::render). It is sanitised once more, because documents
//! may come from another program. The output is valid where the input is not: no id stands twice, no
//! attribute or element is obsolete, no heading is more than one level below the one it belongs to, and
//! no link within the text leads nowhere.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::{Arguments, Write};
use std::ops::Range;

use ammonia::Url;

use crate::plain::{escape, strip_tags, visible_text};
use crate::sanitize;
use crate::tokens::{Token, TokenKind, tokens};

/// What becomes of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// A link with the image's text and host, which nobody fetches by looking.
    Linked,
    /// The image, fetched from the author's host when it comes into view.
    Loaded,
}

/// A README for a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageReadme {
    pub html: String,
    pub headings: Vec<Heading>,
    /// Whether the end is missing.
    pub is_cut: bool,
}

/// An entry of a table of contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 2 to 6.
    pub level: u8,
    /// The id to link to.
    pub id: String,
    pub text: String,
}

/// Hosts whose images are badges.
const BADGE_HOSTS: [&str; 16] = [
    "shields.io",
    "badge.fury.io",
    "badgen.net",
    "badges.gitter.im",
    "travis-ci.org",
    "travis-ci.com",
    "coveralls.io",
    "codecov.io",
    "circleci.com",
    "ci.appveyor.com",
    "snyk.io",
    "pepy.tech",
    "landscape.io",
    "requires.io",
    "scrutinizer-ci.com",
    "codeclimate.com",
];
/// Where links may lead.
const SCHEMES: [&str; 3] = ["https:", "http:", "mailto:"];
/// How a page links to what strangers have named.
const REL: &str = "nofollow ugc noopener";
/// Ids of headings that have none; an id from a README begins otherwise.
const OWN_ID: &str = "readme-";

/// Prepares a README's HTML for a page; what lies behind about `longest` bytes is cut,
/// between blocks where these are short enough.
#[must_use]
pub fn for_page(html: &str, images: Images, longest: usize) -> PageReadme {
    let html = &sanitize(html).unwrap_or_else(|| escape(html));
    let mut writer = Writer {
        images,
        html: String::with_capacity(html.len()),
        headings: Vec::new(),
        ids: HashSet::new(),
        own_ids: 0,
        inner_links: Vec::new(),
        open: Vec::new(),
        heading: None,
        above: Vec::new(),
        link_start: None,
    };
    let mut is_cut = false;
    for token in tokens(html) {
        let most = longest.saturating_add(longest / 4);
        let room = most.saturating_sub(writer.html.len());
        if token.kind == TokenKind::Text && token.text.len() > room {
            writer.html.push_str(beginning(token.text, room));
            is_cut = true;
            break;
        }
        let is_between_blocks = writer.open.is_empty() && token.kind == TokenKind::Start;
        let is_full = writer.html.len() > longest && is_between_blocks;
        if is_full || writer.html.len() > most {
            is_cut = true;
            break;
        }
        writer.write(&token);
    }
    writer.close_all();
    writer.drop_dead_links();
    PageReadme {
        html: writer.html,
        headings: writer.headings,
        is_cut,
    }
}

struct Writer<'h> {
    images: Images,
    html: String,
    headings: Vec<Heading>,
    ids: HashSet<String>,
    /// The number in the last id of our own.
    own_ids: usize,
    /// Where links within the page have their `href`, and the ids that they lead to.
    inner_links: Vec<(Range<usize>, &'h str)>,
    /// Elements whose end has not come, by the names they are written with.
    open: Vec<Cow<'h, str>>,
    /// The level and id of the heading that is open, and where its content begins.
    heading: Option<(u8, String, usize)>,
    /// The levels, as the author chose them, of the headings that the next one may belong to.
    above: Vec<u8>,
    /// Where the link begins that is open.
    link_start: Option<usize>,
}

impl<'h> Writer<'h> {
    fn write(&mut self, token: &Token<'h>) {
        match token.kind {
            TokenKind::Text => self.html.push_str(token.text),
            TokenKind::Hidden => {}
            TokenKind::Start => self.start(token),
            TokenKind::End => self.end(token),
        }
    }

    fn start(&mut self, token: &Token<'h>) {
        match token.name {
            "img" => return self.image(token),
            "input" => {
                // A box of a task list.
                let is_checked = attributes(token.text).any(|(name, _)| name == "checked");
                self.html.push_str(if is_checked { "☑" } else { "☐" });
                return;
            }
            "picture" | "source" => return,
            "a" => self.link_start = Some(self.html.len()),
            "table" => self.html.push_str("<div class=\"table\" tabindex=\"0\">"),
            _ => {}
        }
        let level = token.heading_level().map(|level| self.page_level(level));
        let name = match level {
            Some(level) => Cow::Owned(format!("h{level}")),
            None => modern_name(token.name),
        };
        let mut classes = Vec::new();
        let mut id = None;
        let mut inner_link = None;
        let mut written = String::new();
        for (attribute, value) in attributes(token.text) {
            match attribute {
                "id" => id = Some(value),
                "href" if value.starts_with('#') => inner_link = value.get(1..),
                // A path would be one of the page's own host.
                "href" if !SCHEMES.iter().any(|scheme| has_scheme(value, scheme)) => {}
                "href" => written.extend([" href=\"", value, "\" rel=\"", REL, "\""]),
                "class" => classes.push(Cow::Borrowed(value)),
                "align" if matches!(value, "left" | "right" | "center") => {
                    classes.push(Cow::Owned(format!("align-{value}")));
                }
                "align" | "lang" | "rel" => {}
                _ => {
                    written.extend([" ", attribute, "=\"", value, "\""]);
                }
            }
        }
        let mut id = id
            .filter(|id| !id.is_empty() && !id.contains(char::is_whitespace))
            .filter(|id| self.ids.insert((*id).to_owned()))
            .map(str::to_owned);
        if level.is_some() && id.is_none() {
            // A heading without a text has an id, too, and is not listed.
            self.own_ids = (self.headings.len() + 1).max(self.own_ids + 1);
            let own = format!("{OWN_ID}{}", self.own_ids);
            self.ids.insert(own.clone());
            id = Some(own);
        }
        self.push(format_args!("<{name}"));
        if let Some(id) = &id {
            self.push(format_args!(" id=\"{id}\""));
        }
        if !classes.is_empty() {
            self.push(format_args!(" class=\"{}\"", classes.join(" ")));
        }
        if let Some(target) = inner_link {
            let start = self.html.len();
            self.push(format_args!(" href=\"#{target}\""));
            self.inner_links.push((start..self.html.len(), target));
        }
        self.html.push_str(&written);
        if name == "pre" {
            // So that long lines can be read with the keyboard.
            self.html.push_str(" tabindex=\"0\"");
        }
        self.html.push('>');
        if let (Some(level), Some(id)) = (level, id) {
            self.heading = Some((level, id, self.html.len()));
        }
        if !token.is_void() {
            self.open.push(name);
        }
    }

    /// The level of a heading on the page, whose own is the first: one below the heading that it
    /// belongs to, however many levels the author left out.
    fn page_level(&mut self, level: u8) -> u8 {
        while self.above.last().is_some_and(|above| *above >= level) {
            self.above.pop();
        }
        self.above.push(level);
        // There are no more than six levels.
        u8::try_from(self.above.len()).map_or(6, |depth| (depth + 1).min(6))
    }

    fn end(&mut self, token: &Token<'h>) {
        let name = match (&self.heading, token.heading_level()) {
            (Some((level, _, _)), Some(_)) => Cow::Owned(format!("h{level}")),
            _ => modern_name(token.name),
        };
        if matches!(&*name, "picture" | "img" | "source") || self.open.last() != Some(&name) {
            return;
        }
        self.open.pop();
        if name == "a"
            && let Some(start) = self.link_start.take()
            && visible_text(self.html.get(start..).unwrap_or_default())
                .trim()
                .is_empty()
        {
            // It held a badge. An anchor keeps its name.
            let has_id = self
                .html
                .get(start..)
                .is_some_and(|link| link.starts_with("<a id="));
            if !has_id {
                self.html.truncate(start);
                while self
                    .inner_links
                    .last()
                    .is_some_and(|(range, _)| range.end > start)
                {
                    self.inner_links.pop();
                }
                return;
            }
        }
        if token.heading_level().is_some()
            && let Some((level, id, start)) = self.heading.take()
        {
            let text = visible_text(self.html.get(start..).unwrap_or_default());
            let text = text.trim().to_owned();
            if !text.is_empty() {
                // As it is once a browser has read the attribute.
                let id = strip_tags(&id.replace("&quot;", "\""));
                self.headings.push(Heading { level, id, text });
            }
        }
        self.push(format_args!("</{name}>"));
        if name == "table" {
            self.html.push_str("</div>");
        }
    }

    fn push(&mut self, text: Arguments<'_>) {
        // Writing to a text never fails.
        let _ = self.html.write_fmt(text);
    }

    fn close_all(&mut self) {
        while let Some(name) = self.open.pop() {
            self.push(format_args!("</{name}>"));
            if name == "table" {
                self.html.push_str("</div>");
            }
        }
    }

    /// Takes the address of links to ids that the page does not have; their text stays.
    fn drop_dead_links(&mut self) {
        let ids: HashSet<Option<String>> = self.ids.iter().map(|id| fragment(id)).collect();
        let mut html = String::with_capacity(self.html.len());
        let mut copied = 0;
        for (range, target) in &self.inner_links {
            if !ids.contains(&fragment(target)) {
                html.push_str(self.html.get(copied..range.start).unwrap_or_default());
                copied = range.end;
            }
        }
        html.push_str(self.html.get(copied..).unwrap_or_default());
        self.html = html;
    }

    fn image(&mut self, token: &Token<'h>) {
        let value = |wanted: &str| {
            let mut found = attributes(token.text).filter(|(name, _)| *name == wanted);
            found.next().map_or("", |(_, value)| value)
        };
        let (source, text) = (value("src"), value("alt"));
        let host = host_of(source);
        let Some(host) = host.filter(|host| !is_badge(host, source)) else {
            return;
        };
        if self.images == Images::Loaded {
            self.push(format_args!("<img src=\"{source}\" alt=\"{text}\""));
            for name in ["width", "height"] {
                let size = value(name);
                if !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit()) {
                    self.push(format_args!(" {name}=\"{size}\""));
                }
            }
            self.html
                .push_str(" loading=\"lazy\" referrerpolicy=\"no-referrer\">");
            return;
        }
        let label = match text.trim() {
            "" => format!("image ({})", escape(host)),
            text => format!("image: {text} ({})", escape(host)),
        };
        if self.link_start.is_some() {
            self.push(format_args!("<span class=\"image\">{label}</span>"));
        } else {
            self.push(format_args!(
                "<a class=\"image\" href=\"{source}\" rel=\"{REL}\">{label}</a>"
            ));
        }
    }
}

/// The first `longest` bytes of an escaped text, without half a character reference.
fn beginning(text: &str, longest: usize) -> &str {
    let cut = text.get(..text.floor_char_boundary(longest));
    let cut = cut.unwrap_or_default();
    match cut.rfind('&') {
        Some(start) if !cut[start..].contains(';') => &cut[..start],
        _ => cut,
    }
}

/// An id as it stands in an address.
fn fragment(id: &str) -> Option<String> {
    let mut url = Url::parse("readme:").ok()?;
    url.set_fragment(Some(id));
    url.fragment().map(str::to_owned)
}

/// Elements that a page has no place for, as those in their place.
fn modern_name(name: &str) -> Cow<'_, str> {
    match name {
        "acronym" => Cow::Borrowed("abbr"),
        "tt" => Cow::Borrowed("code"),
        other => Cow::Borrowed(other),
    }
}

fn has_scheme(address: &str, scheme: &str) -> bool {
    let start = address.get(..scheme.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// The host of an absolute address of the web.
fn host_of(address: &str) -> Option<&str> {
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (!host.is_empty()).then_some(host)
}

fn is_badge(host: &str, address: &str) -> bool {
    let is_known = BADGE_HOSTS.iter().any(|known| {
        host == *known
            || host
                .strip_suffix(known)
                .is_some_and(|start| start.ends_with('.'))
    });
    let path = address.split(['?', '#']).next().unwrap_or_default();
    is_known
        || path.contains("badge")
        || path.ends_with("/status.svg")
        || path.ends_with("/build.svg")
}

/// Names and values of the attributes of a tag that the sanitiser has written.
fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = tag
        .find(|character: char| character.is_ascii_whitespace())
        .and_then(|at| tag.get(at..))
        .unwrap_or_default();
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        rest = after;
        // An attribute without a value would be in front of the name.
        Some((name.rsplit(' ').next().unwrap_or(name), value))
    })
}

#[cfg(test)]
mod tests;
