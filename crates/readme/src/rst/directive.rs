//! The parts of a directive: its name, arguments, options and content.

use super::{
    lists::field_marker,
    names::id_of_unprefixed,
    scanner::simple_name_length,
    source::{Block, dedent, indent_of},
};

/// The directive name at the start of `text`, and its length including colons and blanks after.
pub(super) fn directive_name(text: &str) -> Option<(&str, usize)> {
    let length = simple_name_length(text);
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

/// The parts of a directive's block.
#[derive(Debug, Default)]
pub(super) struct Directive<'a> {
    /// The lines before options and content.
    pub(super) arguments: Vec<&'a str>,
    pub(super) options: Vec<(&'a str, Vec<&'a str>)>,
    pub(super) content: Vec<&'a str>,
}

impl<'a> Directive<'a> {
    /// Splits a block. If the directive takes no arguments, the lines before the options are
    /// content.
    pub(super) fn parse(block: &Block<'a>, takes_arguments: bool) -> Self {
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
    pub(super) fn only_content(block: &Block<'a>) -> Self {
        Self {
            content: block.lines.clone(),
            ..Self::default()
        }
    }

    /// The value of an option, on one line.
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

    /// The classes listed in an option.
    pub(super) fn classes(&self, name: &str) -> Vec<String> {
        class_names(&self.option(name).unwrap_or_default())
    }

    /// All arguments on one line.
    pub(super) fn argument(&self) -> String {
        self.arguments.join(" ")
    }
}

/// Words as class names.
pub(super) fn class_names(words: &str) -> Vec<String> {
    words
        .split_whitespace()
        .map(id_of_unprefixed)
        .filter(|class| !class.is_empty())
        .collect()
}

/// Decodes character codes such as `0xA9`, `U+00A9` and `&#xA9;`; other words stay.
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

/// Lines without their common indentation.
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
        let directive = Directive::parse(&source, true);
        assert_eq!(directive.arguments, ["a", "b"]);
        assert_eq!(directive.option("x").as_deref(), Some("1   2"));
        assert_eq!(directive.option("y").as_deref(), Some(""));
        assert_eq!(directive.content, ["c"]);
        let directive = Directive::parse(&source, false);
        assert_eq!(directive.content, ["a", "b", "", "c"]);
        let directive = Directive::parse(&block(&[":x: 1"], 2), true);
        assert_eq!(directive.content, [":x: 1"]);
    }

    #[test]
    fn codes_are_characters() {
        assert_eq!(unicode("0xA9 U+00AE .. comment"), "©®");
        assert_eq!(unicode("a b 8212"), "a b—");
    }
}
