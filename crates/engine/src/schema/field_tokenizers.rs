//! How each field of a collection cuts its text: by the collection's characters and the field's
//! locale.

use std::collections::HashMap;
use std::sync::Arc;

use super::definition::{FieldNumber, Schema};
use crate::text::{Language, Tokenizer};

/// The tokenizers of a collection.
#[derive(Debug, Clone)]
pub(crate) struct FieldTokenizers {
    english: Tokenizer,
    /// Of the fields in other languages.
    others: HashMap<FieldNumber, Arc<Tokenizer>>,
}

impl FieldTokenizers {
    /// As the schema says.
    #[must_use]
    pub(crate) fn of(schema: &Schema) -> Self {
        let english = Tokenizer::new(&schema.token_separators, &schema.symbols_to_index);
        let mut by_language: HashMap<Language, Arc<Tokenizer>> = HashMap::new();
        let mut others = HashMap::new();
        for field in &schema.fields {
            // A folder may hold a locale from the time when every one was taken, and none was used.
            let language = Language::of_locale(&field.locale).unwrap_or_default();
            if language != Language::English {
                let tokenizer = by_language
                    .entry(language)
                    .or_insert_with(|| Arc::new(english.clone().in_language(language)));
                others.insert(field.number, Arc::clone(tokenizer));
            }
        }
        Self { english, others }
    }

    /// The tokenizer of a field.
    #[must_use]
    pub(crate) fn field(&self, number: FieldNumber) -> &Tokenizer {
        self.others
            .get(&number)
            .map_or(&self.english, |tokenizer| tokenizer)
    }

    /// The tokenizer of text that belongs to no field.
    #[must_use]
    pub(crate) fn english(&self) -> &Tokenizer {
        &self.english
    }
}
