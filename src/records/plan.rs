//! By which index the rows of a question are found, and whether that sorts them. No I/O.

use super::column::{ColumnKind, Lookup};
use super::order::Order;
use super::question::{Filter, Question, read_order};
use super::resource::Resource;
use crate::database::Value;

impl Question {
    /// Whether rows are sorted by what a filter compares.
    pub(super) fn is_sorted_by(&self, filter: &Filter, resource: &Resource) -> bool {
        match self.order.column {
            Some(column) => column.name == filter.column.name,
            None => resource.key.first() == Some(&filter.column.source),
        }
    }

    /// Whether the index of a filter sorts, too: those of choices go on in the usual order.
    pub(super) fn has_index_in_order(&self, filter: &Filter, resource: &Resource) -> bool {
        let name = |order: Order| order.column.map(|column| column.name);
        let usual = read_order(resource, resource.default_order);
        filter.is_choice()
            && filter.lookup != Lookup::In
            && usual.is_ok_and(|usual| name(usual) == name(self.order))
    }

    /// The column by whose index the rows are found in their order, empty if no filter has to be
    /// passed; `None` if no index does that.
    pub(super) fn column_in_order(&self, resource: &Resource) -> Option<&'static str> {
        let mut others = self
            .filters
            .iter()
            .filter(|filter| !self.is_sorted_by(filter, resource));
        match (others.next(), others.next()) {
            (None, _) => Some(self.filters.first().map_or("", |one| one.column.name)),
            (Some(only), None) if self.has_index_in_order(only, resource) => Some(only.column.name),
            _ => None,
        }
    }

    /// Whether the index of the first filter sorts, too; others may have to be passed as well.
    pub(super) fn begins_in_order(&self, resource: &Resource) -> bool {
        let mut filters = self.filters.iter();
        filters
            .next()
            .is_some_and(|first| self.has_index_in_order(first, resource))
    }

    /// The column of a choice whose index sorts, too.
    pub(super) fn choice_in_order(&self, resource: &Resource) -> Option<&'static str> {
        let mut filters = self.filters.iter();
        let found = filters.find(|filter| self.has_index_in_order(filter, resource));
        found.map(|filter| filter.column.name)
    }

    /// Whether the first filter finds rows by an index.
    pub(super) fn is_led(&self) -> bool {
        self.filters.first().is_some_and(Filter::has_index)
    }

    /// The orders in which an index would find the rows.
    pub(super) fn quick_orders(&self, resource: &Resource) -> Vec<String> {
        let is_quick = |order: &String| {
            let order = read_order(resource, order).unwrap_or(self.order);
            let question = Self {
                order,
                ..self.clone()
            };
            question.column_in_order(resource).is_some()
        };
        resource.orders().into_iter().filter(is_quick).collect()
    }

    /// The columns of filters that have an index.
    pub(super) fn indexed_columns(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for filter in self.filters.iter().filter(|filter| filter.has_index()) {
            if !names.contains(&filter.column.name) {
                names.push(filter.column.name);
            }
        }
        names
    }

    /// The same with the filters of this column first: by its index rows are found.
    pub(super) fn led_by(&self, column: &str) -> Self {
        let mut question = self.clone();
        let is_other = |filter: &Filter| filter.column.name != column || !filter.has_index();
        question.filters.sort_by_key(is_other);
        question
    }
}

impl Filter {
    /// Whether it finds rows without looking at all.
    pub(super) fn has_index(&self) -> bool {
        self.lookup != Lookup::Contains
    }

    /// Whether an index sorts the rows that pass it by the usual order, too.
    pub(super) fn is_choice(&self) -> bool {
        let is_null = self.lookup == Lookup::IsNull && self.values == [Value::Boolean(true)];
        let is_text_or_id = matches!(self.column.kind, ColumnKind::Text | ColumnKind::Boolean)
            || !self.column.is_ordered;
        is_null || (is_text_or_id && matches!(self.lookup, Lookup::Exact | Lookup::In))
    }
}
