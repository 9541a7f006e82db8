//! Writes what leads elsewhere: references, notes, images, substitutions, tables of contents.
//!
//! A reference to something that is not there is written as its text.

use std::fmt::Write as _;

use super::{
    smart::push_escaped,
    tree::{Id, Image, Kind},
    writer::Writer,
};

/// Substitutions in substitutions.
const DEEPEST_SUBSTITUTION: usize = 16;

impl<'p> Writer<'p> {
    pub(super) fn note(&mut self, id: Id, number: usize) {
        let Some(note) = self.parser.notes.notes.get(number) else {
            return;
        };
        let (tag, class) = if note.label.is_citation() {
            ("div", "citation")
        } else {
            ("aside", "footnote brackets")
        };
        let _ = writeln!(self.html, "<{tag} class=\"{class}\" id=\"{}\">", note.id);
        self.ids(id);
        self.html
            .push_str("<span class=\"label\"><span class=\"fn-bracket\">[</span>");
        let back = match note.references.as_slice() {
            [only] => {
                let _ = write!(self.html, "<a href=\"#{only}\">");
                "</a>"
            }
            _ => "",
        };
        push_escaped(&note.shown, &mut self.html);
        self.html.push_str(back);
        self.html
            .push_str("<span class=\"fn-bracket\">]</span></span>\n");
        if note.references.len() > 1 {
            self.html.push_str("<span class=\"backrefs\">(");
            for (number, reference) in note.references.iter().enumerate() {
                let comma = if number > 0 { "," } else { "" };
                let _ = write!(
                    self.html,
                    "{comma}<a href=\"#{reference}\">{}</a>",
                    number + 1
                );
            }
            self.html.push_str(")</span>\n");
        }
        self.children(id);
        self.close(tag, true);
    }

    pub(super) fn note_reference(&mut self, number: usize) {
        let Some(reference) = self.parser.notes.references.get(number) else {
            return;
        };
        let target = reference.target.as_ref().filter(|_| !self.bare);
        if let Some(target) = target {
            let _ = write!(
                self.html,
                "<a class=\"brackets\" href=\"#{target}\" id=\"{}\">",
                reference.id
            );
        }
        self.html.push('[');
        self.typesetter.literal(&reference.shown, &mut self.html);
        self.html.push(']');
        if target.is_some() {
            self.html.push_str("</a>");
        } else {
            self.html.push('_');
        }
    }

    pub(super) fn reference(&mut self, id: Id) {
        let Kind::Reference(goal) = self.parser.tree.kind(id) else {
            return;
        };
        let anonymous = &self.parser.anonymous_targets;
        let address = self.parser.names.address(goal, anonymous);
        let Some(address) = address.filter(|_| !self.bare) else {
            self.children(id);
            return;
        };
        self.html.push_str("<a href=\"");
        if address.starts_with("mailto:") {
            push_escaped(&address.replace('@', "%40"), &mut self.html);
        } else {
            push_escaped(&address, &mut self.html);
        }
        self.html.push('"');
        self.id_attribute(id);
        self.html.push('>');
        self.children(id);
        self.html.push_str("</a>");
    }

    pub(super) fn image(&mut self, id: Id, image: &Image) {
        let alt = image.alt.as_deref().unwrap_or(&image.uri);
        if self.bare {
            self.typesetter.literal(alt, &mut self.html);
            return;
        }
        let is_video = [".mp4", ".webm", ".ogv"]
            .iter()
            .any(|end| image.uri.to_ascii_lowercase().ends_with(end));
        if is_video {
            self.attribute("<a href=\"", &image.uri);
            self.html.push('>');
            push_escaped(alt, &mut self.html);
            self.html.push_str("</a>");
            return;
        }
        self.attribute("<img alt=\"", alt);
        self.attribute(" src=\"", &image.uri);
        let attributes = self.parser.tree.attributes(id);
        let mut classes: Vec<&str> = attributes
            .iter()
            .flat_map(|attributes| attributes.classes.iter().map(String::as_str))
            .collect();
        let align = format!("align-{}", image.align);
        if !image.align.is_empty() {
            classes.push(&align);
        }
        for (name, value) in [
            (" class=\"", classes.join(" ").as_str()),
            (" width=\"", &image.width),
            (" height=\"", &image.height),
        ] {
            if !value.is_empty() {
                self.attribute(name, value);
            }
        }
        self.id_attribute(id);
        self.html.push('>');
        if self.runs == 0 {
            self.html.push('\n');
        }
    }

    pub(super) fn attribute(&mut self, start: &str, value: &str) {
        self.html.push_str(start);
        push_escaped(value, &mut self.html);
        self.html.push('"');
    }

    pub(super) fn substitution(&mut self, name: &'p str) {
        let found = self.parser.substitutions.get(name).copied();
        let found = found.or_else(|| {
            let folded = name.to_lowercase();
            self.parser.substitutions.get(&folded).copied()
        });
        let allowed = self.room > 0
            && self.replacing.len() < DEEPEST_SUBSTITUTION
            && !self.replacing.contains(&name);
        let Some(replacement) = found.filter(|_| allowed) else {
            self.typesetter.literal("|", &mut self.html);
            self.typesetter.literal(name, &mut self.html);
            self.typesetter.literal("|", &mut self.html);
            return;
        };
        let before = self.html.len();
        self.replacing.push(name);
        self.runs += 1;
        self.children(replacement);
        self.runs -= 1;
        self.replacing.pop();
        self.room = self.room.saturating_sub(self.html.len() - before + 1);
    }

    pub(super) fn contents(&mut self, id: Id, number: usize) {
        let parser = self.parser;
        let Some(contents) = parser.contents.get(number) else {
            return;
        };
        if contents.entries.is_empty() {
            return;
        }
        let class = if contents.own.is_some() {
            "contents local"
        } else {
            "contents"
        };
        let _ = writeln!(self.html, "<nav class=\"{class}\" id=\"{}\">", contents.id);
        self.ids(id);
        if let Some(title) = contents.title {
            self.html
                .push_str("<p class=\"topic-title\"><a href=\"#top\">");
            self.begin_run();
            self.children(title);
            self.runs -= 1;
            self.html.push_str("</a></p>\n");
        }
        let mut depth = 0;
        for (below, heading, entry) in &contents.entries {
            let level = below + 1;
            while depth > level {
                self.html.push_str("</li>\n</ul>\n");
                depth -= 1;
            }
            if depth == level {
                self.html.push_str("</li>\n");
            }
            while depth < level {
                self.html.push_str("<ul>\n");
                depth += 1;
                if depth < level {
                    self.html.push_str("<li>");
                }
            }
            let Some(heading) = parser.headings.get(*heading) else {
                continue;
            };
            let _ = write!(
                self.html,
                "<li><p><a href=\"#{}\" id=\"{entry}\">",
                heading.id
            );
            self.bare = true;
            self.heading_text(heading.title, &heading.number);
            self.bare = false;
            self.html.push_str("</a></p>\n");
        }
        self.html.push_str(&"</li>\n</ul>\n".repeat(depth));
        self.html.push_str("</nav>\n");
    }
}
