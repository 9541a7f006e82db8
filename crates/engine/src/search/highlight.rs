//! Marks words in the texts of a document: `highlight` and the older `highlights`.
//!
//! A text of more words than `snippet_threshold` is cut to the part where most of the words stand
//! closest together. Texts are passed on as they are; whoever shows them has to escape them.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::budget::{Budget, weight};
use super::project::is_inside;
use super::snippet::{Mark, best_window, different, render};
use super::typed::Typed;
use super::typos::alike;
use crate::language::parameters::{Highlighting, Parameters};
use crate::problem::Answer;
use crate::query::{Ground, MatchedWord};
use crate::schema::Schema;
use crate::text::Tokenizer;

/// Words that are marked in one text.
const MOST_MARKS: usize = 10_000;

/// The words to mark, in texts of one language.
pub(super) struct Marker<'a> {
    tokenizer: &'a Tokenizer,
    words: Vec<MatchedWord>,
    /// The first place of each.
    places: HashMap<String, usize>,
    /// The beginning of one of them that was typed last: all words that begin so are marked.
    beginning: Option<String>,
}

/// A text with marks.
struct Marked {
    /// How many different words stand close together; more is better.
    close: usize,
    words: usize,
    /// Whether the text is nothing but these words.
    exact: bool,
    tokens: Vec<String>,
    snippet: String,
    /// The whole text with marks, if it is asked for.
    full: Option<String>,
}

impl Marked {
    /// By what marked texts are put in order, the greatest first.
    fn rank(&self) -> (usize, usize, bool) {
        (self.close, self.words, self.exact)
    }
}

impl<'a> Marker<'a> {
    /// For words that were found, and those of the query.
    fn new(words: &[&MatchedWord], typed: &Typed<'a>) -> Self {
        let is_begun = |last: &&String| {
            let mut words = words.iter();
            words.any(|word| word.token.starts_with(last.as_str()))
        };
        let beginning = typed.last.as_ref().filter(is_begun).cloned();
        let words = words.iter().copied().chain(&typed.words);
        Self {
            beginning,
            ..Self::of(words.cloned().collect(), typed.tokenizer)
        }
    }

    fn of(words: Vec<MatchedWord>, tokenizer: &'a Tokenizer) -> Self {
        let mut places = HashMap::with_capacity(words.len());
        for (place, word) in words.iter().enumerate() {
            places.entry(word.token.clone()).or_insert(place);
        }
        Self {
            tokenizer,
            words,
            places,
            beginning: None,
        }
    }

    /// The words of a `facet_query`: the last one may go on.
    pub(super) fn of_query(text: &str, tokenizer: &'a Tokenizer) -> Self {
        let words = tokenizer.query_tokens(text).map(|token| MatchedWord {
            typed: token.text.chars().count(),
            token: token.text.into_owned(),
        });
        Self::of(words.collect(), tokenizer)
    }

    /// Whether a value holds all words of a `facet_query`, with so many typos each.
    pub(super) fn finds(&self, text: &str, ground: &Ground<'_>, typos: u8) -> bool {
        let tokens = self.tokenizer.tokens(text);
        let in_time = |bytes: usize| !ground.deadline.spend(1 + bytes / 8);
        let tokens: Vec<_> = tokens
            .take_while(|token| in_time(token.text.len()))
            .collect();
        let last = self.words.len().saturating_sub(1);
        self.words.iter().enumerate().all(|(at, word)| {
            tokens
                .iter()
                .take_while(|token| in_time(token.text.len()))
                .any(|token| alike(&word.token, &token.text, at == last, typos))
        })
    }

