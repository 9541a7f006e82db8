//! Takes a document apart into blocks, by what their first lines look like.
//!
//! [`Parser::blocks`] reads one list of lines; what is indented in it is read by a call of its
//! own, down to a depth that no author reaches. Every line ends up in some node: where docutils
//! reports an error and leaves text out, the text stays here as it would read best.

use std::collections::HashMap;

use super::{
    enumerator::Sequence,
    names::Names,
    notes::Notes,
    outline::{Contents, Heading, Numbering},
    roles::Role,
    source::{indent_of, indented, next_text},
    tree::{ATTRIBUTION, BLOCK_QUOTE, Goal, Id, Kind, PARAGRAPH, ROOT, Tree},
};

/// Blocks in blocks in blocks: what lies deeper is shown as it was written.
const DEEPEST: u8 = 40;

/// A document while it is read.
pub(super) struct Parser {
    pub(super) tree: Tree,
    pub(super) names: Names,
    pub(super) notes: Notes,
    /// Where anonymous references lead, in order.
    pub(super) anonymous_targets: Vec<Goal>,
    pub(super) anonymous_references: u32,
    /// What stands for a name between bars: a node and its children.
    pub(super) substitutions: HashMap<String, Id>,
    pub(super) roles: HashMap<String, Role>,
    pub(super) default_role: Role,
    /// The adornments of titles, from the highest level down: over and under.
    pub(super) styles: Vec<(u8, u8)>,
    pub(super) headings: Vec<Heading>,
    pub(super) contents: Vec<Contents>,
    /// Numbers for sections, when asked for.
    pub(super) numbering: Option<Numbering>,
    /// Classes for the next block.
    pub(super) pending_classes: Vec<String>,
    pub(super) steps: Steps,
}

/// How much work is left for the parts whose cost grows faster than the text.
#[derive(Debug)]
pub(super) struct Steps(pub(super) usize);

impl Steps {
    /// Takes some; false when there are none left.
    pub(super) fn take(&mut self, count: usize) -> bool {
        self.0 = self.0.saturating_sub(count);
        self.0 > 0
    }
}

/// Where blocks are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) depth: u8,
    /// Whether titles may stand here.
    pub(super) titles: bool,
}

impl Level {
    pub(super) fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
            titles: false,
        }
    }
}

/// The list that the next block may belong to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Previous {
    Nothing,
    Bullets(char, Id),
    Enumerated(Sequence, Id),
    Definitions(Id),
    Fields(Id),
    Options(Id),
}

/// What one list of lines has become so far.
pub(super) struct Flow {
    /// What blocks are added to: the innermost open section.
    pub(super) parent: Id,
    /// The open sections, from the outermost in.
    pub(super) open: Vec<Id>,
    pub(super) previous: Previous,
    /// Names and ids of targets that mean the next block.
    pub(super) targets: Vec<(String, String)>,
}

impl Parser {
    pub(super) fn new(size: usize) -> Self {
        Self {
            tree: Tree::new(size),
            names: Names::default(),
            notes: Notes::default(),
            anonymous_targets: Vec::new(),
            anonymous_references: 0,
            substitutions: HashMap::new(),
            roles: HashMap::new(),
            default_role: Role::known("").unwrap_or(Role::Literal),
            styles: Vec::new(),
            headings: Vec::new(),
            contents: Vec::new(),
            numbering: None,
            pending_classes: Vec::new(),
            steps: Steps(size.saturating_mul(64).saturating_add(100_000)),
        }
    }

    /// Reads a whole document.
    pub(super) fn document(&mut self, lines: &[&str]) {
        let level = Level {
            depth: 0,
            titles: true,
        };
        self.blocks(lines, ROOT, level);
    }

