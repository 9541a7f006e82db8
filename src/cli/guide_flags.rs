//! The multi-letter flags of the guide (`-ft`, `-lsn`, …), which clap would read as clusters.
//!
//! Each word is looked at alone; a `--` ends it.

use std::ffi::OsString;

const FLAGS: [(&str, &str); 7] = [
    ("-fn", "--filter-name"),
    ("-ft", "--filter-troove"),
    ("-key", "--key"),
    ("-ls", "--list-collections"),
    ("-lsa", "--list-aliases"),
    ("-lsn", "--list-collection-names"),
    ("-lssoa", "--list-search-only-apikeys"),
];

/// The words with every flag of the guide in its long form.
pub(super) fn rewrite(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut literal = false;
    words
        .map(|word| {
            literal |= word == "--";
            match word.to_str() {
                Some(text) if !literal => long_form(text).map_or(word, OsString::from),
                _ => word,
            }
        })
        .collect()
}

fn long_form(word: &str) -> Option<String> {
    let (flag, value) = match word.split_once('=') {
        Some((flag, value)) => (flag, Some(value)),
        None => (word, None),
    };
    let (_, long) = FLAGS.iter().find(|(short, _)| *short == flag)?;
    Some(match value {
        Some(value) => format!("{long}={value}"),
        None => (*long).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::rewrite;

    fn rewritten(line: &str) -> Vec<OsString> {
        rewrite(line.split(' ').map(OsString::from))
    }

    #[test]
    fn only_whole_words_before_the_end_of_flags_change() {
        assert_eq!(
            rewritten("-ft A -ft=B -f -fnx -lsn"),
            [
                "--filter-troove",
                "A",
                "--filter-troove=B",
                "-f",
                "-fnx",
                "--list-collection-names"
            ]
        );
        assert_eq!(rewritten("-- -ft"), ["--", "-ft"]);
    }
}
