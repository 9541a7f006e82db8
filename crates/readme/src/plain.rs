//! Plain text to HTML and back.

use crate::tokens::{Token, tokens};

/// Shows `text` as written: special characters are escaped, line ends become `<br>`.
pub(crate) fn to_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    let mut previous = ' ';
    for character in text.chars() {
        match character {
            '\n' if previous == '\r' => {}
            '\n' | '\r' => html.push_str("<br>"),
            '\t' => html.push('\t'),
            _ if character.is_control() => {}
            _ => push_escaped(&mut html, character),
        }
        previous = character;
    }
    html
}

/// Escapes `text` for use between HTML tags, with the same entities as the sanitiser.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    text.chars()
        .for_each(|character| push_escaped(&mut html, character));
    html
}

fn push_escaped(html: &mut String, character: char) {
    match character {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '\u{a0}' => html.push_str("&nbsp;"),
        _ => html.push(character),
    }
}

/// The text of sanitised HTML, without tags and with entities decoded.
#[must_use]
pub fn strip_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for token in tokens(html).filter(Token::is_text) {
        let mut rest = token.text;
        while let Some(start) = rest.find('&') {
            text.push_str(&rest[..start]);
            rest = &rest[start..];
            let known = [
                ("&amp;", '&'),
                ("&lt;", '<'),
                ("&gt;", '>'),
                ("&nbsp;", '\u{a0}'),
            ]
            .into_iter()
            .find(|(entity, _)| rest.starts_with(entity));
            let (entity, character) = known.unwrap_or(("&", '&'));
            text.push(character);
            rest = &rest[entity.len()..];
        }
        text.push_str(rest);
    }
    text
}

/// The text of sanitised HTML as a reader sees it, for a search engine: blocks, cells and lines are
/// separated by line ends, words by single blanks.
#[must_use]
pub fn visible_text(html: &str) -> String {
    const INLINE_ELEMENTS: [&str; 20] = [
        "a", "abbr", "acronym", "b", "cite", "code", "del", "em", "i", "img", "input", "kbd",
        "picture", "span", "strong", "sub", "sup", "tt", "u", "var",
    ];
    let mut text = String::with_capacity(html.len() / 2);
    // A line end replaces a blank, and there is neither at the start.
    let mut gap = "";
    for token in tokens(html) {
        if !token.is_text() {
            if !token.name.is_empty() && !INLINE_ELEMENTS.contains(&token.name) {
                gap = "\n";
            }
            continue;
        }
        let piece = strip_tags(token.text);
        if gap.is_empty() && piece.starts_with(char::is_whitespace) {
            gap = " ";
        }
        for word in piece.split_whitespace() {
            if !text.is_empty() {
                text.push_str(gap);
            }
            text.push_str(word);
            gap = " ";
        }
        if !piece.is_empty() && gap == " " && !piece.ends_with(char::is_whitespace) {
            gap = "";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{escape, strip_tags, to_html, visible_text};

    #[test]
    fn visible_text_keeps_blocks_apart_and_words_together() {
        assert_eq!(
            visible_text(
                "<h2 id=\"a\">T<em>i</em>tle</h2>\n<p>one <b>two</b>,\n three</p><ul><li>a &amp; b</li>\
                 <li><p>c</p></li></ul><br>d"
            ),
            "Title\none two, three\na & b\nc\nd"
        );
    }

    #[test]
    fn plain_text_keeps_its_lines_and_loses_its_control_characters() {
        assert_eq!(
            to_html("a < b\r\n\tc & d\re\u{0}\u{7}\n"),
            "a &lt; b<br>\tc &amp; d<br>e<br>"
        );
    }

    #[test]
    fn stripping_undoes_escaping() {
        let text = "1 < 2 && \"3\" > '2'\u{a0}&amp; &unknown;";
        assert_eq!(strip_tags(&escape(text)), text);
        assert_eq!(strip_tags("<b title=\"x>y\">bold</b> text"), "bold text");
    }
}
