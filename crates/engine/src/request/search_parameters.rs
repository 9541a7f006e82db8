//! The parameters of a search: from pairs of names and texts to typed values with their defaults.
//!
//! A later pair wins over an earlier one of the same name, but all `filter_by` count. Unknown
//! names are ignored. Names of fields are not looked at here; the search checks them.

use std::time::Duration;

use super::matching_options::{
    DEFAULT_CANDIDATES, Infix, MOST_CANDIDATES, MatchingOptions, SplitJoin, TextMatchType,
};
use super::request_error::RequestError;
use crate::settings::EngineSettings;

/// The weight of the first field of `query_by`; those behind get one less each.
const FIRST_WEIGHT: u8 = 15;

/// What a search asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SearchParameters {
    /// `q`
    pub(crate) q: String,
    /// `query_by`
    pub(crate) query_by: Vec<String>,
    /// One for each of `query_by`.
    pub(crate) weights: Vec<u8>,
    /// One for each of `query_by`.
    pub(crate) prefix: Vec<bool>,
    /// One for each of `query_by`.
    pub(crate) infix: Vec<Infix>,
    /// One for each of `query_by`, at most 2.
    pub(crate) num_typos: Vec<u8>,
    /// How words are looked for.
    pub(crate) matching: MatchingOptions,
    /// Every `filter_by` that is not blank; a document has to pass all.
    pub(crate) filter_by: Vec<String>,
    /// `sort_by`
    pub(crate) sort_by: String,
    /// `facet_by`
    pub(crate) facet_by: Vec<String>,
    /// `max_facet_values`
    pub(crate) max_facet_values: usize,
    /// `facet_query`: a field of `facet_by` and the text to find among its values.
    pub(crate) facet_query: Option<(String, String)>,
    /// `facet_query_num_typos`
    pub(crate) facet_query_num_typos: u8,
    /// `group_by`
    pub(crate) group_by: Vec<String>,
    /// `group_limit`
    pub(crate) group_limit: usize,
    /// `include_fields`
    pub(crate) include_fields: Vec<String>,
    /// `exclude_fields`
    pub(crate) exclude_fields: Vec<String>,
    /// How hits are highlighted.
    pub(crate) highlight: HighlightParameters,
    /// `page`, from 1 on.
    pub(crate) page: usize,
    /// `per_page` or `limit`
    pub(crate) per_page: usize,
    /// Hits in front of the first one that is answered.
    pub(crate) offset: usize,
    /// Ids and the places they are put at, from 1 on.
    pub(crate) pinned_hits: Vec<(String, usize)>,
    /// `filter_curated_hits`: whether pinned documents have to pass the filters, too.
    pub(crate) filter_pinned: bool,
    /// Ids that are never found.
    pub(crate) hidden_hits: Vec<String>,
    /// `search_cutoff_ms`
    pub(crate) search_cutoff: Option<Duration>,
}

/// The parameters of highlights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HighlightParameters {
    /// `highlight_fields`; empty: the fields that are searched.
    pub(crate) fields: Vec<String>,
    /// `highlight_full_fields`
    pub(crate) full_fields: Vec<String>,
    /// `highlight_affix_num_tokens`
    pub(crate) affix_tokens: usize,
    /// `highlight_start_tag`
    pub(crate) start_tag: String,
    /// `highlight_end_tag`
    pub(crate) end_tag: String,
    /// `snippet_threshold`
    pub(crate) snippet_threshold: usize,
    /// `enable_highlight_v1`: whether the answer has `highlights` besides `highlight`.
    pub(crate) list: bool,
}

