//! What a setting's text means: numbers, sizes, addresses.
//!
//! Text in, a value for the layers out, or what is wrong with it. Paths stay as written here;
//! [`super::Config::load`] resolves them.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use figment::value::Value;
use url::{Host, Url};

use crate::jobs::{JobKind, Schedule, ScheduleError, parse_time_zone};

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SettingKind {
    /// Any text.
    Text,
    /// A file or folder, not resolved yet.
    Path,
    /// A whole number within these bounds.
    Whole { least: u64, most: u64 },
    /// A number within these bounds.
    Number { least: f64, most: f64 },
    /// Bytes, as `5GB` or `5000000000`.
    Size,
    /// A host name or IP address.
    Host,
    /// `http` or `https`.
    Protocol,
    /// `text` or `json`.
    LogFormat,
    /// An HTTP address.
    Address,
    /// `true` or `false`.
    Switch,
    /// IP addresses, separated by commas.
    IpAddresses,
    /// HTTP addresses, separated by commas; `host:port:protocol` is one too.
    Nodes,
    /// Five fields as in crontab; nothing, or `off`, for never.
    Schedule,
    /// The name of a time zone, as `Europe/Berlin`.
    TimeZone,
}

impl SettingKind {
    /// Whether an empty value says something, and does not count as unset.
    #[must_use]
    pub fn can_be_empty(self) -> bool {
        matches!(self, Self::Schedule)
    }

    pub(super) fn parse(self, text: &str) -> Result<Value, InvalidValue> {
        match self {
            Self::Text | Self::Path => Ok(Value::from(text)),
            Self::Whole { least, most } => {
                let number: u64 = text.parse().map_err(|_| InvalidValue::Whole)?;
                let fits = (least..=most).contains(&number);
                fits.then(|| Value::from(number))
                    .ok_or_else(|| out_of_bounds(least, most))
            }
            Self::Number { least, most } => {
                let number: f64 = text.parse().map_err(|_| InvalidValue::Number)?;
                let fits = (least..=most).contains(&number);
                fits.then(|| Value::from(number))
                    .ok_or_else(|| out_of_bounds(least, most))
            }
            Self::Size => Ok(Value::from(parse_size(text)?)),
            Self::Host => Ok(Value::from(parse_host(text)?)),
            Self::Protocol => Ok(Value::from(parse_protocol(text)?)),
            Self::LogFormat => match text {
                "text" | "json" => Ok(Value::from(text)),
                _ => Err(InvalidValue::LogFormat),
            },
            Self::Address => Ok(Value::from(parse_address(text)?.as_str())),
            Self::Switch => Ok(Value::from(parse_switch(text)?)),
            Self::IpAddresses => {
                let parts = text
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty());
                let addresses: Result<Vec<IpAddr>, _> = parts.map(str::parse).collect();
                let addresses = addresses.map_err(|_| InvalidValue::IpAddress)?;
                let addresses: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
                Ok(Value::from(addresses))
            }
            Self::Schedule => parse_schedule(text),
            Self::TimeZone => match parse_time_zone(text) {
                Ok(_) => Ok(Value::from(text)),
                Err(error) => Err(InvalidValue::Schedule(error)),
            },
            Self::Nodes => {
                let nodes = parse_nodes(text)?;
                let addresses: Vec<&str> = nodes.iter().map(Url::as_str).collect();
                Ok(Value::from(addresses))
            }
        }
    }
}

/// What is wrong with a value. Each text goes on after the value: `"abc" is not a whole number`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    #[error("is not a whole number")]
    Whole,
    #[error("is not a number")]
    Number,
    #[error("is not between {least} and {most}")]
    OutOfBounds { least: String, most: String },
    #[error("is not a size; write a number of bytes, or use a unit as in `5GB`")]
    Size,
    #[error("is too large")]
    TooLarge,
    #[error("is a URL; set only the host name here, or put the URL in TYPESENSE_NODES")]
    UrlForHost,
    #[error("is not a host name or IP address")]
    Host,
    #[error("is neither `true` nor `false`")]
    Switch,
    #[error("is not a list of IP addresses")]
    IpAddress,
    #[error("is neither `http` nor `https`")]
    Protocol,
    #[error("is neither `text` nor `json`")]
    LogFormat,
    #[error("is not a valid URL: {0}")]
    Url(url::ParseError),
    #[error("is not a URL that starts with `http://` or `https://`")]
    Scheme,
    #[error("has a query or fragment; remove the `?` or `#` and everything after it")]
    Query,
    #[error("has a node that is neither `host:port:protocol` nor a URL")]
    Node,
    #[error("names no node")]
    NoNode,
    #[error("does not make a valid address: {0}")]
    ServerAddress(url::ParseError),
    #[error(transparent)]
    Schedule(ScheduleError),
}

