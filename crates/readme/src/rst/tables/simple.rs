//! Finds the cells of a simple table.
//!
//! ```text
//! ===  ===
//! a    b
//! ===  ===
//! c    d
//! e and f
//! --------
//! g    h
//! ===  ===
//! ```
//!
//! The top border shows the columns; the last one may be wider. A row begins where there is text in
//! the first column.

use super::lines::{Cell, ParsedTable, TableLine, cell_lines};

/// Whether a line is the top border of a simple table, which has at least two columns.
pub(in crate::rst) fn is_top(line: &str) -> bool {
    is_border(line) && line.contains(' ')
}

fn is_border(line: &str) -> bool {
    line.starts_with('=') && line.bytes().all(|byte| matches!(byte, b'=' | b' '))
}

/// The line after the table that begins at line `at`, and whether it has a bottom border.
pub(in crate::rst) fn end(lines: &[&str], at: usize) -> (usize, bool) {
    let mut found = 0;
    for (number, line) in lines.iter().enumerate().skip(at + 1) {
        if !is_border(line) {
            continue;
        }
        if line.len() != lines[at].len() {
            break;
        }
        found += 1;
        if found == 2 || lines.get(number + 1).is_none_or(|next| next.is_empty()) {
            return (number + 1, true);
        }
    }
    let length = lines[at..]
        .iter()
        .take_while(|line| !line.is_empty())
        .count();
    (at + length, false)
}

/// Where the columns of a border begin and end.
fn border_columns(border: &str) -> Vec<(usize, usize)> {
    let mut columns = Vec::new();
    let mut start = None;
    for (at, byte) in border.bytes().chain([b' ']).enumerate() {
        match (start, byte) {
            (None, b' ') | (Some(_), b'=' | b'-') => {}
            (None, _) => start = Some(at),
            (Some(from), _) => {
                columns.push((from, at));
                start = None;
            }
        }
    }
    columns
}

struct Reader<'r, 'a> {
    rows: &'r [TableLine<'a>],
    columns: Vec<(usize, usize)>,
    table: ParsedTable<'a>,
}

impl Reader<'_, '_> {
    /// Reads the row in these lines; `spans` gives the cells if they are not the columns themselves.
    fn row(&mut self, from: usize, to: usize, spans: Option<Vec<(usize, usize)>>) -> Option<()> {
        if from == to && spans.is_none() {
            return Some(());
        }
        let last = self.columns.len() - 1;
        let mut spans = spans.unwrap_or_else(|| self.columns.clone());
        // The last cell of a row extends to the end of its text.
        let open = spans.last_mut()?;
        for row in &self.rows[from..to] {
            open.1 = open.1.max(row.width());
        }
        self.columns[last].1 = self.columns[last].1.max(open.1);
        let mut cells = Vec::new();
        let mut column = 0;
        for (number, &(start, end)) in spans.iter().enumerate() {
            let next = spans.get(number + 1).map(|span| span.0);
            if self.columns.get(column)?.0 != start {
                return None;
            }
            let first = column;
            while self.columns.get(column)?.1 != end && number + 1 < spans.len() {
                column += 1;
            }
            if number + 1 == spans.len() {
                column = last;
            }
            column += 1;
            let lines: Vec<&str> = self.rows[from..to]
                .iter()
                .map(|row| row.slice(start, end))
                .collect();
            let margin =
                |row: &TableLine<'_>| !row.slice(end, next.unwrap_or(end)).trim().is_empty();
            if self.rows[from..to].iter().any(margin) {
                return None;
            }
            cells.push(Cell {
                lines: cell_lines(lines),
                columns: column - first,
                rows: 1,
            });
        }
        self.table.rows.push(cells);
        Some(())
    }
}

/// Finds the cells, if the drawing is a valid table.
pub(in crate::rst) fn parse<'a>(rows: &[TableLine<'a>]) -> Option<ParsedTable<'a>> {
    let top = rows[0].slice(0, usize::MAX);
    let columns = border_columns(top);
    let &(first_start, first_end) = columns.first()?;
    let mut reader = Reader {
        rows,
        columns,
        table: ParsedTable::default(),
    };
    let mut start = 1;
    let mut text_found = false;
    for at in 1..rows.len() {
        let line = rows[at].slice(0, usize::MAX);
        let is_bottom = at + 1 == rows.len();
        let is_head = !is_bottom && is_border(line);
        let is_span = line.starts_with('-') && line.bytes().all(|byte| matches!(byte, b'-' | b' '));
        if is_head || is_bottom || is_span {
            let spans = spanned_columns(&reader.columns, line);
            if !(is_bottom && start == at) {
                reader.row(start, at, spans)?;
            }
            if is_head && reader.table.head == 0 {
                reader.table.head = reader.table.rows.len();
            }
            start = at + 1;
            text_found = false;
        } else if !rows[at].slice(first_start, first_end).trim().is_empty() {
            if text_found && at != start {
                reader.row(start, at, None)?;
            }
            start = at;
            text_found = true;
        } else if !text_found {
            start = at + 1;
        }
    }
    Some(reader.table)
}

/// The cells marked by an underline of column spans.
fn spanned_columns(known: &[(usize, usize)], line: &str) -> Option<Vec<(usize, usize)>> {
    let mut marked = border_columns(line);
    let last = known.last()?;
    marked.last_mut()?.1 = last.1;
    Some(marked)
}

#[cfg(test)]
mod tests {
    use super::{TableLine, end, is_top, parse};

    /// The text of each cell and how many columns it takes.
    type Cells = Vec<Vec<(String, usize)>>;

    fn cells(lines: &[&str]) -> Option<(usize, Cells)> {
        let rows: Vec<TableLine<'_>> = lines.iter().map(|line| TableLine::new(line)).collect();
        let table = parse(&rows)?;
        let cells = table.rows.into_iter().map(|row| {
            row.into_iter()
                .map(|cell| (cell.lines.join("\n"), cell.columns))
                .collect()
        });
        Some((table.head, cells.collect()))
    }

    #[test]
    fn rows_columns_and_spans() {
        let table = [
            "===  ===",
            "a    b",
            "===  ===",
            "c    d and more",
            "     - e",
            "",
            "f and g",
            "--------",
            "\\    h",
            "===  ===",
        ];
        let cell = |text: &str, columns| (text.to_owned(), columns);
        assert!(is_top(table[0]) && !is_top("==="));
        assert_eq!(end(&table, 0), (10, true));
        assert_eq!(
            cells(&table),
            Some((
                1,
                vec![
                    vec![cell("a", 1), cell("b", 1)],
                    vec![cell("c\n\n", 1), cell("d and more\n- e\n", 1)],
                    vec![cell("f and g", 2)],
                    vec![cell("\\", 1), cell("h", 1)],
                ]
            ))
        );
        assert_eq!(cells(&["===  ===", "abcdef", "===  ==="]), None);
        assert_eq!(end(&["=== ===", "a", "", "b"], 0), (2, false));
    }
}
