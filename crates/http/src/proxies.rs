//! Which requests go through a proxy: the variables that every program knows, this machine aside.
//!
//! `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or the same names in lower case, mean
//! what they mean to curl, with one exception: a request to this machine never goes through a
//! proxy, which would take it, and the keys in it, to another one. Nothing here opens a connection.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{ClientBuilder, NoProxy, Proxy};
use url::{Host, Url};

/// The addresses of this machine, as `NO_PROXY` names them.
const LOCAL: &str = "localhost,localhost.,127.0.0.0/8,0.0.0.0,::1,::,::ffff:127.0.0.0/104";

/// Which proxy, if any, each address is reached through.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Proxies {
    http: Option<Variable>,
    https: Option<Variable>,
    no: Option<Variable>,
}

/// A variable that is set.
#[derive(Clone, PartialEq, Eq)]
struct Variable {
    name: &'static str,
    value: String,
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A proxy's address may hold a password.
        formatter.write_str(self.name)
    }
}

impl Proxies {
    /// As the environment of this process says.
    #[must_use]
    pub fn from_environment() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "they are every program's, no settings"
        )]
        Self::read(|name| std::env::var(name).ok())
    }

    /// As variables say, each of which is asked for by its name.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| {
                let value = variable(name).filter(|value| !value.trim().is_empty())?;
                Some(Variable { name, value })
            })
        };
        // A CGI script finds the request's `Proxy` header in `HTTP_PROXY`.
        if variable("REQUEST_METHOD").is_some() {
            return Self::default();
        }
        let usable = |found: Option<Variable>| {
            found.filter(|found| {
                let scheme = found.value.split_once("://").map(|(scheme, _)| scheme);
                let usable = scheme.is_none_or(|scheme| {
                    ["http", "https"]
                        .iter()
                        .any(|one| scheme.eq_ignore_ascii_case(one))
                }) && Proxy::all(&found.value).is_ok();
                if !usable {
                    tracing::error!(
                        "{} names no proxy that can be used, and is ignored",
                        found.name
                    );
                }
                usable
            })
        };
        let all = usable(first(&["ALL_PROXY", "all_proxy"]));
        Self {
            http: usable(first(&["HTTP_PROXY", "http_proxy"])).or_else(|| all.clone()),
            https: usable(first(&["HTTPS_PROXY", "https_proxy"])).or(all),
            no: first(&["NO_PROXY", "no_proxy"]),
        }
    }

    /// Has a client use these proxies and no other.
    pub fn apply(&self, client: ClientBuilder) -> ClientBuilder {
        let exceptions = NoProxy::from_string(&self.exceptions());
        let http = self.http.iter().map(|found| Proxy::http(&found.value));
        let https = self.https.iter().map(|found| Proxy::https(&found.value));
        // What cannot be used was left out when it was read.
        let proxies = http.chain(https).filter_map(Result::ok);
        proxies.fold(client.no_proxy(), |client, proxy| {
            client.proxy(proxy.no_proxy(exceptions.clone()))
        })
    }

    /// The name of the variable whose proxy an address is reached through.
    #[must_use]
    pub fn of(&self, address: &Url) -> Option<&'static str> {
        let found = match address.scheme() {
            "http" => self.http.as_ref()?,
            "https" => self.https.as_ref()?,
            _ => return None,
        };
        let matcher = Matcher::builder()
            .all(&found.value)
            .no(self.exceptions())
            .build();
        let address = address.as_str().parse().ok()?;
        matcher.intercept(&address).map(|_| found.name)
    }

    /// The variables that are set and their values, passwords masked.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let all = [&self.http, &self.https, &self.no];
        let mut shown: Vec<_> = all
            .into_iter()
            .flatten()
            .map(|found| (found.name, without_password(&found.value)))
            .collect();
        shown.dedup();
        shown
    }

    fn exceptions(&self) -> String {
        let own = self.no.as_ref().map_or("", |no| &no.value);
        format!("{LOCAL},{own}")
    }
}

/// Whether an address is one of this machine, which it reaches without a network.
#[must_use]
pub fn is_local(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => matches!(name.trim_end_matches('.'), "localhost"),
        Some(Host::Ipv4(number)) => number.is_loopback(),
        Some(Host::Ipv6(number)) => number.to_canonical().is_loopback(),
        None => false,
    }
}

fn without_password(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else {
        return text.to_owned();
    };
    let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}***@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::read(|name| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn of(proxies: &Proxies, address: &str) -> Option<&'static str> {
        Url::parse(address).ok().and_then(|url| proxies.of(&url))
    }

    #[test]
    fn this_machine_is_reached_without_a_proxy() {
        for name in [
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            let proxies = proxies(&[
                (name, "http://proxy.example:3128"),
                ("NO_PROXY", "a.example"),
            ]);
            for host in [
                "localhost",
                "LOCALHOST.",
                "x.localhost",
                "127.0.0.1",
                "127.9.9.9",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "0.0.0.0",
            ] {
                for scheme in ["http", "https"] {
                    let address = format!("{scheme}://{host}:8108/");
                    assert_eq!(of(&proxies, &address), None, "{name} {address}");
                }
            }
        }
    }

    #[test]
    fn others_are_reached_as_the_variables_say() {
        let several = proxies(&[
            ("HTTP_PROXY", "http://one:1"),
            ("all_proxy", "two:2"),
            ("no_proxy", "search.example, 10.0.0.0/8"),
        ]);
        assert_eq!(of(&several, "http://other.example/"), Some("HTTP_PROXY"));
        assert_eq!(of(&several, "https://other.example/"), Some("all_proxy"));
        assert_eq!(
            of(&several, "https://localhost.example/"),
            Some("all_proxy")
        );
        for address in [
            "http://search.example/",
            "https://a.search.example/",
            "http://10.1.2.3:8108/",
        ] {
            assert_eq!(of(&several, address), None, "{address}");
        }
        assert_eq!(
            of(&proxies(&[("HTTP_PROXY", " ")]), "http://other.example/"),
            None
        );
        let cgi = [("HTTP_PROXY", "http://one:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(of(&proxies(&cgi), "http://other.example/"), None);
    }

    #[test]
    fn passwords_are_not_shown() {
        let proxies = proxies(&[("ALL_PROXY", "http://me:hush@one:1"), ("NO_PROXY", "x")]);
        let shown = [
            ("ALL_PROXY", "http://***@one:1".to_owned()),
            ("NO_PROXY", "x".to_owned()),
        ];
        assert_eq!(proxies.variables(), shown);
        assert!(!format!("{proxies:?}").contains("hush"));
    }
}