/// The nodes of a server or cluster, each `host:port:protocol` or a URL, separated by commas.
///
/// # Errors
///
/// Where a node is neither, or there is none.
pub fn parse_nodes(text: &str) -> Result<Vec<Url>, InvalidValue> {
    let nodes: Vec<Url> = text
        .split(',')
        .map(str::trim)
        .filter(|node| !node.is_empty())
        .map(parse_node)
        .collect::<Result<_, InvalidValue>>()?;
    if nodes.is_empty() {
        return Err(InvalidValue::NoNode);
    }
    Ok(nodes)
}

/// The text itself, if it is a schedule.
fn parse_schedule(text: &str) -> Result<Value, InvalidValue> {
    if text.is_empty() || text.eq_ignore_ascii_case("off") {
        return Ok(Value::from(""));
    }
    let zone = jiff::tz::TimeZone::UTC;
    Schedule::parse(JobKind::Health, text, zone, std::time::Duration::ZERO)
        .map(|_| Value::from(text))
        .map_err(InvalidValue::Schedule)
}

fn parse_switch(text: &str) -> Result<bool, InvalidValue> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(InvalidValue::Switch),
    }
}

fn out_of_bounds(least: impl fmt::Display, most: impl fmt::Display) -> InvalidValue {
    InvalidValue::OutOfBounds {
        least: least.to_string(),
        most: most.to_string(),
    }
}

/// Bytes; decimal and binary units, case aside.
fn parse_size(text: &str) -> Result<u64, InvalidValue> {
    let digits = text.find(|character: char| character != '.' && !character.is_ascii_digit());
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => return Err(InvalidValue::Size),
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor).ok_or(InvalidValue::TooLarge);
    }
    let bytes = number.parse::<f64>().map_err(|_| InvalidValue::Size)? * factor as f64;
    // A fraction of a unit: the text has digits and a point only, so it is not negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded above"
    )]
    if bytes < 1e18 {
        Ok(bytes as u64)
    } else {
        Err(InvalidValue::TooLarge)
    }
}

/// A host as it stands in a URL: an IPv6 address gets its brackets.
fn parse_host(text: &str) -> Result<String, InvalidValue> {
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Ok(format!("[{address}]"));
    }
    if text.contains("://") {
        return Err(InvalidValue::UrlForHost);
    }
    Host::parse(text)
        .map(|host| host.to_string())
        .map_err(|_| InvalidValue::Host)
}

fn parse_protocol(text: &str) -> Result<&'static str, InvalidValue> {
    match text.to_ascii_lowercase().as_str() {
        "http" => Ok("http"),
        "https" => Ok("https"),
        _ => Err(InvalidValue::Protocol),
    }
}

/// An HTTP address; its path ends in `/`, so that relative addresses join below it.
fn parse_address(text: &str) -> Result<Url, InvalidValue> {
    let mut url = Url::parse(text).map_err(InvalidValue::Url)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(InvalidValue::Scheme);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(InvalidValue::Query);
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn parse_node(text: &str) -> Result<Url, InvalidValue> {
    if text.contains("://") {
        return parse_address(text);
    }
    let mut parts = text.rsplitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(scheme), Some(port), Some(name))
            if port.parse::<u16>().is_ok_and(|port| port > 0) =>
        {
            let (scheme, host) = (parse_protocol(scheme)?, parse_host(name)?);
            parse_address(&format!("{scheme}://{host}:{port}"))
        }
        _ => Err(InvalidValue::Node),
    }
}

#[cfg(test)]
mod tests {
    use figment::value::Value;

    use super::{InvalidValue, SettingKind};

