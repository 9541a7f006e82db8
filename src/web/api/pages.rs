//! The pages that show the API: Swagger UI and Redoc, from files in the program. They say what anybody
//! may know, so they take no key, and they ask no other host.

use std::io::Read;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use flate2::read::GzDecoder;

use super::problem::Problem;
use super::respond;

/// What the pages may load: what is here. Both write their styles into the page; Redoc searches in a
/// worker of its own making.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self' data:; connect-src 'self'; \
                      worker-src blob:; form-action 'none'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// A page around what a script draws.
macro_rules! page_of {
    ($style:literal, $script:literal, $begin:literal) => {
        concat!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
            "<title>API of pyfa</title>\n<link rel=\"icon\" href=\"data:,\">\n",
            "<link rel=\"stylesheet\" href=\"assets/",
            $style,
            "\">\n</head>\n<body>\n<div id=\"api\"></div>\n<script src=\"assets/",
            $script,
            "\"></script>\n<script src=\"assets/",
            $begin,
            "\"></script>\n</body>\n</html>\n",
        )
    };
}

const SWAGGER: &str = page_of!("swagger-ui.css", "swagger-ui.js", "begin-swagger.js");
const BEGIN_SWAGGER: &str = "SwaggerUIBundle({\n  url: \"openapi.json\",\n  dom_id: \"#api\",\n  \
                             deepLinking: true,\n  validatorUrl: null,\n  tryItOutEnabled: true,\n});\n";
const REDOC: &str = page_of!("redoc.css", "redoc.js", "begin-redoc.js");
const BEGIN_REDOC: &str =
    "Redoc.init(\"openapi.json\", { disableSearch: false }, document.getElementById(\"api\"));\n";
const REDOC_STYLE: &str = "body { margin: 0; }\n";

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// The page of Swagger UI.
pub(super) fn swagger() -> Response {
    page(SWAGGER)
}

/// The page of Redoc.
pub(super) fn redoc() -> Response {
    page(REDOC)
}

fn page(text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    let head = response.headers_mut();
    respond::set(head, CONTENT_TYPE, "text/html; charset=utf-8");
    respond::set(head, CACHE_CONTROL, "no-cache");
    respond::set(head, CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// A file of the pages.
pub(super) fn asset(headers: &HeaderMap, name: &str) -> Result<Response, Problem> {
    let plain = match name {
        "begin-swagger.js" => Some((SCRIPT, BEGIN_SWAGGER)),
        "begin-redoc.js" => Some((SCRIPT, BEGIN_REDOC)),
        "redoc.css" => Some((STYLE, REDOC_STYLE)),
        "LICENSES.txt" => Some((TEXT, include_str!("assets/LICENSES.txt"))),
        _ => None,
    };
    if let Some((kind, text)) = plain {
        return Ok(respond::whole(headers, kind, text.as_bytes().to_vec()));
    }
    let (kind, packed): (&'static str, &'static [u8]) = match name {
        "swagger-ui.js" => (SCRIPT, include_bytes!("assets/swagger-ui.js.gz")),
        "swagger-ui.css" => (STYLE, include_bytes!("assets/swagger-ui.css.gz")),
        "redoc.js" => (SCRIPT, include_bytes!("assets/redoc.js.gz")),
        _ => return Err(Problem::not_found("there is no such file")),
    };
    let takes_gzip = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().contains("gzip"));
    if takes_gzip {
        let mut response = respond::whole(headers, kind, packed.to_vec());
        let head = response.headers_mut();
        head.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return Ok(response);
    }
    let mut text = Vec::new();
    GzDecoder::new(packed)
        .read_to_end(&mut text)
        .map_err(|_| Problem::not_found("there is no such file"))?;
    Ok(respond::whole(headers, kind, text))
}
