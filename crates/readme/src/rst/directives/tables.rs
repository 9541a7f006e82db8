//! Tables written as nested lists or as comma-separated values.

use crate::rst::{
    directive::{Directive, unicode},
    parser::{Nesting, Parser},
    tree::{BULLET_LIST, NodeId, NodeKind, ROW, TABLE, TABLE_BODY, TABLE_HEAD, TABLE_TITLE},
};

impl Parser {
    /// Appends a table; false if `name` is not one of these directives.
    pub(in crate::rst) fn table_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        parent: NodeId,
        nesting: Nesting,
    ) -> bool {
        match name {
            "table" => {
                let before = self.tree.last_child(parent);
                self.parse_blocks(&directive.content, parent, nesting.deeper());
                let table = match before {
                    Some(before) => self.tree.next(before),
                    None => self.tree.first_child(parent),
                };
                if let Some(table) = table.filter(|&node| self.tree.is(node, &TABLE)) {
                    let old = self.tree.detached(NodeKind::Group);
                    self.tree.move_children(table, old);
                    self.line_element(&directive.argument(), &TABLE_TITLE, table);
                    self.tree.move_children(old, table);
                    self.tree.add_classes(table, &directive.classes("class"));
                }
            }
            "list-table" => self.list_table(directive, parent, nesting),
            "csv-table" => self.csv_table(directive, parent, nesting),
            _ => return false,
        }
        true
    }

    fn new_table(&mut self, directive: &Directive<'_>, parent: NodeId) -> NodeId {
        let table = self.tree.element(parent, &TABLE);
        self.tree.add_classes(table, &directive.classes("class"));
        self.line_element(&directive.argument(), &TABLE_TITLE, table);
        table
    }

    fn list_table(&mut self, directive: &Directive<'_>, parent: NodeId, nesting: Nesting) {
        let group = self.tree.detached(NodeKind::Group);
        self.parse_blocks(&directive.content, group, nesting.deeper());
        let list = self.tree.first_child(group);
        let Some(list) = list.filter(|&list| self.tree.is(list, &BULLET_LIST)) else {
            self.tree.append(parent, group);
            return;
        };
        let rows: Vec<Option<NodeId>> = self
            .tree
            .children(list)
            .map(|item| {
                let cells = self.tree.first_child(item)?;
                self.tree.is(cells, &BULLET_LIST).then_some(cells)
            })
            .collect();
        if rows.iter().any(Option::is_none) {
            self.tree.append(parent, group);
            return;
        }
        let table = self.new_table(directive, parent);
        let stubs = directive.number("stub-columns").unwrap_or(0);
        let heads = directive.number("header-rows").unwrap_or(0);
        let rows: Vec<NodeId> = rows.into_iter().flatten().collect();
        let (head, body) = rows.split_at(heads.min(rows.len()));
        for (rows, element_type, heading) in [(head, &TABLE_HEAD, true), (body, &TABLE_BODY, false)]
        {
            if rows.is_empty() {
                continue;
            }
            let part = self.tree.element(table, element_type);
            for &cells in rows {
                let row = self.tree.element(part, &ROW);
                let items: Vec<NodeId> = self.tree.children(cells).collect();
                for (column, item) in items.into_iter().enumerate() {
                    let entry = self.table_entry(row, 1, 1, heading || column < stubs);
                    self.tree.move_children(item, entry);
                }
            }
        }
    }

    fn csv_table(&mut self, directive: &Directive<'_>, parent: NodeId, nesting: Nesting) {
        let character = |name: &str, default: char| match directive.option(name).as_deref() {
            Some("tab") => '\t',
            Some("space") => ' ',
            Some(mark) => unicode(mark).chars().next().unwrap_or(default),
            None => default,
        };
        let (delimiter, quote) = (character("delim", ','), character("quote", '"'));
        let keeps_spaces = directive.has("keepspace");
        let mut rows = Vec::new();
        let mut heads = directive.number("header-rows").unwrap_or(0);
        if let Some((_, header)) = directive.options.iter().find(|(name, _)| *name == "header") {
            let header_rows = parse_csv(&header.join("\n"), delimiter, quote, !keeps_spaces);
            heads += header_rows.len();
            rows.extend(header_rows);
        }
        rows.extend(parse_csv(
            &directive.content.join("\n"),
            delimiter,
            quote,
            !keeps_spaces,
        ));
        if rows.is_empty() {
            return;
        }
        let width = rows.iter().map(Vec::len).max().unwrap_or_default();
        let table = self.new_table(directive, parent);
        let stubs = directive.number("stub-columns").unwrap_or(0);
        let mut padding = 256 + rows.iter().map(Vec::len).sum::<usize>();
        let (head, body) = rows.split_at(heads.min(rows.len()));
        for (rows, element_type, heading) in [(head, &TABLE_HEAD, true), (body, &TABLE_BODY, false)]
        {
            if rows.is_empty() {
                continue;
            }
            let part = self.tree.element(table, element_type);
            for cells in rows {
                let row = self.tree.element(part, &ROW);
                for (column, cell) in cells.iter().enumerate() {
                    let entry = self.table_entry(row, 1, 1, heading || column < stubs);
                    let lines: Vec<&str> = cell.lines().map(str::trim_end).collect();
                    self.parse_blocks(&lines, entry, nesting.deeper());
                }
                // Short rows are padded, unless that would make the table much longer than its source.
                let missing = width - cells.len();
                if padding >= missing {
                    padding -= missing;
                    for column in cells.len()..width {
                        self.table_entry(row, 1, 1, heading || column < stubs);
                    }
                }
            }
        }
    }
}

/// Parses comma-separated values; empty lines are skipped.
fn parse_csv(text: &str, delimiter: char, quote: char, trim: bool) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record: Vec<String> = Vec::new();
    let mut value = String::new();
    let mut quoted = false;
    let mut started = false;
    let mut characters = text.chars().chain(['\n']).peekable();
    while let Some(character) = characters.next() {
        if quoted {
            if character != quote {
                value.push(character);
            } else if characters.peek() == Some(&quote) {
                characters.next();
                value.push(quote);
            } else {
                quoted = false;
            }
        } else if character == quote && !started {
            quoted = true;
            started = true;
        } else if character == delimiter {
            record.push(std::mem::take(&mut value));
            started = false;
        } else if character == '\n' {
            if started || !record.is_empty() || !value.is_empty() {
                record.push(std::mem::take(&mut value));
                records.push(std::mem::take(&mut record));
            }
            started = false;
        } else if character == ' ' && delimiter != ' ' && !started && trim {
        } else {
            value.push(character);
            started = true;
        }
    }
    if quoted && !value.is_empty() {
        record.push(value);
    }
    if !record.is_empty() {
        records.push(record);
    }
    records
}

#[cfg(test)]
mod tests {
    use super::parse_csv;

    #[test]
    fn values_may_be_quoted() {
        assert_eq!(
            parse_csv("a, \"b, \"\"c\"\"\nd\",\n\n,e", ',', '"', true),
            vec![vec!["a", "b, \"c\"\nd", ""], vec!["", "e"]]
        );
        assert_eq!(
            parse_csv("\"open, ", ',', '"', true),
            vec![vec!["open, \n"]]
        );
    }
}
