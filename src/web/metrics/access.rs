//! Who may read the metrics: this machine, and keys.
//!
//! A proxy on this machine asks for strangers. Its requests name another host, or say for whom they
//! are; then only a key counts.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, FORWARDED, HOST, VIA};
use axum::http::uri::Authority;
use futures::future::BoxFuture;

/// Headers that proxies add.
const FORWARDING: [&str; 4] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Knows which keys may read.
pub trait KeyCheck: Send + Sync {
    /// Whether the key may read.
    fn may_read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, bool>;
}

/// Whether a request may have the metrics.
pub(super) async fn is_admitted(request: Request, keys: Option<&dyn KeyCheck>) -> bool {
    let key = bearer(request.headers()).map(str::to_owned);
    let is_from_here = is_from_this_machine(&request);
    // Bodies cannot be shared between threads.
    drop(request);
    match (is_from_here, key, keys) {
        (true, ..) => true,
        (false, Some(key), Some(keys)) => keys.may_read(&key).await,
        _ => false,
    }
}

fn is_from_this_machine(request: &Request) -> bool {
    let headers = request.headers();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_peer = peer.is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    let is_forwarded = FORWARDING.iter().any(|name| headers.contains_key(*name))
        || headers.contains_key(FORWARDED)
        || headers.contains_key(VIA);
    is_peer
        && !is_forwarded
        && headers
            .get(HOST)
            .is_some_and(|host| names_loopback(host.as_bytes()))
}

/// Whether the host of a request is this machine under a name that no other can have.
fn names_loopback(host: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(host) else {
        return false;
    };
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::extract::{ConnectInfo, Request};
    use futures::FutureExt;
    use futures::future::BoxFuture;

    use super::{KeyCheck, is_admitted};

    struct OneKey;

    impl KeyCheck for OneKey {
        fn may_read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, bool> {
            async move { key == "right" }.boxed()
        }
    }

    #[tokio::test]
    async fn a_proxy_on_this_machine_asks_for_strangers() -> anyhow::Result<()> {
        let key = ("authorization", "Bearer right");
        for (from, headers, expected) in [
            ("127.0.0.1:5", vec![("host", "127.0.0.1:8108")], true),
            ("[::ffff:127.0.0.1]:5", vec![("host", "LOCALHOST")], true),
            ("[::1]:5", vec![("host", "[::1]:8108")], true),
            ("127.0.0.1:5", vec![("host", "packages.example.org")], false),
            (
                "127.0.0.1:5",
                vec![("host", "localhost.example.org")],
                false,
            ),
            ("127.0.0.1:5", vec![], false),
            (
                "127.0.0.1:5",
                vec![("host", "127.0.0.1"), ("x-forwarded-for", "10.0.0.9")],
                false,
            ),
            (
                "127.0.0.1:5",
                vec![("host", "127.0.0.1"), ("via", "1.1 proxy")],
                false,
            ),
            ("10.0.0.9:5", vec![("host", "127.0.0.1")], false),
            ("10.0.0.9:5", vec![("host", "x"), key], true),
            (
                "10.0.0.9:5",
                vec![("host", "x"), ("authorization", "Bearer wrong")],
                false,
            ),
            (
                "10.0.0.9:5",
                vec![("host", "x"), ("authorization", "right")],
                false,
            ),
        ] {
            let address: SocketAddr = from.parse()?;
            let make = || {
                let mut request = Request::builder();
                for (name, value) in &headers {
                    request = request.header(*name, *value);
                }
                let request = request.extension(ConnectInfo(address));
                request.body(Body::empty())
            };
            let admitted = is_admitted(make()?, Some(&OneKey)).await;
            assert_eq!(admitted, expected, "{from} {headers:?}");
            if !headers.contains(&key) {
                assert_eq!(is_admitted(make()?, None).await, expected);
            }
        }
        Ok(())
    }
}
