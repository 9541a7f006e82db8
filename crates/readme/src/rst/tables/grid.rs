//! Finds the cells of a grid table.
//!
//! ```text
//! +-----+-----+
//! | a   | b   |
//! +=====+=====+
//! | c         |
//! +-----------+
//! ```
//!
//! The algorithm is that of docutils: from each upper left corner the borders of one cell are
//! followed, and its other corners are where the next cells begin. The number of steps is limited,
//! since a drawing full of corners has very many possible cells.

use std::collections::{BTreeSet, HashMap};

use super::lines::{Cell, ParsedTable, TableLine, cell_lines};
use crate::rst::budget::StepBudget;

/// Whether a line is the top or bottom of a grid.
pub(in crate::rst) fn is_border(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.len() >= 5
        && line.starts_with("+-")
        && line.ends_with("-+")
        && bytes.iter().all(|byte| matches!(byte, b'-' | b'+'))
}

/// The line after the grid that begins at line `at`, if it ends.
pub(in crate::rst) fn end(lines: &[&str], at: usize) -> Option<usize> {
    let rows = lines[at..]
        .iter()
        .take_while(|line| line.starts_with(['+', '|']))
        .count();
    (3..=rows)
        .rev()
        .map(|count| at + count)
        .find(|&end| is_border(lines[end - 1]))
}

/// The borders of a cell.
struct CellBounds {
    top: usize,
    left: usize,
    bottom: usize,
    right: usize,
}

struct CellScanner<'r, 'a> {
    rows: &'r [TableLine<'a>],
    /// The line of `=` below the header rows; it counts as one of `-`.
    separator: Option<usize>,
    budget: &'r mut StepBudget,
}

impl CellScanner<'_, '_> {
    fn mark(&self, row: usize, column: usize) -> u8 {
        match self.rows[row].mark(column) {
            b'=' if self.separator == Some(row) => b'-',
            mark => mark,
        }
    }

    /// The lower right corner of the cell whose upper left corner is given.
    fn scan_cell(&mut self, top: usize, left: usize) -> Option<(usize, usize)> {
        let right_end = self.rows[0].width();
        for right in left + 1..right_end {
            match self.mark(top, right) {
                b'+' => {
                    if let Some(bottom) = self.scan_down(top, left, right) {
                        return Some((bottom, right));
                    }
                }
                b'-' => {}
                _ => return None,
            }
            if !self.budget.spend(1) {
                return None;
            }
        }
        None
    }

    fn scan_down(&mut self, top: usize, left: usize, right: usize) -> Option<usize> {
        for bottom in top + 1..self.rows.len() {
            match self.mark(bottom, right) {
                b'+' => {
                    if self.closes(top, left, bottom, right) {
                        return Some(bottom);
                    }
                }
                b'|' => {}
                _ => return None,
            }
            if !self.budget.spend(1) {
                return None;
            }
        }
        None
    }

    /// Whether the bottom and left borders of a cell are complete.
    fn closes(&mut self, top: usize, left: usize, bottom: usize, right: usize) -> bool {
        self.budget.spend(right - left + bottom - top)
            && self.mark(bottom, left) == b'+'
            && (left + 1..right).all(|column| matches!(self.mark(bottom, column), b'-' | b'+'))
            && (top + 1..bottom).all(|row| matches!(self.mark(row, left), b'|' | b'+'))
    }
}

/// Finds the cells, if the drawing is a valid table.
pub(in crate::rst) fn parse<'a>(
    rows: &[TableLine<'a>],
    budget: &mut StepBudget,
) -> Option<ParsedTable<'a>> {
    let width = rows[0].width();
    let even = rows
        .iter()
        .all(|row| row.width() == width && matches!(row.mark(width.wrapping_sub(1)), b'+' | b'|'));
    if !even {
        return None;
    }
    let is_separator = |row: &TableLine<'_>| {
        (0..width).all(|column| matches!(row.mark(column), b'=' | b'+'))
            && row.mark(0) == b'+'
            && row.mark(width - 1) == b'+'
    };
    let mut separators = (0..rows.len()).filter(|&row| is_separator(&rows[row]));
    let separator = separators.next();
    if separators.next().is_some() {
        return None;
    }
    let bounds = scan_cells(rows, separator, budget)?;
    let lines: BTreeSet<usize> = bounds
        .iter()
        .flat_map(|cell| [cell.top, cell.bottom])
        .collect();
    let columns: BTreeSet<usize> = bounds
        .iter()
        .flat_map(|cell| [cell.left, cell.right])
        .collect();
    let index = |of: BTreeSet<usize>| -> HashMap<usize, usize> {
        of.into_iter()
            .enumerate()
            .map(|(number, at)| (at, number))
            .collect()
    };
    let (lines, columns) = (index(lines), index(columns));
    let mut table = ParsedTable {
        rows: vec![Vec::new(); lines.len().saturating_sub(1)],
        head: separator
            .and_then(|row| lines.get(&row).copied())
            .unwrap_or_default(),
    };
    for cell in &bounds {
        let text = (cell.top + 1..cell.bottom)
            .map(|row| rows[row].slice(cell.left + 1, cell.right))
            .collect();
        table.rows.get_mut(*lines.get(&cell.top)?)?.push(Cell {
            lines: cell_lines(text),
            columns: columns.get(&cell.right)? - columns.get(&cell.left)?,
            rows: lines.get(&cell.bottom)? - lines.get(&cell.top)?,
        });
    }
    Some(table)
}

