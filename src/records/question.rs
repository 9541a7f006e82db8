//! Parameters of an address become a question. No I/O.

use super::column::{Column, Lookup};
use super::cursor::Cursor;
use super::error::QuestionError;
use super::order::Order;
use super::resource::Resource;
use super::values::{parse_boolean, parse_value};
use crate::database::{Row, Value};

/// More filters than anybody means.
const MOST_FILTERS: usize = 20;
/// Characters of the longest value.
const LONGEST_VALUE: usize = 500;
/// Characters of the longest list of values, and of a cursor.
const LONGEST_LIST: usize = 2_000;
/// What is repeated of a value that is wrong.
const SHOWN_VALUE: usize = 50;

/// A parameter that is no filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    /// The number of a page, from 1.
    Page,
    PageSize,
    /// A place in the list, as an answer gives it.
    Cursor,
    Ordering,
    /// The columns that are wanted.
    Fields,
}

impl Special {
    pub const ALL: &'static [Self] = &[
        Self::Page,
        Self::PageSize,
        Self::Cursor,
        Self::Ordering,
        Self::Fields,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::PageSize => "page_size",
            Self::Cursor => "cursor",
            Self::Ordering => "ordering",
            Self::Fields => "fields",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|special| special.name() == name)
    }
}

/// What a list lets one ask for.
#[derive(Debug, Clone, Copy)]
pub struct PageRules {
    pub page_size: u64,
    pub largest_page: u64,
    /// The parameters that are no filters and count here; any other is unknown.
    pub specials: &'static [Special],
    /// Whether columns are shown that are personal.
    pub shows_personal: bool,
    /// Whether a list is refused for which more than [`MOST_SORTED`](super::MOST_SORTED) rows would be
    /// sorted.
    pub is_bounded: bool,
}

/// What somebody wants to know about the rows of a resource.
#[derive(Debug, Clone)]
pub struct Question {
    pub(super) filters: Vec<Filter>,
    pub(super) order: Order,
    pub(super) place: Place,
    pub(super) page_size: u64,
    /// The number of the page, also where a cursor says where it is.
    pub(super) page: u64,
    pub(super) columns: Vec<&'static Column>,
    /// Whether a page, or its size, was asked for.
    pub(super) is_one_page: bool,
    pub(super) is_bounded: bool,
}

/// A condition that rows pass.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub(super) column: &'static Column,
    pub(super) lookup: Lookup,
    pub(super) values: Vec<Value>,
}

/// Where in the list a page is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// This many rows from its beginning.
    Offset(u64),
    At(Cursor),
}

impl Question {
    /// Reads the parameters of an address, decoded.
    ///
    /// # Errors
    ///
    /// [`QuestionError`] for the first that cannot be meant.
    pub fn read<N: AsRef<str>, V: AsRef<str>>(
        resource: &Resource,
        rules: PageRules,
        parameters: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, QuestionError> {
        let mut question = Self::all(resource, rules);
        let mut cursor = None;
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in parameters {
            let (name, value) = (name.as_ref(), value.as_ref());
            if seen.iter().any(|one| one == name) {
                return Err(QuestionError::Twice {
                    parameter: shown(name),
                });
            }
            seen.push(name.to_owned());
            let special = Special::named(name).filter(|special| rules.specials.contains(special));
            match special {
                Some(Special::Page) => question.page = read_number(name, value, u64::MAX)?,
                Some(Special::PageSize) => {
                    question.page_size = read_number(name, value, rules.largest_page)?;
                }
                Some(Special::Cursor) => {
                    check_length(name, value, LONGEST_LIST)?;
                    cursor = Some(value.to_owned());
                }
                Some(Special::Ordering) => question.order = read_order(resource, value)?,
                Some(Special::Fields) => {
                    check_length(name, value, LONGEST_LIST)?;
                    question.columns = read_fields(resource, rules, value)?;
                }
                None => {
                    let filter = read_filter(resource, rules, name, value)?;
                    question.filters.push(filter);
                }
            }
            question.is_one_page |= matches!(
                special,
                Some(Special::Page | Special::PageSize | Special::Cursor)
            );
            if question.filters.len() > MOST_FILTERS {
                return Err(QuestionError::TooManyFilters { most: MOST_FILTERS });
            }
        }
        question.place = match cursor {
            Some(text) => Place::At(Cursor::read(&text, resource, question.order)?),
            None => Place::Offset((question.page - 1).saturating_mul(question.page_size)),
        };
        Ok(question)
    }

    /// The first page of all rows, in the usual order.
    #[must_use]
    pub fn all(resource: &Resource, rules: PageRules) -> Self {
        let order = read_order(resource, resource.default_order);
        let columns = resource.columns.iter();
        Self {
            filters: Vec::new(),
            order: order.unwrap_or(Order {
                column: None,
                is_descending: false,
            }),
            place: Place::Offset(0),
            page_size: rules.page_size,
            page: 1,
            columns: columns
                .filter(|column| !column.is_long && (rules.shows_personal || !column.is_personal))
                .collect(),
            is_one_page: false,
            is_bounded: rules.is_bounded,
        }
    }

    /// The same for rows that have one of some values in a column, all on one page; with the columns
    /// that lists leave out, if they may be seen.
    #[must_use]
    pub fn with_one_of(
        resource: &Resource,
        rules: PageRules,
        column: &'static Column,
        values: Vec<Value>,
    ) -> Self {
        let columns = resource.columns.iter();
        Self {
            page_size: values.len() as u64,
            columns: columns
                .filter(|column| rules.shows_personal || !column.is_personal)
                .collect(),
            filters: vec![Filter {
                column,
                lookup: Lookup::In,
                values,
            }],
            ..Self::all(resource, rules)
        }
    }

    /// The question for what follows a row of its answer; nothing follows a row that cannot be.
    pub(super) fn after(&self, row: &Row, resource: &Resource) -> Self {
        let place = Cursor::after(row, resource, self.order);
        Self {
            place: place.map_or(Place::Offset(u64::MAX), Place::At),
            ..self.clone()
        }
    }

    /// The same with pages of another size.
    #[must_use]
    pub fn in_pages_of(self, page_size: u64) -> Self {
        Self { page_size, ..self }
    }

    /// The columns of its answer.
    #[must_use]
    pub fn columns(&self) -> &[&'static Column] {
        &self.columns
    }

    /// Whether one page was asked for, rather than the whole list.
    #[must_use]
    pub fn is_one_page(&self) -> bool {
        self.is_one_page
    }
}

fn read_filter(
    resource: &Resource,
    rules: PageRules,
    name: &str,
    value: &str,
) -> Result<Filter, QuestionError> {
    let Some((column, lookup)) = resource.filter(name) else {
        return Err(unknown(resource, rules, name));
    };
    let parameter = || name.to_owned();
    if column.is_personal && !rules.shows_personal {
        return Err(QuestionError::Personal {
            parameter: parameter(),
        });
    }
    let refused = |wanted: &'static str| QuestionError::Value {
        parameter: parameter(),
        wanted,
        value: shown(value),
    };
    let values = match lookup {
        Lookup::IsNull => {
            check_length(name, value, LONGEST_VALUE)?;
            let is_null = parse_boolean(value).ok_or_else(|| refused("`true` or `false`"))?;
            vec![is_null.into()]
        }
        Lookup::In => {
            check_length(name, value, LONGEST_LIST)?;
            let parts: Vec<&str> = value.split(',').collect();
            if parts.len() > Lookup::MOST_VALUES {
                return Err(QuestionError::TooManyValues {
                    parameter: parameter(),
                });
            }
            let values = parts
                .into_iter()
                .map(|part| parse_value(column.kind, part.trim()));
            values.collect::<Result<_, _>>().map_err(refused)?
        }
        _ => {
            check_length(name, value, LONGEST_VALUE)?;
            vec![parse_value(column.kind, value).map_err(refused)?]
        }
    };
    Ok(Filter {
        column,
        lookup,
        values,
    })
}

