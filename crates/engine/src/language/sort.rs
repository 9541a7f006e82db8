//! `sort_by`: up to three keys, each with a direction.
//!
//! [`parse`] checks names against the schema; what an empty `sort_by` means is said by
//! [`default`], and that scores come last by [`complete`]. [`crate::search`] sorts.

use std::str::FromStr;

use super::filter::{self, Filter, Point};
use crate::problem::{Answer, Problem};
use crate::schema::{Field, FieldNumber, FieldType, Schema};
use crate::settings::Settings;

/// Keys of one search.
pub const MOST_KEYS: usize = 3;

/// One key.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What documents are compared by.
    pub by: SortBy,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// What a key looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum SortBy {
    /// `text_match`, or with more than one bucket: the place among so many equal parts of it.
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
pub enum Missing {
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
pub struct Distance {
    /// The field that holds places.
    pub field: FieldNumber,
    /// Its name.
    pub name: String,
    /// Where distances are measured from.
    pub from: Point,
    /// Metres inside which all places are equally near.
    pub exclude_radius: f64,
    /// Metres to which distances are rounded up.
    pub precision: f64,
}

/// The keys of a search that names none.
pub fn default(schema: &Schema, limits: &Settings) -> Answer<Vec<SortKey>> {
    let mut keys = vec![TEXT_MATCH];
    if !schema.default_sorting_field.is_empty() {
        keys.push(key(
            &schema.default_sorting_field,
            None,
            "desc",
            (schema, limits),
        )?);
    }
    Ok(keys)
}

/// Lets scores decide between documents that are equal by the keys that were asked for.
pub fn complete(keys: &mut Vec<SortKey>) {
    let scored = keys
        .iter()
        .any(|key| matches!(key.by, SortBy::TextMatch { .. }));
    if !scored && keys.len() < MOST_KEYS {
        keys.push(TEXT_MATCH);
    }
}

const TEXT_MATCH: SortKey = SortKey {
    by: SortBy::TextMatch { buckets: 0 },
    descending: true,
};

/// The keys that a text names; none if it is blank.
pub fn parse(text: &str, schema: &Schema, limits: &Settings) -> Answer<Vec<SortKey>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let parts = split(text);
    if parts.len() > limits.listed {
        return Err(too_many());
    }
    let context = (schema, limits);
    let keys = parts
        .into_iter()
        .map(|part| {
            let (name, order) = part.rsplit_once(':').ok_or_else(malformed)?;
            let (name, order) = (name.trim(), order.trim());
            if order.is_empty() || order.contains(')') {
                return Err(malformed());
            }
            match name.split_once('(') {
                None => key(name, None, order, context),
                Some((name, arguments)) => {
                    let arguments = arguments.strip_suffix(')').ok_or_else(malformed)?;
                    key(name.trim(), Some(arguments.trim()), order, context)
                }
            }
        })
        .collect::<Answer<Vec<_>>>()?;
    if keys.len() > MOST_KEYS {
        return Err(too_many());
    }
    let conditions = keys
        .iter()
        .filter(|key| matches!(key.by, SortBy::Passes(_)));
    if conditions.count() > 1 {
        return Err(Problem::unprocessable(
            "Only one sorting eval expression is allowed.",
        ));
    }
    Ok(keys)
}

fn too_many() -> Problem {
    Problem::bad_request(format!("Only upto {MOST_KEYS} sort fields are allowed."))
}

fn malformed() -> Problem {
    Problem::bad_request("Parameter `sort_by` is malformed.")
}

/// Parts between commas that are neither in parentheses nor in back-ticks.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut quoted = false;
    text.split(|character| {
        match character {
            '`' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0 && !quoted
    })
    .collect()
}

/// What names and filters are checked against.
type Context<'a> = (&'a Schema, &'a Settings);

