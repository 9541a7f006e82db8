//! Explicit markup: footnotes, citations, targets, substitution definitions, directives, comments.

use super::{
    destinations::parse_destination,
    directive::directive_name,
    names::normalised,
    notes::NoteLabel,
    parser::{BlockContext, Nesting, Parser},
    scanner::simple_name_length,
    source::{Block, indent_of, indented},
    tree::{Destination, NodeId, NodeKind, unescaped},
};

/// Where the text after `..` or `__` begins.
fn text_start(line: &str, mark: usize) -> usize {
    mark + indent_of(&line[mark..])
}

/// The length of `[label] ` and the label.
fn note_marker(text: &str) -> Option<(usize, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once(']')?;
    let name = label.strip_prefix('#').unwrap_or(label);
    let valid = label == "*"
        || label == "#"
        || (!name.is_empty() && simple_name_length(name) == name.len());
    let end = label.len() + 2;
    (valid && (rest.is_empty() || rest.starts_with(' '))).then(|| (end + indent_of(rest), label))
}

/// The name in `_name: ` and where the text after it begins; `text` begins after the underscore.
fn target_marker(text: &str) -> Option<(&str, usize)> {
    let ends = |at: usize| {
        let rest = text.get(at..)?;
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let after = rest.strip_prefix(':')?;
        (after.is_empty() || after.starts_with(' '))
            .then(|| text.len() - after.trim_start_matches(' ').len())
    };
    if let Some(end) = text.strip_prefix('_').and_then(|_| ends(1)) {
        return Some(("", end));
    }
    if let Some(quoted) = text.strip_prefix('`') {
        let found = quoted
            .match_indices('`')
            .filter(|&(at, _)| at > 0 && !quoted[..at].ends_with('\\'))
            .find_map(|(at, _)| Some((at, ends(at + 2)?)));
        return found.map(|(at, end)| (&quoted[..at], end));
    }
    let bytes = text.as_bytes();
    let colon = (1..bytes.len()).find(|&at| {
        bytes[at] == b':'
            && matches!(bytes.get(at + 1), None | Some(b' '))
            && bytes[at - 1] != b'\\'
            && bytes[at - 1] != b':'
    })?;
    let name = text[..colon].trim_end();
    (!name.is_empty() && !name.starts_with('_')).then(|| {
        (
            name,
            text.len() - text[colon + 1..].trim_start_matches(' ').len(),
        )
    })
}

impl Parser {
    /// Reads the explicit markup block at line `at`; returns the line after it.
    pub(super) fn explicit_markup(
        &mut self,
        lines: &[&str],
        at: usize,
        context: &mut BlockContext,
        nesting: Nesting,
    ) -> usize {
        let line = lines[at];
        let start = text_start(line, 2);
        let text = &line[start..];
        match text.as_bytes().first() {
            Some(b'[') => {
                if let Some((length, label)) = note_marker(text) {
                    return self.note(lines, at, (start + length, label), context, nesting);
                }
            }
            Some(b'_') if !matches!(text.as_bytes().get(1), None | Some(b' ')) => {
                if let Some(next) = self.target(lines, at, start + 1, context) {
                    return next;
                }
            }
            Some(b'|') if !matches!(text.as_bytes().get(1), None | Some(b' ')) => {
                if let Some(next) = self.substitution_definition(lines, at, start + 1, nesting) {
                    return next;
                }
            }
            _ => {
                if let Some((name, length)) = directive_name(text) {
                    let block = indented(lines, at, Some(start + length), None, false);
                    self.directive(name, &block, context, nesting);
                    return block.end;
                }
            }
        }
        let is_empty = text.is_empty() && lines.get(at + 1).is_none_or(|next| next.is_empty());
        if is_empty {
            at + 1
        } else {
            indented(lines, at, Some(start), None, false).end
        }
    }

    fn note(
        &mut self,
        lines: &[&str],
        at: usize,
        (length, label): (usize, &str),
        context: &mut BlockContext,
        nesting: Nesting,
    ) -> usize {
        let label = NoteLabel::of(label);
        let destination = |id: &str| Destination::Element(id.to_owned());
        let id = match label.name() {
            Some(name) => self.names.declare(&name, label.kind(), true, destination),
            None => self.names.new_id(label.kind()),
        };
        let number = self.notes.declare(label, id);
        let node = self.tree.add(context.parent, NodeKind::Note(number));
        let block = indented(lines, at, Some(length), None, false);
        self.parse_blocks(&block.lines, node, nesting.deeper());
        block.end
    }

