//! Tables that a spreadsheet opens: the columns of a table of packages, and untrusted text made harmless
//! in their cells.

use super::text::is_hidden;

/// The columns with which every table of packages begins.
pub const PACKAGE_COLUMNS: [&str; 12] = [
    "name",
    "version",
    "released",
    "summary",
    "license",
    "framework_versions",
    "python_versions",
    "health_score",
    "downloads_last_month",
    "github_stars",
    "dependents",
    "status",
];

/// What a spreadsheet takes for the beginning of a formula, in both widths.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What ends a cell or a row in a program that is set to another separator than the comma. The comma
/// itself is quoted when the table is written.
const ENDS: [char; 5] = [';', '\t', '|', '\n', '\r'];

/// The text of a cell in which no spreadsheet finds a formula, whichever separator it is set to: an
/// apostrophe stands before every sign that would begin one.
#[must_use]
pub fn spreadsheet_cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    // Whether what comes next would stand at the beginning of a cell.
    let mut is_begin = true;
    if text.starts_with(['\t', '\r', '\n']) {
        // Some programs drop these, and what follows begins the cell.
        cell.push('\'');
    }
    for character in text.chars() {
        if is_begin && SIGNS.contains(&character) && !cell.ends_with('\'') {
            cell.push('\'');
        }
        cell.push(character);
        is_begin = ENDS.contains(&character) || (is_begin && is_passed_over(character));
    }
    cell
}

/// What may stand between the beginning of a cell and the sign of a formula.
fn is_passed_over(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || is_hidden(character)
        || matches!(character, '"' | '\'')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ENDS, SIGNS, spreadsheet_cell};

    #[test]
    fn a_spreadsheet_computes_nothing() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", " '=1"),
            ("\t=1", "'\t'=1"),
            ("\rplain", "'\rplain"),
            ("x;=cmd|' /C calc'!A0", "x;'=cmd|' /C calc'!A0"),
            ("x\n-2+3", "x\n'-2+3"),
            ("x; \"=1", "x; \"'=1"),
            ("＝1", "'＝1"),
            ("\u{200b}=1", "\u{200b}'=1"),
            ("plone.api", "plone.api"),
            ("a-b, c=d; e", "a-b, c=d; e"),
            ("'=1", "'=1"),
        ] {
            assert_eq!(spreadsheet_cell(text), cell, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_cell_begins_with_a_sign(text in "[a=+@;|\t\n\r \"'-]{0,12}") {
            let cell = spreadsheet_cell(&text);
            for part in cell.split(ENDS) {
                let begin = part.trim_start_matches([' ', '"']);
                prop_assert!(!begin.starts_with(SIGNS), "{cell:?}");
            }
        }

        #[test]
        fn nothing_is_lost(text in ".{0,12}") {
            let without = |text: &str| text.replace('\'', "");
            prop_assert_eq!(without(&spreadsheet_cell(&text)), without(&text));
        }
    }
}