    /// A value with the words of a `facet_query` marked, the last one as far as it was typed.
    pub(super) fn mark(&self, text: &str, ground: &Ground<'_>, how: &Highlighting) -> String {
        let tokenizer = self.tokenizer;
        let last = self.words.len().saturating_sub(1);
        let mut marks = Vec::new();
        for (at, token) in tokenizer.tokens(text).enumerate() {
            let effort = 1 + token.text.len() / 8;
            let found = self
                .words
                .iter()
                .enumerate()
                .take_while(|_| !ground.deadline.spend(effort))
                .find(|(place, word)| alike(&word.token, &token.text, *place == last, 1));
            if let Some((word, typed)) = found {
                let length = if word == last {
                    typed.token.len()
                } else {
                    token.text.len()
                };
                let place = tokenizer.place_of_prefix(text, &token.place, length);
                marks.push(Mark { at, word, place });
            }
        }
        render(text, 0..text.len(), &marks, how)
    }

    /// Which word a token stands for, and how many bytes of it were typed; and
    /// whether it only begins like the last word of the query.
    fn typed(&self, token: &str) -> Option<(usize, usize, bool)> {
        let same = self.places.get(token).and_then(|at| {
            let word = self.words.get(*at)?;
            let behind = word.token.char_indices().nth(word.typed);
            Some((*at, behind.map_or(token.len(), |(length, _)| length), false))
        });
        let begun = self.beginning.as_ref();
        let begun = begun.filter(|beginning| token.starts_with(*beginning));
        same.or_else(|| begun.map(|beginning| (0, beginning.len(), true)))
    }

    /// A text with marks; none if it holds nothing to mark, or is so long that time runs out.
    fn marked(
        &self,
        text: &str,
        ground: &Ground<'_>,
        how: &Highlighting,
        full: bool,
    ) -> Option<Marked> {
        let tokenizer = self.tokenizer;
        let mut tokens = Vec::new();
        for token in tokenizer.tokens(text) {
            if ground.deadline.spend(1 + token.text.len() / 8) {
                return None;
            }
            tokens.push(token);
        }
        let mut marks = Vec::new();
        let mut longer: HashMap<&str, usize> = HashMap::new();
        for (at, token) in tokens.iter().enumerate() {
            if ground.deadline.step() {
                return None;
            }
            let Some((mut word, length, begun)) = self.typed(&token.text) else {
                continue;
            };
            if marks.len() >= MOST_MARKS {
                break;
            }
            if begun {
                // Each of the words that begin so is another one.
                let next = self.words.len() + longer.len();
                word = *longer.entry(&token.text).or_insert(next);
            }
            let place = tokenizer.place_of_prefix(text, &token.place, length);
            marks.push(Mark { at, word, place });
        }
        let (close, window) = best_window(&marks, ground.deadline)?;
        let is_whole = tokens.len() <= how.snippet_threshold || how.snippet_threshold == 0;
        let part = if is_whole {
            0..text.len()
        } else {
            let first = window.start.saturating_sub(how.affix_tokens);
            let last = (window.end + how.affix_tokens).min(tokens.len().saturating_sub(1));
            let start = tokens.get(first).map_or(0, |token| token.place.start);
            let next = tokens.get(last + 1).map(|token| token.place.start);
            let end = tokens
                .get(last)
                .zip(next)
                .map_or(text.len(), |(token, next)| {
                    tokenizer.end_with_punctuation(text, token.place.end..next)
                });
            start..end
        };
        let inside = |mark: &&Mark| mark.place.start >= part.start && mark.place.end <= part.end;
        let words = different(&marks);
        let close = close.min(words);
        let exact = close == tokens.len();
        let tokens = marks
            .iter()
            .filter(inside)
            .filter_map(|mark| text.get(mark.place.clone()))
            .map(ToOwned::to_owned)
            .collect();
        Some(Marked {
            close,
            words,
            exact,
            tokens,
            snippet: render(text, part, &marks, how),
            full: full.then(|| render(text, 0..text.len(), &marks, how)),
        })
    }
}

/// What one document's highlights are made with.
pub(super) struct Highlighter<'a> {
    ground: &'a Ground<'a>,
    how: &'a Highlighting,
    /// The fields to look at, each with the place of its language.
    fields: Vec<(&'a String, usize)>,
    /// Whether a hit without any marks is answered with these fields as they are.
    asked: bool,
    /// The words of the query in each language of the fields.
    typed: Vec<Typed<'a>>,
}

