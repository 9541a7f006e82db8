//! Hourly quotas: one per token and kind of API, and a small one for all who have no token.

use std::collections::HashMap;

/// An hour, in seconds.
const WINDOW: u64 = 3_600;

/// The kinds of API that have quotas of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// REST.
    Core,
    /// GraphQL.
    GraphQl,
}

impl Resource {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::GraphQl => "graphql",
        }
    }
}

/// How far one quota is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Points per hour.
    pub limit: u64,
    /// Points used since the hour began.
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

/// All quotas, by token (`None`: without one).
#[derive(Debug, Default)]
pub(super) struct Quotas {
    of: HashMap<(Option<String>, Resource), Quota>,
}

impl Quotas {
    /// The quota as it stands now; an hour begins with its first request.
    pub(super) fn of(&mut self, token: Option<&str>, resource: Resource, now: u64) -> &mut Quota {
        let limit = match (token, resource) {
            (None, Resource::Core) => 60,
            (None, Resource::GraphQl) => 0,
            _ => 5_000,
        };
        let quota = self
            .of
            .entry((token.map(str::to_owned), resource))
            .or_insert(Quota {
                limit,
                used: 0,
                reset: now + WINDOW,
            });
        if quota.reset <= now {
            quota.used = 0;
            quota.reset = now + WINDOW;
        }
        quota
    }
}
