//! Fetches repositories: in batches with a token, or one by one without.

use std::collections::VecDeque;

use serde_json::Value;

use super::exchange::{ApiAnswer, ApiCall};
use super::quota::Resource;
use super::{GitHub, Lookup, RETRIES, RepositoryQuery, graphql, rest};
use crate::forge::ForgeError;
use crate::model::RepositorySlug;

/// A minimal query, to see whether GitHub responds at all.
const PROBE: &str = include_str!("probe.graphql");
/// After this many repositories in a row without a usable answer, the client checks whether GitHub
/// responds at all.
const MOST_BROKEN: u32 = 3;
const TOO_MUCH: &str = "the query is too expensive for GitHub";

impl GitHub {
    /// Fetches the first of `queries`, as many as fit into one request, and removes those that were
    /// answered. Call it until `queries` is empty.
    ///
    /// # Errors
    ///
    /// [`ForgeError`]; `queries` then still has everything that was not answered.
    pub async fn look_up(
        &self,
        queries: &mut VecDeque<RepositoryQuery>,
    ) -> Result<Vec<(RepositorySlug, Lookup)>, ForgeError> {
        let mut attempts = 0;
        while !queries.is_empty() {
            let size = if self.has_token() {
                self.state().size.now()
            } else {
                1
            };
            let asked: Vec<RepositoryQuery> = queries.iter().take(size).cloned().collect();
            let why = match self.ask(&asked).await? {
                BatchOutcome::Answered(answers) => {
                    self.state().broken = 0;
                    queries.drain(..asked.len());
                    return Ok(sort_out(asked, answers, queries));
                }
                BatchOutcome::TooMuch if asked.len() == 1 => {
                    queries.pop_front();
                    let why = TOO_MUCH.to_owned();
                    return Ok(sort_out(asked, vec![Some(Lookup::Broken { why })], queries));
                }
                BatchOutcome::TooMuch => TOO_MUCH.to_owned(),
                BatchOutcome::Unavailable(why) => why,
            };
            self.state().size.shrink(asked.len());
            tracing::debug!(size = asked.len(), why, "GitHub gave no answer");
            if asked.len() == 1 {
                attempts += 1;
                if attempts > RETRIES {
                    return self.give_up(queries, why).await;
                }
            }
            self.pause(attempts).await;
        }
        Ok(Vec::new())
    }

    /// Gives up on the first of `queries`; or on GitHub, if too many in a row had no usable answer.
    async fn give_up(
        &self,
        queries: &mut VecDeque<RepositoryQuery>,
        why: String,
    ) -> Result<Vec<(RepositorySlug, Lookup)>, ForgeError> {
        let broken = {
            let mut state = self.state();
            state.broken += 1;
            state.broken
        };
        if broken >= MOST_BROKEN && self.is_away().await? {
            return Err(ForgeError::Broken {
                what: "GitHub".to_owned(),
                why,
            });
        }
        let first = queries.pop_front();
        Ok(first
            .map(|first| (first.slug, Lookup::Broken { why }))
            .into_iter()
            .collect())
    }

    /// Whether GitHub does not even respond to a minimal query.
    async fn is_away(&self) -> Result<bool, ForgeError> {
        let question = if self.has_token() {
            let body = serde_json::json!({ "query": PROBE }).to_string();
            ApiCall::graphql(self.shared.graphql_url.clone(), 1).body(body)
        } else {
            ApiCall::rest(self.url(&["rate_limit"]), "probe", 0)
        };
        Ok(match self.exchange(&question).await? {
            ApiAnswer::Answer(answer) => serde_json::from_slice::<Value>(&answer.body).is_err(),
            ApiAnswer::Missing | ApiAnswer::Refused(_) | ApiAnswer::Unavailable(_) => true,
        })
    }

    async fn ask(&self, asked: &[RepositoryQuery]) -> Result<BatchOutcome, ForgeError> {
        match asked {
            [one] if !self.has_token() => self.ask_for_one(one).await,
            _ => self.ask_for_all(asked).await,
        }
    }

