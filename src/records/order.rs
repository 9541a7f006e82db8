//! How rows are sorted. Plain data.

use super::column::Column;
use super::resource::Resource;

/// Rows that are sorted for one page of a list, at most. It takes about as long as looking at the
/// beginning of an order.
pub const MOST_SORTED: u64 = 5_000;

/// By a column, or by the key alone. Rows that are equal in the column are sorted by the key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) column: Option<&'static Column>,
    pub(super) is_descending: bool,
}

impl Order {
    /// As in the parameter.
    pub(super) fn name(self) -> String {
        let sign = if self.is_descending { "-" } else { "" };
        format!("{sign}{}", self.column.map_or("", |column| column.name))
    }

    /// As somebody would ask for it.
    pub(super) fn shown(self, resource: &Resource) -> String {
        let sign = if self.is_descending { "-" } else { "" };
        let columns = self.columns(resource);
        format!("{sign}{}", columns.first().map_or("", |column| column.name))
    }

    /// The columns that rows are sorted by.
    pub(super) fn columns(self, resource: &Resource) -> Vec<&'static Column> {
        let keys = resource.key.iter().filter_map(|key| {
            let mut columns = resource.columns.iter();
            columns.find(|column| column.source == *key)
        });
        self.column.into_iter().chain(keys).collect()
    }
}

/// The name of the hidden column with the value that rows are sorted by at this place.
pub(super) fn hidden_name(place: usize) -> String {
    format!("pyfa_{place}")
}
