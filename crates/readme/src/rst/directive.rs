//! Reads directives: their arguments, options and content, and who makes what of them.
//!
//! A directive that nobody here knows is one of Sphinx or of another program; its arguments and
//! its content are shown as text. Nothing is read from files, and raw HTML is dropped.

use super::{
    lists::field_marker,
    names::normalised,
    parser::{Flow, Level, Parser},
    run::simple_name,
    source::{Block, dedent, indent_of},
    tree::{Goal, Id, Kind},
};

/// The name that `text` begins with and how long it is with its colons and the blanks after.
pub(super) fn directive_name(text: &str) -> Option<(&str, usize)> {
    // The colons belong to no name: `a::` is the directive `a`.
    let length = simple_name(text);
    let name = &text[..length];
    if name.is_empty() {
        return None;
    }
    let rest = &text[length..];
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let rest = rest.strip_prefix("::")?;
    (rest.is_empty() || rest.starts_with(' '))
        .then(|| (name, text.len() - rest.trim_start_matches(' ').len()))
}

/// What stands in a directive's block.
#[derive(Debug, Default)]
pub(super) struct Directive<'a> {
    /// The lines before options and content.
    pub(super) arguments: Vec<&'a str>,
    pub(super) options: Vec<(&'a str, Vec<&'a str>)>,
    pub(super) content: Vec<&'a str>,
}

impl<'a> Directive<'a> {
    /// Takes a block apart. Without arguments, lines before the options are content.
    fn of(block: &Block<'a>, takes_arguments: bool) -> Self {
        let lines = &block.lines;
        let head = if block.skipped > 1 {
            0
        } else {
            lines.iter().take_while(|line| !line.is_empty()).count()
        };
        let (head, rest) = lines.split_at(head);
        let content = rest.iter().skip_while(|line| line.is_empty());
        let first_option = head
            .iter()
            .position(|line| field_marker(line).is_some())
            .unwrap_or(head.len());
        let (arguments, fields) = head.split_at(first_option);
        let mut directive = Self {
            arguments: arguments.to_vec(),
            options: Vec::new(),
            content: Vec::new(),
        };
        for (number, line) in fields.iter().enumerate() {
            if let Some((length, end)) = field_marker(line) {
                directive
                    .options
                    .push((&line[1..end], vec![&line[length..]]));
            } else if line.starts_with(' ')
                && let Some((_, value)) = directive.options.last_mut()
            {
                value.push(line);
            } else {
                directive.content.extend(&fields[number..]);
                directive.content.push("");
                break;
            }
        }
        directive.content.extend(content);
        if !takes_arguments && !directive.arguments.is_empty() {
            let mut content = std::mem::take(&mut directive.arguments);
            if !directive.content.is_empty() {
                content.push("");
            }
            content.append(&mut directive.content);
            directive.content = content;
        }
        directive
    }

    /// A directive whose whole block is content.
    fn of_content(block: &Block<'a>) -> Self {
        Self {
            content: block.lines.clone(),
            ..Self::default()
        }
    }

    /// The value of an option, in one line.
    pub(super) fn option(&self, name: &str) -> Option<String> {
        self.options
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, lines)| lines.join(" ").trim().to_owned())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.options
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.option(name)?.parse().ok()
    }

    /// The classes that the option of that name lists.
    pub(super) fn classes(&self, name: &str) -> Vec<String> {
        class_names(&self.option(name).unwrap_or_default())
    }

    /// All arguments in one line.
    pub(super) fn argument(&self) -> String {
        self.arguments.join(" ")
    }
}

/// Words as class names.
pub(super) fn class_names(words: &str) -> Vec<String> {
    words
        .split_whitespace()
        .map(super::names::id_of_unprefixed)
        .filter(|class| !class.is_empty())
        .collect()
}

/// Whether text may stand between the name of a directive and its options.
fn takes_arguments(name: &str) -> bool {
    !matches!(
        name,
        "attention"
            | "caution"
            | "danger"
            | "error"
            | "hint"
            | "important"
            | "note"
            | "tip"
            | "warning"
            | "seealso"
            | "compound"
            | "parsed-literal"
            | "math"
            | "line-block"
            | "todo"
            | "toctree"
            | "hlist"
            | "only"
    )
}

