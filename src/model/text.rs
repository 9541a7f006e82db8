//! Cleans short untrusted texts: names, labels, excerpts for messages.
//!
//! What is shown or stored of them is short, stays on one line and cannot affect the text around
//! it.

/// Whether a character cannot be seen, or changes how others are seen: direction marks and
/// embeddings, spaces without width, soft hyphens, line and paragraph separators, fillers, tags.
///
/// Joiners are not among them: emoji and several scripts are written with them.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{3164}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// One line of at most `longest` characters, without control and hidden characters: the form in
/// which untrusted names are stored.
#[must_use]
pub fn clean_line(text: &str, longest: usize) -> String {
    let seen = text
        .chars()
        .filter(|&character| !is_hidden(character))
        .map(|character| {
            if character.is_whitespace() {
                ' '
            } else {
                character
            }
        })
        .filter(|character| !character.is_control())
        .skip_while(|character| *character == ' ');
    let mut line: String = seen.take(longest).collect();
    line.truncate(line.trim_end().len());
    line
}

/// One line for a terminal or a log: what would end the line, command the terminal or turn the text
/// around becomes `U+FFFD`, and what is longer than `longest` characters ends in `…`.
#[must_use]
pub fn one_line(text: &str, longest: usize) -> String {
    let mut characters = text.chars();
    let mut line: String = characters
        .by_ref()
        .take(longest)
        .map(|character| {
            if character.is_control() || is_hidden(character) {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect();
    if characters.next().is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{clean_line, one_line};

    #[test]
    fn lines_stay_lines() {
        assert_eq!(
            one_line("a\u{1b}[2Jb\nc\u{9b}d\u{202e}e\u{200b}f\u{2028}g", 100),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}g"
        );
        assert_eq!(one_line("émoji 👩\u{200d}💻", 100), "émoji 👩\u{200d}💻");
        assert_eq!(one_line("abcd", 3), "abc…");
        assert_eq!(one_line("abc", 3), "abc");
    }

    #[test]
    fn stored_names_are_short_and_visible() {
        assert_eq!(
            clean_line(" \u{feff} Jupyter\tNote\u{7}book\u{202e}\n", 40),
            "Jupyter Notebook"
        );
        assert_eq!(clean_line(&"é".repeat(60_000), 3), "ééé");
        assert_eq!(clean_line("a \u{0}", 2), "a");
    }
}
