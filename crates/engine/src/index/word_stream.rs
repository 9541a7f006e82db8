//! The words of a document on their way into tantivy.
//!
//! All text of a document travels as one string, which [`WordStream`] takes apart again on tantivy's
//! own thread: a field mark starts a field, a blank ends a word, [`END_OF_VALUE`] ends a value. Words
//! hold neither blanks nor control characters, so nothing needs escaping, and no word costs an
//! allocation of its own.

use super::layout::field_mark;
use crate::schema::FieldNumber;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Ends a value; as a word of its own it has the value's end as its position.
pub(crate) const END_OF_VALUE: char = '\u{1}';
/// Distance between the last word of a value and the first word of the next one.
pub(crate) const VALUE_GAP: usize = 100;

/// Writes the string that [`WordTokenizer`] reads.
#[derive(Debug, Default, Clone)]
pub(crate) struct WordWriter {
    text: String,
}

impl WordWriter {
    pub(crate) fn start_field(&mut self, number: FieldNumber) {
        self.text.push(field_mark(number));
    }

    /// The next word. One that holds a mark or a control character, which nobody types, would be
    /// taken for something else and is left out.
    pub(crate) fn word(&mut self, word: &str) {
        if word.is_empty() || word.bytes().any(may_be_mark) && word.chars().any(is_mark) {
            return;
        }
        self.text.push_str(word);
        self.text.push(' ');
    }

    pub(crate) fn end_value(&mut self) {
        self.text.push(END_OF_VALUE);
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// Whether a character has a meaning in the stream.
fn is_mark(character: char) -> bool {
    character <= ' ' || is_field_mark(character)
}

fn is_field_mark(character: char) -> bool {
    ('\u{E000}'..='\u{F8FF}').contains(&character)
}

/// Whether a byte may belong to a character that [`is_mark`].
fn may_be_mark(byte: u8) -> bool {
    byte <= b' ' || byte == 0xEE || byte == 0xEF
}

/// Takes the string of a [`WordWriter`] apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct WordTokenizer {
    token: Token,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.token.reset();
        WordStream {
            rest: text,
            mark: field_mark(0),
            position: 0,
            token: &mut self.token,
        }
    }
}

/// See [`WordTokenizer`].
#[derive(Debug)]
pub(crate) struct WordStream<'a> {
    rest: &'a str,
    mark: char,
    position: usize,
    token: &'a mut Token,
}

impl WordStream<'_> {
    fn emit(&mut self, word: &str) {
        self.token.text.clear();
        self.token.text.push(self.mark);
        self.token.text.push_str(word);
        self.token.position = self.position;
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            let Some(first) = self.rest.chars().next() else {
                return false;
            };
            if is_field_mark(first) {
                self.mark = first;
                self.position = 0;
                self.rest = self.rest.get(first.len_utf8()..).unwrap_or_default();
                continue;
            }
            if first == END_OF_VALUE {
                self.rest = self.rest.get(1..).unwrap_or_default();
                self.emit("\u{1}");
                self.position += VALUE_GAP;
                return true;
            }
            let (word, rest) = self.rest.split_once(' ').unwrap_or((self.rest, ""));
            self.rest = rest;
            self.emit(word);
            self.position += 1;
            return true;
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_with_their_positions() {
        let mut writer = WordWriter::default();
        writer.start_field(1);
        writer.word("plone");
        writer.word("api");
        writer.end_value();
        writer.word("volto");
        writer.end_value();
        writer.start_field(2);
        writer.end_value();
        let text = writer.into_text();
        let mut tokenizer = WordTokenizer::default();
        let mut stream = tokenizer.token_stream(&text);
        let mut seen = Vec::new();
        while let Some(token) = stream.next() {
            seen.push((token.text.clone(), token.position));
        }
        let word = |field, word: &str| format!("{}{word}", field_mark(field));
        assert_eq!(
            seen,
            [
                (word(1, "plone"), 0),
                (word(1, "api"), 1),
                (word(1, "\u{1}"), 2),
                (word(1, "volto"), 102),
                (word(1, "\u{1}"), 103),
                (word(2, "\u{1}"), 0),
            ]
        );
    }
}
