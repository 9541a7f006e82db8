//! The languages of a search's fields, and the words of its query in each.
//!
//! Most searches have one language, and all of this is one group of fields.

use super::relaxation::QueryWord;
use crate::plan::QueryField;
use crate::schema::FieldTokenizers;
use crate::text::Tokenizer;

/// Fields that are searched together, the language of each, and the words to find in them.
type Group = (Vec<QueryField>, Vec<usize>, Vec<QueryWord>);

/// The languages of a search.
pub(super) struct QueryLanguages<'t> {
    fields: &'t [QueryField],
    /// One for each language; there is one at least.
    pub(super) tokenizers: Vec<&'t Tokenizer>,
    /// Parallel to the fields: the index of a tokenizer.
    pub(super) languages: Vec<usize>,
}

impl<'t> QueryLanguages<'t> {
    pub(super) fn new(fields: &'t [QueryField], tokenizers: &'t FieldTokenizers) -> Self {
        let mut query_languages = Self {
            fields,
            tokenizers: Vec::new(),
            languages: Vec::with_capacity(fields.len()),
        };
        for field in fields {
            let tokenizer = tokenizers.field(field.number);
            let known = query_languages
                .tokenizers
                .iter()
                .position(|known| known.language() == tokenizer.language());
            query_languages
                .languages
                .push(known.unwrap_or(query_languages.tokenizers.len()));
            if known.is_none() {
                query_languages.tokenizers.push(tokenizer);
            }
        }
        if fields.is_empty() {
            query_languages.tokenizers.push(tokenizers.english());
        }
        query_languages
    }

    /// The fields, each with the index of its language.
    pub(super) fn fields(&self) -> impl Iterator<Item = (QueryField, usize)> {
        self.fields
            .iter()
            .copied()
            .zip(self.languages.iter().copied())
    }

    /// What to search for together: everything, if all languages cut the query into as many words;
    /// else each language by itself. `words` are those of each language.
    pub(super) fn groups(&self, words: &[Vec<String>]) -> Vec<Group> {
        let count = words.iter().map(Vec::len).max().unwrap_or(0);
        if words.iter().all(|words| words.len() == count) {
            let word = |at: usize| {
                let forms = words.iter().filter_map(|words| words.get(at));
                forms.cloned().collect()
            };
            let together = self.fields.to_vec();
            return vec![(together, self.languages.clone(), numbered(count, word))];
        }
        let groups = words.iter().enumerate().map(|(language, words)| {
            let fields: Vec<QueryField> = self
                .fields()
                .filter(|(_, other)| *other == language)
                .map(|(field, _)| field)
                .collect();
            let languages = vec![0; fields.len()];
            let word = |at: usize| words.get(at).cloned().into_iter().collect();
            (fields, languages, numbered(words.len(), word))
        });
        groups.collect()
    }
}

/// Words, of which the last may be the beginning of one.
fn numbered(count: usize, forms: impl Fn(usize) -> Vec<String>) -> Vec<QueryWord> {
    let words = (0..count).map(|at| QueryWord {
        forms: forms(at),
        last: at + 1 == count,
    });
    words.collect()
}
