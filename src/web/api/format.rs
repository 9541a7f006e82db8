//! The format that an answer has, by `Accept`. No I/O.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use super::problem::Problem;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    JsonLines,
}

/// The names that a client may ask by, the usual one of each format first.
const NAMES: [(&str, Format); 6] = [
    ("application/json", Format::Json),
    ("text/csv", Format::Csv),
    ("application/jsonl", Format::JsonLines),
    ("application/x-ndjson", Format::JsonLines),
    ("application/x-jsonlines", Format::JsonLines),
    ("application/problem+json", Format::Json),
];

impl Format {
    /// The format that a request prefers among those that there are.
    ///
    /// # Errors
    ///
    /// A problem with status 406 if it takes none of them.
    pub(super) fn of(headers: &HeaderMap, offered: &[Self]) -> Result<Self, Problem> {
        let accepted = headers.get_all(ACCEPT).iter();
        let accepted: Vec<&str> = accepted
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        if accepted.is_empty() {
            return Ok(Self::Json);
        }
        let mut best: Option<(f32, Self)> = None;
        for one in accepted {
            let mut parts = one.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight = weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok());
            let weight = weight.unwrap_or_default();
            let format = match name.as_str() {
                "*/*" | "application/*" => Some(Self::Json),
                "text/*" => Some(Self::Csv),
                name => NAMES
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, format)| *format),
            };
            let format = format.filter(|format| weight > 0.0 && offered.contains(format));
            if let Some(format) = format
                && best.is_none_or(|(found, _)| weight > found)
            {
                best = Some((weight, format));
            }
        }
        best.map(|(_, format)| format)
            .ok_or_else(Problem::not_acceptable)
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/jsonl",
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::ACCEPT};

    use super::Format;

    #[test]
    fn the_preferred_format_is_chosen() {
        let all = [Format::Json, Format::Csv, Format::JsonLines];
        for (accept, found) in [
            ("*/*", Some(Format::Json)),
            ("text/csv", Some(Format::Csv)),
            (
                "text/csv;q=0.1, application/x-ndjson;q=0.9",
                Some(Format::JsonLines),
            ),
            ("text/html, application/json;q=0.5", Some(Format::Json)),
            ("text/html", None),
            ("text/csv;q=0", None),
            ("application/json;q=nonsense", None),
        ] {
            let value = HeaderValue::from_static(accept);
            let headers = HeaderMap::from_iter([(ACCEPT, value)]);
            assert_eq!(Format::of(&headers, &all).ok(), found, "{accept}");
        }
    }
}
