//! Everything that is drawn: results on standard output, the rest on standard error.

mod bars;
pub(super) mod comparison;
pub(super) mod enrichment;
pub(super) mod explanation;
pub(super) mod hits;
mod json_log;
mod printer;
pub(super) mod report;
mod text;

use std::fmt::Write as _;
use std::io::Write as _;

use serde::Serialize;

use crate::model;

pub(super) use bars::Bars;
pub(super) use printer::Printer;
pub(super) use text::{count_of, count_of_rules, expiry_of, quoted_list, time_of, time_or_dash};

/// Characters of a line. Ours have some hundred; strangers' names and messages may have millions.
const LONGEST_LINE: usize = 4_000;
/// Characters of a name in a table.
const LONGEST_NAME: usize = 300;

/// Prints `value` as JSON, and a line end.
pub(super) fn json(value: &(impl Serialize + ?Sized)) -> Result<(), serde_json::Error> {
    let text = escaped(&serde_json::to_string_pretty(value)?);
    let _ = writeln!(std::io::stdout().lock(), "{text}");
    Ok(())
}

/// Prints a table, as wide as its contents.
pub(super) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) {
    table_rows(&head, rows);
}

/// Prints a table with a head, as wide as its contents; each row has as many cells as the head.
pub(in crate::cli) fn table_rows(head: &[&str], rows: &[impl AsRef<[String]>]) {
    lines(table_lines(head, rows));
}

/// The same for a file.
pub(in crate::cli) fn table_text(head: &[&str], rows: &[impl AsRef<[String]>]) -> String {
    table_lines(head, rows).join("\n") + "\n"
}

fn table_lines(head: &[&str], rows: &[impl AsRef<[String]>]) -> Vec<String> {
    let mut lines: Vec<Vec<String>> = vec![head.iter().map(|cell| (*cell).to_owned()).collect()];
    for row in rows {
        let cells: Vec<String> = row.as_ref().iter().map(|cell| one_line(cell)).collect();
        lines.push(cells);
    }
    let mut widths = vec![0; head.len()];
    for cells in &lines {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let padded = lines.iter().map(|cells| {
        let cells = cells.iter().zip(&widths);
        let padded: Vec<String> = cells
            .map(|(cell, &width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    });
    padded.collect()
}

/// A number of bytes for people, as `1.5 kB`.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut amount = count as f64;
    let mut unit = 0;
    while amount >= 1_000.0 && unit + 1 < UNITS.len() {
        amount /= 1_000.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{count} B")
    } else {
        format!("{amount:.1} {}", UNITS[unit])
    }
}

/// Several lines of our own, with names and messages of strangers in them. Control characters are
/// removed, and a line that a stranger's text begins is indented, so that it does not look like ours.
pub(super) fn paragraph(text: &str) -> String {
    let mut lines = text.lines().map(|line| model::one_line(line, LONGEST_LINE));
    let mut joined = lines.next().unwrap_or_default();
    for line in lines {
        let indent = if line.starts_with(' ') { "" } else { "  " };
        joined.extend(["\n", indent, line.as_str()]);
    }
    joined
}

/// A name as one short line: names of strangers may contain line breaks.
pub(in crate::cli) fn one_line(name: &str) -> String {
    model::one_line(name, LONGEST_NAME)
}

/// Prints one line of a result. A closed pipe is not an error.
pub(in crate::cli) fn line(text: &str) {
    lines([text]);
}

/// Prints the lines of a result.
pub(in crate::cli) fn lines(lines: impl IntoIterator<Item = impl AsRef<str>>) {
    let mut output = std::io::stdout().lock();
    for line in lines {
        let _ = writeln!(output, "{}", model::one_line(line.as_ref(), LONGEST_LINE));
    }
}

/// JSON with escapes for invisible characters.
fn escaped(json: &str) -> String {
    let mut output = String::with_capacity(json.len());
    for character in json.chars() {
        // Outside of texts there are none of these but the line ends between members.
        if character != '\n' && (character.is_control() || model::is_hidden(character)) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a text cannot fail.
                let _ = write!(output, "\\u{unit:04x}");
            }
        } else {
            output.push(character);
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{bytes, escaped, paragraph};

    #[test]
    fn a_stranger_begins_no_line_of_ours() {
        assert_eq!(
            paragraph("first: a\nerror: b\r\n  own\u{1b}[2J"),
            "first: a\n  error: b\n  own\u{fffd}[2J"
        );
        assert!(paragraph(&"a".repeat(1 << 20)).chars().count() < 5_000);
    }

    proptest! {
        #[test]
        fn escaped_json_says_the_same(text in "[a\\n\x1b\x7f\u{9b}\u{202e}\u{200b}\u{e0001}\"]{0,20}") {
            let json = serde_json::to_string_pretty(&[&text])?;
            let written = escaped(&json);
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&written)?, [text]);
            let unseen = |one: char| one != '\n' && (one.is_control() || crate::model::is_hidden(one));
            prop_assert!(!written.contains(unseen));
        }
    }

    #[test]
    fn bytes_are_readable() {
        assert_eq!(
            [0, 999, 1_500, 5_000_000_000].map(bytes),
            ["0 B", "999 B", "1.5 kB", "5.0 GB"]
        );
    }
}
