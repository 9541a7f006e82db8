//! What begins with two full stops: notes, targets, substitutions, directives and comments.

use super::{
    directive::directive_name,
    names::normalised,
    notes::NoteLabel,
    parser::{Flow, Level, Parser},
    phrase::address,
    run::simple_name,
    source::{Block, indent_of, indented},
    tree::{Goal, Id, Kind, unescaped},
};

/// Where the text begins that follows the mark, for `..` and `__`.
fn after_mark(line: &str, mark: usize) -> usize {
    mark + indent_of(&line[mark..])
}

/// The length of `[label] ` and the label.
fn note_marker(text: &str) -> Option<(usize, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once(']')?;
    let name = label.strip_prefix('#').unwrap_or(label);
    let valid =
        label == "*" || label == "#" || (!name.is_empty() && simple_name(name) == name.len());
    let end = label.len() + 2;
    (valid && (rest.is_empty() || rest.starts_with(' '))).then(|| (end + indent_of(rest), label))
}

/// The name in `_name: ` and where what follows it begins; `text` begins after the underscore.
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

/// The name that a reference such as `name_` or `` `a phrase`_ `` has.
pub(super) fn reference_name(text: &str) -> Option<String> {
    let name = text.strip_suffix('_')?;
    if name.ends_with('\\') {
        return None;
    }
    if let Some(phrase) = name.strip_prefix('`') {
        let phrase = phrase.strip_suffix('`')?;
        return (!phrase.is_empty() && !phrase.starts_with(' '))
            .then(|| normalised(&unescaped(phrase)));
    }
    (!name.is_empty() && simple_name(name) == name.len()).then(|| normalised(name))
}

/// Where a target leads whose address or name is written in these lines.
pub(super) fn written_goal(lines: &[&str]) -> Option<Goal> {
    let words: Vec<&str> = lines
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    let joined = words.join(" ");
    if joined.ends_with('_')
        && let Some(name) = reference_name(&joined)
    {
        return Some(Goal::Name(name));
    }
    let uri = address(&joined);
    (!uri.is_empty()).then_some(Goal::Uri(uri))
}

impl Parser {
    /// Reads what begins with two full stops at line `at`; returns the line after it.
    pub(super) fn explicit(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        level: Level,
    ) -> usize {
        let line = lines[at];
        let start = after_mark(line, 2);
        let text = &line[start..];
        match text.as_bytes().first() {
            Some(b'[') => {
                if let Some((length, label)) = note_marker(text) {
                    return self.note(lines, at, (start + length, label), flow, level);
                }
            }
            Some(b'_') if !matches!(text.as_bytes().get(1), None | Some(b' ')) => {
                if let Some(next) = self.target(lines, at, start + 1, flow) {
                    return next;
                }
            }
            Some(b'|') if !matches!(text.as_bytes().get(1), None | Some(b' ')) => {
                if let Some(next) = self.substitution(lines, at, start + 1, level) {
                    return next;
                }
            }
            _ => {
                if let Some((name, length)) = directive_name(text) {
                    let block = indented(lines, at, Some(start + length), None, false);
                    self.directive(name, &block, flow, level);
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
        flow: &mut Flow,
        level: Level,
    ) -> usize {
        let label = NoteLabel::of(label);
        let goal = |id: &str| Goal::Element(id.to_owned());
        let id = match label.name() {
            Some(name) => self.names.declare(&name, label.kind(), true, goal),
            None => self.names.fresh(label.kind()),
        };
        let number = self.notes.declare(label, id);
        let node = self.tree.add(flow.parent, Kind::Note(number));
        let block = indented(lines, at, Some(length), None, false);
        self.blocks(&block.lines, node, level.deeper());
        block.end
    }

    /// Reads a target; `start` is where its name begins.
    fn target(
        &mut self,
        lines: &[&str],
        at: usize,
        start: usize,
        flow: &mut Flow,
    ) -> Option<usize> {
        let block = indented(lines, at, Some(start), None, true);
        let first = block.lines.first()?;
        let joined;
        let (name, rest) = if let Some((name, end)) = target_marker(first) {
            let mut rest = vec![&first[end..]];
            rest.extend(block.lines.get(1..).unwrap_or_default());
            (name, rest)
        } else {
            // The name goes on in the next line.
            joined = block.lines.join(" ");
            let (name, end) = target_marker(&joined)?;
            (name, vec![&joined[end..]])
        };
        let goal = written_goal(&rest);
        if name.is_empty() {
            self.anonymous(goal, flow);
            return Some(block.end);
        }
        let name = normalised(&unescaped(name));
        let id = self.names.declare(&name, "target", true, |id| {
            goal.clone().unwrap_or_else(|| Goal::Element(id.to_owned()))
        });
        match goal {
            None => flow.targets.push((name, id)),
            Some(goal) => self.lead(flow, &goal),
        }
        Some(block.end)
    }

    /// Lets the targets that wait lead where the one after them does.
    fn lead(&mut self, flow: &mut Flow, goal: &Goal) {
        for (name, id) in flow.targets.drain(..) {
            if name.is_empty() {
                for waiting in &mut self.anonymous_targets {
                    if matches!(waiting, Goal::Element(element) if *element == id) {
                        *waiting = goal.clone();
                    }
                }
            } else {
                self.names.redirect(&name, goal.clone());
            }
        }
    }

    fn anonymous(&mut self, goal: Option<Goal>, flow: &mut Flow) {
        let goal = goal.unwrap_or_else(|| {
            let id = self.names.fresh("target");
            flow.targets.push((String::new(), id.clone()));
            Goal::Element(id)
        });
        self.anonymous_targets.push(goal);
    }

    /// Reads `__ address`.
    pub(super) fn anonymous_target(&mut self, lines: &[&str], at: usize, flow: &mut Flow) -> usize {
        let start = after_mark(lines[at], 2);
        let block = indented(lines, at, Some(start), None, true);
        let goal = written_goal(&block.lines);
        self.anonymous(goal, flow);
        block.end
    }

    /// Reads what a name between bars stands for; `start` is where the name begins.
    fn substitution(
        &mut self,
        lines: &[&str],
        at: usize,
        start: usize,
        level: Level,
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
        let node = self.tree.detached(Kind::Group);
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
            self.embedded_directive((directive, &name), &embedded, node, level);
        } else {
            self.replacement(&rest, node);
        }
        self.define(name, node);
        Some(block.end)
    }

    fn define(&mut self, name: String, node: Id) {
        let folded = name.to_lowercase();
        self.substitutions.entry(folded).or_insert(node);
        self.substitutions.insert(name, node);
    }

    /// Reads text that stands for a name.
    pub(super) fn replacement(&mut self, lines: &[&str], node: Id) {
        let span = self.tree.store_lines(lines);
        self.inline(span, node);
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, note_marker, reference_name, target_marker, written_goal};

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
        assert_eq!(reference_name("`A  b`_").as_deref(), Some("a b"));
        assert_eq!(reference_name("a b_"), None);
        assert_eq!(
            written_goal(&["http://a/", "  b_"]),
            Some(Goal::Uri("http://a/b_".to_owned()))
        );
        assert_eq!(written_goal(&["A_"]), Some(Goal::Name("a".to_owned())));
        assert_eq!(written_goal(&[""]), None);
    }
}
