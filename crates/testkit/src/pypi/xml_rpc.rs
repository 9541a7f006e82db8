//! The part of XML-RPC that the registry still supports: calls with text parameters, and responses.

use std::fmt::Write;

use quick_xml::Reader;
use quick_xml::escape::{escape, unescape};
use quick_xml::events::Event;

/// A method call: its name and all texts in its parameters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct MethodCall {
    pub(super) method: String,
    pub(super) texts: Vec<String>,
}

/// Parses a `methodCall`; `None` if the body is not one.
pub(super) fn parse_call(body: &str) -> Option<MethodCall> {
    let mut reader = Reader::from_str(body);
    let mut call = MethodCall::default();
    let mut text = String::new();
    let mut innermost = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                start.name().as_ref().clone_into(&mut innermost);
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => {
                text.push_str(&unescape(&format!("&{};", reference.xml10_content())).ok()?);
            }
            Event::End(end) => {
                // Only an element without children is a text.
                if end.name().as_ref() == innermost {
                    match innermost.as_str() {
                        "methodName" => text.trim().clone_into(&mut call.method),
                        "string" | "value" | "int" => call.texts.push(std::mem::take(&mut text)),
                        _ => {}
                    }
                }
                innermost.clear();
            }
            Event::Eof => return (!call.method.is_empty()).then_some(call),
            _ => {}
        }
    }
}

/// A response with an integer.
pub(super) fn number(value: u64) -> String {
    response(&format!("<value><int>{value}</int></value>"))
}

/// A response with a list of `[name, version]`.
pub(super) fn pairs(pairs: &[(String, String)]) -> String {
    let mut data = String::from("<value><array><data>");
    for (name, version) in pairs {
        let (name, version) = (escape(name), escape(version));
        // Writing to a string cannot fail.
        let _ = writeln!(
            data,
            "<value><array><data><value><string>{name}</string></value>\
             <value><string>{version}</string></value></data></array></value>"
        );
    }
    data.push_str("</data></array></value>");
    response(&data)
}

/// A fault response.
pub(super) fn fault(code: i32, message: &str) -> String {
    let message = escape(message);
    format!(
        "<?xml version='1.0'?>\n<methodResponse><fault><value><struct>\
         <member><name>faultCode</name><value><int>{code}</int></value></member>\
         <member><name>faultString</name><value><string>{message}</string></value></member>\
         </struct></value></fault></methodResponse>\n"
    )
}

fn response(value: &str) -> String {
    format!(
        "<?xml version='1.0'?>\n<methodResponse><params><param>{value}</param></params>\
         </methodResponse>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_parsed_with_and_without_string_elements() {
        let call = parse_call(
            "<?xml version='1.0'?><methodCall><methodName>browse</methodName><params><param><value>\
             <array><data><value><string>Framework :: A &amp; B</string></value>\n\
             <value>Bare :: Text</value></data></array></value></param></params></methodCall>",
        );
        let texts = vec!["Framework :: A & B".to_owned(), "Bare :: Text".to_owned()];
        assert_eq!(
            call,
            Some(MethodCall {
                method: "browse".to_owned(),
                texts
            })
        );
    }

    #[test]
    fn other_bodies_are_not_calls() {
        assert_eq!(parse_call("<methodCall/>"), None);
        assert_eq!(parse_call("{\"json\": 1}"), None);
        assert_eq!(parse_call("<a><b></a>"), None);
    }

    #[test]
    fn responses_are_escaped() {
        assert!(pairs(&[("a<b".to_owned(), "1".to_owned())]).contains("a&lt;b"));
        assert!(fault(-1, "a & b").contains("a &amp; b"));
    }
}
