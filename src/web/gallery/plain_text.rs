//! Texts of strangers as pages, feeds and files show them: without characters that may stand nowhere,
//! and without those that nobody sees and that change how others are shown.
//!
//! Templates, JSON and tables pass all their texts through here. Addresses are not texts: they have
//! such characters encoded.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::is_hidden;

/// Whether HTML or XML 1.0 has no place for a character, escaped or not.
pub(super) fn is_forbidden(character: char) -> bool {
    let is_control = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    let is_noncharacter =
        matches!(character, '\u{fdd0}'..='\u{fdef}') || u32::from(character) & 0xfffe == 0xfffe;
    is_control || is_noncharacter
}

/// The text without characters that are no part of a text.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    let is_left_out = |character| is_forbidden(character) || is_hidden(character);
    if text.contains(is_left_out) {
        Cow::Owned(text.replace(is_left_out, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same of all texts in JSON.
pub(super) fn shown_json(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(shown) = shown(text) {
                *text = shown;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(shown_json),
        Value::Object(members) => members.values_mut().for_each(shown_json),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_forbidden, shown, shown_json};

    #[test]
    fn what_may_stand_nowhere_goes() {
        let text = "a\u{0}\u{b}b\u{1f}\tc\u{85}\u{ffff}\u{1fffe}\u{fdd0}\u{fffd}\u{1f600}";
        assert_eq!(text.replace(is_forbidden, ""), "ab\tc\u{fffd}\u{1f600}");
        assert_eq!(shown(text), "ab\tc\u{fffd}\u{1f600}");
    }

    #[test]
    fn what_turns_a_text_around_goes() {
        let text = "a\u{202e}b\u{2066}c\u{2069}\u{200b}\u{feff}\u{e0041}d\u{200f}";
        assert_eq!(shown(text), "abcd");
        // Joiners are part of words and of emoji.
        assert_eq!(
            shown("می\u{200c}خواهم 👩\u{200d}💻"),
            "می\u{200c}خواهم 👩\u{200d}💻"
        );
        let mut value = json!({"a": ["b\u{202e}", {"c": "\u{2067}d"}], "n": 1});
        shown_json(&mut value);
        assert_eq!(value, json!({"a": ["b", {"c": "d"}], "n": 1}));
    }
}
