//! XML-RPC `browse`: which projects ever carried a classifier.
//!
//! It knows exact classifiers only, and every release ever: its answer is a list of candidates,
//! each of which the project document must confirm.

use std::collections::BTreeSet;
use std::time::Duration;

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;

use super::PyPi;
use super::answer_error::PypiAnswerError;
use crate::model::ProjectName;
use crate::registry::error::RegistryError;

const ANSWER_LIMIT: u64 = 128 << 20;
/// `methodResponse/params/param/value/array/data/value/array/data/value/string`.
const MOST_DEPTH: usize = 32;

impl PyPi {
    /// The projects of which any release carries exactly `classifier`. The error is `Wait` also
    /// where the registry answers with a fault that asks to wait.
    pub(super) async fn request_browse(
        &self,
        classifier: &str,
    ) -> Result<BTreeSet<ProjectName>, RegistryError> {
        let what = format!("the projects with classifier `{classifier}`");
        let body = format!(
            "<?xml version=\"1.0\"?><methodCall><methodName>browse</methodName><params><param>\
             <value><array><data><value><string>{}</string></value></data></array></value>\
             </param></params></methodCall>",
            escape(classifier)
        );
        let request = pyfa_http::HttpRequest {
            url: self.url_of(&["pypi"], false),
            accept: Some("text/xml"),
            kind: "browse",
            body_limit: ANSWER_LIMIT,
            etag: None,
            any_status: false,
        };
        let answer = self
            .http
            .post(request, body.into(), "text/xml", true)
            .await
            .map_err(|error| RegistryError::from_http(&what, error))?;
        let names = parse(&answer.body).map_err(|why| match asked_to_wait(&why) {
            Some(after) => RegistryError::Wait {
                what: what.clone(),
                after,
            },
            None => RegistryError::unreadable(&what, why),
        })?;
        tokio::time::sleep(self.browse_pause).await;
        Ok(names)
    }
}

/// How long a fault asks to wait: `HTTPTooManyRequests: … Limit may reset in N seconds.`
fn asked_to_wait(error: &PypiAnswerError) -> Option<Duration> {
    const UNSAID: Duration = Duration::from_mins(1);
    let PypiAnswerError::Fault(Some(fault)) = error else {
        return None;
    };
    let (_, text) = fault.split_once("TooManyRequests")?;
    let seconds = text.split_once("reset in").and_then(|(_, rest)| {
        rest.split_whitespace()
            .next()
            .and_then(|number| number.parse().ok())
    });
    Some(seconds.map_or(UNSAID, Duration::from_secs))
}

/// The first text of each pair.
fn parse(body: &[u8]) -> Result<BTreeSet<ProjectName>, PypiAnswerError> {
    let mut reader = Reader::from_reader(body);
    let mut path: Vec<String> = Vec::new();
    let mut names = BTreeSet::new();
    let mut row = Vec::new();
    let mut text = String::new();
    let mut fault = false;
    let mut is_list = false;
    loop {
        match reader.read_event()? {
            Event::Start(element) => {
                if path.len() >= MOST_DEPTH {
                    return Err(PypiAnswerError::TooDeep);
                }
                let name = element.local_name().as_ref().to_owned();
                fault |= name == "fault";
                if name == "array" {
                    is_list = true;
                    row.clear();
                }
                text.clear();
                path.push(name);
            }
            Event::Text(piece) => {
                text.push_str(&piece);
            }
            Event::GeneralRef(entity) => match entity.as_ref() {
                "amp" => text.push('&'),
                "lt" => text.push('<'),
                "gt" => text.push('>'),
                "quot" => text.push('"'),
                "apos" => text.push('\''),
                _ => return Err(PypiAnswerError::OwnEntity),
            },
            Event::End(_) => match path.pop().as_deref() {
                Some("string") => {
                    if fault {
                        return Err(PypiAnswerError::Fault(Some(text)));
                    }
                    row.push(std::mem::take(&mut text));
                }
                Some("array") => {
                    names.extend(row.first().and_then(|name| ProjectName::read(name)));
                    row.clear();
                }
                Some("methodResponse") if fault => {
                    return Err(PypiAnswerError::Fault(None));
                }
                Some("methodResponse") if is_list => return Ok(names),
                Some("methodResponse") => return Err(PypiAnswerError::NoList),
                _ => {}
            },
            Event::Eof => return Err(PypiAnswerError::CutShort),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{PypiAnswerError, asked_to_wait, parse};

    const ANSWER: &str = "<?xml version='1.0'?><methodResponse><params><param><value><array><data>\
        <value><array><data><value><string>Plone.API</string></value>\
        <value><string>1.0</string></value></data></array></value>\
        <value><array><data><value><string>plone.api</string></value>\
        <value><string>2.0</string></value></data></array></value>\
        <value><array><data><value><string>a&amp;b</string></value>\
        <value><string>2.0</string></value></data></array></value>\
        </data></array></value></param></params></methodResponse>";

    #[test]
    fn names_are_collected_once() {
        let names = parse(ANSWER.as_bytes());
        let names: Vec<String> = names
            .into_iter()
            .flatten()
            .map(|name| name.to_string())
            .collect();
        assert_eq!(names, ["a&b", "plone-api"]);
    }

    #[test]
    fn a_fault_may_ask_to_wait() {
        let fault = "HTTPTooManyRequests: The action could not be performed because \
                     there were too many requests by the client. Limit may reset in 7 seconds.";
        let wait = |text: &str| asked_to_wait(&PypiAnswerError::Fault(Some(text.to_owned())));
        assert_eq!(wait(fault), Some(Duration::from_secs(7)));
        assert_eq!(wait("unknown method"), None);
    }

    #[test]
    fn faults_and_halves_are_errors() {
        let fault = "<methodResponse><fault><value><struct><member><name>faultCode</name>\
            <value><int>-32500</int></value></member><member><name>faultString</name>\
            <value><string>slow down</string></value></member></struct></value></fault>\
            </methodResponse>";
        assert!(parse(fault.as_bytes()).is_err_and(|why| why.to_string().contains("slow down")));
        assert!(parse(&ANSWER.as_bytes()[..ANSWER.len() / 2]).is_err());
        assert!(parse(b"<html>").is_err());
        assert!(parse(b"<methodResponse></methodResponse>").is_err());
        assert!(parse(b"<methodResponse><params/></methodResponse>").is_err());
    }
}
