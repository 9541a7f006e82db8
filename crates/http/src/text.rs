//! Texts for messages: the cause of an error, and what a server said on one line.
//!
//! Pure functions, also for the search client, which has a transport of its own.

use std::error::Error;

/// The innermost cause of an error; the outer ones mostly repeat the address.
#[must_use]
pub fn root_cause<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause
}

/// A text on one line without control characters, cut after `limit` characters.
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_short_and_without_control_characters() {
        let line = one_line(&"a\n b\u{1b} ".repeat(1000), 300);
        assert_eq!(line.chars().count(), 301);
        assert!(!line.contains(char::is_control) && line.ends_with('…'));
        assert_eq!(one_line(" a\tb ", 3), "a b");
    }

    #[test]
    fn the_innermost_cause_is_found() {
        let inner = std::io::Error::other("inner");
        let outer = std::io::Error::other(inner);
        assert_eq!(root_cause(&outer).to_string(), "inner");
    }
}
