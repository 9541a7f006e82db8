//! GitHub: repositories in batches by GraphQL, or one by one without a token; contributors.
//!
//! One client, one pace, one quota for everything that talks to GitHub: clones share them. Calls go
//! out one after the other. A limit is waited out where GitHub wants a short pause, and is
//! [`ForgeError::Wait`] where it is the hourly quota or a long one; nothing is asked until then.
//! What GitHub says of a single repository is a [`Lookup`] or [`Contributors`], whatever it is.
//!
//! Nothing is kept here beyond quotas and counts. The token appears in no message and no log. No
//! address out of an answer is ever asked for, except GitHub's own redirects on its own host.
//! Sources: GitHub's REST API of 2022-11-28 and its GraphQL API.

mod batch;
mod exchange;
mod graphql;
mod limit;
mod quota;
mod repository;
mod rest;
mod statistics;
mod text;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyfa_http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use super::ForgeError;
use crate::model::RepositorySlug;
use batch::BatchSize;
use exchange::{Question, Said};
use quota::Resource;

pub use quota::{Quota, Quotas};
pub use repository::{Contributor, Contributors, EntityTag, Lookup, Repository, Wanted};
pub use statistics::Statistics;

/// Where the public GitHub answers.
pub const PUBLIC_API_URL: &str = "https://api.github.com/";

const API_VERSION: &str = "2022-11-28";
/// Further attempts after the first, where the fault may pass.
const RETRIES: u32 = 2;
/// So many repositories in a row without a usable answer mean that GitHub is away.
const MOST_BROKEN: u32 = 3;
const TOO_MUCH: &str = "it is more than GitHub computes at once";
/// Contributors are cut to this many by GitHub already.
const CONTRIBUTORS: &str = "5";

/// How GitHub is asked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where its API is.
    pub api_url: Url,
    /// Without one GitHub answers 60 calls per hour.
    pub token: Option<SecretString>,
    /// The pause between two calls.
    pub cool_off: Duration,
    /// How much of each quota is used, from 0 to 1.
    pub quota_share: f64,
    /// What is the same for everybody but tests.
    pub pace: Pace,
}

/// Sizes and patience.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Repositories in one query at most.
    pub batch_size: usize,
    /// The pause after a limit that names none; doubles with each further one.
    pub first_pause: Duration,
    /// A pause up to here is kept; a longer one is [`ForgeError::Wait`].
    pub patience: Duration,
    /// The pause before the first retry; doubles with each.
    pub backoff: Duration,
    /// Longest silence of GitHub.
    pub read_timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            batch_size: 50,
            first_pause: Duration::from_mins(1),
            patience: Duration::from_mins(5),
            backoff: Duration::from_secs(1),
            read_timeout: Duration::from_secs(30),
        }
    }
}

/// The client. Clones are cheap and share everything.
#[derive(Debug, Clone)]
pub struct GitHub {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    http: pyfa_http::Client,
    api_url: Url,
    graphql_url: Url,
    /// A short digest of the token; `None` without one.
    token: Option<String>,
    share: f64,
    pace: Pace,
    state: Mutex<State>,
}

/// What changes from call to call.
#[derive(Debug)]
struct State {
    quotas: Quotas,
    size: BatchSize,
    /// Pauses in a row that GitHub asked for.
    pauses: u32,
    /// Nothing is asked until then.
    closed_until: Option<Instant>,
    /// Repositories in a row without a usable answer.
    broken: u32,
    statistics: Statistics,
}