    /// Adds the blocks that `lines` are made of to `parent`.
    pub(super) fn blocks(&mut self, lines: &[&str], parent: Id, level: Level) {
        if level.depth > DEEPEST {
            self.literal(lines, parent);
            return;
        }
        let mut flow = Flow {
            parent,
            open: Vec::new(),
            previous: Previous::Nothing,
            targets: Vec::new(),
        };
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            if line.is_empty() {
                at += 1;
                continue;
            }
            let before = (flow.parent, self.tree.last_child(flow.parent));
            let waiting = !flow.targets.is_empty() || !self.pending_classes.is_empty();
            let next = self.block(lines, at, &mut flow, level);
            debug_assert!(next > at, "no progress at {line}");
            at = next.max(at + 1);
            if waiting {
                self.settle(&mut flow, before);
            }
        }
        for (_, id) in std::mem::take(&mut flow.targets) {
            let node = self.tree.element(flow.parent, &super::tree::TARGET);
            self.tree.attributes_mut(node).ids.push(id);
        }
    }

    /// Gives the targets and classes that wait for a block to the one that has been added, if
    /// one has.
    fn settle(&mut self, flow: &mut Flow, before: (Id, Option<Id>)) {
        let (parent, last) = before;
        let added = if flow.parent == parent {
            match last {
                Some(last) => self.tree.next(last),
                None => self.tree.first_child(parent),
            }
        } else {
            Some(flow.parent)
        };
        let Some(added) = added else { return };
        for (_, id) in flow.targets.drain(..) {
            self.tree.attributes_mut(added).ids.push(id);
        }
        let classes = std::mem::take(&mut self.pending_classes);
        self.tree.add_classes(added, &classes);
    }

    /// Reads the block that begins at line `at`, which is not blank; returns the line after it.
    fn block(&mut self, lines: &[&str], at: usize, flow: &mut Flow, level: Level) -> usize {
        let line = lines[at];
        let first = line.as_bytes()[0];
        let previous = std::mem::replace(&mut flow.previous, Previous::Nothing);
        if first == b' ' {
            return self.quote(lines, at, flow, level);
        }
        if let Some(next) = self.list(lines, at, flow, &previous, level) {
            return next;
        }
        match first {
            b'>' if line == ">>>" || line.starts_with(">>> ") => {
                return self.doctest(lines, at, flow);
            }
            b'|' if line == "|" || line.starts_with("| ") => {
                return self.line_block(lines, at, flow, level);
            }
            b'+' | b'=' => {
                if let Some(next) = self.table(lines, at, flow, level) {
                    return next;
                }
            }
            b'.' if line == ".." || line.starts_with(".. ") => {
                flow.previous = Previous::Nothing;
                return self.explicit(lines, at, flow, level);
            }
            b'_' if line == "__" || line.starts_with("__ ") => {
                return self.anonymous_target(lines, at, flow);
            }
            _ => {}
        }
        if is_line(line)
            && let Some(next) = self.adornment(lines, at, flow, level)
        {
            return next;
        }
        self.text(lines, at, flow, &previous, level)
    }

    /// Reads what begins with ordinary text: a title, a definition or a paragraph.
    fn text(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        previous: &Previous,
        level: Level,
    ) -> usize {
        let line = lines[at];
        let mut end = at + 1;
        match lines.get(end) {
            Some(next) if next.starts_with(' ') => {
                return self.definition(lines, at, flow, previous, level);
            }
            Some(next) if is_line(next) => {
                if let Some(next) = self.underlined(line, next, at, flow, level) {
                    return next;
                }
                end += 1;
            }
            _ => {}
        }
        while lines
            .get(end)
            .is_some_and(|line| !line.is_empty() && !line.starts_with(' '))
        {
            end += 1;
        }
        if self.paragraph(&lines[at..end], flow.parent) {
            return self.literal_block(lines, end, flow.parent);
        }
        end
    }

    /// Adds a paragraph; true when its end announces a literal block.
    pub(super) fn paragraph(&mut self, lines: &[&str], parent: Id) -> bool {
        let last = lines.last().copied().unwrap_or_default();
        let announces = last.strip_suffix("::").is_some_and(|rest| {
            let backslashes = rest.len() - rest.trim_end_matches('\\').len();
            backslashes % 2 == 0
        });
        let mut span = self.tree.store_lines(lines);
        if announces {
            let text = self.tree.str(span);
            let shown = &text[..text.len() - 2];
            let kept = match shown.trim_end() {
                kept if kept.len() == shown.len() && !kept.is_empty() => kept.len() + 1,
                kept => kept.len(),
            };
            span.end = span.start + u32::try_from(kept).unwrap_or_default();
        }
        if span.start < span.end {
            let node = self.tree.element(parent, &PARAGRAPH);
            self.inline(span, node);
        }
        announces
    }

    /// Reads the literal block that may begin at or after line `at`.
    fn literal_block(&mut self, lines: &[&str], at: usize, parent: Id) -> usize {
        let start = next_text(lines, at);
        let Some(line) = lines.get(start) else {
            return at;
        };
        if line.starts_with(' ') {
            let block = indented(lines, start, None, None, false);
            self.literal(&block.lines, parent);
            return block.end;
        }
        // Without indentation each line begins with the same mark.
        let mark = line.as_bytes()[0];
        if start == at || !mark.is_ascii_punctuation() {
            return at;
        }
        let count = lines[start..]
            .iter()
            .take_while(|line| line.as_bytes().first() == Some(&mark))
            .count();
        self.literal(&lines[start..start + count], parent);
        start + count
    }

    /// Adds lines as they are.
    pub(super) fn literal(&mut self, lines: &[&str], parent: Id) {
        if lines.iter().all(|line| line.is_empty()) {
            return;
        }
        let span = self.tree.store_lines(lines);
        self.tree.add(parent, Kind::LiteralBlock(span));
    }

    fn doctest(&mut self, lines: &[&str], at: usize, flow: &mut Flow) -> usize {
        let count = lines[at..]
            .iter()
            .take_while(|line| !line.is_empty())
            .count();
        let span = self.tree.store_lines(&lines[at..at + count]);
        self.tree.add(flow.parent, Kind::Doctest(span));
        at + count
    }

    fn quote(&mut self, lines: &[&str], at: usize, flow: &mut Flow, level: Level) -> usize {
        let block = indented(lines, at, None, None, false);
        self.quotes(&block.lines, flow.parent, level, &[]);
        block.end
    }

    /// Adds block quotes: an attribution ends one, and another may follow.
    pub(super) fn quotes(&mut self, lines: &[&str], parent: Id, level: Level, classes: &[String]) {
        let mut rest = lines;
        while !rest.is_empty() {
            let quote = self.tree.element(parent, &BLOCK_QUOTE);
            self.tree.add_classes(quote, classes);
            let Some(found) = attribution(rest) else {
                self.blocks(rest, quote, level.deeper());
                return;
            };
            self.blocks(&rest[..found.start], quote, level.deeper());
            let mut text = vec![rest[found.start].get(found.mark..).unwrap_or_default()];
            text.extend(
                rest[found.start + 1..found.end]
                    .iter()
                    .map(|line| line.trim_start()),
            );
            let span = self.tree.store_lines(&text);
            let node = self.tree.element(quote, &ATTRIBUTION);
            self.tree.add(node, Kind::Fixed(&"—"));
            self.inline(span, node);
            rest = &rest[next_text(rest, found.end)..];
        }
    }
}

