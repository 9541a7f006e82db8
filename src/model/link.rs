//! Decides whether untrusted text is an address that a page may link to.
//!
//! Used for all addresses of all sources: registry, GitHub, vulnerability databases. The text is
//! cleaned first, and the cleaned text is what is checked and stored.

use url::{ParseError, Url};

use super::text::is_hidden;

/// The longest address in bytes; browsers and servers may not accept longer ones.
const LONGEST: usize = 4 << 10;

/// Schemes that do not execute anything: web, mail, chat and version control.
const SCHEMES: [&str; 15] = [
    "ftp",
    "ftps",
    "git",
    "git+https",
    "git+ssh",
    "hg+https",
    "http",
    "https",
    "irc",
    "ircs",
    "mailto",
    "matrix",
    "ssh",
    "svn",
    "xmpp",
];

/// The address, if a page may link to it: with an allowed scheme or without one, such as
/// `www.example.org`, `docs/index.html` or `example.org:8080`. As written, but without invisible
/// characters.
///
/// `None` if following it could do something other than open a page, if no browser can parse it,
/// and if it is longer than 4 KiB. Empty text stays empty.
#[must_use]
pub fn linkable(text: &str) -> Option<String> {
    let address = cleaned(text)?;
    let is_allowed = match Url::parse(&address) {
        Ok(url) => SCHEMES.contains(&url.scheme()) || is_host_and_port(&address),
        Err(ParseError::RelativeUrlWithoutBase) => is_relative(&address),
        Err(_) => false,
    };
    is_allowed.then_some(address)
}

/// The address, if it is an absolute `http` or `https` URL.
#[must_use]
pub fn web_address(text: &str) -> Option<String> {
    let address = cleaned(text)?;
    let url = Url::parse(&address).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(address)
}

/// The text without characters that browsers ignore and without surrounding white space.
fn cleaned(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let seen = text.replace(
        |character: char| character.is_control() || is_hidden(character),
        "",
    );
    Some(seen.trim().to_owned())
}

/// Whether an address without a scheme is a valid relative URL.
fn is_relative(address: &str) -> bool {
    Url::parse("https://example.org/").is_ok_and(|page| page.join(address).is_ok())
}

/// Whether the part that a URL parser takes for a scheme is a host: `localhost` or a name with a
/// dot, followed by a port and optionally a path.
fn is_host_and_port(address: &str) -> bool {
    let Some((host, after_host)) = address.split_once(':') else {
        return false;
    };
    let port_end = after_host.find(['/', '?', '#']).unwrap_or(after_host.len());
    let (port, rest) = after_host.split_at(port_end);
    let is_port = port.starts_with(|first: char| first.is_ascii_digit());
    (host == "localhost" || host.trim_matches('.').contains('.'))
        && is_port
        && port.parse::<u16>().is_ok()
        && (rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::{SCHEMES, linkable, web_address};

    #[test]
    fn what_pages_may_link_to() {
        for (text, expected) in [
            ("", ""),
            ("https://example.org/a:b", "https://example.org/a:b"),
            ("HTTP://example.org", "HTTP://example.org"),
            (" https://example.org\n", "https://example.org"),
            (
                "https://example.org/\u{1}a\u{202e}b",
                "https://example.org/ab",
            ),
            ("www.example.org", "www.example.org"),
            ("/relative:x", "/relative:x"),
            ("mailto:a@example.org", "mailto:a@example.org"),
            ("git@github.com:a/b", "git@github.com:a/b"),
            ("git+https://github.com/a/b", "git+https://github.com/a/b"),
            ("example.org:8080/x", "example.org:8080/x"),
            ("localhost:8080", "localhost:8080"),
            ("UNKNOWN", "UNKNOWN"),
            ("#anchor", "#anchor"),
            ("//example.org", "//example.org"),
        ] {
            assert_eq!(linkable(text).as_deref(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn what_pages_must_not_link_to() {
        let long = format!("https://example.org/{}", "a".repeat(5_000));
        for text in [
            "javascript:alert(1)",
            " JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "java\u{1}script:alert(1)",
            "\u{1}javascript:x",
            "\u{a0}javascript:x",
            "\u{feff}javascript:x",
            "java\u{ad}script:x",
            "javascript:1,alert(1)",
            "javascript:8080/alert(1)",
            "javascript:8080",
            "java.script:x",
            "localhost:x",
            "localhost:99999",
            "example.org:+80",
            "data:text/html,x",
            "data:1/x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://x",
            "unknown:x",
            "com.example.app:open",
            "https://[",
            "//[",
            "javascript://[",
            &long,
        ] {
            assert_eq!(linkable(text), None, "{text:?}");
        }
    }

    #[test]
    fn pages_of_the_web() {
        for text in ["https://example.org/a", " http://example.org\u{0}/a"] {
            assert!(web_address(text).is_some(), "{text:?}");
        }
        for text in [
            "",
            "www.example.org",
            "mailto:a@b",
            "javascript:1",
            "https:",
            "/a",
        ] {
            assert_eq!(web_address(text), None, "{text:?}");
        }
    }

    proptest! {
        /// A page's parser agrees, whatever the page does to the text before: nothing, or trimming.
        #[test]
        fn a_browser_finds_an_allowed_scheme(
            text in "(java|data|https?|[a-z\\.]{0,3})?[\\x00-\\x20\\x7f\u{a0}\u{ad}\u{200b}\u{2028}\u{feff}]{0,2}\
                     (script|host)?[\\x00-\\x20]{0,2}:?[/0-9]{0,3}[,a-z\\[\\(\\)]{0,3}",
        ) {
            if let Some(address) = linkable(&text) {
                prop_assert_eq!(linkable(&address), Some(address.clone()));
                prop_assert_eq!(address.trim(), address.as_str());
                let page = Url::parse("https://gallery.example/")?;
                let read = page.join(&address)?;
                let scheme = read.scheme();
                let is_host = scheme.contains('.') || scheme == "localhost";
                prop_assert!(SCHEMES.contains(&scheme) || is_host, "{:?}: {}", text, scheme);
            }
        }
    }
}
