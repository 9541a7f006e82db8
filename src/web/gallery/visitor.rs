//! Who asks: the address that the visitor used, as told by the request or by a proxy we trust.

use axum::extract::Request;

use super::settings::GallerySettings;
use super::site::Visitor;
use crate::web::origin;

/// The visitor of a request.
pub(super) fn read(request: &Request, settings: &GallerySettings) -> Visitor {
    let headers = request.headers();
    let origin = origin::read(headers, request.extensions(), &settings.trusted_proxies);
    let is_told_by_proxy = origin.is_told_by_proxy && settings.base_url.is_none();
    Visitor::new(origin.url, is_told_by_proxy, headers.clone())
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
