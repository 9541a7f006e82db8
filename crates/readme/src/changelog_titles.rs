//! Recognises the headings of changelogs.
//!
//! Authors decorate headings with emoji, numbers and the name of the package. These are removed
//! before a heading is compared with the usual titles.

/// A heading or name with more words is neither a changelog title nor a project name.
const MAX_WORDS: usize = 20;

/// The names of the project, each as its words, that a heading may contain.
pub(crate) struct ProjectNames(Vec<Vec<String>>);

impl ProjectNames {
    /// The name of the package, and the title of the README unless that is a changelog title.
    pub(crate) fn new(package: &str, title: &str) -> Self {
        let mut names = Self(Vec::new());
        names.add(package);
        if !names.match_changes(title) {
            names.add(title);
        }
        names
    }

    fn add(&mut self, name: &str) {
        let words: Vec<String> = first_words(name)
            .iter()
            .flat_map(|word| name_parts(word))
            .collect();
        if (1..=MAX_WORDS).contains(&words.len()) {
            self.0.push(words);
        }
    }

    /// Whether a heading clearly begins a changelog.
    pub(crate) fn match_changelog(&self, title: &str) -> bool {
        is_changelog(&self.undecorated(title))
    }

    /// Whether a heading begins a changelog, is a version number, or is "Versions" or "Releases",
    /// which can mean something else.
    pub(crate) fn match_changes(&self, title: &str) -> bool {
        let words = self.undecorated(title);
        is_changelog(&words) || is_list_of_versions(&words) || is_version(&words, 2)
    }

    /// Whether a heading is a version with its date, or an unreleased one: an entry of a changelog,
    /// wherever it stands.
    pub(crate) fn is_dated_version(&self, title: &str) -> bool {
        let words = self.undecorated(title);
        let is_date = |word: &String| {
            word.bytes().any(|byte| byte.is_ascii_digit()) || word.contains("unreleased")
        };
        is_version(&words, 2) && words.iter().filter(|word| is_date(word)).count() > 1
    }

    /// Whether a heading after a changelog title still belongs to the changelog, such as the version
    /// `2 (2020-01-01)`.
    pub(crate) fn match_entry(&self, title: &str) -> bool {
        self.match_changes(title) || is_version(&self.undecorated(title), 1)
    }

    /// The words of a heading without decoration.
    fn undecorated(&self, title: &str) -> Vec<String> {
        let mut words = first_words(title);
        if words.len() > MAX_WORDS {
            return Vec::new();
        }
        for name in &self.0 {
            remove_name(&mut words, name);
        }
        // A number in front numbers the chapter, unless only a version number is left.
        while words.len() > 1 && is_chapter_number(&words[0]) && !is_version(&words, 1) {
            words.remove(0);
        }
        words
    }
}

/// The first words of a text in lower case, without emoji.
fn first_words(text: &str) -> Vec<String> {
    let is_shortcode = |word: &str| word.len() > 2 && word.starts_with(':') && word.ends_with(':');
    text.split_whitespace()
        .filter(|word| !is_shortcode(word) && word.chars().any(char::is_alphanumeric))
        .take(MAX_WORDS + 1)
        .map(|word| word.to_lowercase().replace('’', "'"))
        .collect()
}

/// The parts of a word in a name: `acme.widget` is `acme` and `widget`; `acme's` is `acme`.
fn name_parts(word: &str) -> impl Iterator<Item = String> {
    let word = word.trim_matches(|character: char| !character.is_alphanumeric());
    let stem = word.strip_suffix("'s").unwrap_or(word);
    stem.split(['-', '_', '.', '/'])
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
}

/// Removes the first occurrence of a name.
fn remove_name(words: &mut Vec<String>, name: &[String]) {
    for start in 0..words.len() {
        let longest = (start + name.len()).min(words.len());
        let is_name = |end: &usize| {
            let parts = words[start..*end].iter().flat_map(|word| name_parts(word));
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

/// Whether words are the title of a changelog.
fn is_changelog(words: &[String]) -> bool {
    matches!(
        without_fillers(words).as_str(),
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
    names.contains(&without_fillers(words).as_str())
}

/// Words without punctuation, and without filler words at either end.
fn without_fillers(words: &[String]) -> String {
    const FILLERS: [&str; 9] = ["a", "and", "for", "full", "in", "of", "our", "the", "to"];
    let plain: Vec<&str> = words
        .iter()
        .map(|word| word.trim_matches(|character: char| !character.is_alphanumeric()))
        .collect();
    let is_filler = |word: &&&str| FILLERS.contains(*word);
    let front = plain.iter().take_while(is_filler).count();
    let back = plain[front..].iter().rev().take_while(is_filler).count();
    plain[front..plain.len() - back].join(" ")
}

/// Whether words are a version with at least `numbers` numbers, perhaps with a date or a state:
/// `1.0 (2020-01-01)`, `v2.1rc1`, `Version 3.0 - unreleased`.
fn is_version(words: &[String], numbers: usize) -> bool {
    let mut remaining = words.iter().map(String::as_str).peekable();
    let named = remaining
        .next_if(|word| matches!(*word, "version" | "release" | "v" | "v."))
        .is_some();
    let Some(word) = remaining.next() else {
        return false;
    };
    let version = word
        .trim_start_matches(['v', '['])
        .trim_end_matches([']', ',', ':']);
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
    remaining.all(|decorated| {
        let word = decorated.trim_matches(['(', ')', '[', ']', ',', '-', '–', '—', '/', ':', '.']);
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
