//! Tells whether a heading announces the history of changes.
//!
//! Authors decorate headings: with emoji, with numbers, with the name of the package. What is left
//! without these decides.

/// Words of a heading or a name; longer ones announce nothing and are no names.
const MOST_WORDS: usize = 20;

/// The names that a heading may carry, each as its words.
pub(crate) struct Names(Vec<Vec<String>>);

impl Names {
    /// The names of what a README is about: that of the package, and its title, unless that
    /// announces changes itself.
    pub(crate) fn new(package: &str, title: &str) -> Self {
        let mut names = Self(Vec::new());
        names.add(package);
        if !names.announce_changes(title) {
            names.add(title);
        }
        names
    }

    fn add(&mut self, name: &str) {
        let words: Vec<String> = words(name).iter().flat_map(|word| parts(word)).collect();
        if (1..=MOST_WORDS).contains(&words.len()) {
            self.0.push(words);
        }
    }

    /// Whether a heading plainly begins the history of changes.
    pub(crate) fn announce_history(&self, title: &str) -> bool {
        is_history(&self.undecorated(title))
    }

    /// Whether a heading begins the history of changes, is a version in it, or is called "Versions" or
    /// "Releases", which can be about something else.
    pub(crate) fn announce_changes(&self, title: &str) -> bool {
        let words = self.undecorated(title);
        is_history(&words) || is_list_of_versions(&words) || is_version(&words, 2)
    }

    /// Whether a heading is a version with its date, or an unreleased one: an entry of a history of
    /// changes, wherever it stands.
    pub(crate) fn is_dated_version(&self, title: &str) -> bool {
        let words = self.undecorated(title);
        let is_date = |word: &String| {
            word.bytes().any(|byte| byte.is_ascii_digit()) || word.contains("unreleased")
        };
        is_version(&words, 2) && words.iter().filter(|word| is_date(word)).count() > 1
    }

    /// Whether a heading within the history of changes still belongs to it, such as the version
    /// `2 (2020-01-01)`.
    pub(crate) fn belong_to_changes(&self, title: &str) -> bool {
        self.announce_changes(title) || is_version(&self.undecorated(title), 1)
    }

    /// The words of a heading without what decorates it.
    fn undecorated(&self, title: &str) -> Vec<String> {
        let mut words = words(title);
        if words.len() > MOST_WORDS {
            return Vec::new();
        }
        for name in &self.0 {
            remove_name(&mut words, name);
        }
        // A number in front counts chapters if a word follows that is none.
        while words.len() > 1 && is_chapter_number(&words[0]) && !is_version(&words, 1) {
            words.remove(0);
        }
        words
    }
}

/// The first words of a text in lower case, without emoji and their like.
fn words(text: &str) -> Vec<String> {
    let is_shortcode = |word: &str| word.len() > 2 && word.starts_with(':') && word.ends_with(':');
    text.split_whitespace()
        .filter(|word| !is_shortcode(word) && word.chars().any(char::is_alphanumeric))
        .take(MOST_WORDS + 1)
        .map(|word| word.to_lowercase().replace('’', "'"))
        .collect()
}

/// What a word of a name is made of: `acme.widget` is `acme` and `widget`; `acme's` is `acme`.
fn parts(word: &str) -> impl Iterator<Item = String> {
    let word = word.trim_matches(|character: char| !character.is_alphanumeric());
    let stem = word.strip_suffix("'s").unwrap_or(word);
    stem.split(['-', '_', '.', '/'])
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
}

/// Removes the words of a name where they first stand together.
fn remove_name(words: &mut Vec<String>, name: &[String]) {
    for start in 0..words.len() {
        let longest = (start + name.len()).min(words.len());
        let is_name = |end: &usize| {
            let parts = words[start..*end].iter().flat_map(|word| parts(word));
            parts.eq(name.iter().cloned())
        };
        if let Some(end) = (start + 1..=longest).find(is_name) {
            words.drain(start..end);
            return;
        }
    }
}

/// `7`, `7.`, `2.3)`, `§4`, `iv.`
fn is_chapter_number(word: &str) -> bool {
    let number = word.trim_matches(|character: char| !character.is_alphanumeric());
    let is_roman = word.ends_with(['.', ')']) && number.bytes().all(|byte| b"ivx".contains(&byte));
    is_roman
        || number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Whether words announce the history of changes.
fn is_history(words: &[String]) -> bool {
    matches!(
        without_filling(words).as_str(),
        "changelog"
            | "changelogs"
            | "change log"
            | "change-log"
            | "change history"
            | "changes"
            | "history"
            | "history of changes"
            | "latest changes"
            | "list of changes"
            | "news"
            | "recent changes"
            | "release history"
            | "release log"
            | "release notes"
            | "releasenotes"
            | "revision history"
            | "what's new"
            | "what'snew"
            | "whats new"
            | "whatsnew"
            | "version history"
    )
}

fn is_list_of_versions(words: &[String]) -> bool {
    let names = ["release", "releases", "version", "versions"];
    names.contains(&without_filling(words).as_str())
}

/// Words without punctuation, and without those that say nothing at either end.
fn without_filling(words: &[String]) -> String {
    const FILLING: [&str; 9] = ["a", "and", "for", "full", "in", "of", "our", "the", "to"];
    let plain: Vec<&str> = words
        .iter()
        .map(|word| word.trim_matches(|character: char| !character.is_alphanumeric()))
        .collect();
    let is_filling = |word: &&&str| FILLING.contains(*word);
    let front = plain.iter().take_while(is_filling).count();
    let back = plain[front..].iter().rev().take_while(is_filling).count();
    plain[front..plain.len() - back].join(" ")
}

/// Whether words are a version of at least so many numbers, perhaps with a date or a state:
/// `1.0 (2020-01-01)`, `v2.1rc1`, `Version 3.0 - unreleased`.
fn is_version(words: &[String], numbers: usize) -> bool {
    let mut words = words.iter().map(String::as_str).peekable();
    let named = words
        .next_if(|word| matches!(*word, "version" | "release" | "v" | "v."))
        .is_some();
    let Some(version) = words.next() else {
        return false;
    };
    let version = version.trim_start_matches(['v', '[']);
    let version = version.trim_end_matches([']', ',', ':']);
    let parts = version.split('.').take_while(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0
            && part[digits..]
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric())
    });
    let count = parts.count();
    let only_numbers = version
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte));
    if !only_numbers || count < if named { 1 } else { numbers } {
        return false;
    }
    words.all(|word| {
        let word = word.trim_matches(['(', ')', '[', ']', ',', '-', '–', '—', '/', ':', '.']);
        let is_date = word.bytes().any(|byte| byte.is_ascii_digit());
        let is_state = matches!(
            word,
            "" | "unreleased"
                | "released"
                | "not"
                | "yet"
                | "final"
                | "dev"
                | "alpha"
                | "beta"
                | "on"
        );
        let is_month = word.len() >= 3
            && [
                "january",
                "february",
                "march",
                "april",
                "may",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
            ]
            .iter()
            .any(|month| month.starts_with(word));
        is_date || is_state || is_month
    })
}
