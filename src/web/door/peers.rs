//! Whether a request comes from this machine. No I/O.
//!
//! A proxy on this machine sends the requests of others, and a page of others can make a browser send
//! some (also by a name that it lets lead here); neither counts.

use axum::http::request::Parts;

use crate::web::origin;

/// What proxies say of those for whom they ask.
const FORWARDED: [&str; 4] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];

pub(in crate::web) fn is_of_this_machine(request: &Parts) -> bool {
    let is_near = origin::peer(&request.extensions).is_some_and(|peer| peer.is_loopback());
    let is_forwarded = FORWARDED
        .iter()
        .any(|name| request.headers.contains_key(*name));
    is_near && !is_forwarded && origin::host(&request.headers).is_some_and(is_own_name)
}

/// Whether a host of a request can only be this machine.
fn is_own_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    matches!(name, Some("localhost" | "127.0.0.1" | "::1"))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::extract::ConnectInfo;
    use axum::http::Request;

    use super::is_of_this_machine;

    #[test]
    fn only_what_this_machine_itself_asks_is_its_own() -> anyhow::Result<()> {
        for (peer, host, other, is_own) in [
            ("127.0.0.1:5", "localhost:8108", "", true),
            ("[::1]:5", "[::1]:8108", "", true),
            ("[::ffff:127.0.0.1]:5", "127.0.0.1", "", true),
            ("192.0.2.1:5", "localhost", "", false),
            ("127.0.0.1:5", "packages.example.org", "", false),
            ("127.0.0.1:5", "localhost.example.org", "", false),
            ("127.0.0.1:5", "localhost", "x-forwarded-for", false),
            ("127.0.0.1:5", "localhost", "forwarded", false),
        ] {
            let mut request = Request::get("/").header("host", host);
            if !other.is_empty() {
                request = request.header(other, "192.0.2.1");
            }
            let peer: SocketAddr = peer.parse()?;
            let request = request.extension(ConnectInfo(peer)).body(())?;
            let found = is_of_this_machine(&request.into_parts().0);
            assert_eq!(found, is_own, "{peer} {host} {other}");
        }
        Ok(())
    }
}
