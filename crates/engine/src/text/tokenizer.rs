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

/// Longer words are cut to so many bytes, in the index as in queries for whole values.
pub const LONGEST_TOKEN: usize = 100;

/// A word and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'t> {
    /// As it is indexed.
    pub text: Cow<'t, str>,
    /// From its first to its last letter in the original, in bytes: punctuation at the edges is
    /// outside.
    pub place: Range<usize>,
}

/// How a field's text is cut.
#[derive(Debug, Clone)]
pub struct Tokenizer {
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
    pub fn new(separators: &[char], symbols: &[char]) -> Self {
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
    pub fn in_language(self, language: Language) -> Self {
        Self { language, ..self }
    }

    /// Whose rules it has.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The words of a text, in order, cut to [`LONGEST_TOKEN`].
    #[must_use]
    pub fn tokens<'t>(&'t self, text: &'t str) -> Tokens<'t> {
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
    pub fn query_tokens<'t>(&'t self, text: &'t str) -> Tokens<'t> {
        Tokens {
            longest: usize::MAX,
            ..self.tokens(text)
        }
    }

    /// The place of the first `length` bytes of a token's text, for a token that stands at
    /// `place` in `original`: what was typed of a word that was found by its beginning.
    #[must_use]
    pub fn place_of_prefix(
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
    pub fn end_with_punctuation(&self, original: &str, between: Range<usize>) -> usize {
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
pub struct Tokens<'t> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn words(tokenizer: &Tokenizer, text: &str) -> Vec<String> {
        tokenizer
            .tokens(text)
            .map(|token| token.text.into_owned())
            .collect()
    }

    fn plain() -> Tokenizer {
        Tokenizer::new(&[], &[])
    }

    #[test]
    fn languages_cut_words_where_dictionaries_say() {
        let cut = |language, text: &str| {
            let tokenizer = Tokenizer::new(&[], &['+']).in_language(language);
            words(&tokenizer, text).join("|")
        };
        // Whoever changes what is expected here has to change `FORMAT` of the index's layout: words
        // in folders that exist were cut in this way.
        for (language, text, expected) in [
            (
                Language::Chinese,
                "一个简单的网络爬虫框架。",
                "一个|简单|的|网络|爬虫|框架",
            ),
            (Language::Chinese, "爬虫", "爬虫"),
            (
                Language::Chinese,
                "機器學習，自然語言",
                "机器|学习|自然|语言",
            ),
            (
                Language::Japanese,
                "東京タワーの写真集",
                "東京|たわー|の|写真|集",
            ),
            (Language::Japanese, "ﾀﾜｰ", "たわー"),
            (Language::Japanese, "C++の入門", "c++|の|入門"),
            (Language::Other, "สวัสดีชาวโลก", "สวัสดี|ชาว|โลก"),
            (Language::Other, "ชาวโลก", "ชาว|โลก"),
            (Language::Other, "សួស្តីពិភពលោក", "សួស្តី|ពិភពលោក"),
            (Language::Other, "မင်္ဂလာပါကမ္ဘာ", "မင်္ဂလာ|ပါ|ကမ္ဘာ"),
            (Language::Other, "파이썬을 위한", "파이썬을|위한"),
            (
                Language::Other,
                "foo-bar don't I.B.M. a_b x+y",
                "foo|bar|dont|ibm|ab|x+y",
            ),
            (Language::Other, "и\u{306}од у\u{306}", "и\u{306}од|у"),
            (Language::Other, "йод", "и\u{306}од"),
        ] {
            let expected: String = expected.nfkd().collect();
            assert_eq!(
                cut(language, text).nfkd().collect::<String>(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn places_are_those_of_the_original_in_every_language() {
        for (language, text, expected) in [
            (
                Language::Japanese,
                "「ﾀﾜｰ」の写真",
                vec!["ﾀﾜｰ", "の", "写真"],
            ),
            (Language::Chinese, "《機器學習》", vec!["機器", "學習"]),
            (Language::Other, "«Κόσμε» — ёлка", vec!["Κόσμε", "ёлка"]),
        ] {
            let tokenizer = plain().in_language(language);
            let places = tokenizer.tokens(text).map(|token| &text[token.place]);
            assert_eq!(places.collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_long_text_without_blanks_is_cut_to_the_end() {
        let tokenizer = plain().in_language(Language::Chinese);
        let text = "机器学习。".repeat(20_000);
        let cut = words(&tokenizer, &text);
        assert_eq!(cut.concat().chars().count(), 80_000);
        assert!(cut.iter().filter(|word| *word == "机器").count() > 19_900);
    }

    #[test]
    fn punctuation_vanishes_and_white_space_parts() {
        assert_eq!(
            words(
                &plain(),
                "I.B.M.  don't\nStop -- <b>bold</b>\tfoo/bar_baz-qux"
            ),
            ["ibm", "dont", "stop", "bboldb", "foobarbazqux"]
        );
        assert!(words(&plain(), " -- \n").is_empty());
    }

    #[test]
    fn separators_part_and_symbols_stay() {
        let tokenizer = Tokenizer::new(&['-', '.', '_'], &['+', '#']);
        assert_eq!(
            words(&tokenizer, "Products.CMF-Plone_5 c++ C# (c+) ."),
            ["products", "cmf", "plone", "5", "c++", "c#", "c+"]
        );
    }

    #[test]
    fn letters_are_folded() {
        assert_eq!(
            words(&plain(), "Über-Café \u{a0}«été»… № 5"),
            ["ubercafe", "ete", "no", "5"]
        );
        assert_eq!(words(&plain(), "ПРИВЕТ 中文"), ["привет", "中文"]);
    }

    #[test]
    fn places_leave_punctuation_at_the_edges_out() {
        let text = "x (I.B.M.) «Été»";
        let places: Vec<&str> = plain()
            .tokens(text)
            .map(|token| &text[token.place])
            .collect();
        assert_eq!(places, ["x", "I.B.M", "Été"]);
    }

    #[test]
    fn long_words_are_cut_in_the_index_and_not_in_queries() {
        let long = "é中".repeat(60);
        let tokenizer = plain();
        let indexed = tokenizer.tokens(&long).next().map(|token| token.text.len());
        assert_eq!(indexed, Some(100));
        let asked = tokenizer
            .query_tokens(&long)
            .next()
            .map(|token| token.text.len());
        assert_eq!(asked, Some(240));
    }

    #[test]
    fn a_prefix_ends_after_the_letters_that_were_typed() {
        let text = "x pl&oneabc ßx";
        let tokenizer = plain();
        let places: Vec<Range<usize>> = tokenizer.tokens(text).map(|token| token.place).collect();
        let typed =
            |place: &Range<usize>, length| &text[tokenizer.place_of_prefix(text, place, length)];
        assert_eq!(typed(&places[1], 5), "pl&one");
        assert_eq!(typed(&places[1], 2), "pl");
        assert_eq!(typed(&places[2], 1), "ß");
        assert_eq!(typed(&places[2], 9), "ßx");
    }

    proptest! {
        #[test]
        fn tokens_are_stable_and_in_order(text in "\\PC{0,40}|[a-cA-C .\\-'é中Б\n]{0,40}") {
            let tokenizer = Tokenizer::new(&['-'], &['\'']);
            let mut end = 0;
            for token in tokenizer.tokens(&text) {
                prop_assert!(!token.text.is_empty());
                prop_assert!(token.place.start >= end && token.place.end > token.place.start);
                prop_assert!(text.get(token.place.clone()).is_some());
                end = token.place.end;
                let again = words(&tokenizer, &token.text);
                prop_assert_eq!(again, [token.text.into_owned()]);
            }
        }

        #[test]
        fn tokens_of_every_language_are_in_order(
            text in "\\PC{0,40}|[东京タわ.。 ไทยй한a+\u{306}\n-]{0,40}",
            language in 0..5_usize,
        ) {
            let language = [
                Language::English,
                Language::Chinese,
                Language::Japanese,
                Language::Serbian,
                Language::Other,
            ][language];
            let tokenizer = Tokenizer::new(&['-'], &['+']).in_language(language);
            let mut end = 0;
            for token in tokenizer.tokens(&text) {
                prop_assert!(!token.text.is_empty());
                prop_assert!(token.place.start >= end && token.place.end > token.place.start);
                prop_assert!(text.get(token.place.clone()).is_some());
                end = token.place.end;
                let whole = tokenizer.place_of_prefix(&text, &token.place, token.text.len());
                prop_assert_eq!(whole.start, token.place.start);
            }
        }
    }
}
