//! Tables drawn with characters: where one ends, and the nodes of its cells.
//!
//! [`super::grid`] and [`super::simple`] find the cells. A drawing that is not a valid table is
//! shown as a literal block.

use super::{
    grid,
    lines::{ParsedTable, TableLine},
    simple,
};
use crate::rst::{
    parser::{BlockContext, Nesting, Parser},
    tree::{NodeId, NodeKind, ROW, TABLE, TABLE_BODY, TABLE_HEAD},
};

impl Parser {
    /// Reads the drawn table at line `at`, if there is one; returns the line after it.
    pub(in crate::rst) fn drawn_table(
        &mut self,
        lines: &[&str],
        at: usize,
        context: &mut BlockContext,
        nesting: Nesting,
    ) -> Option<usize> {
        let line = lines[at];
        let (parsed, end) = if grid::is_border(line) {
            let end = grid::end(lines, at)?;
            let rows: Vec<TableLine<'_>> = lines[at..end]
                .iter()
                .map(|line| TableLine::new(line.trim()))
                .collect();
            (grid::parse(&rows, &mut self.budget), end)
        } else if simple::is_top(line) {
            let (end, complete) = simple::end(lines, at);
            let rows: Vec<TableLine<'_>> = lines[at..end]
                .iter()
                .map(|line| TableLine::new(line))
                .collect();
            let parsed = complete.then(|| simple::parse(&rows)).flatten();
            (parsed, end)
        } else {
            return None;
        };
        match parsed {
            Some(table) => {
                self.append_table(&table, context.parent, nesting);
            }
            None => self.literal_block(&lines[at..end], context.parent),
        }
        Some(end)
    }

    fn append_table(&mut self, parsed: &ParsedTable<'_>, parent: NodeId, nesting: Nesting) {
        let table = self.tree.element(parent, &TABLE);
        let (head, body) = parsed.rows.split_at(parsed.head.min(parsed.rows.len()));
        for (rows, element_type, heading) in [(head, &TABLE_HEAD, true), (body, &TABLE_BODY, false)]
        {
            if rows.is_empty() {
                continue;
            }
            let part = self.tree.element(table, element_type);
            for row in rows {
                let node = self.tree.element(part, &ROW);
                for cell in row {
                    let entry = self.table_entry(node, cell.columns, cell.rows, heading);
                    self.parse_blocks(&cell.lines, entry, nesting.deeper());
                }
            }
        }
    }

    /// Appends an empty cell.
    pub(in crate::rst) fn table_entry(
        &mut self,
        row: NodeId,
        columns: usize,
        rows: usize,
        heading: bool,
    ) -> NodeId {
        let kind = NodeKind::Entry {
            columns: u16::try_from(columns).unwrap_or(1),
            rows: u32::try_from(rows).unwrap_or(1),
            heading,
        };
        self.tree.add(row, kind)
    }
}