impl GitHub {
    /// A client that asks as `settings` say and calls itself `user_agent`; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ForgeError::Broken`] where no HTTP client can be made of the settings, and
    /// [`ForgeError::Token`] for a token that no header can hold.
    pub fn new(settings: &Settings, user_agent: &str) -> Result<Self, ForgeError> {
        let http = pyfa_http::Client::new(pyfa_http::Settings {
            user_agent: user_agent.to_owned(),
            headers: headers(settings.token.as_ref())?,
            workers: 1,
            requests_per_second: rate(settings.cool_off),
            retries: 0,
            read_timeout: settings.pace.read_timeout,
            ..pyfa_http::Settings::default()
        })
        .map_err(|error| ForgeError::Broken {
            what: "the HTTP client for GitHub".to_owned(),
            why: error.to_string(),
        })?;
        let state = State {
            quotas: Quotas::default(),
            size: BatchSize::new(settings.pace.batch_size),
            pauses: 0,
            closed_until: None,
            broken: 0,
            statistics: Statistics::default(),
        };
        let shared = Shared {
            http,
            graphql_url: graphql_url(&settings.api_url),
            api_url: settings.api_url.clone(),
            token: settings.token.as_ref().map(digest),
            share: settings.quota_share,
            pace: settings.pace.clone(),
            state: Mutex::new(state),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Whether there is a token, and so GraphQL.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.shared.token.is_some()
    }

    /// What was done so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let http = self.shared.http.statistics();
        let state = self.state();
        let mut statistics = state.statistics.clone();
        statistics.calls = http.requests;
        statistics.waited += http.waited;
        statistics.quotas = state.quotas;
        statistics
    }

    /// Asks for the first of `wanted`, as many as one call can, and takes those off that were
    /// answered. Call it until `wanted` is empty. An answer may concern fewer than were asked for.
    ///
    /// # Errors
    ///
    /// [`ForgeError`], with `wanted` as it was: what has not been answered is still there.
    pub async fn look_up(
        &self,
        wanted: &mut VecDeque<Wanted>,
    ) -> Result<Vec<(RepositorySlug, Lookup)>, ForgeError> {
        let mut attempts = 0;
        while !wanted.is_empty() {
            let size = if self.has_token() {
                self.state().size.now()
            } else {
                1
            };
            let asked: Vec<Wanted> = wanted.iter().take(size).cloned().collect();
            let why = match self.ask(&asked).await? {
                Asked::Answered(answers) => {
                    self.state().broken = 0;
                    wanted.drain(..asked.len());
                    return Ok(sort_out(asked, answers, wanted));
                }
                Asked::TooMuch if asked.len() == 1 => {
                    wanted.pop_front();
                    let why = TOO_MUCH.to_owned();
                    return Ok(sort_out(asked, vec![Some(Lookup::Broken { why })], wanted));
                }
                Asked::TooMuch => TOO_MUCH.to_owned(),
                Asked::Unwell(why) => why,
            };
            self.state().size.shrink(asked.len());
            tracing::debug!(size = asked.len(), why, "GitHub gave no answer");
            if asked.len() == 1 {
                attempts += 1;
                if attempts > RETRIES {
                    return self.give_up(wanted, why);
                }
            }
            self.pause(attempts).await;
        }
        Ok(Vec::new())
    }

    /// The first of `wanted` is broken; or GitHub is, if it was not the first.
    fn give_up(
        &self,
        wanted: &mut VecDeque<Wanted>,
        why: String,
    ) -> Result<Vec<(RepositorySlug, Lookup)>, ForgeError> {
        let mut state = self.state();
        state.broken += 1;
        if state.broken >= MOST_BROKEN {
            state.broken = 0;
            return Err(ForgeError::Broken {
                what: "GitHub".to_owned(),
                why,
            });
        }
        let first = wanted.pop_front();
        Ok(first
            .map(|first| (first.slug, Lookup::Broken { why }))
            .into_iter()
            .collect())
    }

    /// The five who have committed most, unless `etag` still holds.
    ///
    /// # Errors
    ///
    /// [`ForgeError`]; what concerns this repository alone is an answer.
    pub async fn contributors(
        &self,
        slug: &RepositorySlug,
        etag: Option<&EntityTag>,
    ) -> Result<Contributors, ForgeError> {
        let mut url = self.repository_url(slug, &["contributors"]);
        url.query_pairs_mut().append_pair("per_page", CONTRIBUTORS);
        let mut attempts = 0;
        loop {
            let question = Question::rest(url.clone(), "contributors", 1).etag(self.own(etag));
            let why = match self.exchange(&question).await? {
                Said::Answer(answer) if answer.not_modified => return Ok(Contributors::Unchanged),
                Said::Answer(answer) if answer.status == 204 => {
                    return Ok(Contributors::Listed {
                        people: Vec::new(),
                        etag: None,
                    });
                }
                Said::Answer(answer) => match rest::contributors(&answer.body) {
                    Ok(people) => {
                        let etag = self.tag_of(&answer);
                        return Ok(Contributors::Listed { people, etag });
                    }
                    Err(why) => why,
                },
                Said::Missing => return Ok(Contributors::Gone),
                Said::Refused(why) if why.contains("too large") => {
                    return Ok(Contributors::TooMany);
                }
                Said::Refused(why) => return Ok(Contributors::Refused { why }),
                Said::Unwell(why) => why,
            };
            attempts += 1;
            if attempts > RETRIES {
                return Ok(Contributors::Broken { why });
            }
            self.pause(attempts).await;
        }
    }

