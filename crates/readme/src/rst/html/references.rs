//! Writes what refers to something else: references, footnotes, images, substitutions, tables of
//! contents. A reference without a target is written as its text.

use std::fmt::Write as _;

use super::{smart_quotes::push_escaped, writer::Writer};
use crate::rst::tree::{Image, NodeId, NodeKind};

/// How deep substitutions may be nested.
const MAX_SUBSTITUTION_DEPTH: usize = 16;

impl<'d> Writer<'d> {
    pub(in crate::rst) fn note(&mut self, id: NodeId, number: usize) {
        let Some(note) = self.document.notes.notes.get(number) else {
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
        self.write_children(id);
        self.close(tag, true);
    }

    pub(in crate::rst) fn note_reference(&mut self, number: usize) {
        let Some(reference) = self.document.notes.references.get(number) else {
            return;
        };
        let target = reference.target.as_ref().filter(|_| !self.omit_links);
        if let Some(target) = target {
            let _ = write!(
                self.html,
                "<a class=\"brackets\" href=\"#{target}\" id=\"{}\">",
                reference.id
            );
        }
        self.html.push('[');
        self.smart_quotes.literal(&reference.shown, &mut self.html);
        self.html.push(']');
        if target.is_some() {
            self.html.push_str("</a>");
        } else {
            self.html.push('_');
        }
    }

    pub(in crate::rst) fn reference(&mut self, id: NodeId) {
        let NodeKind::Reference(destination) = self.document.tree.kind(id) else {
            return;
        };
        let anonymous = &self.document.anonymous_targets;
        let uri = self.document.names.resolve(destination, anonymous);
        let Some(uri) = uri.filter(|_| !self.omit_links) else {
            self.write_children(id);
            return;
        };
        self.html.push_str("<a href=\"");
        if uri.starts_with("mailto:") {
            push_escaped(&uri.replace('@', "%40"), &mut self.html);
        } else {
            push_escaped(&uri, &mut self.html);
        }
        self.html.push('"');
        self.id_attribute(id);
        self.html.push('>');
        self.write_children(id);
        self.html.push_str("</a>");
    }

    pub(in crate::rst) fn image(&mut self, id: NodeId, image: &Image) {
        let alt = image.alt.as_deref().unwrap_or(&image.uri);
        if self.omit_links {
            self.smart_quotes.literal(alt, &mut self.html);
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
        let attributes = self.document.tree.attributes(id);
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
        if self.text_depth == 0 {
            self.html.push('\n');
        }
    }

    pub(in crate::rst) fn substitution(&mut self, name: &'d str) {
        let found = self.document.substitutions.get(name).copied();
        let found = found.or_else(|| {
            let folded = name.to_lowercase();
            self.document.substitutions.get(&folded).copied()
        });
        let allowed = self.substitution_budget > 0
            && self.open_substitutions.len() < MAX_SUBSTITUTION_DEPTH
            && !self.open_substitutions.contains(&name);
        let Some(replacement) = found.filter(|_| allowed) else {
            self.smart_quotes.literal("|", &mut self.html);
            self.smart_quotes.literal(name, &mut self.html);
            self.smart_quotes.literal("|", &mut self.html);
            return;
        };
        let before = self.html.len();
        self.open_substitutions.push(name);
        self.text_depth += 1;
        self.write_children(replacement);
        self.text_depth -= 1;
        self.open_substitutions.pop();
        self.substitution_budget = self
            .substitution_budget
            .saturating_sub(self.html.len() - before + 1);
    }

    pub(in crate::rst) fn contents(&mut self, id: NodeId, number: usize) {
        let document = self.document;
        let Some(contents) = document.contents.get(number) else {
            return;
        };
        if contents.entries.is_empty() {
            return;
        }
        let class = if contents.local.is_some() {
            "contents local"
        } else {
            "contents"
        };
        let _ = writeln!(self.html, "<nav class=\"{class}\" id=\"{}\">", contents.id);
        self.ids(id);
        if let Some(title) = contents.title {
            self.html
                .push_str("<p class=\"topic-title\"><a href=\"#top\">");
            self.begin_text();
            self.write_children(title);
            self.text_depth -= 1;
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
            let Some(heading) = document.headings.get(*heading) else {
                continue;
            };
            let _ = write!(
                self.html,
                "<li><p><a href=\"#{}\" id=\"{entry}\">",
                heading.id
            );
            self.omit_links = true;
            self.heading_text(heading.title, &heading.number);
            self.omit_links = false;
            self.html.push_str("</a></p>\n");
        }
        self.html.push_str(&"</li>\n</ul>\n".repeat(depth));
        self.html.push_str("</nav>\n");
    }
}
