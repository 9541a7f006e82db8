//! What may be asked about one column. Plain data.

/// A column that others may see.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in answers and parameters.
    pub name: &'static str,
    pub kind: ColumnKind,
    /// The column of the table.
    pub source: &'static str,
    /// How it can be filtered; each of these has an index.
    pub lookups: &'static [Lookup],
    /// Whether rows can be sorted by it.
    pub is_ordered: bool,
    /// Whether every row has a value.
    pub is_required: bool,
    /// Whether lists leave it out unless it is asked for by name.
    pub is_long: bool,
    /// Whether only those see it who may see what is personal.
    pub is_personal: bool,
    pub description: &'static str,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Integer,
    Real,
    Boolean,
    Time,
    /// A time that is kept in Unix milliseconds.
    Milliseconds,
    Json,
}

/// How a value is compared with those of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    Exact,
    Less,
    AtMost,
    Greater,
    AtLeast,
    /// The text has the value in it, in the same case. It reads rows in the order of the list.
    Contains,
    /// The text begins with the value, in the same case.
    StartsWith,
    IsNull,
    /// One of up to [`Lookup::MOST_VALUES`] values.
    In,
}

impl Lookup {
    /// The four that compare what has an order, and equality.
    pub const RANGE: &'static [Self] = &[
        Self::Exact,
        Self::Less,
        Self::AtMost,
        Self::Greater,
        Self::AtLeast,
    ];
    /// For what is compared with one value or several.
    pub const CHOICE: &'static [Self] = &[Self::Exact, Self::In];
    pub const EXACT: &'static [Self] = &[Self::Exact];

    /// Values of one `in`.
    pub const MOST_VALUES: usize = 100;

    const ALL: [Self; 9] = [
        Self::Exact,
        Self::Less,
        Self::AtMost,
        Self::Greater,
        Self::AtLeast,
        Self::Contains,
        Self::StartsWith,
        Self::IsNull,
        Self::In,
    ];

    /// Its name behind `__`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Less => "lt",
            Self::AtMost => "lte",
            Self::Greater => "gt",
            Self::AtLeast => "gte",
            Self::Contains => "contains",
            Self::StartsWith => "startswith",
            Self::IsNull => "isnull",
            Self::In => "in",
        }
    }

    /// The lookup with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lookup| lookup.name() == name)
    }
}

impl Column {
    /// A column of a table with this name, without filters.
    #[must_use]
    pub const fn new(name: &'static str, kind: ColumnKind, description: &'static str) -> Self {
        Self {
            name,
            kind,
            source: name,
            lookups: &[],
            is_ordered: false,
            is_required: false,
            is_long: false,
            is_personal: false,
            description,
        }
    }

    /// The same, kept under another name.
    #[must_use]
    pub const fn kept_as(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// The same, which can be filtered.
    #[must_use]
    pub const fn filtered(mut self, lookups: &'static [Lookup]) -> Self {
        self.lookups = lookups;
        self
    }

    /// The same, which rows can be sorted by.
    #[must_use]
    pub const fn ordered(mut self) -> Self {
        self.is_ordered = true;
        self
    }

    /// The same, with a value in every row.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// The same, left out of lists unless it is asked for.
    #[must_use]
    pub const fn long(mut self) -> Self {
        self.is_long = true;
        self
    }

    /// The same, for those who may see what is personal.
    #[must_use]
    pub const fn personal(mut self) -> Self {
        self.is_personal = true;
        self
    }

    /// The parameter that filters by it.
    #[must_use]
    pub fn parameter(&self, lookup: Lookup) -> String {
        match lookup {
            Lookup::Exact => self.name.to_owned(),
            other => format!("{}__{}", self.name, other.name()),
        }
    }
}
