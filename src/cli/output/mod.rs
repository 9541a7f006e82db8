//! Everything that is drawn: results on standard output, the rest on standard error.

mod bars;
pub(super) mod enrichment;
pub(super) mod explanation;
pub(super) mod github_report;
pub(super) mod hits;
mod printer;
pub(super) mod report;

use std::io::Write;

use serde::Serialize;

pub(super) use bars::Bars;
pub(super) use printer::Printer;

/// Prints `value` as JSON, and a line end.
pub(super) fn json(value: &(impl Serialize + ?Sized)) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    line(&text);
    Ok(())
}

/// Prints a table with a head, as wide as its contents.
pub(super) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) {
    let mut widths = head.map(str::len);
    let rows: Vec<[String; N]> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| one_line(cell)))
        .collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let head = head.map(str::to_owned);
    for row in std::iter::once(&head).chain(&rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        line(cells.join("  ").trim_end());
    }
}

/// Bytes as people read them.
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

/// The text without control characters but line ends and tabs: names and messages come from
/// strangers, and a terminal obeys.
pub(super) fn harmless(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' => character,
            character if character.is_control() => '\u{fffd}',
            character => character,
        })
        .collect()
}

/// A name as one short line: others may have put line ends into it.
pub(in crate::cli) fn one_line(name: &str) -> String {
    const LONGEST: usize = 300;
    name.chars()
        .take(LONGEST)
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

/// One line of a result. A reader that has gone away is no error of ours.
pub(in crate::cli) fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{}", harmless(text));
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_are_readable() {
        assert_eq!(
            [0, 999, 1_500, 5_000_000_000].map(bytes),
            ["0 B", "999 B", "1.5 kB", "5.0 GB"]
        );
    }
}
