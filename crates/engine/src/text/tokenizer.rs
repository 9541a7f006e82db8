//! Cuts text into words.
//!
//! White space and a collection's separators part words; other ASCII punctuation vanishes, so
//! that `don't` is `dont`, unless the collection indexes the symbol. What is left is folded (see
//! [`super::fold`]). A field with a locale has the rules of its [`Language`]. Words know where
//! they stand in the original. Called by the index, by queries, filters and highlights; there is no
//! stemming, and there are no stop words.

use std::borrow::Cow;
use std::ops::Range;

use super::breaks::Breaks;
use super::fold::{Folded, fold};
use super::language::{BREVE, Language};

/// Longer words are cut to this many bytes, in the index as in queries for whole values.
pub(crate) const LONGEST_TOKEN: usize = 100;

/// A word and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    /// As it is indexed.
    pub(crate) text: Cow<'t, str>,
    /// From its first to its last letter in the original, in bytes: punctuation at the edges is
    /// outside.
    pub(crate) place: Range<usize>,
}

/// How a field's text is cut.
#[derive(Debug, Clone)]
pub(crate) struct Tokenizer {
    language: Language,
    ascii: [Role; 128],
    other_separators: Vec<char>,
    other_symbols: Vec<char>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Stands in the word as it is.
    Letter,
    /// Stands in the word in lower case.
    Capital,
    Separator,
    Silent,
}

/// A character's part in a word.
enum Part {
    Letter(char),
    Letters(super::fold::Letters),
    Separator,
    Silent,
}

impl Tokenizer {
    /// With characters that part words, and others that belong to words; for English.
    #[must_use]
    pub(crate) fn new(separators: &[char], symbols: &[char]) -> Self {
        let mut ascii = [Role::Silent; 128];
        for (byte, role) in (0_u8..).zip(&mut ascii) {
            *role = match byte {
                b'a'..=b'z' | b'0'..=b'9' => Role::Letter,
                b'A'..=b'Z' => Role::Capital,
                b' ' | b'\t'..=b'\r' => Role::Separator,
                _ => Role::Silent,
            };
        }
        let mut tokenizer = Self {
            language: Language::English,
            ascii,
            other_separators: Vec::new(),
            other_symbols: Vec::new(),
        };
        for &symbol in symbols {
            match tokenizer.ascii.get_mut(symbol as usize) {
                Some(role) if *role == Role::Silent => *role = Role::Letter,
                Some(_) => {}
                None => tokenizer.other_symbols.push(symbol),
            }
        }
        for &separator in separators {
            match tokenizer.ascii.get_mut(separator as usize) {
                Some(role) => *role = Role::Separator,
                None => tokenizer.other_separators.push(separator),
            }
        }
        tokenizer
    }

    /// The same for another language.
    #[must_use]
    pub(crate) fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// Whose rules it has.
    #[must_use]
    pub(crate) fn language(&self) -> Language {
        self.language
    }

    /// The words of a text, in order, cut to [`LONGEST_TOKEN`].
    #[must_use]
    pub(crate) fn tokens<'t>(&'t self, text: &'t str) -> Tokens<'t> {
        Tokens {
            tokenizer: self,
            text,
            position: 0,
            longest: LONGEST_TOKEN,
            breaks: Breaks::default(),
        }
    }

    /// The words of a query, in order, at full length: so that a word that is longer than any in
    /// the index does not match by its beginning.
    #[must_use]
    pub(crate) fn query_tokens<'t>(&'t self, text: &'t str) -> Tokens<'t> {
        Tokens {
            longest: usize::MAX,
            ..self.tokens(text)
        }
    }

    /// The place of the first `length` bytes of a token's text, for a token that stands at
    /// `place` in `original`: what was typed of a word that was found by its beginning.
    #[must_use]
    pub(crate) fn place_of_prefix(
        &self,
        original: &str,
        place: &Range<usize>,
        length: usize,
    ) -> Range<usize> {
        let mut kept = 0;
        let mut before = ' ';
        let word = original.get(place.clone()).unwrap_or_default();
        for (offset, character) in word.char_indices() {
            kept += match self.part_behind(before, character) {
                Part::Letter(letter) => letter.len_utf8(),
                Part::Letters(letters) => letters.as_str().len(),
                Part::Separator | Part::Silent => 0,
            };
            if kept >= length {
                return place.start..place.start + offset + character.len_utf8();
            }
            before = character;
        }
        place.clone()
    }

    /// Where a word ends with the punctuation behind it, of what stands `between` it and the next.
    #[must_use]
    pub(crate) fn end_with_punctuation(&self, original: &str, between: Range<usize>) -> usize {
        let text = original.get(between.clone()).unwrap_or_default();
        let end = text.find(|character| matches!(self.part(character), Part::Separator));
        between.start + end.unwrap_or(text.len())
    }

