//! Proxies from the environment.
//!
//! `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in upper or lower case, work as in curl,
//! with one exception: a request to this machine never goes through a proxy, which would send it,
//! and the keys in it, elsewhere. Nothing here opens a connection.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{ClientBuilder, NoProxy, Proxy};
use url::{Host, Url};

/// The addresses of this machine, in the syntax of `NO_PROXY`.
const LOCAL_ADDRESSES: &str =
    "localhost,localhost.,127.0.0.0/8,0.0.0.0,::1,::,::ffff:127.0.0.0/104";

/// The proxies to use, by scheme.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Proxies {
    http: Option<Variable>,
    https: Option<Variable>,
    no: Option<Variable>,
}

/// An environment variable that is set.
#[derive(Clone, PartialEq, Eq)]
struct Variable {
    name: &'static str,
    value: String,
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL of a proxy may contain a password.
        formatter.write_str(self.name)
    }
}

impl Proxies {
    /// Reads the environment of this process.
    #[must_use]
    pub fn from_environment() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "they are standard variables, not settings of this program"
        )]
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Reads variables through a function that returns the value of a name.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| {
                let value = variable(name).filter(|value| !value.trim().is_empty())?;
                Some(Variable { name, value })
            })
        };
        // In a CGI script, `HTTP_PROXY` is the request's `Proxy` header.
        if variable("REQUEST_METHOD").is_some() {
            return Self::default();
        }
        let only_usable = |found: Option<Variable>| {
            found.filter(|found| {
                let scheme = found.value.split_once("://").map(|(scheme, _)| scheme);
                let usable = scheme.is_none_or(|scheme| {
                    ["http", "https"]
                        .iter()
                        .any(|one| scheme.eq_ignore_ascii_case(one))
                }) && Proxy::all(&found.value).is_ok();
                if !usable {
                    tracing::error!("ignoring {}: not a usable proxy URL", found.name);
                }
                usable
            })
        };
        let all = only_usable(first(&["ALL_PROXY", "all_proxy"]));
        Self {
            http: only_usable(first(&["HTTP_PROXY", "http_proxy"])).or_else(|| all.clone()),
            https: only_usable(first(&["HTTPS_PROXY", "https_proxy"])).or(all),
            no: first(&["NO_PROXY", "no_proxy"]),
        }
    }

    /// Configures a client to use these proxies and no others.
    pub fn apply(&self, client: ClientBuilder) -> ClientBuilder {
        let exceptions = NoProxy::from_string(&self.exceptions());
        let http = self.http.iter().map(|found| Proxy::http(&found.value));
        let https = self.https.iter().map(|found| Proxy::https(&found.value));
        // Unusable URLs have been removed in `from_variables`.
        let proxies = http.chain(https).filter_map(Result::ok);
        proxies.fold(client.no_proxy(), |client, proxy| {
            client.proxy(proxy.no_proxy(exceptions.clone()))
        })
    }

    /// The name of the variable whose proxy is used for a URL.
    #[must_use]
    pub fn variable_for(&self, url: &Url) -> Option<&'static str> {
        let found = match url.scheme() {
            "http" => self.http.as_ref()?,
            "https" => self.https.as_ref()?,
            _ => return None,
        };
        let matcher = Matcher::builder()
            .all(&found.value)
            .no(self.exceptions())
            .build();
        let uri = url.as_str().parse().ok()?;
        matcher.intercept(&uri).map(|_| found.name)
    }

    /// The variables that are set and their values, with passwords masked.
    #[must_use]
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let all = [&self.http, &self.https, &self.no];
        let mut shown: Vec<_> = all
            .into_iter()
            .flatten()
            .map(|found| (found.name, mask_password(&found.value)))
            .collect();
        shown.dedup();
        shown
    }

    fn exceptions(&self) -> String {
        let no_proxy = self.no.as_ref().map_or("", |no| &no.value);
        format!("{LOCAL_ADDRESSES},{no_proxy}")
    }
}

/// Whether a URL is on this machine, by a loopback address.
#[must_use]
pub fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => matches!(name.trim_end_matches('.'), "localhost"),
        Some(Host::Ipv4(number)) => number.is_loopback(),
        Some(Host::Ipv6(number)) => number.to_canonical().is_loopback(),
        None => false,
    }
}

fn mask_password(text: &str) -> String {
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

    fn from(variables: &[(&str, &str)]) -> Proxies {
        Proxies::from_variables(|name| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn variable_for(proxies: &Proxies, address: &str) -> Option<&'static str> {
        Url::parse(address)
            .ok()
            .and_then(|url| proxies.variable_for(&url))
    }

    #[test]
    fn this_machine_needs_no_proxy() {
        for name in [
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            let proxies = from(&[
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
                    assert_eq!(variable_for(&proxies, &address), None, "{name} {address}");
                }
            }
        }
    }

    #[test]
    fn other_hosts_use_the_proxies_of_the_variables() {
        let several = from(&[
            ("HTTP_PROXY", "http://one:1"),
            ("all_proxy", "two:2"),
            ("no_proxy", "search.example, 10.0.0.0/8"),
        ]);
        assert_eq!(
            variable_for(&several, "http://other.example/"),
            Some("HTTP_PROXY")
        );
        assert_eq!(
            variable_for(&several, "https://other.example/"),
            Some("all_proxy")
        );
        assert_eq!(
            variable_for(&several, "https://localhost.example/"),
            Some("all_proxy")
        );
        for address in [
            "http://search.example/",
            "https://a.search.example/",
            "http://10.1.2.3:8108/",
        ] {
            assert_eq!(variable_for(&several, address), None, "{address}");
        }
        assert_eq!(
            variable_for(&from(&[("HTTP_PROXY", " ")]), "http://other.example/"),
            None
        );
        let cgi = [("HTTP_PROXY", "http://one:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(variable_for(&from(&cgi), "http://other.example/"), None);
    }

    #[test]
    fn passwords_are_not_shown() {
        let proxies = from(&[("ALL_PROXY", "http://me:hush@one:1"), ("NO_PROXY", "x")]);
        let shown = [
            ("ALL_PROXY", "http://***@one:1".to_owned()),
            ("NO_PROXY", "x".to_owned()),
        ];
        assert_eq!(proxies.variables(), shown);
        assert!(!format!("{proxies:?}").contains("hush"));
    }
}
