//! Parameters of addresses that are no lists of rows: declared once, read and described by that.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::asked::ApiRequest;
use super::problem::Problem;

/// Characters of the longest value.
const LONGEST_VALUE: usize = 500;
/// Values of a parameter that may be repeated.
const MOST_VALUES: usize = 40;

/// What a parameter holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum ParameterKind {
    Text,
    /// Any number of texts, each with the parameter's name.
    Texts,
    Whole {
        least: u32,
        most: u32,
    },
    Switch,
    Day,
    /// One of these.
    Choice(&'static [&'static str]),
}

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: ParameterKind,
    pub(super) description: &'static str,
}

/// What is wrong with the value of a parameter, as said behind its name.
#[derive(Debug, thiserror::Error)]
enum ParameterFlaw {
    #[error("has more than {LONGEST_VALUE} characters")]
    Long,
    #[error("is a text without NUL characters")]
    Nul,
    #[error("is a whole number from {least} to {most}")]
    Whole { least: u32, most: u32 },
    #[error("is `true` or `false`")]
    Switch,
    #[error("is a day such as `2026-01-31`")]
    Day,
    #[error("is one of: {}", .0.join(", "))]
    Choice(&'static [&'static str]),
    #[error("is given more than {MOST_VALUES} times")]
    TooMany,
    #[error("is given twice; give it once")]
    Twice,
}

/// What a request gives for parameters that were declared.
#[derive(Debug)]
pub(super) struct Given {
    values: Vec<(&'static str, String)>,
}

impl Parameter {
    pub(super) const fn new(
        name: &'static str,
        kind: ParameterKind,
        description: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            description,
        }
    }

    fn check(&self, value: &str) -> Result<(), ParameterFlaw> {
        if value.chars().count() > LONGEST_VALUE {
            return Err(ParameterFlaw::Long);
        }
        match self.kind {
            ParameterKind::Text | ParameterKind::Texts if value.contains('\0') => {
                Err(ParameterFlaw::Nul)
            }
            ParameterKind::Text | ParameterKind::Texts => Ok(()),
            ParameterKind::Whole { least, most } => {
                let number: Option<u32> = value.parse().ok();
                let is_sound = number.is_some_and(|number| (least..=most).contains(&number));
                is_sound
                    .then_some(())
                    .ok_or(ParameterFlaw::Whole { least, most })
            }
            ParameterKind::Switch => matches!(value, "true" | "false")
                .then_some(())
                .ok_or(ParameterFlaw::Switch),
            ParameterKind::Day => day(value).map(drop).ok_or(ParameterFlaw::Day),
            ParameterKind::Choice(choices) => choices
                .contains(&value)
                .then_some(())
                .ok_or(ParameterFlaw::Choice(choices)),
        }
    }
}

impl Given {
    /// Reads the parameters of a request.
    pub(super) fn read(asked: &ApiRequest<'_>, declared: &[Parameter]) -> Result<Self, Problem> {
        let mut given = Self { values: Vec::new() };
        for (name, value) in asked.parameters() {
            let parameter = declared.iter().find(|parameter| parameter.name == name);
            let Some(parameter) = parameter else {
                let shown: String = name
                    .chars()
                    .filter(|one| !one.is_control())
                    .take(50)
                    .collect();
                let names: Vec<String> = declared.iter().map(|one| one.name.to_owned()).collect();
                let valid = if names.is_empty() {
                    "this address takes none".to_owned()
                } else {
                    format!("there are: {}", names.join(", "))
                };
                let detail = format!("there is no parameter `{shown}`; {valid}");
                return Err(Problem::parameter(&shown, detail, names));
            };
            let wrong = |flaw: ParameterFlaw| {
                let detail = format!("`{name}` {flaw}");
                Problem::parameter(parameter.name, detail, [])
            };
            parameter.check(&value).map_err(wrong)?;
            let before = given.all(parameter.name).count();
            match parameter.kind {
                ParameterKind::Texts if before >= MOST_VALUES => {
                    return Err(wrong(ParameterFlaw::TooMany));
                }
                ParameterKind::Texts => {}
                _ if before > 0 => {
                    return Err(wrong(ParameterFlaw::Twice));
                }
                _ => {}
            }
            given.values.push((parameter.name, value.into_owned()));
        }
        Ok(given)
    }

    pub(super) fn all<'g>(&'g self, name: &str) -> impl Iterator<Item = &'g str> {
        let values = self.values.iter();
        values
            .filter(move |(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(super) fn whole(&self, name: &str) -> Option<u32> {
        self.get(name)?.parse().ok()
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The beginning of a day in UTC.
    pub(super) fn day(&self, name: &str) -> Option<Timestamp> {
        day(self.get(name)?)
    }
}

fn day(text: &str) -> Option<Timestamp> {
    let date: Date = text.parse().ok()?;
    let zoned = date.to_zoned(TimeZone::UTC).ok()?;
    (1970..=9998)
        .contains(&date.year())
        .then(|| zoned.timestamp())
}
