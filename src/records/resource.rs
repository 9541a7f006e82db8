//! What may be asked about a table. Plain data.

use super::column::{Column, Lookup};

/// A table of which others may see some columns of some rows.
#[derive(Debug, Clone, Copy)]
pub struct Resource {
    /// What its rows are called, in the plural.
    pub name: &'static str,
    /// The table.
    pub table: &'static str,
    /// A condition that every row passes; the same as that of its indexes.
    pub condition: Option<&'static str>,
    /// The columns of the table that name a row; equal rows of an order are sorted by them.
    pub key: &'static [&'static str],
    pub columns: &'static [Column],
    /// The order where none is asked for, as in the parameter: a column's name, with a dash in front
    /// if the highest comes first. Empty for the order of the key.
    pub default_order: &'static str,
    pub description: &'static str,
}

impl Resource {
    /// The column with this public name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// All parameters that filter.
    #[must_use]
    pub fn filters(&self) -> Vec<String> {
        let columns = self.columns.iter();
        let filters = columns.flat_map(|column| {
            let lookups = column.lookups.iter();
            lookups.map(|lookup| column.parameter(*lookup))
        });
        filters.collect()
    }

    /// The column and lookup that a parameter names, if rows can be filtered so.
    #[must_use]
    pub fn filter(&self, parameter: &str) -> Option<(&'static Column, Lookup)> {
        let (name, lookup) = match parameter.rsplit_once("__") {
            Some((name, lookup)) => (name, Lookup::named(lookup)?),
            None => (parameter, Lookup::Exact),
        };
        let column = self.column(name)?;
        column.lookups.contains(&lookup).then_some((column, lookup))
    }

    /// What rows can be sorted by: the values of the parameter.
    #[must_use]
    pub fn orders(&self) -> Vec<String> {
        let ordered = self.columns.iter().filter(|column| column.is_ordered);
        ordered
            .flat_map(|column| [column.name.to_owned(), format!("-{}", column.name)])
            .collect()
    }
}
