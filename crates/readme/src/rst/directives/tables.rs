//! Tables that are written as lists or as values separated by commas.

use crate::rst::{
    directive::{Directive, unicode},
    parser::{Level, Parser},
    tree::{BULLET_LIST, Id, Kind, ROW, TABLE, TABLE_BODY, TABLE_HEAD, TABLE_TITLE},
};

impl Parser {
    /// Makes nodes of a table; false when the directive is none.
    pub(in crate::rst) fn table_directive(
        &mut self,
        name: &str,
        directive: &Directive<'_>,
        parent: Id,
        level: Level,
    ) -> bool {
        match name {
            "table" => {
                let before = self.tree.last_child(parent);
                self.blocks(&directive.content, parent, level.deeper());
                let table = match before {
                    Some(before) => self.tree.next(before),
                    None => self.tree.first_child(parent),
                };
                if let Some(table) = table.filter(|&node| self.tree.is(node, &TABLE)) {
                    let old = self.tree.detached(Kind::Group);
                    self.tree.move_children(table, old);
                    self.titled(&directive.argument(), &TABLE_TITLE, table);
                    self.tree.move_children(old, table);
                    self.tree.add_classes(table, &directive.classes("class"));
                }
            }
            "list-table" => self.list_table(directive, parent, level),
            "csv-table" => self.csv_table(directive, parent, level),
            _ => return false,
        }
        true
    }

    fn new_table(&mut self, directive: &Directive<'_>, parent: Id) -> Id {
        let table = self.tree.element(parent, &TABLE);
        self.tree.add_classes(table, &directive.classes("class"));
        self.titled(&directive.argument(), &TABLE_TITLE, table);
        table
    }

    fn list_table(&mut self, directive: &Directive<'_>, parent: Id, level: Level) {
        let group = self.tree.detached(Kind::Group);
        self.blocks(&directive.content, group, level.deeper());
        let list = self.tree.first_child(group);
        let Some(list) = list.filter(|&list| self.tree.is(list, &BULLET_LIST)) else {
            self.tree.append(parent, group);
            return;
        };
        let rows: Vec<Option<Id>> = self
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
        let rows: Vec<Id> = rows.into_iter().flatten().collect();
        let (head, body) = rows.split_at(heads.min(rows.len()));
        for (rows, shape, heading) in [(head, &TABLE_HEAD, true), (body, &TABLE_BODY, false)] {
            if rows.is_empty() {
                continue;
            }
            let part = self.table_part(table, shape);
            for &cells in rows {
                let row = self.tree.element(part, &ROW);
                let items: Vec<Id> = self.tree.children(cells).collect();
                for (column, item) in items.into_iter().enumerate() {
                    let entry = self.entry(row, 1, 1, heading || column < stubs);
                    self.tree.move_children(item, entry);
                }
            }
        }
    }

    fn csv_table(&mut self, directive: &Directive<'_>, parent: Id, level: Level) {
        let character = |name: &str, default: char| match directive.option(name).as_deref() {
            Some("tab") => '\t',
            Some("space") => ' ',
            Some(mark) => unicode(mark).chars().next().unwrap_or(default),
            None => default,
        };
        let (delimiter, quote) = (character("delim", ','), character("quote", '"'));
        let trims = directive.has("keepspace");
        let mut rows = Vec::new();
        let mut heads = directive.number("header-rows").unwrap_or(0);
        if let Some((_, header)) = directive.options.iter().find(|(name, _)| *name == "header") {
            let header = records(&header.join("\n"), delimiter, quote, !trims);
            heads += header.len();
            rows.extend(header);
        }
        rows.extend(records(
            &directive.content.join("\n"),
            delimiter,
            quote,
            !trims,
        ));
        if rows.is_empty() {
            return;
        }
        let width = rows.iter().map(Vec::len).max().unwrap_or_default();
        let table = self.new_table(directive, parent);
        let stubs = directive.number("stub-columns").unwrap_or(0);
        let mut room = 256 + rows.iter().map(Vec::len).sum::<usize>();
        let (head, body) = rows.split_at(heads.min(rows.len()));
        for (rows, shape, heading) in [(head, &TABLE_HEAD, true), (body, &TABLE_BODY, false)] {
            if rows.is_empty() {
                continue;
            }
            let part = self.table_part(table, shape);
            for cells in rows {
                let row = self.tree.element(part, &ROW);
                for (column, cell) in cells.iter().enumerate() {
                    let entry = self.entry(row, 1, 1, heading || column < stubs);
                    let lines: Vec<&str> = cell.lines().map(str::trim_end).collect();
                    self.blocks(&lines, entry, level.deeper());
                }
                // Rows are filled up, unless that would multiply the text.
                let missing = width - cells.len();
                if room >= missing {
                    room -= missing;
                    for column in cells.len()..width {
                        self.entry(row, 1, 1, heading || column < stubs);
                    }
                }
            }
        }
    }
}

/// The records of comma-separated text; empty lines are none.
fn records(text: &str, delimiter: char, quote: char, trim: bool) -> Vec<Vec<String>> {
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
    use super::records;

    #[test]
    fn values_may_be_quoted() {
        assert_eq!(
            records("a, \"b, \"\"c\"\"\nd\",\n\n,e", ',', '"', true),
            vec![vec!["a", "b, \"c\"\nd", ""], vec!["", "e"]]
        );
        assert_eq!(records("\"open, ", ',', '"', true), vec![vec!["open, \n"]]);
    }
}
