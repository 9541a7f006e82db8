//! Reads the destination of a reference or target: a URI, or the name of another target.

use super::{
    names::normalised,
    scanner::simple_name_length,
    tree::{Destination, unescaped},
    uri::is_email,
};

/// The URI or name in angle brackets at the end of a phrase reference.
pub(super) struct EmbeddedUri<'t> {
    /// The length of the text before it.
    pub(super) text_length: usize,
    pub(super) target: &'t str,
}

/// Splits `title <target>`.
pub(super) fn embedded_uri(content: &str) -> Option<EmbeddedUri<'_>> {
    let inside = content.strip_suffix('>')?;
    if inside.ends_with('\\') || inside.ends_with(char::is_whitespace) {
        return None;
    }
    let escaped = |at: usize| inside[..at].ends_with('\\');
    let open = inside
        .rmatch_indices(['<', '>'])
        .find(|&(at, _)| !escaped(at))
        .filter(|&(_, bracket)| bracket == "<")?
        .0;
    let target = &inside[open + 1..];
    let text = inside[..open].trim_end_matches([' ', '\n']);
    let separated = text.len() < open || open == 0;
    (separated && !target.is_empty() && !target.starts_with(char::is_whitespace)).then_some(
        EmbeddedUri {
            text_length: text.len(),
            target,
        },
    )
}

/// A URI as written, perhaps over several lines: unescaped blanks are removed.
pub(super) fn clean_uri(written: &str) -> String {
    let mut uri = String::with_capacity(written.len());
    let mut characters = written.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('\n') | None => uri.push(' '),
                Some(escaped) => uri.push(escaped),
            },
            _ if character.is_whitespace() => {}
            _ => uri.push(character),
        }
    }
    if is_email(&uri) {
        uri.insert_str(0, "mailto:");
    }
    uri
}

/// The name in a reference such as `name_` or `` `a phrase`_ ``.
fn reference_name(text: &str) -> Option<String> {
    let name = text.strip_suffix('_')?;
    if name.ends_with('\\') {
        return None;
    }
    if let Some(phrase) = name.strip_prefix('`') {
        let phrase = phrase.strip_suffix('`')?;
        return (!phrase.is_empty() && !phrase.starts_with(' '))
            .then(|| normalised(&unescaped(phrase)));
    }
    (!name.is_empty() && simple_name_length(name) == name.len()).then(|| normalised(name))
}

/// The destination written in these lines: a URI or the name of another target.
pub(super) fn parse_destination(lines: &[&str]) -> Option<Destination> {
    let words: Vec<&str> = lines
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect();
    let joined = words.join(" ");
    if joined.ends_with('_')
        && let Some(name) = reference_name(&joined)
    {
        return Some(Destination::Name(name));
    }
    let uri = clean_uri(&joined);
    (!uri.is_empty()).then_some(Destination::Uri(uri))
}

#[cfg(test)]
mod tests {
    use super::{Destination, clean_uri, embedded_uri, parse_destination, reference_name};

    #[test]
    fn targets_in_angle_brackets() {
        for (content, expected) in [
            ("a b <http://x>", Some((3, "http://x"))),
            ("a\n<x\ny>", Some((1, "x\ny"))),
            ("<x>", Some((0, "x"))),
            ("a<x>", None),
            ("a < x>", None),
            ("a <x >", None),
            ("a <x\\>", None),
            ("a <b> <c_>", Some((5, "c_"))),
            ("a <>", None),
            ("a > b", None),
        ] {
            let found = embedded_uri(content).map(|found| (found.text_length, found.target));
            assert_eq!(found, expected, "{content}");
        }
        assert_eq!(clean_uri("http://a\n  b\\ c\\_"), "http://ab c_");
        assert_eq!(clean_uri("a@example.org"), "mailto:a@example.org");
    }

    #[test]
    fn destinations_are_uris_or_names() {
        assert_eq!(reference_name("`A  b`_").as_deref(), Some("a b"));
        assert_eq!(reference_name("a b_"), None);
        assert_eq!(
            parse_destination(&["http://a/", "  b_"]),
            Some(Destination::Uri("http://a/b_".to_owned()))
        );
        assert_eq!(
            parse_destination(&["A_"]),
            Some(Destination::Name("a".to_owned()))
        );
        assert_eq!(parse_destination(&[""]), None);
    }
}