/// The cells from top to bottom and left to right, if they fill the drawing.
fn scan_cells(
    rows: &[TableLine<'_>],
    separator: Option<usize>,
    budget: &mut StepBudget,
) -> Option<Vec<CellBounds>> {
    let (bottom, right) = (rows.len() - 1, rows[0].width() - 1);
    let mut scanner = CellScanner {
        rows,
        separator,
        budget,
    };
    // The last line of each column that belongs to a cell found so far.
    let mut done: Vec<Option<usize>> = vec![None; right + 1];
    let mut corners = BTreeSet::from([(0, 0)]);
    let mut bounds = Vec::new();
    while let Some((top, left)) = corners.pop_first() {
        if top == bottom || left == right || done[left].is_some_and(|done| top <= done) {
            continue;
        }
        let Some((cell_bottom, cell_right)) = scanner.scan_cell(top, left) else {
            continue;
        };
        let above = top.checked_sub(1);
        if done[left..cell_right].iter().any(|done| *done != above) {
            return None;
        }
        done[left..cell_right].fill(Some(cell_bottom - 1));
        bounds.push(CellBounds {
            top,
            left,
            bottom: cell_bottom,
            right: cell_right,
        });
        corners.extend([(top, cell_right), (cell_bottom, left)]);
    }
    done[..right]
        .iter()
        .all(|done| *done == Some(bottom - 1))
        .then_some(bounds)
}

#[cfg(test)]
mod tests {
    use super::{StepBudget, TableLine, end, is_border, parse};

    const TABLE: [&str; 9] = [
        "+-----+-----+",
        "| a   | b   |",
        "+=====+=====+",
        "| c         |",
        "| d         |",
        "+-----+-----+",
        "| e   | f   |",
        "|     +-----+",
        "+-----+ g   |",
    ];

    fn cells(lines: &[&str]) -> Option<Vec<(String, usize, usize)>> {
        let rows: Vec<TableLine<'_>> = lines.iter().map(|line| TableLine::new(line)).collect();
        let table = parse(&rows, &mut StepBudget::new(10_000))?;
        let cells = table.rows.into_iter().flatten();
        Some(
            cells
                .map(|cell| (cell.lines.join("\n"), cell.columns, cell.rows))
                .collect(),
        )
    }

    #[test]
    fn cells_span_columns_and_rows() {
        let cell = |text: &str, columns, rows| (text.to_owned(), columns, rows);
        assert!(is_border(TABLE[0]) && !is_border("+--"));
        assert_eq!(end(&TABLE, 0), Some(6));
        assert_eq!(
            cells(&TABLE[..6]),
            Some(vec![cell("a", 1, 1), cell("b", 1, 1), cell("c\nd", 2, 1)])
        );
        let spanning = [
            "+---+---+",
            "| a | b |",
            "|   +---+",
            "|   | c |",
            "+---+---+",
        ];
        assert_eq!(
            cells(&spanning),
            Some(vec![cell("a\n\n", 1, 2), cell("b", 1, 1), cell("c", 1, 1)])
        );
        let wide = ["+----+---+", "| 日 | b |", "+----+---+"];
        assert_eq!(cells(&wide), Some(vec![cell("日", 1, 1), cell("b", 1, 1)]));
        assert_eq!(cells(&TABLE), None);
        assert_eq!(cells(&["+--+", "| a |", "+--+"]), None);
    }
}