impl Parser {
    /// Makes nodes of a directive.
    pub(super) fn directive(
        &mut self,
        name: &str,
        block: &Block<'_>,
        flow: &mut Flow,
        level: Level,
    ) {
        let name = name.to_lowercase();
        let name = name.strip_prefix("docutils:").unwrap_or(&name);
        let mut directive = Directive::of(block, takes_arguments(name));
        if matches!(
            name,
            "epigraph" | "highlights" | "pull-quote" | "replace" | "header" | "footer" | "meta"
        ) || Self::is_no_option(name, &directive)
        {
            directive = Directive::of_content(block);
        }
        let parent = flow.parent;
        let before = self.tree.last_child(parent);
        let handled = self.text_directive(name, &directive, parent, level)
            || self.media_directive(name, &directive, parent, level)
            || self.table_directive(name, &directive, parent, level)
            || self.setting_directive(name, &directive, flow, level);
        if !handled {
            self.foreign_directive(name, &directive, parent, level);
        }
        let added = match before {
            Some(before) => self.tree.next(before),
            None => self.tree.first_child(parent),
        };
        if let (Some(name), Some(added)) = (directive.option("name"), added) {
            let goal = |id: &str| Goal::Element(id.to_owned());
            let id = self.names.declare(&normalised(&name), "target", true, goal);
            self.tree.attributes_mut(added).ids.push(id);
        }
    }

    /// Whether what looks like options of an admonition is its text.
    fn is_no_option(name: &str, directive: &Directive<'_>) -> bool {
        !takes_arguments(name)
            && name != "toctree"
            && directive.options.iter().any(|(option, _)| {
                !matches!(
                    *option,
                    "class"
                        | "name"
                        | "label"
                        | "nowrap"
                        | "number-lines"
                        | "columns"
                        | "collapsible"
                )
            })
    }

    /// Makes nodes of a directive that stands for a name between bars.
    pub(super) fn embedded_directive(
        &mut self,
        (name, stands_for): (&str, &str),
        block: &Block<'_>,
        node: Id,
        level: Level,
    ) {
        match name.to_lowercase().as_str() {
            "replace" => self.replacement(&block.lines, node),
            "unicode" => {
                let directive = Directive::of(block, true);
                let text = unicode(&directive.argument());
                let span = self.tree.store(&text);
                self.tree.add(node, Kind::Verbatim(span));
            }
            "date" => {}
            other => {
                let mut directive = Directive::of(block, true);
                if !directive.has("alt") {
                    directive.options.push(("alt", vec![stands_for]));
                }
                if !self.media_directive(other, &directive, node, level) {
                    self.replacement(&block.lines, node);
                }
            }
        }
    }
}

/// The characters that codes such as `0xA9`, `U+00A9` and `&#xA9;` mean, among other text.
pub(super) fn unicode(codes: &str) -> String {
    let codes = codes.split(" ..").next().unwrap_or_default();
    let mut text = String::new();
    let mut after_text = false;
    for word in codes.split_whitespace() {
        let code = ["0x", "x", "\\x", "U+", "u+", "U", "u", "\\u", "&#x"]
            .into_iter()
            .find_map(|prefix| word.strip_prefix(prefix))
            .map(|digits| digits.trim_end_matches(';'))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .or_else(|| word.parse().ok())
            .and_then(char::from_u32);
        if let Some(character) = code {
            text.push(character);
            after_text = false;
        } else {
            if after_text {
                text.push(' ');
            }
            text.push_str(word);
            after_text = true;
        }
    }
    text
}

/// Lines without the indentation that all of them have.
pub(super) fn without_indent<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let width = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| indent_of(line))
        .min()
        .unwrap_or_default();
    lines.iter().map(|line| dedent(line, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Block, Directive, directive_name, unicode};

    #[test]
    fn names() {
        assert_eq!(directive_name("note:: a"), Some(("note", 7)));
        assert_eq!(directive_name("code-block ::"), Some(("code-block", 13)));
        assert_eq!(directive_name("py:class:: a"), Some(("py:class", 11)));
        assert_eq!(directive_name("note: a"), None);
        assert_eq!(directive_name("note::a"), None);
    }

    #[test]
    fn blocks_fall_into_arguments_options_and_content() {
        let block = |lines: &[&'static str], skipped| Block {
            lines: lines.to_vec(),
            end: 0,
            skipped,
        };
        let source = block(&["a", "b", ":x: 1", "  2", ":y:", "", "c"], 0);
        let directive = Directive::of(&source, true);
        assert_eq!(directive.arguments, ["a", "b"]);
        assert_eq!(directive.option("x").as_deref(), Some("1   2"));
        assert_eq!(directive.option("y").as_deref(), Some(""));
        assert_eq!(directive.content, ["c"]);
        let directive = Directive::of(&source, false);
        assert_eq!(directive.content, ["a", "b", "", "c"]);
        let directive = Directive::of(&block(&[":x: 1"], 2), true);
        assert_eq!(directive.content, [":x: 1"]);
    }

    #[test]
    fn codes_are_characters() {
        assert_eq!(unicode("0xA9 U+00AE .. comment"), "©®");
        assert_eq!(unicode("a b 8212"), "a b—");
    }
}
