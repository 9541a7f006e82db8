//! Asks why there is no document of a package.

use pyfa_http::HttpRequest;
use serde_json::Value;

use super::packument::{Packument, PackumentError};
use super::{DOCUMENT_LIMIT, Npm, is_page};
use crate::model::ProjectName;
use crate::registry::error::RegistryError;
use crate::registry::project::Absence;

impl Npm {
    /// Why the registry serves no document that can be read. "Not found" counts only in the form in
    /// which the registry says it: proxies and pages of maintenance say it too.
    pub(super) async fn request_absence(
        &self,
        name: &ProjectName,
    ) -> Result<Absence, RegistryError> {
        let what = format!("package `{name}`");
        let request = HttpRequest::new(self.url_of(&[name.as_str()]), "project")
            .body_limit(DOCUMENT_LIMIT)
            .any_status();
        let answer = self
            .http
            .get(request)
            .await
            .map_err(|error| RegistryError::from_http(&what, error))?;
        match answer.status {
            200 => match Packument::read(&answer.body, name) {
                Ok(_) => Ok(Absence::Inconsistent),
                Err(PackumentError::Withdrawn(withdrawal)) => {
                    Ok(Absence::Withdrawn(withdrawal.as_str()))
                }
                Err(error) => Err(RegistryError::unreadable(&what, error)),
            },
            404 | 410 if says_not_found(&answer.body) => Ok(Absence::Gone),
            status => Err(RegistryError::Broken {
                what,
                why: format!("it answers {status} in a form that is not the registry's"),
            }),
        }
    }
}

/// Whether this is how the registry says that there is no such package: nothing, or an object with
/// an error. Long ago it sent the document of an unpublished package.
fn says_not_found(body: &[u8]) -> bool {
    if body.trim_ascii().is_empty() {
        return true;
    }
    if is_page(body) {
        return false;
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(answer)) => {
            answer.contains_key("error")
                || answer.contains_key("_id") && !answer.contains_key("versions")
        }
        // `"Not Found"`
        Ok(Value::String(_)) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::says_not_found;

    #[test]
    fn only_the_registrys_own_words_count() {
        for body in ["", " \n", "{}\n{\"error\":\"Not found\"}", "\"Not Found\""] {
            let body = body.rsplit('\n').next().unwrap_or_default();
            assert!(says_not_found(body.as_bytes()), "{body}");
        }
        for body in ["<html>404</html>", "{}", "[]", "404", "gone"] {
            assert!(!says_not_found(body.as_bytes()), "{body}");
        }
    }
}
