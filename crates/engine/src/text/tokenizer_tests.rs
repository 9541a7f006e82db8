//! Words, their places, and how each language cuts them.

use std::ops::Range;

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::Language;
use super::tokenizer::*;

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
    // To change what is expected here, change `FORMAT` of the index's layout: words
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
