//! The lines of a drawn table, and the cells that they are parsed into.

use crate::rst::{chars::width, source::indent_of};

/// A line of a drawn table, which can be sliced by columns.
#[derive(Debug)]
pub(in crate::rst) struct TableLine<'a> {
    text: &'a str,
    /// The byte offset of each column; none if every character is one byte and one column.
    offsets: Option<Vec<usize>>,
}

impl<'a> TableLine<'a> {
    pub(in crate::rst) fn new(text: &'a str) -> Self {
        let offsets = (!text.is_ascii()).then(|| {
            let mut offsets = Vec::with_capacity(text.len() + 1);
            for (at, character) in text.char_indices() {
                // A wide character takes two columns; the second one begins after it.
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

    pub(in crate::rst) fn width(&self) -> usize {
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

    /// The byte at the start of a column.
    pub(in crate::rst) fn mark(&self, column: usize) -> u8 {
        let at = self.offset(column);
        self.text.as_bytes().get(at).copied().unwrap_or(b' ')
    }

    /// The text between two columns, without blanks at its end.
    pub(in crate::rst) fn slice(&self, from: usize, to: usize) -> &'a str {
        let (start, end) = (self.offset(from), self.offset(to));
        self.text.get(start..end).unwrap_or_default().trim_end()
    }
}

/// A cell: its lines and how many columns and rows it spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rst) struct Cell<'a> {
    pub(in crate::rst) lines: Vec<&'a str>,
    pub(in crate::rst) columns: usize,
    pub(in crate::rst) rows: usize,
}

/// The cells of a table, row by row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::rst) struct ParsedTable<'a> {
    pub(in crate::rst) rows: Vec<Vec<Cell<'a>>>,
    /// The number of header rows.
    pub(in crate::rst) head: usize,
}

/// The lines of a cell without their common indentation.
pub(in crate::rst) fn cell_lines(mut lines: Vec<&str>) -> Vec<&str> {
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
