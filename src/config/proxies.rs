//! Which addresses of the settings are reached through a proxy, for `pyfa config`.

use pyfa_http::Proxies;
use url::Url;

use super::explained::ExplainedSetting;

/// A line for each variable about proxies that is set: what it says, and for which settings.
pub(super) fn explain(
    proxies: &Proxies,
    addresses: &[(&'static str, Url)],
) -> Vec<ExplainedSetting> {
    let line = |(name, value): (&'static str, String)| {
        let mut settings: Vec<&str> = addresses
            .iter()
            .filter(|(_, address)| proxies.variable_for(address) == Some(name))
            .map(|(setting, _)| *setting)
            .collect();
        settings.dedup();
        let source = if name.eq_ignore_ascii_case("NO_PROXY") {
            "the environment".to_owned()
        } else if settings.is_empty() {
            "the environment, for none of these addresses".to_owned()
        } else {
            format!("the environment, for {}", settings.join(", "))
        };
        ExplainedSetting {
            name,
            value: Some(value),
            source,
        }
    };
    proxies.variables().into_iter().map(line).collect()
}
