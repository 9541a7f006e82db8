//! Splits source text into lines, and cuts indented blocks out of them.
//!
//! Lines have no line ends and no trailing blanks, and tabs are expanded to eight columns. A block
//! is a list of slices of lines, so no text is copied. Nothing here knows any markup.

use std::borrow::Cow;

/// `text` with blanks for tabs, vertical tabs and form feeds, and `\n` for all line ends.
pub(super) fn normalise(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let odd = |byte: u8| matches!(byte, b'\t' | 0x0b | 0x0c | b'\r' | 0);
    if !text.bytes().any(odd) {
        return Cow::Borrowed(text);
    }
    let mut normal = String::with_capacity(text.len() + text.len() / 16);
    let mut column = 0_usize;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\t' => {
                let width = 8 - column % 8;
                normal.extend(std::iter::repeat_n(' ', width));
                column += width;
                continue;
            }
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    normal.push('\n');
                    column = 0;
                }
                continue;
            }
            '\u{b}' | '\u{c}' => normal.push(' '),
            '\0' => continue,
            _ => normal.push(character),
        }
        column = if character == '\n' { 0 } else { column + 1 };
    }
    Cow::Owned(normal)
}

/// The lines of normalised text.
pub(super) fn split_lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').map(trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// `str::trim_end`, faster for the many lines that end in a letter or a full stop.
fn trim_end(line: &str) -> &str {
    match line.as_bytes().last() {
        Some(byte) if byte.is_ascii_graphic() => line,
        _ => line.trim_end(),
    }
}

/// How many blanks a line begins with; an empty line has none.
pub(super) fn indent_of(line: &str) -> usize {
    line.bytes().take_while(|&byte| byte == b' ').count()
}

/// A line without its first `count` bytes, which are blanks, or fewer where it has no more.
pub(super) fn dedent(line: &str, count: usize) -> &str {
    line.get(count..)
        .unwrap_or_else(|| line.trim_start_matches(' '))
}

/// An indented block and where it ends.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    /// Without indentation, and without blank lines at the start and end.
    pub(super) lines: Vec<&'a str>,
    /// The index of the line after it.
    pub(super) end: usize,
    /// The number of blank lines removed from its start.
    pub(super) skipped: usize,
}

/// The block of blank or indented lines that begins at line `start`.
///
/// `first` is where the text of the first line begins, if that line begins with markup. `indent` is
/// the indentation that lines must have; by default, it is the smallest one found. With
/// `until_blank` the block ends at a blank line.
pub(super) fn indented<'a>(
    lines: &[&'a str],
    start: usize,
    first: Option<usize>,
    indent: Option<usize>,
    until_blank: bool,
) -> Block<'a> {
    let mut end = start + usize::from(first.is_some());
    let mut least = usize::MAX;
    while let Some(line) = lines.get(end) {
        if line.is_empty() {
            if until_blank {
                break;
            }
        } else {
            let width = indent_of(line);
            if width == 0 || indent.is_some_and(|indent| width < indent) {
                break;
            }
            least = least.min(width);
        }
        end += 1;
    }
    let width = indent.unwrap_or(if least == usize::MAX { 0 } else { least });
    let mut block: Vec<&str> = Vec::with_capacity(end - start);
    let mut rest = lines.get(start..end).unwrap_or_default();
    if let (Some(first), Some((head, tail))) = (first, rest.split_first()) {
        block.push(head.get(first..).unwrap_or_default());
        rest = tail;
    }
    block.extend(rest.iter().map(|line| dedent(line, width)));
    while block.last().is_some_and(|line| line.is_empty()) {
        block.pop();
    }
    let skipped = block.iter().take_while(|line| line.is_empty()).count();
    block.drain(..skipped);
    Block {
        lines: block,
        end,
        skipped,
    }
}

/// The index of the first line at or after `start` that is not blank.
pub(super) fn next_text(lines: &[&str], start: usize) -> usize {
    let rest = lines.get(start..).unwrap_or_default();
    start + rest.iter().take_while(|line| line.is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::{indented, normalise, split_lines};

    #[test]
    fn tabs_and_line_ends() {
        assert_eq!(normalise("a\tb\r\nc\rd\u{c}"), "a       b\nc\nd ");
        assert_eq!(split_lines("a  \n\nb\n\n"), ["a", "", "b"]);
    }

    #[test]
    fn blocks_end_where_the_indentation_does() {
        let source = ["- a", "", "  b", "    c", "", "d"];
        let block = indented(&source, 0, Some(2), Some(2), false);
        assert_eq!(block.lines, ["a", "", "b", "  c"]);
        assert_eq!(block.end, 5);
        let block = indented(&source, 2, None, None, true);
        assert_eq!((block.lines, block.end), (vec!["b", "  c"], 4));
    }
}