/// One entry of `highlights`, and how good it is.
type Listed = ((usize, usize, bool), Value);

impl<'a> Highlighter<'a> {
    pub(super) fn new(ground: &'a Ground<'a>, parameters: &'a Parameters, schema: &Schema) -> Self {
        let how = &parameters.highlight;
        let names = if how.fields.is_empty() {
            &parameters.query_by
        } else {
            &how.fields
        };
        let mut typed: Vec<Typed<'a>> = Vec::new();
        let mut fields = Vec::with_capacity(names.len());
        for name in names {
            let field = schema.field(name);
            let tokenizer = field.map_or(ground.tokenizers.english(), |field| {
                ground.tokenizers.field(field.number)
            });
            let language = tokenizer.language();
            let known = (typed.iter()).position(|known| known.tokenizer.language() == language);
            fields.push((name, known.unwrap_or(typed.len())));
            if known.is_none() {
                typed.push(Typed::new(parameters, tokenizer));
            }
        }
        Self {
            typed,
            ground,
            how,
            fields,
            asked: !how.fields.is_empty(),
        }
    }

    /// Whether fields were named to be marked, which need not be shown.
    pub(super) fn looks_beyond(&self) -> bool {
        self.asked
    }

    /// Whether a member of a document is needed to mark words in it.
    pub(super) fn wants(&self, name: &str) -> bool {
        let mut fields = self.fields.iter().map(|(field, _)| *field);
        self.asked && fields.any(|field| field == name || is_inside(field, name))
    }

