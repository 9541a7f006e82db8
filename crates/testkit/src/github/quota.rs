//! Hourly quotas: one per token and API, and a small one for requests without a token.

use std::collections::HashMap;

/// An hour, in seconds.
const WINDOW: u64 = 3_600;

/// The APIs, which have separate quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// REST.
    Core,
    /// GraphQL.
    GraphQl,
    /// The search of REST, with a quota for each minute.
    Search,
}

impl Resource {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::GraphQl => "graphql",
            Self::Search => "search",
        }
    }
}

/// A quota and how much of it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Points per hour.
    pub limit: u64,
    /// Points used in this hour.
    pub used: u64,
    /// Unix time at which the hour ends.
    pub reset: u64,
}

impl Quota {
    /// Points left in this hour.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// The form of the GraphQL error for an exhausted quota. GitHub has used both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QuotaError {
    /// `"type": "RATE_LIMITED"`
    #[default]
    RateLimited,
    /// `"type": "RATE_LIMIT"` with `"code": "graphql_rate_limit"`
    RateLimit,
}

/// What happens to a query for more repositories than the budget allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverBudget {
    /// A response with status 502 or 504, which costs ten points.
    Status(u16),
    /// The repositories within the budget, and `RESOURCE_LIMITS_EXCEEDED` for the others.
    ResourceLimits,
}

/// All quotas, by token; `None` for requests without one.
#[derive(Debug, Default)]
pub(super) struct Quotas {
    by_token: HashMap<(Option<String>, Resource), Quota>,
    /// The points of quotas that begin, if not GitHub's.
    pub(super) limit: Option<u64>,
}

impl Quotas {
    /// The current quota. An hour begins with its first request.
    pub(super) fn get_mut(
        &mut self,
        token: Option<&str>,
        resource: Resource,
        now: u64,
    ) -> &mut Quota {
        let limit = match (token, resource) {
            (None, Resource::Core) => 60,
            (None, Resource::GraphQl) => 0,
            (None, Resource::Search) => 10,
            (Some(_), Resource::Search) => 30,
            _ => 5_000,
        };
        let limit = self.limit.unwrap_or(limit);
        let window = match resource {
            Resource::Search => 60,
            _ => WINDOW,
        };
        let quota = self
            .by_token
            .entry((token.map(str::to_owned), resource))
            .or_insert(Quota {
                limit,
                used: 0,
                reset: now + window,
            });
        if quota.reset <= now {
            quota.used = 0;
            quota.reset = now + window;
        }
        quota
    }
}