/// The lines of an attribution, and how long its mark is.
struct Attribution {
    start: usize,
    end: usize,
    mark: usize,
}

/// The first attribution: after a blank line, with a dash before it and even indentation after.
fn attribution(lines: &[&str]) -> Option<Attribution> {
    let mut seen = false;
    for (start, line) in lines.iter().enumerate() {
        if line.is_empty() {
            continue;
        }
        if seen
            && lines[start - 1].is_empty()
            && let Some(mark) = attribution_mark(line)
        {
            let rest = lines[start + 1..]
                .iter()
                .take_while(|line| !line.is_empty());
            let mut indents = rest.map(|line| indent_of(line));
            let first = indents.next();
            let count = indents.clone().count() + usize::from(first.is_some());
            if first.is_none_or(|first| indents.all(|indent| indent == first)) {
                let end = start + 1 + count;
                return Some(Attribution { start, end, mark });
            }
        }
        seen = true;
    }
    None
}

fn attribution_mark(line: &str) -> Option<usize> {
    let rest = line.strip_prefix('—').or_else(|| {
        let dashes = line.bytes().take_while(|&byte| byte == b'-').count();
        matches!(dashes, 2 | 3).then(|| &line[dashes..])
    })?;
    let text = rest.trim_start_matches(' ');
    (!text.is_empty()).then_some(line.len() - text.len())
}

/// Whether a line is one punctuation mark again and again: an adornment or a transition.
pub(super) fn is_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_punctuation)
        && bytes.iter().all(|&byte| byte == bytes[0])
}