fn key(
    name: &str,
    arguments: Option<&str>,
    order: &str,
    (schema, limits): Context<'_>,
) -> Answer<SortKey> {
    let descending = if order.eq_ignore_ascii_case("desc") {
        true
    } else if order.eq_ignore_ascii_case("asc") {
        false
    } else {
        return Err(Problem::bad_request(format!(
            "Order for field` {name}` should be either ASC or DESC."
        )));
    };
    let by = match (name, arguments) {
        ("_text_match", arguments) => SortBy::TextMatch {
            buckets: buckets(arguments)?,
        },
        ("_seq_id", None) => SortBy::Arrival,
        ("_eval", Some(expression)) => SortBy::Passes(condition(expression, schema, limits)?),
        _ => {
            let field = schema
                .field(name)
                .filter(|field| field.sort && field.index)
                .ok_or_else(|| {
                    Problem::not_found(format!(
                        "Could not find a field named `{name}` in the schema for sorting."
                    ))
                })?;
            column(field, arguments)?
        }
    };
    Ok(SortKey { by, descending })
}

fn buckets(arguments: Option<&str>) -> Answer<usize> {
    let Some(arguments) = arguments else {
        return Ok(0);
    };
    match arguments.split(':').map(str::trim).collect::<Vec<_>>()[..] {
        ["buckets", number] => number.parse().map_err(|_| {
            Problem::bad_request("Invalid value passed for _text_match `buckets` configuration.")
        }),
        _ => Err(Problem::bad_request(
            "Invalid sorting parameter passed for _text_match.",
        )),
    }
}

fn condition(expression: &str, schema: &Schema, limits: &Settings) -> Answer<Filter> {
    match filter::parse(expression, schema, limits) {
        Ok(Some(filter)) => Ok(filter),
        Ok(None) => Err(Problem::bad_request(
            "The eval expression in sort_by is empty.",
        )),
        Err(misread) => Err(Problem::new(
            misread.problem.status,
            "Error parsing eval expression in sort_by clause.",
        )),
    }
}

