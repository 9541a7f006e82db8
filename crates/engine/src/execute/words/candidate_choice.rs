//! Which candidates to try for each word of a query.
//!
//! Few are tried, so those that cannot lead to a document are passed over: a candidate has to be in
//! a document that may be found, next to the word before it in the same field; what room is left
//! goes to those that share a document with all words before. Part of [`super::relaxation`].

use std::collections::HashSet;

use super::candidates::Candidates;
use super::combination_scorer::{SegmentScores, TermMatch};
use super::phrases;
use super::relaxation::{QueryWord, RelaxedSearch};
use super::typo_automaton::TypoAutomaton;
use crate::error::EngineResult;
use crate::execute::{Deadline, DocBitSet};
use crate::plan::QueryField;

impl RelaxedSearch<'_> {
    /// The candidates to try for each word.
    pub(super) fn choose(
        &self,
        words: &[QueryWord],
        level: &[u8],
        lists: &[Vec<(usize, Candidates)>],
    ) -> EngineResult<Vec<Vec<TermMatch>>> {
        let most = self.search.matching.max_candidates;
        let mut chosen: Vec<Vec<TermMatch>> = Vec::with_capacity(words.len());
        for ((word, &typos), lists) in words.iter().zip(level).zip(lists) {
            let mut seen: HashSet<String> = HashSet::new();
            // With the form of the word that they stand for, which depends on the language.
            let mut tokens: Vec<(&str, &str)> = Vec::new();
            let all = |tokens: &mut Vec<_>| tokens.len() >= most;
            // A candidate that already stands for another word of the query is not tried again.
            let begins = word.last && typos == 0 && self.fields.iter().any(|field| field.prefix);
            let mut others = words.iter().take(chosen.len());
            if begins && others.all(|other| other.forms != word.forms) {
                let before = chosen
                    .iter()
                    .flatten()
                    .take_while(|_| !self.deadline.step());
                seen.extend(before.map(|term_match| term_match.token.to_string()));
            }
            // The word itself is never left out.
            for (at, list) in lists.iter().filter(|_| typos == 0) {
                let form = self.form(word, *at);
                if list.first().is_some_and(|first| first.as_ref() == form)
                    && seen.insert(form.to_owned())
                {
                    tokens.push((form, form));
                }
            }
            let total: usize = lists.iter().map(|(_, list)| list.len()).sum();
            let rare = total > most && (self.filtered || !chosen.is_empty());
            for (at, list) in lists {
                let near = if rare {
                    self.near(*at, chosen.last())?
                } else {
                    None
                };
                for token in list.iter() {
                    if all(&mut tokens) || self.deadline.step() {
                        break;
                    }
                    if !seen.contains(token.as_ref()) && self.meets(*at, token, near.as_deref())? {
                        seen.insert(token.to_string());
                        tokens.push((self.form(word, *at), token));
                    }
                }
            }
            if rare && tokens.len() < most && !chosen.is_empty() {
                let near = self.near_all(&chosen)?;
                for (at, list) in lists {
                    for token in list.iter() {
                        if all(&mut tokens) || self.deadline.step() {
                            break;
                        }
                        if !seen.contains(token.as_ref()) && self.meets(*at, token, Some(&near))? {
                            seen.insert(token.to_string());
                            tokens.push((self.form(word, *at), token));
                        }
                    }
                }
            }
            let term_matches = tokens
                .iter()
                .map(|(form, token)| match_term(form, typos, token));
            chosen.push(term_matches.collect());
        }
        Ok(chosen)
    }

    /// Where a candidate in a field has to be found: in documents that may be found and that hold
    /// the word before in the same field. `None`: anywhere.
    fn near(
        &self,
        at: usize,
        before: Option<&Vec<TermMatch>>,
    ) -> EngineResult<Option<Vec<DocBitSet>>> {
        let mut any = false;
        let mut near = Vec::with_capacity(self.scores.len());
        let field = self.fields.get(at).copied();
        for scores in &self.scores {
            let mut documents = DocBitSet::none(scores.segment().size());
            for term_match in before.into_iter().flatten() {
                if let Some(field) = field.filter(|field| term_match.allowed_in(*field)) {
                    any |= add_documents(scores, field, term_match, self.deadline, &mut documents)?;
                }
            }
            near.push(documents);
        }
        if any {
            for (documents, scores) in near.iter_mut().zip(&self.scores) {
                documents.intersect(scores.allowed());
            }
            return Ok(Some(near));
        }
        Ok(self.filtered.then(|| {
            self.scores
                .iter()
                .map(|scores| scores.allowed().clone())
                .collect()
        }))
    }

    /// The documents that may be found and hold all words before, in any field.
    fn near_all(&self, before: &[Vec<TermMatch>]) -> EngineResult<Vec<DocBitSet>> {
        self.scores
            .iter()
            .map(|scores| {
                let mut near = scores.allowed().clone();
                for term_matches in before {
                    let mut documents = DocBitSet::none(scores.segment().size());
                    for term_match in term_matches {
                        for field in self
                            .fields
                            .iter()
                            .filter(|field| term_match.allowed_in(**field))
                        {
                            add_documents(
                                scores,
                                *field,
                                term_match,
                                self.deadline,
                                &mut documents,
                            )?;
                        }
                    }
                    near.intersect(&documents);
                }
                Ok(near)
            })
            .collect()
    }

    /// Whether a word of a field is in one of the documents.
    fn meets(&self, at: usize, token: &str, near: Option<&[DocBitSet]>) -> EngineResult<bool> {
        let (Some(near), Some(field)) = (near, self.fields.get(at)) else {
            return Ok(true);
        };
        let words = [token.to_owned()];
        for (scores, near) in self.scores.iter().zip(near) {
            let mut found = false;
            let segment = scores.segment();
            phrases::each_document(
                segment,
                field.number,
                &words,
                self.deadline,
                &mut |document| {
                    found = near.contains(document);
                    !found
                },
            )?;
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Adds the documents with a word in a field; says whether there are any.
fn add_documents(
    scores: &SegmentScores<'_>,
    field: QueryField,
    term_match: &TermMatch,
    deadline: &Deadline,
    documents: &mut DocBitSet,
) -> EngineResult<bool> {
    let mut any = false;
    let token = [term_match.token.to_string()];
    let segment = scores.segment();
    phrases::each_document(segment, field.number, &token, deadline, &mut |document| {
        documents.insert(document);
        any = true;
        true
    })?;
    Ok(any)
}

/// The match of a token for a word, both as they are in the index.
fn match_term(word: &str, typos: u8, token: &str) -> TermMatch {
    let longer = token.len() > word.len() + usize::from(typos);
    let whole = if typos == 0 {
        token == word
    } else {
        !longer && TypoAutomaton::accepts(word, typos, false, token)
    };
    TermMatch {
        token: token.into(),
        typos,
        prefix: !whole,
        longer,
        typed: if longer { word } else { token }.chars().count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_word_is_a_beginning() {
        let cost = |typos, token| {
            let term_match = match_term("plone", typos, token);
            (term_match.prefix, term_match.longer, term_match.typed)
        };
        assert_eq!(cost(0, "plone"), (false, false, 5));
        assert_eq!(cost(0, "ploneapi"), (true, true, 5));
        assert_eq!(cost(1, "plane"), (false, false, 5));
        assert_eq!(cost(1, "planes"), (true, false, 6));
        assert_eq!(cost(1, "planexx"), (true, true, 5));
    }
}