    fn read(kind: SettingKind, text: &str) -> Result<String, InvalidValue> {
        kind.parse(text).map(|value| match value {
            Value::Array(_, values) => {
                let values: Vec<_> = values.iter().filter_map(Value::as_str).collect();
                values.join(" ")
            }
            Value::Num(_, number) => number.to_u128().map_or_else(
                || number.to_f64().unwrap_or_default().to_string(),
                |whole| whole.to_string(),
            ),
            other => other.into_string().unwrap_or_default(),
        })
    }

    #[test]
    fn values_are_read() {
        let whole = SettingKind::Whole { least: 1, most: 20 };
        let number = SettingKind::Number {
            least: 0.0,
            most: 20.0,
        };
        for (kind, text, expected) in [
            (whole, "20", "20"),
            (number, "0.5", "0.5"),
            (number, "20", "20"),
            (SettingKind::Size, "5GB", "5000000000"),
            (SettingKind::Size, "1.5 kib", "1536"),
            (SettingKind::Size, "17", "17"),
            (
                SettingKind::Host,
                "search.example.org",
                "search.example.org",
            ),
            (SettingKind::Host, "::1", "[::1]"),
            (SettingKind::Host, "[::1]", "[::1]"),
            (SettingKind::Protocol, "HTTPS", "https"),
            (
                SettingKind::Address,
                "https://example.org/simple",
                "https://example.org/simple/",
            ),
            (SettingKind::Schedule, "*/5 * * * *", "*/5 * * * *"),
            (SettingKind::Schedule, "", ""),
            (SettingKind::Schedule, "OFF", ""),
            (SettingKind::TimeZone, "Europe/Berlin", "Europe/Berlin"),
            (SettingKind::Nodes, "a:8108:http", "http://a:8108/"),
            (
                SettingKind::Nodes,
                "[::1]:8108:http, ",
                "http://[::1]:8108/",
            ),
            (
                SettingKind::Nodes,
                "a:1:http, https://b.org",
                "http://a:1/ https://b.org/",
            ),
        ] {
            assert_eq!(read(kind, text).as_deref().ok(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let whole = SettingKind::Whole { least: 1, most: 20 };
        let number = SettingKind::Number {
            least: 0.0,
            most: 20.0,
        };
        for (kind, text, expected) in [
            (whole, "abc", "is not a whole number"),
            (whole, "-1", "is not a whole number"),
            (whole, "1.5", "is not a whole number"),
            (whole, "0", "is not between 1 and 20"),
            (number, "fast", "is not a number"),
            (number, "nan", "is not between 0 and 20"),
            (number, "inf", "is not between 0 and 20"),
            (number, "-0.1", "is not between 0 and 20"),
            (SettingKind::Size, "5XB", "is not a size"),
            (SettingKind::Size, "GB", "is not a size"),
            (SettingKind::Size, "-5GB", "is not a size"),
            (SettingKind::Size, "1.2.3", "is not a size"),
            (SettingKind::Size, "99999999999TB", "is too large"),
            (SettingKind::Size, "99999999999.5TB", "is too large"),
            (SettingKind::Host, "https://example.org", "is a URL"),
            (SettingKind::Host, "a b", "is not a host name"),
            (SettingKind::Host, "a/b", "is not a host name"),
            (SettingKind::Protocol, "ftp", "is neither"),
            (SettingKind::Address, "example.org", "is not a valid URL"),
            (
                SettingKind::Address,
                "file:///etc/passwd",
                "is not a URL that starts with",
            ),
            (SettingKind::Address, "https://a.org/?x=1", "has a query"),
            (SettingKind::Schedule, "* * *", "is not a schedule like"),
            (SettingKind::Schedule, "0 0 30 2 *", "never comes"),
            (SettingKind::TimeZone, "Mars", "is not a time zone"),
            (SettingKind::Nodes, "a:8108", "has a node"),
            (SettingKind::Nodes, "a:99999:http", "has a node"),
            (SettingKind::Nodes, "a:8108:ftp", "is neither"),
            (SettingKind::Nodes, " , ", "names no node"),
        ] {
            let error = read(kind, text)
                .err()
                .map_or_else(String::new, |error| error.to_string());
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