    async fn ask(&self, asked: &[Wanted]) -> Result<Asked, ForgeError> {
        match asked {
            [one] if !self.has_token() => self.ask_for_one(one).await,
            _ => self.ask_for_all(asked).await,
        }
    }

    async fn ask_for_all(&self, asked: &[Wanted]) -> Result<Asked, ForgeError> {
        loop {
            let cost = graphql::cost(asked.len());
            let question = Question::graphql(self.shared.graphql_url.clone(), cost)
                .body(graphql::body(asked).to_string());
            *self
                .state()
                .statistics
                .batches
                .entry(asked.len())
                .or_default() += 1;
            let answer = match self.exchange(&question).await? {
                Said::Answer(answer) => answer,
                Said::Unwell(why) => return Ok(Asked::Unwell(why)),
                Said::Missing => {
                    let why = "there is no GraphQL API; check GITHUB_API_URL".to_owned();
                    return Err(refused(why));
                }
                Said::Refused(why) => return Err(refused(why)),
            };
            let batch = match graphql::read(&answer.body, asked) {
                Ok(batch) => batch,
                Err(why) => return Ok(Asked::Unwell(why)),
            };
            self.state().statistics.points += batch.points;
            let answered = batch.answers.iter().flatten().count();
            if let Some(limit) = batch.limit {
                let heeded = self.heed(limit, Resource::GraphQl, &answer).await;
                if answered == 0 {
                    heeded?;
                    continue;
                }
                // The answers that are there count; the next call meets the limit again.
                return Ok(Asked::Answered(batch.answers));
            }
            if batch.is_too_much && answered == 0 {
                return Ok(Asked::TooMuch);
            }
            let mut state = self.state();
            state.pauses = 0;
            if batch.is_too_much {
                state.size.shrink(asked.len());
            } else {
                state.size.grow(asked.len());
            }
            return Ok(Asked::Answered(batch.answers));
        }
    }

    async fn ask_for_one(&self, asked: &Wanted) -> Result<Asked, ForgeError> {
        let answered = |lookup| Ok(Asked::Answered(vec![Some(lookup)]));
        let url = self.repository_url(&asked.slug, &[]);
        // Most need a second call, for their pull requests.
        let question = Question::rest(url, "repository", 2).etag(self.own(asked.etag.as_ref()));
        let answer = match self.exchange(&question).await? {
            Said::Answer(answer) if answer.not_modified => return answered(Lookup::Unchanged),
            Said::Answer(answer) => answer,
            Said::Missing => return answered(Lookup::Gone),
            Said::Refused(why) => return answered(Lookup::Refused { why }),
            Said::Unwell(why) => return Ok(Asked::Unwell(why)),
        };
        let (mut repository, open) = match rest::repository(&answer.body) {
            Ok(read) => read,
            Err(why) => return Ok(Asked::Unwell(why)),
        };
        if open > 0 {
            let pulls = self.open_pull_requests(&repository.slug).await?;
            repository.open_pull_requests = pulls;
            repository.open_issues = pulls.and_then(|pulls| open.checked_sub(pulls));
        }
        // Half an answer must be asked for again in full.
        if repository.open_issues.is_some() {
            repository.etag = self.tag_of(&answer);
        }
        answered(Lookup::of(&asked.slug, repository))
    }

    /// `None` where GitHub does not say.
    async fn open_pull_requests(&self, slug: &RepositorySlug) -> Result<Option<u64>, ForgeError> {
        let mut url = self.repository_url(slug, &["pulls"]);
        url.query_pairs_mut()
            .append_pair("state", "open")
            .append_pair("per_page", "1");
        let said = self.exchange(&Question::rest(url, "pulls", 1)).await?;
        Ok(match said {
            Said::Answer(answer) => rest::count(&answer.body, answer.header("link")).ok(),
            _ => None,
        })
    }

