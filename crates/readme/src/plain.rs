//! Plain text to HTML, and the characters that HTML wants escaped.

use crate::tokens::{Token, tokens};

/// Shows `text` as written: special characters escaped, a `<br>` at each line end.
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

/// Escapes `text` for a place between HTML tags, in the sanitiser's own spelling.
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

/// The text of sanitised HTML: tags removed, the sanitiser's entities decoded.
#[must_use]
pub fn strip_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for token in tokens(html).filter(Token::is_text) {
        let mut rest = token.text;
        while let Some(start) = rest.find('&') {
            text.push_str(&rest[..start]);
            rest = &rest[start..];
            let entity = [
                ("&amp;", '&'),
                ("&lt;", '<'),
                ("&gt;", '>'),
                ("&nbsp;", '\u{a0}'),
            ]
            .into_iter()
            .find(|(entity, _)| rest.starts_with(entity));
            let (entity, character) = entity.unwrap_or(("&", '&'));
            text.push(character);
            rest = &rest[entity.len()..];
        }
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{escape, strip_tags, to_html};

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
