//! Which characters may come before and after inline markup, and how wide characters are.
//!
//! The classes are those of the reStructuredText specification: openers (Unicode Ps, Pi, Pf and
//! quotes), closers (Pe, Pf, Pi and quotes) and delimiters (Pd, Po without the closing ones).
//! Delimiters are listed as ranges.

/// Delimiters beyond ASCII, as ranges.
const DELIMITERS: [(char, char); 50] = [
    ('\u{58a}', '\u{58a}'),
    ('¡', '¡'),
    ('·', '·'),
    ('¿', '¿'),
    ('\u{37e}', '\u{37e}'),
    ('\u{387}', '\u{387}'),
    ('\u{55a}', '\u{55f}'),
    ('\u{589}', '\u{589}'),
    ('\u{5be}', '\u{5be}'),
    ('\u{5c0}', '\u{5c0}'),
    ('\u{5c3}', '\u{5c3}'),
    ('\u{5c6}', '\u{5c6}'),
    ('\u{5f3}', '\u{5f4}'),
    ('\u{609}', '\u{60d}'),
    ('\u{61b}', '\u{61f}'),
    ('\u{66a}', '\u{66d}'),
    ('\u{6d4}', '\u{6d4}'),
    ('\u{700}', '\u{70d}'),
    ('\u{964}', '\u{965}'),
    ('\u{970}', '\u{970}'),
    ('\u{df4}', '\u{df4}'),
    ('\u{e4f}', '\u{e4f}'),
    ('\u{e5a}', '\u{e5b}'),
    ('\u{f04}', '\u{f12}'),
    ('\u{104a}', '\u{104f}'),
    ('\u{10fb}', '\u{10fb}'),
    ('\u{1361}', '\u{1368}'),
    ('\u{17d4}', '\u{17da}'),
    ('\u{1800}', '\u{180a}'),
    ('\u{2010}', '\u{2017}'),
    ('\u{2020}', '\u{2027}'),
    ('\u{2030}', '\u{2038}'),
    ('\u{203b}', '\u{203e}'),
    ('\u{2041}', '\u{2043}'),
    ('\u{2047}', '\u{2051}'),
    ('\u{2053}', '\u{2053}'),
    ('\u{2055}', '\u{205e}'),
    ('\u{2e00}', '\u{2e01}'),
    ('\u{2e0e}', '\u{2e1b}'),
    ('\u{3001}', '\u{3003}'),
    ('\u{301c}', '\u{301c}'),
    ('\u{3030}', '\u{3030}'),
    ('\u{30fb}', '\u{30fb}'),
    ('\u{fe10}', '\u{fe16}'),
    ('\u{fe30}', '\u{fe32}'),
    ('\u{fe49}', '\u{fe6b}'),
    ('\u{ff01}', '\u{ff03}'),
    ('\u{ff05}', '\u{ff0f}'),
    ('\u{ff1a}', '\u{ff20}'),
    ('\u{ff61}', '\u{ff65}'),
];

/// Pairs of opening and closing brackets and quotes beyond ASCII.
const PAIRS: [(char, char); 34] = [
    ('«', '»'),
    ('‘', '’'),
    ('“', '”'),
    ('‹', '›'),
    ('‚', '‘'),
    ('„', '“'),
    ('„', '”'),
    ('‚', '’'),
    ('“', '„'),
    ('‘', '‚'),
    ('»', '»'),
    ('›', '›'),
    ('«', '”'),
    ('\u{300c}', '\u{300d}'),
    ('»', '«'),
    ('’', '’'),
    ('”', '”'),
    ('›', '‹'),
    ('‛', '’'),
    ('‟', '”'),
    ('\u{2045}', '\u{2046}'),
    ('\u{207d}', '\u{207e}'),
    ('\u{27e8}', '\u{27e9}'),
    ('\u{2768}', '\u{2769}'),
    ('\u{3008}', '\u{3009}'),
    ('\u{300a}', '\u{300b}'),
    ('\u{300c}', '\u{300d}'),
    ('\u{300e}', '\u{300f}'),
    ('\u{3010}', '\u{3011}'),
    ('\u{3014}', '\u{3015}'),
    ('\u{3018}', '\u{3019}'),
    ('\u{ff08}', '\u{ff09}'),
    ('\u{ff3b}', '\u{ff3d}'),
    ('\u{ff5b}', '\u{ff5d}'),
];

fn is_delimiter(character: char) -> bool {
    match character {
        '-' | '/' | ':' => true,
        _ if character.is_ascii() => false,
        _ => DELIMITERS
            .iter()
            .any(|&(first, last)| (first..=last).contains(&character)),
    }
}

/// Whether inline markup may start after `before`.
pub(super) fn may_precede(before: char) -> bool {
    match before {
        '"' | '\'' | '(' | '<' | '[' | '{' => true,
        _ if before.is_ascii() => before.is_ascii_whitespace() || is_delimiter(before),
        _ => {
            before.is_whitespace()
                || is_delimiter(before)
                || PAIRS.iter().any(|&(open, _)| open == before)
        }
    }
}

/// Whether inline markup may end before `after`; a backslash escapes whatever follows it.
pub(super) fn may_follow(after: char) -> bool {
    match after {
        '"' | '\'' | ')' | '>' | ']' | '}' | '\\' | '.' | ',' | ';' | '!' | '?' => true,
        _ if after.is_ascii() => after.is_ascii_whitespace() || is_delimiter(after),
        _ => {
            after.is_whitespace()
                || is_delimiter(after)
                || PAIRS
                    .iter()
                    .any(|&(open, close)| close == after || open == after)
        }
    }
}

/// Whether a start string between these two is quoted, so that it is plain text.
pub(super) fn is_quoted(before: char, after: char) -> bool {
    match before {
        '"' | '\'' => before == after,
        '(' => after == ')',
        '<' => after == '>',
        '[' => after == ']',
        '{' => after == '}',
        _ if before.is_ascii() => false,
        _ => PAIRS
            .iter()
            .any(|&(open, close)| (open, close) == (before, after)),
    }
}

/// Letters and digits, of which names are made.
pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric()
}

/// The width of a character in columns.
pub(super) fn width(character: char) -> usize {
    match character {
        _ if character < '\u{300}' => 1,
        '\u{300}'..='\u{36f}'
        | '\u{200b}'..='\u{200d}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{20d0}'..='\u{20ff}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{33ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{a000}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{231a}'..='\u{231b}'
        | '\u{23e9}'..='\u{23ec}'
        | '\u{2705}'
        | '\u{274c}'
        | '\u{2728}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// The width of a text in columns.
pub(super) fn text_width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().map(width).sum()
    }
}
