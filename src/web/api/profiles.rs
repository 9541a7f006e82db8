//! The profiles whose packages can be asked about.

use std::sync::Arc;

use axum::response::Response;
use serde_json::json;

use super::asked::ApiRequest;
use super::format::Format;
use super::parameters::Given;
use super::problem::Problem;
use super::respond;
use crate::catalog::Catalog;
use crate::profile::Profile;
use crate::search;
use crate::web::people::People;

/// A profile, and the packages of its collection.
#[derive(Debug)]
pub(super) struct ApiProfile {
    key: String,
    name: String,
    description: String,
    pub(super) catalog: Catalog,
}

/// All profiles.
#[derive(Debug)]
pub(super) struct Profiles(Vec<ApiProfile>);

impl Profiles {
    pub(super) fn new<'p>(
        profiles: impl IntoIterator<Item = &'p Profile>,
        client: &search::Client,
        people: &Arc<People>,
    ) -> Self {
        let profiles = profiles.into_iter().map(|profile| {
            let roots = profile.rules.classifiers().map(str::to_owned).collect();
            ApiProfile {
                key: profile.key.clone(),
                name: profile.name.clone(),
                description: profile.description.clone(),
                catalog: Catalog::new(client.clone(), profile.key.clone(), roots)
                    .with_discretion(Arc::clone(people) as _),
            }
        });
        Self(profiles.collect())
    }

    /// The profile that a request is about.
    pub(super) fn choose(&self, given: &Given) -> Result<&ApiProfile, Problem> {
        self.named(given.get("profile"))
    }

    /// The profile with this key, or the only one.
    pub(super) fn named(&self, key: Option<&str>) -> Result<&ApiProfile, Problem> {
        let wrong = |detail: &str| {
            let keys = self.0.iter().map(|profile| profile.key.clone());
            Problem::parameter("profile", detail, keys)
        };
        match (key, self.0.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(wrong("say which profile is meant, with `profile`")),
            (Some(key), all) => all
                .iter()
                .find(|profile| profile.key == key)
                .ok_or_else(|| wrong("there is no such profile")),
        }
    }
}

/// Lists all profiles.
pub(super) fn list(asked: &ApiRequest<'_>, profiles: &Profiles) -> Result<Response, Problem> {
    Format::of(asked.headers(), &[Format::Json])?;
    asked.takes_no_parameters()?;
    let results: Vec<_> = profiles
        .0
        .iter()
        .map(|profile| {
            json!({
                "key": profile.key,
                "name": profile.name,
                "description": profile.description,
            })
        })
        .collect();
    Ok(respond::json(
        asked.headers(),
        &json!({"count": results.len(), "next": null, "previous": null, "results": results}),
    ))
}
