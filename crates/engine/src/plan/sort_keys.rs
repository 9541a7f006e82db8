//! What documents are sorted by: up to three keys, checked against the schema.

use std::str::FromStr;

use super::filter::{Filter, GeoPoint};
use super::filter_values::{metres, parse_filter};
use super::plan_error::PlanError;
use crate::request::RequestError;
use crate::request::sort_grammar::{MOST_SORT_KEYS, SortExpression, split_keys};
use crate::schema::{Field, FieldNumber, FieldType, Schema};
use crate::settings::EngineSettings;

/// One key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SortKey {
    /// What documents are compared by.
    pub(crate) by: SortBy,
    /// Whether the greatest comes first.
    pub(crate) descending: bool,
}

/// What a key looks at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SortBy {
    /// `text_match`, or with more than one bucket: which of that many equal parts it is in.
    TextMatch {
        /// 0 or 1: the score itself.
        buckets: usize,
    },
    /// The order of arrival.
    Arrival,
    /// A column of whole numbers.
    Integers(FieldNumber, Missing),
    /// A column of decimal numbers.
    Floats(FieldNumber, Missing),
    /// A column of texts.
    Texts(FieldNumber, Missing),
    /// The distance from a point.
    Distance(Distance),
    /// Whether a document passes a filter.
    Passes(Filter),
}

/// Where documents without a value stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Missing {
    /// Numbers last, texts as if they were the greatest.
    #[default]
    Normal,
    /// Before all others.
    First,
    /// Behind all others.
    Last,
}

/// How distances are compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distance {
    /// The field that holds places.
    pub(crate) field: FieldNumber,
    /// Its name.
    pub(crate) name: String,
    /// Where distances are measured from.
    pub(crate) from: GeoPoint,
    /// Metres inside which all places are equally near.
    pub(crate) exclude_radius: f64,
    /// Metres to which distances are rounded up.
    pub(crate) precision: f64,
}

/// The keys of a search: those that `sort_by` names, or the default ones; scores decide last.
pub(super) fn sort_keys(
    sort_by: &str,
    schema: &Schema,
    limits: &EngineSettings,
) -> Result<Vec<SortKey>, PlanError> {
    let mut keys = parse(sort_by, schema, limits)?;
    if keys.is_empty() {
        keys = default_keys(schema, limits)?;
    }
    add_text_match(&mut keys);
    Ok(keys)
}

/// The keys of a search that names none.
pub(super) fn default_keys(
    schema: &Schema,
    limits: &EngineSettings,
) -> Result<Vec<SortKey>, PlanError> {
    let mut keys = vec![TEXT_MATCH];
    if !schema.default_sorting_field.is_empty() {
        let by_default_field = SortExpression {
            name: &schema.default_sorting_field,
            arguments: None,
            order: "desc",
        };
        keys.push(read_key(by_default_field, (schema, limits))?);
    }
    Ok(keys)
}

/// Lets scores decide between documents that are equal by the keys that were asked for.
pub(super) fn add_text_match(keys: &mut Vec<SortKey>) {
    let scored = keys
        .iter()
        .any(|key| matches!(key.by, SortBy::TextMatch { .. }));
    if !scored && keys.len() < MOST_SORT_KEYS {
        keys.push(TEXT_MATCH);
    }
}

pub(super) const TEXT_MATCH: SortKey = SortKey {
    by: SortBy::TextMatch { buckets: 0 },
    descending: true,
};

/// The keys that a text names; none if it is blank.
pub(super) fn parse(
    text: &str,
    schema: &Schema,
    limits: &EngineSettings,
) -> Result<Vec<SortKey>, PlanError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let parts = split_keys(text);
    if parts.len() > limits.list_items {
        return Err(PlanError::TooManySortKeys);
    }
    let context = (schema, limits);
    let keys = parts
        .into_iter()
        .map(|part| read_key(SortExpression::parse(part)?, context))
        .collect::<Result<Vec<_>, PlanError>>()?;
    if keys.len() > MOST_SORT_KEYS {
        return Err(PlanError::TooManySortKeys);
    }
    let conditions = keys
        .iter()
        .filter(|key| matches!(key.by, SortBy::Passes(_)));
    if conditions.count() > 1 {
        return Err(PlanError::TooManySortConditions);
    }
    Ok(keys)
}