impl SearchParameters {
    /// Reads pairs of a name and a text, and refuses what is beyond the limits.
    pub(crate) fn read<N: AsRef<str>, T: AsRef<str>>(
        pairs: &[(N, T)],
        limits: &EngineSettings,
    ) -> Result<Self, RequestError> {
        let pairs = ParameterReader {
            pairs: pairs
                .iter()
                .map(|(name, text)| (name.as_ref(), text.as_ref()))
                .collect(),
            limits,
        };
        let q = pairs
            .short("q", limits.text_bytes)?
            .ok_or(RequestError::NoQuery)?;
        let query_by = pairs.fields("query_by")?;
        let fields = query_by.len();
        let facet_by = pairs.fields("facet_by")?;
        let facet_text = pairs.short("facet_query", limits.text_bytes)?;
        let facet_query = read_facet_query(facet_text.unwrap_or_default(), &facet_by)?;
        let (page, per_page, offset) = pairs.window(facet_query.is_some())?;
        Ok(Self {
            q: q.to_owned(),
            weights: pairs.weights(fields)?,
            prefix: pairs.prefix(fields)?,
            infix: pairs.infix(fields)?,
            num_typos: pairs.typos(fields)?,
            query_by,
            matching: matching(&pairs)?,
            filter_by: pairs
                .all("filter_by")
                .filter(|text| !text.trim().is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            sort_by: pairs.last("sort_by").unwrap_or_default().to_owned(),
            facet_by,
            max_facet_values: pairs.facet_values()?,
            facet_query,
            facet_query_num_typos: u8::try_from(pairs.number("facet_query_num_typos", 2)?.min(2))
                .unwrap_or(2),
            group_limit: pairs.group_limit()?,
            group_by: pairs.fields("group_by")?,
            include_fields: pairs.names("include_fields")?,
            exclude_fields: pairs.names("exclude_fields")?,
            highlight: HighlightParameters {
                fields: pairs.fields("highlight_fields")?,
                full_fields: pairs.fields("highlight_full_fields")?,
                affix_tokens: pairs.number("highlight_affix_num_tokens", 4)?,
                start_tag: pairs.tag("highlight_start_tag", "<mark>")?,
                end_tag: pairs.tag("highlight_end_tag", "</mark>")?,
                snippet_threshold: pairs.number("snippet_threshold", 30)?,
                list: pairs.flag("enable_highlight_v1", true),
            },
            page,
            per_page,
            offset,
            pinned_hits: pinned(&pairs.names("pinned_hits")?)?,
            hidden_hits: pairs.names("hidden_hits")?,
            filter_pinned: pairs.number("filter_curated_hits", 0)? > 0,
            search_cutoff: match pairs.number("search_cutoff_ms", 0)? {
                0 => None,
                milliseconds => u64::try_from(milliseconds).ok().map(Duration::from_millis),
            },
        })
    }
}

fn matching(pairs: &ParameterReader<'_>) -> Result<MatchingOptions, RequestError> {
    let exhaustive_search = pairs.flag("exhaustive_search", false);
    let candidates = if exhaustive_search {
        MOST_CANDIDATES
    } else {
        DEFAULT_CANDIDATES
    };
    Ok(MatchingOptions {
        max_candidates: match pairs.number("max_candidates", candidates)? {
            0 => candidates,
            most => most.min(MOST_CANDIDATES),
        },
        min_len_1typo: pairs.number("min_len_1typo", 4)?,
        min_len_2typo: pairs.number("min_len_2typo", 7)?,
        typo_tokens_threshold: pairs.number("typo_tokens_threshold", 1)?,
        drop_tokens_threshold: pairs.number("drop_tokens_threshold", 1)?,
        max_extra_prefix: pairs.number("max_extra_prefix", usize::MAX)?,
        max_extra_suffix: pairs.number("max_extra_suffix", usize::MAX)?,
        split_join_tokens: match pairs.last("split_join_tokens") {
            Some("off") => SplitJoin::Off,
            Some("always") => SplitJoin::Always,
            _ => SplitJoin::Fallback,
        },
        text_match_type: match pairs.last("text_match_type") {
            Some("max_weight") => TextMatchType::MaxWeight,
            _ => TextMatchType::MaxScore,
        },
        prioritize_exact_match: pairs.flag("prioritize_exact_match", true),
        prioritize_token_position: pairs.flag("prioritize_token_position", false),
        exhaustive_search,
    })
}

struct ParameterReader<'a> {
    pairs: Vec<(&'a str, &'a str)>,
    limits: &'a EngineSettings,
}

