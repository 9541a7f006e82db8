//! Which addresses of the settings are reached through a proxy, for `pyfa config`.

use pyfa_http::Proxies;
use url::Url;

use super::Explained;

/// A line for each variable about proxies that is set: what it says, and for which settings.
pub(super) fn explain(proxies: &Proxies, addresses: &[(&'static str, &Url)]) -> Vec<Explained> {
    let line = |(name, value): (&'static str, String)| {
        let mut settings: Vec<&str> = addresses
            .iter()
            .filter(|(_, address)| proxies.variable_for(address) == Some(name))
            .map(|(setting, _)| *setting)
            .collect();
        settings.dedup();
        let source = match settings.as_slice() {
            _ if name.eq_ignore_ascii_case("NO_PROXY") => "the environment".to_owned(),
            [] => "the environment, for none of these addresses".to_owned(),
            settings => format!("the environment, for {}", settings.join(", ")),
        };
        Explained {
            name,
            value: Some(value),
            source,
        }
    };
    proxies.variables().into_iter().map(line).collect()
}