    fn part(&self, character: char) -> Part {
        match self.ascii.get(character as usize) {
            Some(Role::Letter) => Part::Letter(character),
            Some(Role::Capital) => Part::Letter(character.to_ascii_lowercase()),
            Some(Role::Separator) => Part::Separator,
            Some(Role::Silent) => Part::Silent,
            None if self.other_separators.contains(&character) => Part::Separator,
            None if self.other_symbols.contains(&character) => Part::Letter(character),
            None => {
                let folded = match self.language {
                    Language::English => fold(character),
                    language => language.fold(character),
                };
                match folded {
                    Folded::Space => Part::Separator,
                    Folded::Letters(letters) if letters.as_str().is_empty() => Part::Silent,
                    Folded::Letters(letters) => Part::Letters(letters),
                }
            }
        }
    }

    /// A character's part behind another one: `й` may be written as two characters.
    fn part_behind(&self, before: char, character: char) -> Part {
        let is_letter = character == BREVE && matches!(before, 'и' | 'И');
        if is_letter && self.language != Language::English {
            return Part::Letter(character);
        }
        self.part(character)
    }

    /// Whether two characters are of one word though Unicode would part them: a symbol that is
    /// indexed, and what it belongs to, as in `C++`.
    fn holds_together(&self, before: char, character: char) -> bool {
        let is_word = |one: char| {
            let role = self.ascii.get(one as usize);
            matches!(role, Some(Role::Letter | Role::Capital))
        };
        is_word(before)
            && is_word(character)
            && !(before.is_ascii_alphanumeric() && character.is_ascii_alphanumeric())
    }
}

/// The words of one text; made by [`Tokenizer::tokens`].
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'t> {
    tokenizer: &'t Tokenizer,
    text: &'t str,
    position: usize,
    longest: usize,
    breaks: Breaks,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let (tokenizer, text) = (self.tokenizer, self.text);
        if tokenizer.language == Language::English {
            return self.read(|_, character| (false, tokenizer.part(character)));
        }
        let mut breaks = std::mem::take(&mut self.breaks);
        let mut before = ' ';
        let token = self.read(|start, character| {
            let part = tokenizer.part_behind(before, character);
            let ends = breaks.is_at(start, text, tokenizer.language)
                && !tokenizer.holds_together(before, character);
            before = character;
            (ends, part)
        });
        self.breaks = breaks;
        token
    }
}

impl<'t> Tokens<'t> {
    /// The next word. `part` says of a character at a position whether a word ends in front of it,
    /// and what it is.
    #[inline]
    fn read(&mut self, mut part: impl FnMut(usize, char) -> (bool, Part)) -> Option<Token<'t>> {
        let mut word = Word::new(self.text);
        let rest = self.text.get(self.position..)?;
        let mut next = self.text.len();
        for (offset, character) in rest.char_indices() {
            let start = self.position + offset;
            let end = start + character.len_utf8();
            let (ends, part) = part(start, character);
            if ends && word.place.is_some() {
                next = start;
                break;
            }
            match part {
                Part::Letter(letter) if letter == character => word.keep(start..end),
                Part::Letter(letter) => word.replace(start..end, letter.encode_utf8(&mut [0; 4])),
                Part::Letters(letters) => word.replace(start..end, letters.as_str()),
                Part::Separator if word.place.is_some() => {
                    next = end;
                    break;
                }
                Part::Silent | Part::Separator => {}
            }
        }
        self.position = next;
        word.into_token(self.longest)
    }
}

/// A word while it is read: a slice of the original as long as that will do.
struct Word<'t> {
    original: &'t str,
    place: Option<Range<usize>>,
    owned: Option<String>,
}

impl<'t> Word<'t> {
    fn new(original: &'t str) -> Self {
        Self {
            original,
            place: None,
            owned: None,
        }
    }

    /// Appends a stretch of the original.
    fn keep(&mut self, stretch: Range<usize>) {
        let follows = self
            .place
            .as_ref()
            .is_none_or(|place| place.end == stretch.start);
        if self.owned.is_none() && follows {
            self.extend_to(&stretch);
        } else {
            let letters = self.original.get(stretch.clone()).unwrap_or_default();
            self.replace(stretch, letters);
        }
    }

    /// Appends other letters for a stretch of the original.
    fn replace(&mut self, stretch: Range<usize>, letters: &str) {
        let (original, place) = (self.original, &self.place);
        self.owned
            .get_or_insert_with(|| {
                let so_far = place.clone().and_then(|place| original.get(place));
                let mut owned = String::with_capacity(16);
                owned.push_str(so_far.unwrap_or_default());
                owned
            })
            .push_str(letters);
        self.extend_to(&stretch);
    }

    fn extend_to(&mut self, stretch: &Range<usize>) {
        let start = self
            .place
            .as_ref()
            .map_or(stretch.start, |place| place.start);
        self.place = Some(start..stretch.end);
    }

    fn into_token(self, longest: usize) -> Option<Token<'t>> {
        let place = self.place?;
        let text = if let Some(mut owned) = self.owned {
            owned.truncate(owned.floor_char_boundary(longest));
            Cow::Owned(owned)
        } else {
            let slice = self.original.get(place.clone()).unwrap_or_default();
            Cow::Borrowed(
                slice
                    .get(..slice.floor_char_boundary(longest))
                    .unwrap_or(slice),
            )
        };
        Some(Token { text, place })
    }
}