impl<'a> ParameterReader<'a> {
    fn all<'s>(&'s self, name: &'s str) -> impl DoubleEndedIterator<Item = &'a str> + 's {
        let named = self.pairs.iter().filter(move |(other, _)| *other == name);
        named.map(|(_, text)| *text)
    }

    fn last(&self, name: &str) -> Option<&'a str> {
        self.all(name).next_back()
    }

    /// The texts between commas, without blank ones.
    fn items(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let text = self.last(name).unwrap_or_default();
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
    }

    fn fields(&self, name: &str) -> Result<Vec<String>, RequestError> {
        self.list(name, self.limits.fields)
    }

    fn names(&self, name: &str) -> Result<Vec<String>, RequestError> {
        self.list(name, self.limits.list_items)
    }

    fn list(&self, name: &str, most: usize) -> Result<Vec<String>, RequestError> {
        if self.items(name).nth(most).is_some() {
            return Err(RequestError::TooManyItems {
                name: name.to_owned(),
                most,
            });
        }
        Ok(self.items(name).map(ToOwned::to_owned).collect())
    }

    /// A text of at most `most` bytes, if it is given.
    fn short(&self, name: &str, most: usize) -> Result<Option<&'a str>, RequestError> {
        let text = self.last(name);
        if text.is_some_and(|text| text.len() > most) {
            return Err(RequestError::TooLong {
                name: name.to_owned(),
                most,
            });
        }
        Ok(text)
    }

    fn tag(&self, name: &str, default: &str) -> Result<String, RequestError> {
        let tag = self.short(name, self.limits.tag_bytes)?;
        Ok(tag.unwrap_or(default).to_owned())
    }

    fn facet_values(&self) -> Result<usize, RequestError> {
        let asked = self.number("max_facet_values", 10)?;
        let most = self.limits.facet_values;
        if asked > most {
            return Err(RequestError::TooManyFacetValues { most });
        }
        Ok(asked)
    }

    fn flag(&self, name: &str, default: bool) -> bool {
        self.last(name).map_or(default, |text| text == "true")
    }

    fn number(&self, name: &str, default: usize) -> Result<usize, RequestError> {
        let Some(text) = self.last(name) else {
            return Ok(default);
        };
        let number: Result<u32, _> = text.trim().parse();
        number
            .map(|number| number as usize)
            .map_err(|_| RequestError::NotANumber {
                name: name.to_owned(),
            })
    }

    fn group_limit(&self) -> Result<usize, RequestError> {
        let limit = self.number("group_limit", 3)?;
        let most = self.limits.group_size;
        if self.items("group_by").next().is_none() || (1..=most).contains(&limit) {
            return Ok(limit);
        }
        Err(RequestError::GroupLimit { most })
    }

    /// `page`, `per_page` and the offset.
    fn window(&self, facet_query: bool) -> Result<(usize, usize, usize), RequestError> {
        let page = self.number("page", 1)?;
        let default = if facet_query { 0 } else { 10 };
        let limit = self.number("limit", default)?;
        let per_page = self.number("per_page", limit)?;
        let largest = self.limits.page_size;
        if per_page > largest {
            return Err(RequestError::PageTooLarge { most: largest });
        }
        if page == 0 {
            return Err(RequestError::PageZero);
        }
        let by_page = self.last("page").is_some() || self.last("offset").is_none();
        let offset = if by_page {
            (page - 1).saturating_mul(per_page)
        } else {
            self.number("offset", 0)?
        };
        let most = self.number("limit_hits", usize::MAX)?;
        if offset.saturating_add(per_page) > most {
            return Err(RequestError::BeyondWindow { most });
        }
        Ok((page, per_page, offset))
    }

    /// One value of a list for each field, or one for all.
    fn per_field<T: Copy>(
        &self,
        name: &str,
        what: &'static str,
        fields: usize,
        default: T,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, RequestError> {
        if self.last(name).is_none() {
            return Ok(vec![default; fields]);
        }
        let values: Option<Vec<T>> = self.items(name).map(read).collect();
        match values.as_deref() {
            Some([one]) => Ok(vec![*one; fields]),
            Some(many) if !many.is_empty() && (many.len() == fields || fields == 0) => {
                Ok(many.to_vec())
            }
            _ => Err(RequestError::NotPerField {
                name: name.to_owned(),
                what,
            }),
        }
    }

    fn prefix(&self, fields: usize) -> Result<Vec<bool>, RequestError> {
        let read = |text: &str| Some(text == "true");
        self.per_field("prefix", "prefix values", fields, true, read)
    }

    fn infix(&self, fields: usize) -> Result<Vec<Infix>, RequestError> {
        let read = |text: &str| match text {
            "off" => Some(Infix::Off),
            "always" => Some(Infix::Always),
            "fallback" => Some(Infix::Fallback),
            _ => None,
        };
        self.per_field("infix", "infix values", fields, Infix::Off, read)
    }

    fn typos(&self, fields: usize) -> Result<Vec<u8>, RequestError> {
        let read = |text: &str| Some(u8::try_from(text.parse::<u32>().ok()?.min(2)).unwrap_or(2));
        self.per_field("num_typos", "values", fields, 2, read)
    }

    fn weights(&self, fields: usize) -> Result<Vec<u8>, RequestError> {
        if fields == 0 {
            return Ok(Vec::new());
        }
        let asked: Vec<u32> = self
            .items("query_by_weights")
            .filter_map(|text| text.parse().ok())
            .collect();
        if asked.is_empty() {
            let by_position = (0..fields).map(|at| FIRST_WEIGHT.saturating_sub(small(at)));
            return Ok(by_position.collect());
        }
        if asked.len() != fields {
            return Err(RequestError::NotPerField {
                name: "query_by_weights".to_owned(),
                what: "weights",
            });
        }
        let is_falling = asked.is_sorted_by(|left, right| left >= right);
        if is_falling && asked.iter().all(|weight| *weight <= FIRST_WEIGHT.into()) {
            return Ok(asked.iter().map(|weight| small(*weight as usize)).collect());
        }
        let mut ranks = asked.clone();
        ranks.sort_unstable_by(|left, right| right.cmp(left));
        ranks.dedup();
        let rank = |weight: &u32| ranks.iter().position(|rank| rank == weight).unwrap_or(0);
        Ok(asked
            .iter()
            .map(|weight| FIRST_WEIGHT.saturating_sub(small(rank(weight))))
            .collect())
    }
}

