//! How much a request asks for.

use apollo_compiler::ExecutableDocument;
use apollo_compiler::executable::{Field, Selection, SelectionSet};
use apollo_compiler::response::{JsonMap, JsonValue};

/// The nodes that a query asks for at most: pages within pages.
pub(in crate::github) fn count_nodes(
    document: &ExecutableDocument,
    set: &SelectionSet,
    variables: &JsonMap,
) -> u64 {
    let mut nodes = 0;
    for selection in &set.selections {
        nodes += match selection {
            Selection::Field(field) => {
                let size = page_size(field, variables);
                let within = count_nodes(document, &field.selection_set, variables);
                size.map_or(within, |size| size * (1 + within))
            }
            Selection::InlineFragment(fragment) => {
                count_nodes(document, &fragment.selection_set, variables)
            }
            Selection::FragmentSpread(spread) => match spread.fragment_def(document) {
                Some(fragment) => count_nodes(document, &fragment.selection_set, variables),
                None => 0,
            },
        };
    }
    nodes
}

fn page_size(field: &Field, variables: &JsonMap) -> Option<u64> {
    let argument = ["first", "last"]
        .into_iter()
        .find_map(|name| field.argument_by_name(name).ok())?;
    match argument.as_variable() {
        Some(name) => variables.get(name.as_str()).and_then(JsonValue::as_u64),
        None => u64::try_from(argument.to_i32()?).ok(),
    }
}

/// The fields of an operation, as many as it has aliases.
pub(in crate::github) fn aliases(set: &SelectionSet) -> u64 {
    set.selections.len() as u64
}