    /// Reads a hyperlink target whose name begins at `start`.
    fn target(
        &mut self,
        lines: &[&str],
        at: usize,
        start: usize,
        context: &mut BlockContext,
    ) -> Option<usize> {
        let block = indented(lines, at, Some(start), None, true);
        let first = block.lines.first()?;
        let joined: String;
        let (name, rest) = if let Some((name, end)) = target_marker(first) {
            let mut rest = vec![&first[end..]];
            rest.extend(block.lines.get(1..).unwrap_or_default());
            (name, rest)
        } else {
            // The name continues on the next line.
            joined = block.lines.join(" ");
            let (name, end) = target_marker(&joined)?;
            (name, vec![&joined[end..]])
        };
        let destination = parse_destination(&rest);
        if name.is_empty() {
            self.add_anonymous_target(destination, context);
            return Some(block.end);
        }
        let name = normalised(&unescaped(name));
        let id = self.names.declare(&name, "target", true, |id| {
            destination
                .clone()
                .unwrap_or_else(|| Destination::Element(id.to_owned()))
        });
        match destination {
            None => context.pending_targets.push((name, id)),
            Some(destination) => self.redirect_pending_targets(context, &destination),
        }
        Some(block.end)
    }

    /// Gives the pending targets the destination of the target after them.
    fn redirect_pending_targets(&mut self, context: &mut BlockContext, destination: &Destination) {
        for (name, id) in context.pending_targets.drain(..) {
            if name.is_empty() {
                for waiting in &mut self.anonymous_targets {
                    if matches!(waiting, Destination::Element(element) if *element == id) {
                        *waiting = destination.clone();
                    }
                }
            } else {
                self.names.redirect(&name, destination.clone());
            }
        }
    }

    fn add_anonymous_target(
        &mut self,
        destination: Option<Destination>,
        context: &mut BlockContext,
    ) {
        let destination = destination.unwrap_or_else(|| {
            let id = self.names.new_id("target");
            context.pending_targets.push((String::new(), id.clone()));
            Destination::Element(id)
        });
        self.anonymous_targets.push(destination);
    }

    /// Reads an anonymous target: `__ destination`.
    pub(super) fn anonymous_target(
        &mut self,
        lines: &[&str],
        at: usize,
        context: &mut BlockContext,
    ) -> usize {
        let start = text_start(lines[at], 2);
        let block = indented(lines, at, Some(start), None, true);
        let destination = parse_destination(&block.lines);
        self.add_anonymous_target(destination, context);
        block.end
    }

    /// Reads a substitution definition whose name begins at `start`.
    fn substitution_definition(
        &mut self,
        lines: &[&str],
        at: usize,
        start: usize,
        nesting: Nesting,
    ) -> Option<usize> {
        let block = indented(lines, at, Some(start), None, false);
        let first = block.lines.first()?;
        let close = first
            .match_indices('|')
            .map(|(close, _)| close)
            .find(|&close| {
                let name = &first[..close];
                !name.is_empty()
                    && !name.ends_with(['\\', ' '])
                    && matches!(first.as_bytes().get(close + 1), None | Some(b' '))
            })?;
        let words: Vec<&str> = first[..close].split_whitespace().collect();
        let name = unescaped(&words.join(" ")).into_owned();
        let mut rest = vec![first[close + 1..].trim_start()];
        rest.extend(block.lines.get(1..).unwrap_or_default());
        if rest[0].is_empty() {
            rest.remove(0);
        }
        let node = self.tree.detached(NodeKind::Group);
        if let Some((directive, length)) = rest.first().and_then(|line| directive_name(line)) {
            rest[0] = &rest[0][length..];
            let blank = usize::from(rest[0].is_empty());
            let lines = rest.split_off(blank);
            let embedded = Block {
                skipped: blank + lines.iter().take_while(|line| line.is_empty()).count(),
                lines: lines
                    .into_iter()
                    .skip_while(|line| line.is_empty())
                    .collect(),
                end: block.end,
            };
            self.embedded_directive((directive, &name), &embedded, node, nesting);
        } else {
            self.inline_lines(&rest, node);
        }
        self.define_substitution(name, node);
        Some(block.end)
    }

    fn define_substitution(&mut self, name: String, node: NodeId) {
        let folded = name.to_lowercase();
        self.substitutions.entry(folded).or_insert(node);
        self.substitutions.insert(name, node);
    }
}

#[cfg(test)]
mod tests {
    use super::{note_marker, target_marker};

    #[test]
    fn markers() {
        assert_eq!(note_marker("[1] a"), Some((4, "1")));
        assert_eq!(note_marker("[#a]"), Some((4, "#a")));
        assert_eq!(note_marker("[a b] c"), None);
        assert_eq!(note_marker("[a]c"), None);
        for (text, expected) in [
            ("a b: http://x", Some(("a b", 5))),
            ("`a: b`: c", Some(("a: b", 8))),
            ("a\\: b: c", Some(("a\\: b", 7))),
            ("a:", Some(("a", 2))),
            ("_: c", Some(("", 3))),
            ("http://x", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(target_marker(text), expected, "{text}");
        }
    }
}
