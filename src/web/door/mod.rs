//! Who comes in: keys, their scopes and rates, places, and the database behind them.
//!
//! Every program that asks goes through one [`Door`], whatever shape its answers have. A key is looked
//! up each time, so one that was deleted opens nothing from then on. Without a key, only requests of
//! this machine are let in, and only if the operator says so.

mod database;
mod peers;
mod refusal;
mod settings;

use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use secrecy::SecretString;
use tokio::sync::SemaphorePermit;

pub use database::OpenDatabase;
pub(in crate::web) use peers::is_of_this_machine;
pub use refusal::Refusal;
pub use settings::DoorSettings;

use database::LazyDatabase;

use super::base_path::BasePath;
use super::concurrency::ConcurrencyLimit;
use super::origin;
use crate::access::{ApiKey, KeyStore, Scope, Scopes};

/// Requests that are answered at the same time, and how many wait for that.
const AT_ONCE: usize = 64;
const WAITING: usize = 512;

/// The number of those without a key, where keys have theirs.
const NOBODY: i64 = 0;

/// What all programs go through that ask.
#[derive(Debug)]
pub struct Door {
    settings: DoorSettings,
    database: LazyDatabase,
    places: ConcurrencyLimit,
    rates: Option<RateLimiter<i64, HashMapStateStore<i64>, DefaultClock>>,
}

/// Who has come in, with a place that is free again when this is dropped.
#[derive(Debug)]
pub struct Caller<'d> {
    /// None for requests of this machine without a key.
    pub key: Option<ApiKey>,
    scopes: Scopes,
    _place: SemaphorePermit<'d>,
}

impl Caller<'_> {
    /// Whether something may be done.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.allow(scope)
    }

    /// That something may be done.
    ///
    /// # Errors
    ///
    /// [`Refusal::Scope`] if it may not.
    pub fn require(&self, scope: Scope) -> Result<(), Refusal> {
        if self.may(scope) {
            Ok(())
        } else {
            Err(Refusal::Scope(scope))
        }
    }
}

impl Door {
    #[must_use]
    pub fn new(settings: DoorSettings) -> Self {
        let rates = NonZeroU32::new(settings.requests_per_minute)
            .map(|most| RateLimiter::hashmap(Quota::per_minute(most)));
        Self {
            database: LazyDatabase::new(&settings),
            places: ConcurrencyLimit::new(AT_ONCE, WAITING),
            rates,
            settings,
        }
    }

    #[must_use]
    pub fn settings(&self) -> &DoorSettings {
        &self.settings
    }

    /// Scheme and host for links, with a path if the setting has one, without a slash at the end: the
    /// setting, or as the request was sent.
    #[must_use]
    pub fn base_url(&self, request: &Parts) -> String {
        if let Some(url) = &self.settings.base_url {
            return url.as_str().trim_end_matches('/').to_owned();
        }
        let (headers, extensions) = (&request.headers, &request.extensions);
        origin::read(headers, extensions, &self.settings.trusted_proxies).url
    }

    /// Scheme and host alone, as browsers name where a form is from.
    #[must_use]
    pub fn origin(&self, request: &Parts) -> String {
        match &self.settings.base_url {
            Some(url) => url.origin().ascii_serialization(),
            None => self.base_url(request),
        }
    }

    /// The path at which the service is, as others see it.
    #[must_use]
    pub fn base_path(&self) -> BasePath {
        BasePath::of(self.settings.base_url.as_ref())
    }

    /// The database, which is opened when it is first needed.
    ///
    /// # Errors
    ///
    /// [`Refusal::Away`] if it cannot be reached.
    pub async fn database(&self) -> Result<std::sync::Arc<OpenDatabase>, Refusal> {
        self.database.get().await
    }

    /// Lets somebody in who may at least read.
    ///
    /// # Errors
    ///
    /// [`Refusal`] with the reason.
    pub async fn enter(&self, request: &Parts) -> Result<Caller<'_>, Refusal> {
        let place = self.places.enter().await.map_err(|_| Refusal::Overloaded)?;
        let (key, scopes) = match bearer(request)? {
            Some(value) => {
                let database = self.database().await?;
                let keys = KeyStore::new(database.records.database().clone());
                let key = keys.find(&value).await?.ok_or(Refusal::UnknownKey)?;
                let scopes = key.scopes.clone();
                (Some(key), scopes)
            }
            None if self.settings.without_key && peers::is_of_this_machine(request) => {
                (None, Scopes::new([Scope::Read]))
            }
            None => return Err(Refusal::NoKey),
        };
        let id = key.as_ref().map_or(NOBODY, |key| key.id);
        self.check_rate(id)?;
        Ok(Caller {
            key,
            scopes,
            _place: place,
        })
    }

    fn check_rate(&self, id: i64) -> Result<(), Refusal> {
        let Some(rates) = &self.rates else {
            return Ok(());
        };
        rates.check_key(&id).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Refusal::TooMany {
                wait: wait.max(Duration::from_secs(1)),
            }
        })
    }
}

/// The key that a request carries, if any.
fn bearer(request: &Parts) -> Result<Option<SecretString>, Refusal> {
    let mut headers = request.headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else {
        return Ok(None);
    };
    let text = header.to_str().map_err(|_| Refusal::UnknownKey)?;
    let (scheme, value) = text.split_once(' ').ok_or(Refusal::UnknownKey)?;
    if headers.next().is_some() || !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::UnknownKey);
    }
    Ok(Some(value.trim().to_owned().into()))
}
