//! Tables that are drawn with characters: where one ends, and what its cells become.
//!
//! [`super::grid`] and [`super::simple_table`] find the cells. A drawing that makes no table is
//! shown as it was drawn.

use super::{
    chars::width,
    grid,
    parser::{Flow, Level, Parser},
    simple_table,
    source::indent_of,
    tree::{Id, Kind, ROW, Shape, TABLE, TABLE_BODY, TABLE_HEAD},
};

/// One line of a drawing, which can be cut at columns.
#[derive(Debug)]
pub(super) struct Row<'a> {
    text: &'a str,
    /// The byte at which each column begins, where that is not the column itself.
    offsets: Option<Vec<usize>>,
}

impl<'a> Row<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let offsets = (!text.is_ascii()).then(|| {
            let mut offsets = Vec::with_capacity(text.len() + 1);
            for (at, character) in text.char_indices() {
                // The second column of a wide character begins after it.
                let end = at + character.len_utf8();
                match width(character) {
                    0 => {}
                    1 => offsets.push(at),
                    _ => offsets.extend([at, end]),
                }
            }
            offsets
        });
        Self { text, offsets }
    }

    pub(super) fn width(&self) -> usize {
        match &self.offsets {
            Some(offsets) => offsets.len(),
            None => self.text.len(),
        }
    }

    fn offset(&self, column: usize) -> usize {
        match &self.offsets {
            Some(offsets) => offsets.get(column).copied().unwrap_or(self.text.len()),
            None => column.min(self.text.len()),
        }
    }

    /// The character in a column, if it is one of ASCII.
    pub(super) fn mark(&self, column: usize) -> u8 {
        let at = self.offset(column);
        self.text.as_bytes().get(at).copied().unwrap_or(b' ')
    }

    /// The text between two columns, without blanks at its end.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        let (start, end) = (self.offset(from), self.offset(to));
        self.text.get(start..end).unwrap_or_default().trim_end()
    }
}

/// A cell: its lines, and how many columns and rows it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell<'a> {
    pub(super) lines: Vec<&'a str>,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// The cells of a table, row by row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Drawing<'a> {
    pub(super) rows: Vec<Vec<Cell<'a>>>,
    /// How many rows at the top are headings.
    pub(super) head: usize,
}

impl Parser {
    /// Reads the drawing that begins at line `at`, if one does; returns the line after it.
    pub(super) fn table(
        &mut self,
        lines: &[&str],
        at: usize,
        flow: &mut Flow,
        level: Level,
    ) -> Option<usize> {
        let line = lines[at];
        let (drawing, end) = if grid::is_border(line) {
            let end = grid::end(lines, at)?;
            let rows: Vec<Row<'_>> = lines[at..end]
                .iter()
                .map(|line| Row::new(line.trim()))
                .collect();
            (grid::parse(&rows, &mut self.steps), end)
        } else if simple_table::is_top(line) {
            let (end, complete) = simple_table::end(lines, at);
            let rows: Vec<Row<'_>> = lines[at..end].iter().map(|line| Row::new(line)).collect();
            let drawing = complete.then(|| simple_table::parse(&rows)).flatten();
            (drawing, end)
        } else {
            return None;
        };
        match drawing {
            Some(drawing) => {
                self.drawn_table(&drawing, flow.parent, level);
            }
            None => self.literal(&lines[at..end], flow.parent),
        }
        Some(end)
    }

    fn drawn_table(&mut self, drawing: &Drawing<'_>, parent: Id, level: Level) {
        let table = self.tree.element(parent, &TABLE);
        let (head, body) = drawing.rows.split_at(drawing.head.min(drawing.rows.len()));
        for (rows, shape, heading) in [(head, &TABLE_HEAD, true), (body, &TABLE_BODY, false)] {
            if rows.is_empty() {
                continue;
            }
            let part = self.tree.element(table, shape);
            for row in rows {
                let node = self.tree.element(part, &ROW);
                for cell in row {
                    let entry = self.entry(node, cell.columns, cell.rows, heading);
                    self.blocks(&cell.lines, entry, level.deeper());
                }
            }
        }
    }

    /// Adds an empty cell.
    pub(super) fn entry(&mut self, row: Id, columns: usize, rows: usize, heading: bool) -> Id {
        let kind = Kind::Entry {
            columns: u16::try_from(columns).unwrap_or(1),
            rows: u32::try_from(rows).unwrap_or(1),
            heading,
        };
        self.tree.add(row, kind)
    }

    /// Adds a part of a table, its head or its body.
    pub(super) fn table_part(&mut self, table: Id, shape: &'static Shape) -> Id {
        self.tree.element(table, shape)
    }
}

/// The lines of a cell without the indentation that all of them have.
pub(super) fn cell_lines(mut lines: Vec<&str>) -> Vec<&str> {
    let indent = lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(|line| indent_of(line))
        .min()
        .unwrap_or_default();
    for line in &mut lines {
        *line = line.get(indent..).unwrap_or_default();
    }
    lines
}
