//! How the outcome of one line of an import looks in the response.

use std::io::{self, Write};

use serde_json::Value;

use super::reply::http_status;
use crate::collection::{ImportOptions, ImportedLine};
use crate::error::ErrorCode;

/// Bytes of a line that was too long that are shown.
const SHOWN_OF_LONG_LINE: usize = 1_000;

/// Writes the outcome of a line as JSON without a line feed, its members in alphabetical order.
pub fn write_import_line(
    buffer: &mut Vec<u8>,
    line: &ImportedLine,
    options: ImportOptions,
) -> io::Result<()> {
    let mut write_member = |head: &str, value: &Value| -> io::Result<()> {
        buffer.write_all(head.as_bytes())?;
        Ok(serde_json::to_writer(&mut *buffer, value)?)
    };
    match &line.outcome {
        Ok(stored) => {
            let mut head = "{";
            if options.return_doc {
                write_member("{\"document\":", &stored.document)?;
                head = ",";
            }
            if options.return_id {
                let id = Value::from(stored.id.as_str());
                write_member(&format!("{head}\"id\":"), &id)?;
                head = ",";
            }
            write!(buffer, "{head}\"success\":true}}")
        }
        Err(error) => {
            let shown = match error.code {
                ErrorCode::TooLarge => line.text.get(..SHOWN_OF_LONG_LINE),
                _ => None,
            };
            let text = String::from_utf8_lossy(shown.unwrap_or(&line.text)).into_owned();
            write_member("{\"code\":", &Value::from(http_status(error.code)))?;
            write_member(",\"document\":", &Value::String(text))?;
            write_member(",\"error\":", &Value::from(error.message_to_send()))?;
            if let Some(id) = line.id.as_deref().filter(|_| options.return_id) {
                write_member(",\"id\":", &Value::from(id))?;
            }
            buffer.write_all(b",\"success\":false}")
        }
    }
}
