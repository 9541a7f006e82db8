//! Who asks: the address that the visitor used, as told by the request or by a proxy we trust.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::header::HOST;
use axum::http::{HeaderMap, HeaderName};

use super::settings::GallerySettings;
use super::site::Visitor;

/// Characters of the longest host that is believed.
const LONGEST_HOST: usize = 255;

/// The visitor of a request.
pub(super) fn read(request: &Request, settings: &GallerySettings) -> Visitor {
    let headers = request.headers();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(address)| address.ip().to_canonical());
    let is_trusted = peer.is_some_and(|peer| settings.trusted_proxies.contains(&peer));
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
    let is_told_by_proxy = is_trusted && settings.base_url.is_none();
    let origin = format!("{scheme}://{host}");
    Visitor::new(origin, is_told_by_proxy, headers.clone())
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST)?.to_str().ok()
}

/// Whether a text is a host with an optional port, and nothing that could be more than that in a page.
fn is_host(text: &str) -> bool {
    let is_part =
        |character: char| character.is_ascii_alphanumeric() || ".-:[]_".contains(character);
    !text.is_empty() && text.len() <= LONGEST_HOST && text.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::extract::{ConnectInfo, Request};

    use super::read;
    use crate::web::gallery::settings::GallerySettings;

    fn origin(from: &str, headers: &[(&str, &str)]) -> anyhow::Result<String> {
        let settings = GallerySettings {
            trusted_proxies: vec!["10.0.0.1".parse()?, "::1".parse()?],
            ..GallerySettings::default()
        };
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let address: SocketAddr = from.parse()?;
        let request = request
            .extension(ConnectInfo(address))
            .body(Body::empty())?;
        Ok(read(&request, &settings).origin)
    }

    #[test]
    fn forwarded_headers_count_from_named_proxies_alone() -> anyhow::Result<()> {
        let headers = [
            ("host", "127.0.0.1:8108"),
            ("x-forwarded-host", "packages.example.org"),
            ("x-forwarded-proto", "https"),
        ];
        assert_eq!(
            origin("10.0.0.1:5", &headers)?,
            "https://packages.example.org"
        );
        assert_eq!(
            origin("[::ffff:10.0.0.1]:5", &headers)?,
            "https://packages.example.org"
        );
        assert_eq!(origin("10.0.0.2:5", &headers)?, "http://127.0.0.1:8108");
        Ok(())
    }

    #[test]
    fn of_several_forwarded_values_the_proxys_own_counts() -> anyhow::Result<()> {
        let one_line = [
            ("x-forwarded-host", "evil.example, packages.example.org"),
            ("x-forwarded-proto", "http,https"),
        ];
        let two_lines = [
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-host", "packages.example.org"),
            ("x-forwarded-proto", "https"),
        ];
        for headers in [&one_line[..], &two_lines[..]] {
            let found = origin("10.0.0.1:5", headers)?;
            assert_eq!(found, "https://packages.example.org");
        }
        Ok(())
    }

    #[test]
    fn a_host_that_could_be_more_than_a_host_is_not_believed() -> anyhow::Result<()> {
        for host in ["a/b", "a\"b", "a b", "a@b", "<script>", ""] {
            assert_eq!(
                origin("10.0.0.2:5", &[("host", host)])?,
                "http://localhost",
                "{host}"
            );
        }
        Ok(())
    }
}