/// Why there is no such filter.
fn unknown(resource: &Resource, rules: PageRules, name: &str) -> QuestionError {
    let (column, lookup) = match name.rsplit_once("__") {
        Some((column, lookup)) => (column, lookup),
        None => (name, Lookup::Exact.name()),
    };
    if let Some(column) = resource.column(column) {
        let lookups = column.lookups.iter();
        return QuestionError::UnknownLookup {
            parameter: shown(name),
            column: column.name.to_owned(),
            lookup: shown(lookup),
            valid: lookups.map(|lookup| lookup.name().to_owned()).collect(),
        };
    }
    let specials = rules
        .specials
        .iter()
        .map(|special| special.name().to_owned());
    QuestionError::UnknownFilter {
        parameter: shown(name),
        valid: resource.filters().into_iter().chain(specials).collect(),
    }
}

pub(super) fn read_order(resource: &Resource, text: &str) -> Result<Order, QuestionError> {
    let (name, is_descending) = match text.strip_prefix('-') {
        Some(name) => (name, true),
        None => (text, false),
    };
    if name.is_empty() && resource.default_order == text {
        return Ok(Order {
            column: None,
            is_descending,
        });
    }
    let column = resource.column(name).filter(|column| column.is_ordered);
    let column = column.ok_or_else(|| QuestionError::UnknownOrder {
        order: shown(text),
        valid: resource.orders(),
    })?;
    // The first column of the key needs no other to be sorted by.
    let is_key = resource.key.first() == Some(&column.source);
    Ok(Order {
        column: Some(column).filter(|_| !is_key),
        is_descending,
    })
}

fn read_fields(
    resource: &Resource,
    rules: PageRules,
    text: &str,
) -> Result<Vec<&'static Column>, QuestionError> {
    let mut columns: Vec<&'static Column> = Vec::new();
    for name in text.split(',').map(str::trim) {
        let column = resource
            .column(name)
            .ok_or_else(|| QuestionError::UnknownField {
                field: shown(name),
                valid: resource
                    .columns
                    .iter()
                    .map(|column| column.name.to_owned())
                    .collect(),
            })?;
        if column.is_personal && !rules.shows_personal {
            return Err(QuestionError::Personal {
                parameter: Special::Fields.name().to_owned(),
            });
        }
        if columns.iter().all(|one| one.name != column.name) {
            columns.push(column);
        }
    }
    Ok(columns)
}

fn read_number(name: &str, value: &str, most: u64) -> Result<u64, QuestionError> {
    let number: Option<u64> = value.parse().ok();
    let number = number.filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| QuestionError::Value {
        parameter: name.to_owned(),
        wanted: if most == u64::MAX {
            "a number from 1"
        } else {
            "a number from 1 to the largest page"
        },
        value: shown(value),
    })
}

fn check_length(name: &str, value: &str, most: usize) -> Result<(), QuestionError> {
    if value.chars().count() > most {
        return Err(QuestionError::TooLong {
            parameter: name.to_owned(),
            most,
        });
    }
    Ok(())
}

/// The beginning of what somebody wrote, without what hides or moves text.
fn shown(text: &str) -> String {
    let visible = text.chars().filter(|character| !character.is_control());
    visible.take(SHOWN_VALUE).collect()
}