    /// Each part is a segment of its own, whatever is in it.
    fn repository_url(&self, slug: &RepositorySlug, rest: &[&str]) -> Url {
        let mut url = self.shared.api_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(["repos", slug.owner(), slug.name()])
                .extend(rest);
        }
        url
    }

    /// The tag, if it was given to our token.
    fn own(&self, etag: Option<&EntityTag>) -> Option<String> {
        let ours = self.shared.token.as_deref().unwrap_or_default();
        etag.filter(|etag| etag.token == ours)
            .map(|etag| etag.tag.clone())
    }

    fn tag_of(&self, answer: &pyfa_http::Answer) -> Option<EntityTag> {
        Some(EntityTag {
            tag: answer.etag()?.to_owned(),
            token: self.shared.token.clone().unwrap_or_default(),
        })
    }

    async fn pause(&self, attempts: u32) {
        let factor = 2_u32.saturating_pow(attempts);
        tokio::time::sleep(self.shared.pace.backoff.saturating_mul(factor)).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call for one or more repositories gave.
enum Asked {
    /// One for each that was asked for; `None` where GitHub stopped before.
    Answered(Vec<Option<Lookup>>),
    TooMuch,
    Unwell(String),
}

/// Pairs questions and answers; what was not answered goes back to the front.
fn sort_out(
    asked: Vec<Wanted>,
    answers: Vec<Option<Lookup>>,
    wanted: &mut VecDeque<Wanted>,
) -> Vec<(RepositorySlug, Lookup)> {
    let mut answered = Vec::with_capacity(asked.len());
    let mut left = Vec::new();
    let answers = answers.into_iter().chain(std::iter::repeat(None));
    for (question, answer) in asked.into_iter().zip(answers) {
        match answer {
            Some(answer) => answered.push((question.slug, answer)),
            None => left.push(question),
        }
    }
    for question in left.into_iter().rev() {
        wanted.push_front(question);
    }
    answered
}

fn refused(why: String) -> ForgeError {
    ForgeError::Refused {
        what: "GitHub's GraphQL API".to_owned(),
        why,
    }
}

fn headers(token: Option<&SecretString>) -> Result<HeaderMap, ForgeError> {
    let mut headers = HeaderMap::new();
    let version = HeaderName::from_static("x-github-api-version");
    headers.insert(version, HeaderValue::from_static(API_VERSION));
    if let Some(token) = token {
        let value = format!("Bearer {}", token.expose_secret().trim());
        let mut value = HeaderValue::from_str(&value).map_err(|_| ForgeError::Token {
            forge: "GitHub",
            setting: "GITHUB_TOKEN",
            why: "it has characters that no token has".to_owned(),
        })?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static("authorization"), value);
    }
    Ok(headers)
}

fn rate(cool_off: Duration) -> Option<f64> {
    (!cool_off.is_zero()).then(|| 1.0 / cool_off.as_secs_f64())
}

/// Tells tokens apart, and is too short to find one by.
fn digest(token: &SecretString) -> String {
    let digest = xxhash_rust::xxh3::xxh3_64(token.expose_secret().trim().as_bytes());
    format!("{:08x}", digest & 0xffff_ffff)
}

/// Beside the REST API on github.com, and beside its version on a server of one's own.
fn graphql_url(api_url: &Url) -> Url {
    let path = match api_url.path().strip_suffix("/api/v3/") {
        Some(before) => format!("{before}/api/graphql"),
        None => format!("{}graphql", api_url.path()),
    };
    let mut url = api_url.clone();
    url.set_path(&path);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphql_is_found_beside_rest() -> Result<(), url::ParseError> {
        for (api, expected) in [
            ("https://api.github.com/", "https://api.github.com/graphql"),
            (
                "https://git.example.org/api/v3/",
                "https://git.example.org/api/graphql",
            ),
            (
                "http://127.0.0.1:8/proxy/",
                "http://127.0.0.1:8/proxy/graphql",
            ),
        ] {
            assert_eq!(graphql_url(&Url::parse(api)?).as_str(), expected);
        }
        Ok(())
    }
}