fn small(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn read_facet_query(
    text: &str,
    facet_by: &[String],
) -> Result<Option<(String, String)>, RequestError> {
    if text.is_empty() {
        return Ok(None);
    }
    if facet_by.is_empty() {
        return Err(RequestError::FacetQueryAlone);
    }
    let Some((field, value)) = text.split_once(':') else {
        return Err(RequestError::MalformedFacetQuery);
    };
    let (field, value) = (field.trim(), value.trim());
    if !facet_by.iter().any(|name| name == field) {
        return Err(RequestError::FacetQueryField {
            field: field.to_owned(),
        });
    }
    Ok(Some((field.to_owned(), value.to_owned())))
}

fn pinned(items: &[String]) -> Result<Vec<(String, usize)>, RequestError> {
    items
        .iter()
        .map(|item| {
            // An id may hold colons.
            let (id, place) = item
                .rsplit_once(':')
                .ok_or(RequestError::MalformedPinnedHits)?;
            let place: u32 = place
                .trim()
                .parse()
                .map_err(|_| RequestError::MalformedPinnedHits)?;
            if id.trim().is_empty() {
                return Err(RequestError::MalformedPinnedHits);
            }
            if place == 0 {
                return Err(RequestError::PinnedHitPosition);
            }
            Ok((id.trim().to_owned(), place as usize))
        })
        .collect()
}
