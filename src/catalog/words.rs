//! Words of a text, as a search server with our collections sees them, and forms of one word.

/// The longest query in bytes; what is longer is cut.
const LONGEST_QUERY: usize = 1_000;
/// The most words of a query; the rest is left out.
const MOST_WORDS: usize = 20;

/// Words between others that say nothing of a package.
const SMALL_WORDS: [&str; 22] = [
    "a", "an", "and", "any", "as", "at", "by", "for", "from", "how", "in", "into", "is", "of",
    "on", "or", "that", "the", "to", "using", "via", "with",
];

/// Whether a word says nothing of a package: it need not be found, and is taken for no other one.
pub(super) fn is_small(word: &str) -> bool {
    SMALL_WORDS.contains(&word)
}

/// A word in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case.
    pub(super) text: String,
    /// Where it begins and ends in the text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The words of a text: runs of letters and digits.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut is_inside = false;
    for (at, character) in text.char_indices() {
        if character.is_alphanumeric() {
            if !is_inside {
                words.push(Word {
                    text: String::new(),
                    start: at,
                    end: at,
                });
            }
            if let Some(word) = words.last_mut() {
                word.text.extend(character.to_lowercase());
                word.end = at + character.len_utf8();
            }
            is_inside = true;
        } else {
            // `don't` is one word.
            is_inside = matches!(character, '\'' | '’') && is_inside;
        }
    }
    words
}

/// The words that somebody typed, without the unwanted ones; none for an empty query and for `*`.
pub(super) fn typed_words(typed: &str) -> Vec<String> {
    let wanted = split_parts(cut(typed)).filter(|part| unwanted(part).is_none());
    wanted.flat_map(texts).take(MOST_WORDS).collect()
}

/// The unwanted words, which have a dash before them: those of each part that stand together.
pub(super) fn unwanted_words(typed: &str) -> Vec<Vec<String>> {
    let unwanted = split_parts(cut(typed)).filter_map(unwanted);
    unwanted.map(texts).take(MOST_WORDS).collect()
}

/// The parts of a text that say which words are unwanted, such as `-mail`.
pub fn unwanted_parts(typed: &str) -> impl Iterator<Item = &str> {
    split_parts(typed).filter(|part| is_unwanted(part))
}

/// Whether a part of what was typed says which words are unwanted.
#[must_use]
pub fn is_unwanted(part: &str) -> bool {
    unwanted(part).is_some()
}

/// The parts of a text between spaces, where quotes keep spaces together.
pub fn split_parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let mut quoted = false;
        let end = rest
            .char_indices()
            .find(|&(_, character)| {
                quoted ^= character == '"';
                !quoted && character.is_whitespace()
            })
            .map_or(rest.len(), |(at, _)| at);
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(part)
    })
}

/// What is unwanted by a part that says so: a dash, and words right behind it.
fn unwanted(part: &str) -> Option<&str> {
    let rest = part.strip_prefix('-')?;
    let begins = |text: &str| text.starts_with(char::is_alphanumeric);
    let is_meant = begins(rest) || rest.strip_prefix('"').is_some_and(begins);
    is_meant.then_some(rest)
}

fn texts(part: &str) -> Vec<String> {
    words(part).into_iter().map(|word| word.text).collect()
}

fn cut(typed: &str) -> &str {
    let end = typed.floor_char_boundary(LONGEST_QUERY);
    typed.get(..end).unwrap_or(typed)
}

/// The letters of a text without what separates its words.
pub(super) fn joined(text: &str) -> String {
    words(text).into_iter().map(|word| word.text).collect()
}

/// What is left of an English word without its ending, so that `tags` and `tagging`, or `migrate` and
/// `migrations`, are equal.
pub(super) fn stem(word: &str) -> String {
    let mut stem = word.to_owned();
    let length = |stem: &str| stem.chars().count();
    if length(&stem) > 4
        && let Some(rest) = stem.strip_suffix("ies")
    {
        stem = format!("{rest}y");
    } else if length(&stem) > 3
        && !["ss", "us", "is"].iter().any(|end| stem.ends_with(end))
        && let Some(rest) = stem.strip_suffix('s')
    {
        let kept = rest.len();
        stem.truncate(kept);
    }
    for (ending, shortest) in [("ing", 6), ("ed", 5), ("ion", 6)] {
        if length(&stem) >= shortest
            && let Some(rest) = stem.strip_suffix(ending)
            && (ending != "ion" || rest.ends_with(['t', 's']))
        {
            let kept = undoubled(rest).len();
            stem.truncate(kept);
            break;
        }
    }
    match stem.strip_suffix('e') {
        Some(rest) if length(&stem) > 4 => rest.to_owned(),
        _ => stem,
    }
}

/// `tagg` as `tag`.
fn undoubled(stem: &str) -> &str {
    let mut characters = stem.chars().rev();
    match (characters.next(), characters.next()) {
        (Some(last), Some(before)) if last == before && !"aeiouls".contains(last) => {
            stem.strip_suffix(last).unwrap_or(stem)
        }
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::{joined, stem, typed_words, unwanted_parts, unwanted_words, words};

    #[test]
    fn separators_end_words() {
        let texts =
            |text| -> Vec<String> { words(text).into_iter().map(|word| word.text).collect() };
        assert_eq!(texts("Products.CMFPlone"), ["products", "cmfplone"]);
        assert_eq!(texts("a-b_c@d/e  f"), ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(texts("don't panic, C++!"), ["dont", "panic", "c"]);
        assert_eq!(texts("Ärger 中文"), ["ärger", "中文"]);
        assert_eq!(joined("Flask-SQLAlchemy"), "flasksqlalchemy");
    }

    #[test]
    fn a_dash_before_a_word_says_that_it_is_unwanted() {
        for (typed, wanted, unwanted) in [
            ("form -mail", &["form"][..], &[&["mail"][..]][..]),
            ("-mail", &[], &[&["mail"]]),
            ("e-mail - form", &["e", "mail", "form"], &[]),
            (
                "a -b.c -\"d e\" f",
                &["a", "f"],
                &[&["b", "c"], &["d", "e"]],
            ),
            ("--x", &["x"], &[]),
        ] {
            assert_eq!(typed_words(typed), wanted, "{typed}");
            assert_eq!(unwanted_words(typed), unwanted, "{typed}");
        }
        let parts: Vec<&str> = unwanted_parts("form -mail -\"d e\" - x").collect();
        assert_eq!(parts, ["-mail", "-\"d e\""]);
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(typed_words(&"ä ".repeat(5000)).len(), 20);
        assert_eq!(typed_words(&"ä".repeat(5000)).concat().len(), 1000);
        assert_eq!(typed_words(" * "), [""; 0]);
    }

    #[test]
    fn forms_of_one_word_have_one_stem() {
        for forms in [
            &["tag", "tags", "tagging", "tagged"][..],
            &["migrate", "migration", "migrations", "migrated"],
            &["cache", "caching", "caches", "cached"],
            &["taxonomy", "taxonomies"],
            &["filter", "filters", "filtering"],
            &["class", "classes"],
            &["sort", "sorting", "sorted"],
        ] {
            for form in forms {
                assert_eq!(stem(form), stem(forms[0]), "{form}");
            }
        }
        for (one, other) in [("status", "stat"), ("form", "for"), ("rest", "res")] {
            assert_ne!(stem(one), stem(other));
        }
    }
}