fn column(field: &Field, arguments: Option<&str>) -> Answer<SortBy> {
    let bad_syntax =
        || Problem::bad_request(format!("Bad syntax for sorting field `{}`", field.name));
    if matches!(field.kind, FieldType::Geopoint | FieldType::Geopoints) {
        return distance(field, arguments.unwrap_or("0,0")).map(SortBy::Distance);
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
fn distance(field: &Field, arguments: &str) -> Answer<Distance> {
    let bad_syntax =
        || Problem::bad_request(format!("Bad syntax for sorting field `{}`", field.name));
    let mut parts = arguments.split(',').map(str::trim);
    let mut degrees = || -> Answer<f64> {
        let text = parts.next().ok_or_else(bad_syntax)?;
        if text.is_empty() {
            return Err(bad_syntax());
        }
        f64::from_str(text)
            .ok()
            .filter(|degrees| degrees.is_finite())
            .ok_or_else(malformed)
    };
    let mut distance = Distance {
        field: field.number,
        name: field.name.clone(),
        from: Point {
            latitude: degrees()?,
            longitude: degrees()?,
        },
        exclude_radius: 0.0,
        precision: 0.0,
    };
    for part in parts {
        let (name, value) = part.split_once(':').ok_or_else(bad_syntax)?;
        let metres = filter::metres(value).ok_or_else(bad_syntax)?;
        match name.trim() {
            "exclude_radius" => distance.exclude_radius = metres,
            "precision" => distance.precision = metres,
            _ => return Err(bad_syntax()),
        }
    }
    Ok(distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::test_schema;
    use proptest::prelude::*;

    fn read(text: &str) -> Answer<Vec<SortKey>> {
        parse(text, &test_schema(), &Settings::default())
    }

    fn message(text: &str) -> String {
        match read(text) {
            Ok(keys) => format!("{keys:?}"),
            Err(problem) => format!("{} {}", problem.status, problem.message),
        }
    }

    #[test]
    fn keys_are_read_with_their_arguments() -> Answer<()> {
        let keys =
            read(" stars : DESC, name(missing_values: first):asc ,_text_match(buckets: 3):desc")?;
        let by: Vec<_> = keys.iter().map(|key| (&key.by, key.descending)).collect();
        assert_eq!(
            by,
            [
                (&SortBy::Integers(3, Missing::Normal), true),
                (&SortBy::Texts(1, Missing::First), false),
                (&SortBy::TextMatch { buckets: 3 }, true),
            ]
        );
        let keys = read("place(48.1, 11.5, exclude_radius: 2 km, precision: 3km):asc")?;
        let distance = Distance {
            field: 6,
            name: "place".to_owned(),
            from: Point {
                latitude: 48.1,
                longitude: 11.5,
            },
            exclude_radius: 2000.0,
            precision: 3000.0,
        };
        assert_eq!(
            keys.first().map(|key| &key.by),
            Some(&SortBy::Distance(distance))
        );
        let keys = read("_eval(tags:=[`a,b`, c] && (stars:>3)):desc")?;
        assert!(matches!(
            &keys[..],
            [SortKey {
                by: SortBy::Passes(_),
                ..
            }]
        ));
        assert_eq!(read("")?, []);
        Ok(())
    }

    #[test]
    fn what_cannot_be_sorted_by_is_refused() {
        let cases = [
            ("stars", "400 Parameter `sort_by` is malformed."),
            ("stars:", "400 Parameter `sort_by` is malformed."),
            (
                "stars:desc,,name:asc",
                "400 Parameter `sort_by` is malformed.",
            ),
            ("stars)desc", "400 Parameter `sort_by` is malformed."),
            ("place(x,y):asc", "400 Parameter `sort_by` is malformed."),
            (
                "stars:up",
                "400 Order for field` stars` should be either ASC or DESC.",
            ),
            (
                "nope:asc",
                "404 Could not find a field named `nope` in the schema for sorting.",
            ),
            (
                "tags:asc",
                "404 Could not find a field named `tags` in the schema for sorting.",
            ),
            (
                ":asc",
                "404 Could not find a field named `` in the schema for sorting.",
            ),
            (
                "name(foo: x):asc",
                "400 Bad syntax for sorting field `name`",
            ),
            ("place(50):asc", "400 Bad syntax for sorting field `place`"),
            (
                "place(1,2,foo: 3 km):asc",
                "400 Bad syntax for sorting field `place`",
            ),
            (
                "_eval():asc",
                "400 The eval expression in sort_by is empty.",
            ),
            (
                "_eval(nope:1):asc",
                "404 Error parsing eval expression in sort_by clause.",
            ),
            (
                "_eval(stars):asc",
                "400 Error parsing eval expression in sort_by clause.",
            ),
            (
                "_eval(stars:1):asc,_eval(stars:2):asc",
                "422 Only one sorting eval expression is allowed.",
            ),
            (
                "_text_match(buckets: x):asc",
                "400 Invalid value passed for _text_match `buckets` configuration.",
            ),
            (
                "_text_match(bucket: 1):asc",
                "400 Invalid sorting parameter passed for _text_match.",
            ),
            (
                "stars:asc,name:asc,health:asc,_text_match:asc",
                "400 Only upto 3 sort fields are allowed.",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(message(text), expected, "{text}");
        }
    }

    #[test]
    fn scores_decide_last_unless_there_is_no_room() -> Answer<()> {
        let mut keys = read("stars:desc")?;
        complete(&mut keys);
        assert_eq!(keys.last(), Some(&TEXT_MATCH));
        let mut keys = read("stars:desc,name:asc,health:asc")?;
        complete(&mut keys);
        assert_eq!(keys.len(), 3);
        assert_eq!(default(&test_schema(), &Settings::default())?.len(), 2);
        Ok(())
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[a-z_:(),` \\[\\]0-9é]{0,40}|\\PC{0,40}") {
            let _ = read(&text);
        }
    }
}
