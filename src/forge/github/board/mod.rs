//! Reads projects, and the issues and discussions that belong on them; changes items of projects.
//!
//! Builds GraphQL requests and sends them; answers are JSON as it came, with GitHub's errors next to it,
//! because one part of a request can fail while the others succeed. The caller decides how much it
//! asks for at once: a request that is too much for GitHub is told apart from everything else. Names and
//! texts go into variables, never into a query. Called by `board`.

mod fragments;
mod mutations;
mod requests;

use serde_json::{Map, Value};

use super::GitHub;
use super::exchange::{ApiAnswer, ApiCall};
use super::graphql::{GraphQlError, GraphQlResponse};
use super::limit::one_line;
use super::quota::Resource;
use crate::forge::ForgeError;

pub use mutations::{NewField, ProjectMutation};
pub use requests::{MOST_IDS, ProjectName, SearchKind, SearchPart};

/// One GraphQL request.
#[derive(Debug, Clone)]
pub struct BoardRequest {
    body: String,
    cost: u64,
    kind: &'static str,
}

/// What GitHub has said to a request.
#[derive(Debug, Clone)]
pub enum BoardReply {
    /// Data, which may lack what `errors` name.
    Answered(BoardAnswer),
    /// No usable answer: it took too long, or GitHub had a fault. Of a mutation, nobody knows whether
    /// it was done.
    Unanswered { why: String },
}

/// An answer with data.
#[derive(Debug, Clone, Default)]
pub struct BoardAnswer {
    pub data: Map<String, Value>,
    pub errors: Vec<BoardProblem>,
    /// The scopes of a token that has scopes; `None` for tokens of apps and fine-grained ones.
    pub scopes: Option<String>,
}

/// An error of GitHub about one part of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardProblem {
    /// Such as `NOT_FOUND`.
    pub kind: String,
    /// On one line.
    pub message: String,
    /// The alias, and what follows it.
    pub path: Vec<String>,
    /// GitHub has stopped there, and would have gone on with less to do.
    pub is_limit: bool,
}

impl BoardAnswer {
    /// The first error about an alias.
    #[must_use]
    pub fn problem_of(&self, alias: &str) -> Option<&BoardProblem> {
        let mut errors = self.errors.iter();
        errors.find(|error| error.path.first().is_some_and(|first| first == alias))
    }

    /// The first error that says of nothing in particular that it is missing.
    #[must_use]
    pub fn general_problem(&self) -> Option<&BoardProblem> {
        self.errors.iter().find(|error| error.path.is_empty())
    }

    /// What a part of the answer holds; `Null` if it is missing.
    #[must_use]
    pub fn get(&self, alias: &str) -> &Value {
        self.data.get(alias).unwrap_or(&Value::Null)
    }
}

impl GitHub {
    /// Sends a request of a board; waits before it, if it is not the first attempt.
    ///
    /// # Errors
    ///
    /// [`ForgeError`] if GitHub is not to be asked now, or refuses.
    pub async fn ask_board(
        &self,
        request: &BoardRequest,
        attempt: u32,
    ) -> Result<BoardReply, ForgeError> {
        if attempt > 0 {
            self.pause(attempt).await;
        }
        let call = ApiCall::graphql(self.shared.graphql_url.clone(), request.cost)
            .named(request.kind)
            .body(request.body.clone());
        loop {
            let answer = match self.exchange(&call).await? {
                ApiAnswer::Answer(answer) => answer,
                ApiAnswer::Unavailable(why) => return Ok(BoardReply::Unanswered { why }),
                ApiAnswer::Missing => {
                    return Err(refused("there is no GraphQL API; check GITHUB_API_URL"));
                }
                ApiAnswer::Refused(why) => return Err(refused(&why)),
            };
            let response: GraphQlResponse = match serde_json::from_slice(&answer.body) {
                Ok(response) => response,
                Err(error) => {
                    let why = one_line(&format!("the answer cannot be read: {error}"));
                    return Ok(BoardReply::Unanswered { why });
                }
            };
            let data = response.data.unwrap_or_default();
            let has_data = data
                .iter()
                .any(|(key, value)| key != "rateLimit" && !value.is_null());
            let limit = response.errors.iter().find_map(GraphQlError::limit);
            if let Some(limit) = limit {
                let waited = self.wait_out(limit, Resource::GraphQl, &answer).await;
                if !has_data {
                    waited?;
                    continue;
                }
            } else {
                self.state().pauses = 0;
            }
            let points = data
                .get("rateLimit")
                .and_then(|quota| quota["cost"].as_u64());
            self.state().statistics.points += points.unwrap_or(0);
            let is_about_a_part = |error: &GraphQlError| !error.path.is_empty();
            if !has_data && !response.errors.iter().any(is_about_a_part) {
                let why = response.errors.first();
                let why = why.map_or("the answer is empty", |error| &error.message);
                return Ok(BoardReply::Unanswered { why: one_line(why) });
            }
            let errors = response.errors.into_iter().map(BoardProblem::from);
            return Ok(BoardReply::Answered(BoardAnswer {
                data,
                errors: errors.collect(),
                scopes: answer.header("x-oauth-scopes").map(str::to_owned),
            }));
        }
    }
}

impl From<GraphQlError> for BoardProblem {
    fn from(error: GraphQlError) -> Self {
        let text = |part: Value| match part {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Self {
            is_limit: error.is_too_much() || error.limit().is_some(),
            message: one_line(&error.message),
            path: error.path.into_iter().map(text).collect(),
            kind: error.kind,
        }
    }
}

fn refused(why: &str) -> ForgeError {
    ForgeError::Refused {
        what: "GitHub's GraphQL API".to_owned(),
        why: why.to_owned(),
    }
}