/// What names and filters are checked against.
type Context<'a> = (&'a Schema, &'a EngineSettings);

fn read_key(
    SortExpression {
        name,
        arguments,
        order,
    }: SortExpression<'_>,
    (schema, limits): Context<'_>,
) -> Result<SortKey, PlanError> {
    let descending = if order.eq_ignore_ascii_case("desc") {
        true
    } else if order.eq_ignore_ascii_case("asc") {
        false
    } else {
        return Err(PlanError::SortOrder {
            field: name.to_owned(),
        });
    };
    let by = match (name, arguments) {
        ("_text_match", arguments) => SortBy::TextMatch {
            buckets: read_buckets(arguments)?,
        },
        ("_seq_id", None) => SortBy::Arrival,
        ("_eval", Some(expression)) => SortBy::Passes(read_condition(expression, schema, limits)?),
        _ => {
            let field = schema
                .field(name)
                .filter(|field| field.sort && field.index)
                .ok_or_else(|| PlanError::UnknownSortField {
                    field: name.to_owned(),
                })?;
            read_column(field, arguments)?
        }
    };
    Ok(SortKey { by, descending })
}

fn read_buckets(arguments: Option<&str>) -> Result<usize, PlanError> {
    let Some(arguments) = arguments else {
        return Ok(0);
    };
    match arguments.split(':').map(str::trim).collect::<Vec<_>>()[..] {
        ["buckets", number] => number.parse().map_err(|_| PlanError::TextMatchBuckets),
        _ => Err(PlanError::TextMatchArguments),
    }
}

fn read_condition(
    expression: &str,
    schema: &Schema,
    limits: &EngineSettings,
) -> Result<Filter, PlanError> {
    match parse_filter(expression, schema, limits) {
        Ok(Some(filter)) => Ok(filter),
        Ok(None) => Err(PlanError::EmptySortCondition),
        Err(filter_error) => Err(PlanError::SortCondition(filter_error)),
    }
}

fn read_column(field: &Field, arguments: Option<&str>) -> Result<SortBy, PlanError> {
    let bad_syntax = || PlanError::SortArguments {
        field: field.name.clone(),
    };
    if matches!(field.kind, FieldType::Geopoint | FieldType::Geopoints) {
        return read_distance(field, arguments.unwrap_or("0,0")).map(SortBy::Distance);
    }
    let missing = match arguments {
        None => Missing::Normal,
        Some(arguments) => {
            let (name, value) = arguments.split_once(':').ok_or_else(bad_syntax)?;
            match (name.trim(), value.trim()) {
                ("missing_values", "normal") => Missing::Normal,
                ("missing_values", "first") => Missing::First,
                ("missing_values", "last") => Missing::Last,
                _ => return Err(bad_syntax()),
            }
        }
    };
    if field.kind.is_text() {
        Ok(SortBy::Texts(field.number, missing))
    } else if field.kind.is_float() {
        Ok(SortBy::Floats(field.number, missing))
    } else {
        Ok(SortBy::Integers(field.number, missing))
    }
}

/// `48.1, 11.5, exclude_radius: 2 km, precision: 500 km`
fn read_distance(field: &Field, arguments: &str) -> Result<Distance, PlanError> {
    let bad_syntax = || PlanError::SortArguments {
        field: field.name.clone(),
    };
    let mut parts = arguments.split(',').map(str::trim);
    let mut degrees = || -> Result<f64, PlanError> {
        let text = parts.next().ok_or_else(bad_syntax)?;
        if text.is_empty() {
            return Err(bad_syntax());
        }
        f64::from_str(text)
            .ok()
            .filter(|degrees| degrees.is_finite())
            .ok_or(PlanError::SortSyntax(RequestError::MalformedSort))
    };
    let mut distance = Distance {
        field: field.number,
        name: field.name.clone(),
        from: GeoPoint {
            latitude: degrees()?,
            longitude: degrees()?,
        },
        exclude_radius: 0.0,
        precision: 0.0,
    };
    for part in parts {
        let (name, value) = part.split_once(':').ok_or_else(bad_syntax)?;
        let length = metres(value).ok_or_else(bad_syntax)?;
        match name.trim() {
            "exclude_radius" => distance.exclude_radius = length,
            "precision" => distance.precision = length,
            _ => return Err(bad_syntax()),
        }
    }
    Ok(distance)
}
