//! The address that the visitor used, as told by the request or by a proxy we trust.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::header::HOST;
use axum::http::{Extensions, HeaderMap, HeaderName};

/// Characters of the longest host that is believed.
const LONGEST_HOST: usize = 255;

/// Scheme and host of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// As in `https://packages.example.org`.
    pub(super) url: String,
    /// Whether a proxy that we trust has sent the request.
    pub(super) is_told_by_proxy: bool,
}

/// The other end of the connection.
pub(super) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(address)| address.ip().to_canonical())
}

/// The address that a request was sent to; the headers of `trusted` proxies count.
pub(super) fn read(headers: &HeaderMap, extensions: &Extensions, trusted: &[IpAddr]) -> Origin {
    let is_trusted = peer(extensions).is_some_and(|peer| trusted.contains(&peer));
    let forwarded = |name: &'static str| {
        let name = HeaderName::from_static(name);
        let value = headers.get_all(name).iter().next_back();
        // The last is what the proxy itself has added; all before may come from the visitor.
        let value = value.filter(|_| is_trusted)?.to_str().ok()?;
        Some(value.rsplit(',').next()?.trim())
    };
    let scheme = match forwarded("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    let host = forwarded("x-forwarded-host").or_else(|| host(headers));
    let host = host.filter(|host| is_host(host)).unwrap_or("localhost");
    Origin {
        url: format!("{scheme}://{host}"),
        is_told_by_proxy: is_trusted,
    }
}

/// The host that a request names.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}

/// Whether a text is a host with an optional port, and nothing that could be more than that in a page.
fn is_host(text: &str) -> bool {
    let is_part =
        |character: char| character.is_ascii_alphanumeric() || ".-:[]_".contains(character);
    !text.is_empty() && text.len() <= LONGEST_HOST && text.chars().all(is_part)
}
