//! What a setting's text means: numbers, sizes, addresses.
//!
//! Text in, a value for the layers out, or the half-sentence that says what is wrong with it.
//! Paths stay as written here; who reads the settings resolves them.

use std::net::Ipv6Addr;

use figment::value::Value;
use url::{Host, Url};

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A file or folder; who reads the settings resolves it.
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
    /// An HTTP address.
    Address,
    /// HTTP addresses, separated by commas; `host:port:protocol` is one too.
    Nodes,
}

impl Kind {
    /// Reads a value, or says what it is not: `is not a whole number`.
    pub(super) fn read(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text | Self::Path => Ok(Value::from(text)),
            Self::Whole { least, most } => {
                let number: u64 = text.parse().map_err(|_| "is not a whole number")?;
                let fits = (least..=most).contains(&number);
                fits.then(|| Value::from(number))
                    .ok_or_else(|| out_of_bounds(least, most))
            }
            Self::Number { least, most } => {
                let number: f64 = text.parse().map_err(|_| "is not a number")?;
                let fits = (least..=most).contains(&number);
                fits.then(|| Value::from(number))
                    .ok_or_else(|| out_of_bounds(least, most))
            }
            Self::Size => Ok(Value::from(size(text)?)),
            Self::Host => Ok(Value::from(host(text)?)),
            Self::Protocol => Ok(Value::from(protocol(text)?)),
            Self::Address => Ok(Value::from(address(text)?.as_str())),
            Self::Nodes => {
                let nodes = nodes(text)?;
                let nodes = nodes.iter().map(Url::as_str);
                Ok(Value::from(nodes.collect::<Vec<_>>()))
            }
        }
    }
}

/// The nodes of a server or cluster, each `host:port:protocol` or a URL, separated by commas.
///
/// # Errors
///
/// The half-sentence that says what is wrong: `names no node`.
pub fn nodes(text: &str) -> Result<Vec<Url>, String> {
    let nodes = text
        .split(',')
        .map(str::trim)
        .filter(|node| !node.is_empty());
    let nodes: Vec<Url> = nodes.map(node).collect::<Result<_, String>>()?;
    if nodes.is_empty() {
        return Err("names no node".to_owned());
    }
    Ok(nodes)
}

fn out_of_bounds(least: impl std::fmt::Display, most: impl std::fmt::Display) -> String {
    format!("is not between {least} and {most}")
}

/// Bytes; decimal and binary units, case aside.
fn size(text: &str) -> Result<u64, String> {
    const WRONG: &str = "is not a size; write a number of bytes, or one with a unit as in `5GB`";
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
        _ => return Err(WRONG.to_owned()),
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole
            .checked_mul(factor)
            .ok_or_else(|| "is too large".to_owned());
    }
    let bytes = number.parse::<f64>().map_err(|_| WRONG)? * factor as f64;
    // A fraction of a unit: the text has digits and a point only, so it is not negative.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded above"
    )]
    if bytes < 1e18 {
        Ok(bytes as u64)
    } else {
        Err("is too large".to_owned())
    }
}

/// A host as it stands in a URL: an IPv6 address gets its brackets.
fn host(text: &str) -> Result<String, String> {
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Ok(format!("[{address}]"));
    }
    if text.contains("://") {
        return Err("is a URL; give the host alone, or the URL in TYPESENSE_NODES".to_owned());
    }
    Host::parse(text)
        .map(|host| host.to_string())
        .map_err(|_| "is not a host name or address".to_owned())
}

fn protocol(text: &str) -> Result<&'static str, String> {
    match text.to_ascii_lowercase().as_str() {
        "http" => Ok("http"),
        "https" => Ok("https"),
        _ => Err("is neither `http` nor `https`".to_owned()),
    }
}

/// An HTTP address; its path ends in `/`, so that relative addresses join below it.
fn address(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is not a URL that starts with `http://` or `https://`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a `?` or `#`; give the address without what follows".to_owned());
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn node(text: &str) -> Result<Url, String> {
    if text.contains("://") {
        return address(text);
    }
    let mut parts = text.rsplitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(scheme), Some(port), Some(name))
            if port.parse::<u16>().is_ok_and(|port| port > 0) =>
        {
            address(&format!("{}://{}:{port}", protocol(scheme)?, host(name)?))
        }
        _ => Err("has a node that is neither `host:port:protocol` nor a URL".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use figment::value::Value;

    use super::Kind;

    fn read(kind: Kind, text: &str) -> Result<String, String> {
        kind.read(text).map(|value| match value {
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
        let whole = Kind::Whole { least: 1, most: 20 };
        let number = Kind::Number {
            least: 0.0,
            most: 20.0,
        };
        for (kind, text, expected) in [
            (whole, "20", "20"),
            (number, "0.5", "0.5"),
            (number, "20", "20"),
            (Kind::Size, "5GB", "5000000000"),
            (Kind::Size, "1.5 kib", "1536"),
            (Kind::Size, "17", "17"),
            (Kind::Host, "search.example.org", "search.example.org"),
            (Kind::Host, "::1", "[::1]"),
            (Kind::Host, "[::1]", "[::1]"),
            (Kind::Protocol, "HTTPS", "https"),
            (
                Kind::Address,
                "https://example.org/simple",
                "https://example.org/simple/",
            ),
            (Kind::Nodes, "a:8108:http", "http://a:8108/"),
            (Kind::Nodes, "[::1]:8108:http, ", "http://[::1]:8108/"),
            (
                Kind::Nodes,
                "a:1:http, https://b.org",
                "http://a:1/ https://b.org/",
            ),
        ] {
            assert_eq!(read(kind, text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let whole = Kind::Whole { least: 1, most: 20 };
        let number = Kind::Number {
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
            (Kind::Size, "5XB", "is not a size"),
            (Kind::Size, "GB", "is not a size"),
            (Kind::Size, "-5GB", "is not a size"),
            (Kind::Size, "1.2.3", "is not a size"),
            (Kind::Size, "99999999999TB", "is too large"),
            (Kind::Size, "99999999999.5TB", "is too large"),
            (Kind::Host, "https://example.org", "is a URL"),
            (Kind::Host, "a b", "is not a host name"),
            (Kind::Host, "a/b", "is not a host name"),
            (Kind::Protocol, "ftp", "is neither"),
            (Kind::Address, "example.org", "is not a URL"),
            (
                Kind::Address,
                "file:///etc/passwd",
                "is not a URL that starts with",
            ),
            (Kind::Address, "https://a.org/?x=1", "has a `?`"),
            (Kind::Nodes, "a:8108", "has a node"),
            (Kind::Nodes, "a:99999:http", "has a node"),
            (Kind::Nodes, "a:8108:ftp", "is neither"),
            (Kind::Nodes, " , ", "names no node"),
        ] {
            let error = read(kind, text).err().unwrap_or_default();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
