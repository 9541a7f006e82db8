//! Slips and what is said about them, as a real server says it.

use super::bad_json::explain;

#[test]
fn slips_are_told_as_clients_know_them() {
    let at = |column: usize, rest: &str| {
        format!(
            "[json.exception.parse_error.101] parse error at line 1, column {column}: syntax \
             error while parsing {rest}"
        )
    };
    for (text, expected) in [
        (
            "",
            at(
                1,
                "value - unexpected end of input; expected '[', '{', or a literal",
            ),
        ),
        (
            "{bad json",
            at(
                2,
                "object key - invalid literal; last read: '{b'; expected string literal",
            ),
        ),
        (
            r#"{"a":"#,
            at(
                6,
                "value - unexpected end of input; expected '[', '{', or a literal",
            ),
        ),
        (
            "{",
            at(
                2,
                "object key - unexpected end of input; expected string literal",
            ),
        ),
        (
            r#" "id": "d3","#,
            at(6, "value - unexpected ':'; expected end of input"),
        ),
        (
            "}",
            at(1, "value - unexpected '}'; expected '[', '{', or a literal"),
        ),
        (
            r#"{"id":"a","q":NaN}"#,
            at(15, r#"value - invalid literal; last read: '"q":N'"#),
        ),
        (
            r#"{"id":"a","q":"\ud800"}"#,
            at(
                22,
                r#"value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; last read: '"\ud800"'"#,
            ),
        ),
        (
            "{\"id\":\"a\",\"q\":\"\u{1}\"}",
            at(
                16,
                r#"value - invalid string: control character U+0001 (SOH) must be escaped to \u0001; last read: '"<U+0001>'"#,
            ),
        ),
        (
            r#"{"id":"a"} x"#,
            at(
                12,
                r#"value - invalid literal; last read: '"a"} x'; expected end of input"#,
            ),
        ),
        (
            r#"{"q":1e999}"#,
            "[json.exception.out_of_range.406] number overflow parsing '1e999'".to_owned(),
        ),
    ] {
        let error = serde_json::from_str::<serde_json::Value>(text).err();
        let told = error.map(|error| explain(text.as_bytes(), &error));
        assert_eq!(told.as_deref(), Some(expected.as_str()), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn it_finds_a_slip_where_there_is_one(text in r#"[\[\]{}",:\\0-9a-z.eE+\- \x00-\x1f]{0,24}"#) {
        if let Err(error) = serde_json::from_str::<serde_json::Value>(&text) {
            let told = explain(text.as_bytes(), &error);
            proptest::prop_assert!(told.starts_with("[json.exception."), "{told}");
        }
    }
}
