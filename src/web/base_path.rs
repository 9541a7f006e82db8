//! A service below a path of its host, as in `https://example.org/packages/`.
//!
//! Inside, every address begins at the top, as if there were no path. [`below`] takes it off requests
//! that come in, whether a proxy keeps it or strips it, and puts it before redirects; pages pass through
//! [`BasePath::in_page`] before they are given a tag. Whole addresses, as in feeds, have it from the
//! setting that names it. Does nothing at the top.

use std::borrow::Cow;

use axum::Router;
use axum::extract::Request;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, Uri};
use axum::response::Response;
use lol_html::html_content::Element;
use lol_html::{HandlerResult, RewriteStrSettings, element, rewrite_str};
use tower::ServiceExt;
use url::Url;

/// Where addresses stand in a page.
const ATTRIBUTES: [(&str, &str); 4] = [
    ("[href]", "href"),
    ("[src]", "src"),
    ("[action]", "action"),
    ("[data-suggest]", "data-suggest"),
];
/// How templates write a slash in an attribute.
const ESCAPED_SLASH: &str = "&#x2f;";

/// The path, without a slash at its end; empty at the top of the host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasePath(String);

impl BasePath {
    /// The path of a public address; without one, the top.
    #[must_use]
    pub fn of(base_url: Option<&Url>) -> Self {
        let path = base_url.map(Url::path).unwrap_or_default();
        Self(path.trim_end_matches('/').to_owned())
    }

    /// The path as it stands in an address; empty at the top.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address as others see it: the path is put before one from the top of the service, and
    /// others stay.
    fn before<'a>(&self, address: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() || !is_from_top(address) {
            return address.into();
        }
        format!("{}{address}", self.0).into()
    }

    /// The same for all addresses in a page, or in a part of one.
    #[must_use]
    pub fn in_page<'a>(&self, html: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() {
            return html.into();
        }
        // A README may have what is ambiguous; it has no addresses of ours.
        let mut settings = RewriteStrSettings::new().with_strict(false);
        for (selector, attribute) in ATTRIBUTES {
            let place = move |element: &mut Element<'_, '_>| self.place(element, attribute);
            settings = settings.append_element_content_handler(element!(selector, place));
        }
        match rewrite_str(html, settings) {
            Ok(placed) => placed.into(),
            Err(error) => {
                tracing::error!(
                    "the addresses of a page lack the path of GALLERY_BASE_URL: {error}"
                );
                html.into()
            }
        }
    }

    fn place(&self, element: &mut Element<'_, '_>, attribute: &str) -> HandlerResult {
        let address = element.get_attribute(attribute).unwrap_or_default();
        if let Cow::Owned(placed) = self.before(&address) {
            element.set_attribute(attribute, &placed)?;
        }
        Ok(())
    }

    /// The path and query of a request inside; `None` for one that does not begin with the path.
    fn inside<'a>(&self, asked: &'a str) -> Option<Cow<'a, str>> {
        let rest = asked.strip_prefix(&self.0).filter(|_| !self.0.is_empty())?;
        match rest.chars().next() {
            None | Some('?') => Some(format!("/{rest}").into()),
            Some('/') => Some(rest.into()),
            Some(_) => None,
        }
    }
}

/// The same service below a path. What is asked for without the path is answered too: a proxy may have
/// taken it off, and programs on this machine need none.
pub fn below(path: BasePath, router: Router) -> Router {
    if path.0.is_empty() {
        return router;
    }
    Router::new().fallback(async move |mut request: Request| -> Response {
        let asked = request.uri().path_and_query().map(ToString::to_string);
        let inside = asked.as_deref().and_then(|asked| path.inside(asked));
        if let Some(uri) = inside.and_then(|inside| Uri::try_from(inside.as_ref()).ok()) {
            *request.uri_mut() = uri;
        }
        let mut response = match router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let head = response.headers_mut();
        let to = head.get(LOCATION).and_then(|to| to.to_str().ok());
        if let Some(Cow::Owned(to)) = to.map(|to| path.before(to))
            && let Ok(to) = HeaderValue::try_from(to)
        {
            head.insert(LOCATION, to);
        }
        response
    })
}

/// Whether an address, which may be escaped for HTML, is a path from the top of the host.
fn is_from_top(address: &str) -> bool {
    let after_slash = |text: &'_ str| -> Option<usize> {
        ["/", ESCAPED_SLASH]
            .into_iter()
            .find(|slash| text.starts_with(slash))
            .map(str::len)
    };
    let rest = after_slash(address).and_then(|length| address.get(length..));
    rest.is_some_and(|rest| after_slash(rest).is_none())
}

#[cfg(test)]
mod tests {
    use super::BasePath;

    fn base() -> BasePath {
        BasePath("/a/b".to_owned())
    }

    #[test]
    fn addresses_from_the_top_get_the_path() {
        for (address, placed) in [
            ("/", "/a/b/"),
            ("/plone?q=x", "/a/b/plone?q=x"),
            ("&#x2f;plone", "/a/b&#x2f;plone"),
            ("//other.example/", "//other.example/"),
            ("&#x2f;/other.example", "&#x2f;/other.example"),
            ("https://other.example/", "https://other.example/"),
            ("#part", "#part"),
            ("", ""),
        ] {
            assert_eq!(base().before(address), placed);
            assert_eq!(BasePath::default().before(address), address);
        }
    }

    #[test]
    fn pages_are_placed_wherever_addresses_stand() {
        let html = "<link href=/x.css><form action=\"&#x2f;plone\" data-suggest='/s?a=1&amp;b'>\
                    <a href=\"https://e.example/\">/no</a><img src=\"/i\"><select><p></select>";
        assert_eq!(
            base().in_page(html),
            "<link href=\"/a/b/x.css\"><form action=\"/a/b&#x2f;plone\" \
             data-suggest=\"/a/b/s?a=1&amp;b\"><a href=\"https://e.example/\">/no</a>\
             <img src=\"/a/b/i\"><select><p></select>"
        );
        assert_eq!(BasePath::default().in_page(html), html);
    }

    #[test]
    fn a_request_may_have_the_path_or_not() {
        for (asked, inside) in [
            ("/a/b", Some("/")),
            ("/a/b/", Some("/")),
            ("/a/b?x=1", Some("/?x=1")),
            ("/a/b/plone?q=x", Some("/plone?q=x")),
            ("/a/b//evil", Some("//evil")),
            ("/a/bc", None),
            ("/a", None),
            ("/plone", None),
        ] {
            assert_eq!(base().inside(asked).as_deref(), inside, "{asked}");
            assert_eq!(BasePath::default().inside(asked), None);
        }
    }
}
