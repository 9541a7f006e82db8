//! Addresses in a manifest: repository, home page, bug tracker.

use serde_json::{Map, Value};

use super::values::{non_empty, object, text};

/// Where a package is developed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Addresses {
    /// The repository, in a form that pages may link to; empty if there is none.
    pub(super) repository: String,
    /// The package's folder in it, without slashes around it.
    pub(super) directory: String,
    /// The home page, or else the repository's page.
    pub(super) home_page: String,
    pub(super) bug_tracker: String,
}

/// Reads the addresses of a manifest.
pub(super) fn read_addresses(manifest: &Map<String, Value>) -> Addresses {
    let stated = match manifest.get("repository") {
        Some(Value::Array(several)) => several.first(),
        other => other,
    };
    let (address, directory) = match stated {
        Some(Value::String(text)) => (non_empty(text), None),
        Some(Value::Object(object)) => (text(object, "url"), text(object, "directory")),
        _ => (None, None),
    };
    let repository = address.map(expanded).unwrap_or_default();
    let home_page = text(manifest, "homepage").map(str::to_owned);
    let bug_tracker = object(manifest, "bugs")
        .and_then(|bugs| text(bugs, "url"))
        .or_else(|| text(manifest, "bugs").filter(|text| text.contains("://")));
    Addresses {
        home_page: home_page.unwrap_or_else(|| page_of(&repository)),
        directory: directory.unwrap_or_default().trim_matches('/').to_owned(),
        bug_tracker: bug_tracker.unwrap_or_default().to_owned(),
        repository,
    }
}

/// The address that a short form stands for: `owner/name`, `github:owner/name`, `gist:id`,
/// `git@host:owner/name`. Others stay.
fn expanded(address: &str) -> String {
    let is_path = |text: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let mut parts = text.split('/');
        let is_part = |part: Option<&str>| {
            part.is_some_and(|part| !part.is_empty() && part.bytes().all(is_allowed))
        };
        is_part(parts.next()) && is_part(parts.next()) && parts.next().is_none()
    };
    if is_path(address) {
        return format!("https://github.com/{address}");
    }
    let forges = [
        ("github:", "https://github.com/"),
        ("gitlab:", "https://gitlab.com/"),
        ("bitbucket:", "https://bitbucket.org/"),
        ("gist:", "https://gist.github.com/"),
    ];
    if let Some((rest, page)) = forges
        .iter()
        .find_map(|(short, page)| Some((address.strip_prefix(short)?, page)))
    {
        return format!("{page}{rest}");
    }
    match address
        .strip_prefix("git@")
        .and_then(|rest| rest.split_once(':'))
    {
        Some((host, path)) if !host.contains('/') => format!("ssh://git@{host}/{path}"),
        _ => address.to_owned(),
    }
}

/// The page of a repository, as browsers open it.
fn page_of(repository: &str) -> String {
    let address = repository.strip_prefix("git+").unwrap_or(repository);
    let rest = ["ssh://git@", "git://", "ssh://"]
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme));
    let address = match rest {
        Some(rest) => format!("https://{rest}"),
        None => address.to_owned(),
    };
    address.strip_suffix(".git").unwrap_or(&address).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Addresses, read_addresses};

    fn of(manifest: &Value) -> Addresses {
        manifest.as_object().map(read_addresses).unwrap_or_default()
    }

    #[test]
    fn repositories_have_many_forms() {
        for (repository, address, page) in [
            (
                json!("plone/volto"),
                "https://github.com/plone/volto",
                "https://github.com/plone/volto",
            ),
            (
                json!("gitlab:a/b"),
                "https://gitlab.com/a/b",
                "https://gitlab.com/a/b",
            ),
            (
                json!("git@github.com:a/b.git"),
                "ssh://git@github.com/a/b.git",
                "https://github.com/a/b",
            ),
            (
                json!({"url": "git+https://a.b/c/d.git"}),
                "git+https://a.b/c/d.git",
                "https://a.b/c/d",
            ),
            (
                json!({"url": "git://a.b/c/d.git"}),
                "git://a.b/c/d.git",
                "https://a.b/c/d",
            ),
            (
                json!({"url": "git+ssh://git@a.b/c/d.git"}),
                "git+ssh://git@a.b/c/d.git",
                "https://a.b/c/d",
            ),
            (
                json!([{"url": "https://a.b/c"}]),
                "https://a.b/c",
                "https://a.b/c",
            ),
            (json!({}), "", ""),
            (json!(null), "", ""),
            (json!(7), "", ""),
        ] {
            let found = of(&json!({ "repository": repository }));
            assert_eq!(
                (&*found.repository, &*found.home_page),
                (address, page),
                "{repository}"
            );
        }
        let found = of(&json!({
            "repository": {"url": "https://a.b/c", "directory": "/packages/x/"},
            "homepage": "https://h", "bugs": {"url": "https://a.b/c/issues"},
        }));
        assert_eq!(
            (&*found.directory, &*found.home_page),
            ("packages/x", "https://h")
        );
        assert_eq!(found.bug_tracker, "https://a.b/c/issues");
        assert_eq!(
            of(&json!({"bugs": "https://b", "homepage": ""})).bug_tracker,
            "https://b"
        );
        assert_eq!(of(&json!({"bugs": "ada@example.org"})).bug_tracker, "");
        assert_eq!(
            of(&json!({"bugs": {"email": "a@b"}, "homepage": 7})).bug_tracker,
            ""
        );
    }
}
