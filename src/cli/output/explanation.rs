//! Why a project is, or is not, in a collection: for people.

use super::line;
use crate::pipeline::Explanation;

/// Versions that are shown of a project.
const SHOWN: usize = 10;

/// Prints the explanation to standard output.
pub(in crate::cli) fn print(explanation: &Explanation) {
    let unknown = || "-".to_owned();
    let serial = explanation
        .registry_serial
        .map_or_else(String::new, |serial| format!(", serial {serial}"));
    let documents = match explanation.documents.as_slice() {
        [] => "none".to_owned(),
        versions if versions.len() <= SHOWN => versions.join(", "),
        versions => format!(
            "{}, and {} more",
            versions[..SHOWN].join(", "),
            versions.len() - SHOWN
        ),
    };
    let examined = match (&explanation.last_examined, explanation.last_serial) {
        (Some(time), Some(serial)) => format!("{time}, at serial {serial}"),
        (Some(time), None) => time.clone(),
        _ => "never".to_owned(),
    };
    line(&format!("{}: {}", explanation.project, explanation.verdict));
    line(&format!(
        "  collection     {}",
        explanation.collection.clone().unwrap_or_else(unknown)
    ));
    line(&format!("  documents      {documents}"));
    line(&format!(
        "  registry       {}{serial}",
        explanation.registry
    ));
    line(&format!("  rules          {}", explanation.selection));
    line(&format!("  last examined  {examined}"));
    if let Some(error) = &explanation.last_error {
        line(&format!("  last error     {error}"));
    }
    for note in &explanation.notes {
        line(&format!("  note           {note}"));
    }
    for organisation in &explanation.organisations {
        line(&format!("  organisation   {organisation}"));
    }
    for classifier in &explanation.classifiers {
        line(&format!("  classifier     {classifier}"));
    }
}