    async fn ask_for_all(&self, asked: &[RepositoryQuery]) -> Result<BatchOutcome, ForgeError> {
        loop {
            let cost = graphql::cost(asked.len());
            let question = ApiCall::graphql(self.shared.graphql_url.clone(), cost)
                .body(graphql::body(asked).to_string());
            *self
                .state()
                .statistics
                .batches
                .entry(asked.len())
                .or_default() += 1;
            let answer = match self.exchange(&question).await? {
                ApiAnswer::Answer(answer) => answer,
                ApiAnswer::Unavailable(why) => return Ok(BatchOutcome::Unavailable(why)),
                ApiAnswer::Missing => {
                    let why = "there is no GraphQL API; check GITHUB_API_URL".to_owned();
                    return Err(refused(why));
                }
                ApiAnswer::Refused(why) => return Err(refused(why)),
            };
            let batch = match graphql::read_batch(&answer.body, asked) {
                Ok(batch) => batch,
                Err(error) => return Ok(BatchOutcome::Unavailable(error.line())),
            };
            self.state().statistics.points += batch.points;
            let answered = batch.answers.iter().flatten().count();
            if let Some(limit) = batch.limit {
                let waited = self.wait_out(limit, Resource::GraphQl, &answer).await;
                if answered == 0 {
                    waited?;
                    continue;
                }
                // The answers so far are used; the next request meets the limit again.
                return Ok(BatchOutcome::Answered(batch.answers));
            }
            if batch.is_too_much && answered == 0 {
                return Ok(BatchOutcome::TooMuch);
            }
            let mut state = self.state();
            state.pauses = 0;
            if batch.is_too_much {
                state.size.shrink(asked.len());
            } else {
                state.size.grow(asked.len());
            }
            return Ok(BatchOutcome::Answered(batch.answers));
        }
    }

    async fn ask_for_one(&self, asked: &RepositoryQuery) -> Result<BatchOutcome, ForgeError> {
        let answered = |lookup| Ok(BatchOutcome::Answered(vec![Some(lookup)]));
        let url = self.repository_url(&asked.slug, &[]);
        // Most repositories need a second request, for their pull requests.
        let question = ApiCall::rest(url, "repository", 2).etag(self.own(asked.etag.as_ref()));
        let answer = match self.exchange(&question).await? {
            ApiAnswer::Answer(answer) if answer.not_modified => return answered(Lookup::Unchanged),
            ApiAnswer::Answer(answer) => answer,
            ApiAnswer::Missing => return answered(Lookup::Gone),
            ApiAnswer::Refused(why) => return answered(Lookup::Refused { why }),
            ApiAnswer::Unavailable(why) => return Ok(BatchOutcome::Unavailable(why)),
        };
        let (mut repository, open) = match rest::read_repository(&answer.body) {
            Ok(read) => read,
            Err(error) => return Ok(BatchOutcome::Unavailable(error.line())),
        };
        if open > 0 {
            let pulls = self.count_open_pull_requests(&repository.slug).await?;
            repository.open_pull_requests = pulls;
            repository.open_issues = pulls.and_then(|pulls| open.checked_sub(pulls));
        }
        // Without a tag, an incomplete answer is fetched again in full.
        if repository.open_issues.is_some() {
            repository.etag = self.tag_of(&answer);
        }
        answered(Lookup::of(&asked.slug, repository))
    }

    /// `None` where GitHub does not say.
    async fn count_open_pull_requests(
        &self,
        slug: &RepositorySlug,
    ) -> Result<Option<u64>, ForgeError> {
        let mut url = self.repository_url(slug, &["pulls"]);
        url.query_pairs_mut()
            .append_pair("state", "open")
            .append_pair("per_page", "1");
        let reply = self.exchange(&ApiCall::rest(url, "pulls", 1)).await?;
        Ok(match reply {
            ApiAnswer::Answer(answer) => rest::read_count(&answer.body, answer.header("link")).ok(),
            _ => None,
        })
    }
}

/// The outcome of a request for one or more repositories.
enum BatchOutcome {
    /// One for each that was requested; `None` for those that GitHub did not reach.
    Answered(Vec<Option<Lookup>>),
    TooMuch,
    Unavailable(String),
}

/// Pairs queries and answers; queries without an answer go back to the front.
fn sort_out(
    asked: Vec<RepositoryQuery>,
    answers: Vec<Option<Lookup>>,
    queries: &mut VecDeque<RepositoryQuery>,
) -> Vec<(RepositorySlug, Lookup)> {
    let mut answered = Vec::with_capacity(asked.len());
    let mut left = Vec::new();
    let or_none = answers.into_iter().chain(std::iter::repeat(None));
    for (question, answer) in asked.into_iter().zip(or_none) {
        match answer {
            Some(answer) => answered.push((question.slug, answer)),
            None => left.push(question),
        }
    }
    for question in left.into_iter().rev() {
        queries.push_front(question);
    }
    answered
}

fn refused(why: String) -> ForgeError {
    ForgeError::Refused {
        what: "GitHub's GraphQL API".to_owned(),
        why,
    }
}