    /// `highlight` and `highlights` of a document, in the fields that are there; refused if the
    /// answer's bytes do not suffice.
    pub(super) fn of<'w>(
        &'w self,
        document: &Value,
        words: impl Iterator<Item = &'w MatchedWord>,
        budget: &Budget,
    ) -> Answer<(Value, Vec<Value>)> {
        let words: Vec<&MatchedWord> = words.collect();
        let markers = self.typed.iter().map(|typed| Marker::new(&words, typed));
        let markers: Vec<Marker<'_>> = markers.collect();
        let mut whole = Map::new();
        let mut plain = Map::new();
        let mut list: Vec<Listed> = Vec::new();
        for (name, language) in &self.fields {
            let (name, Some(marker)) = (*name, markers.get(*language)) else {
                continue;
            };
            let mut full_fields = self.how.full_fields.iter();
            let full =
                full_fields.any(|field| field == name || is_inside(name, field) || field == "*");
            if let Some(value) = document.get(name) {
                let mut any = false;
                let highlight = self.mirror(value, marker, full, &mut any);
                if let Some(highlight) = highlight {
                    budget.take(weight(&highlight))?;
                    let to = if any { &mut whole } else { &mut plain };
                    to.insert(name.clone(), highlight);
                    if let Some(listed) = self.listed(name, value, marker, full) {
                        budget.take(weight(&listed.1))?;
                        list.push(listed);
                    }
                }
            } else if let Some((head, tail)) = name.split_once('.')
                && let Some(value) = document.get(head)
            {
                let mut any = false;
                let highlight = self.nested(value, tail, marker, full, &mut any);
                if let Some(highlight) = highlight.filter(|_| any) {
                    budget.take(weight(&highlight))?;
                    match whole.get_mut(head) {
                        Some(known) => merge(known, highlight),
                        None => {
                            whole.insert(head.to_owned(), highlight);
                        }
                    }
                }
            }
        }
        list.sort_by(|(left, _), (right, _)| right.cmp(left));
        if whole.is_empty() && self.asked {
            whole = plain;
        }
        let mut whole = Value::Object(whole);
        whole.sort_all_objects();
        Ok((whole, list.into_iter().map(|(_, value)| value).collect()))
    }

    /// A value with marks; says whether there are `any`.
    fn mirror(
        &self,
        value: &Value,
        words: &Marker<'_>,
        full: bool,
        any: &mut bool,
    ) -> Option<Value> {
        match value {
            Value::String(text) => {
                let marked = words.marked(text, self.ground, self.how, full);
                *any |= marked.is_some();
                let (tokens, snippet, value) = match marked {
                    Some(marked) => (marked.tokens, marked.snippet, marked.full),
                    None => (Vec::new(), text.clone(), full.then(|| text.clone())),
                };
                let mut entry = json!({"matched_tokens": tokens, "snippet": snippet});
                if let (Some(value), Some(entry)) = (value, entry.as_object_mut()) {
                    entry.insert("value".to_owned(), Value::String(value));
                }
                Some(entry)
            }
            Value::Array(items) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.mirror(item, words, full, any));
                Some(Value::Array(items.collect()))
            }
            Value::Object(members) => {
                let members = members.iter().filter_map(|(name, member)| {
                    Some((name.clone(), self.mirror(member, words, full, any)?))
                });
                Some(Value::Object(members.collect()))
            }
            Value::Null => None,
            other => Some(json!({"matched_tokens": [], "snippet": other.to_string()})),
        }
    }

    /// The values at the end of a path mirrored, in the objects and arrays around them.
    fn nested(
        &self,
        value: &Value,
        path: &str,
        words: &Marker<'_>,
        full: bool,
        any: &mut bool,
    ) -> Option<Value> {
        match value {
            Value::Array(items) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.nested(item, path, words, full, any));
                Some(Value::Array(items.collect()))
            }
            Value::Object(members) => {
                let (name, inner) = match (members.get(path), path.split_once('.')) {
                    (Some(member), _) => (path, self.mirror(member, words, full, any)?),
                    (None, Some((head, tail))) => {
                        let inner = self.nested(members.get(head)?, tail, words, full, any)?;
                        (head, inner)
                    }
                    (None, None) => return None,
                };
                Some(json!({ name: inner }))
            }
            _ => None,
        }
    }

    /// The entry of `highlights`, which knows texts and lists of texts only.
    fn listed(&self, name: &str, value: &Value, words: &Marker<'_>, full: bool) -> Option<Listed> {
        let mark = |value: &Value| words.marked(value.as_str()?, self.ground, self.how, full);
        if let Value::Array(items) = value {
            let mut found: Vec<(usize, Marked)> = items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| Some((at, mark(item)?)))
                .collect();
            found.sort_by_key(|(at, marked)| (std::cmp::Reverse(marked.rank()), *at));
            let best = found.first().map(|(_, best)| best.rank())?;
            let column = |read: fn(&Marked) -> Value| -> Vec<Value> {
                found.iter().map(|(_, marked)| read(marked)).collect()
            };
            let mut entry = json!({
                "field": name,
                "indices": found.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
                "matched_tokens": column(|marked| json!(marked.tokens)),
                "snippets": column(|marked| json!(marked.snippet)),
            });
            if full && let Some(entry) = entry.as_object_mut() {
                let values = column(|marked| json!(marked.full));
                entry.insert("values".to_owned(), Value::Array(values));
            }
            return Some((best, entry));
        }
        let marked = mark(value)?;
        let rank = marked.rank();
        let mut entry = json!({
            "field": name,
            "matched_tokens": marked.tokens,
            "snippet": marked.snippet,
        });
        if let (Some(value), Some(entry)) = (marked.full, entry.as_object_mut()) {
            entry.insert("value".to_owned(), Value::String(value));
        }
        Some((rank, entry))
    }
}

/// Puts the members of one object into another, objects inside objects too.
fn merge(known: &mut Value, more: Value) {
    match (known, more) {
        (Value::Object(known), Value::Object(more)) => {
            for (name, value) in more {
                match known.get_mut(&name) {
                    Some(inner) => merge(inner, value),
                    None => {
                        known.insert(name, value);
                    }
                }
            }
        }
        (Value::Array(known), Value::Array(more)) => {
            for (known, more) in known.iter_mut().zip(more) {
                merge(known, more);
            }
        }
        _ => {}
    }
}
