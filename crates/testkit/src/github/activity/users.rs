//! Accounts: ids stay, logins change hands.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeUser {
    pub id: u64,
    pub login: String,
    pub is_bot: bool,
    /// Its owner has deleted it: GitHub gives `null` where it was named.
    pub is_deleted: bool,
    pub is_organisation: bool,
    /// What its page shows, instead of what is made up.
    pub details: BTreeMap<&'static str, Value>,
}

impl FakeUser {
    pub(in crate::github) fn kind(&self) -> &'static str {
        match (self.is_bot, self.is_organisation) {
            (true, _) => "Bot",
            (_, true) => "Organization",
            _ => "User",
        }
    }
}

/// All accounts.
#[derive(Debug, Default)]
pub(in crate::github) struct Users {
    by_id: BTreeMap<u64, FakeUser>,
    /// Ids by login in lower case.
    by_login: HashMap<String, u64>,
}

impl Users {
    /// The account that has this login now; a new one if nobody has. Logins in `[bot]` are bots'.
    pub(super) fn named(&mut self, login: &str) -> u64 {
        if let Some(id) = self.find(login) {
            return id;
        }
        let id = 9_000 + self.by_id.len() as u64;
        self.by_login.insert(login.to_lowercase(), id);
        self.by_id.insert(
            id,
            FakeUser {
                id,
                login: login.to_owned(),
                is_bot: login.ends_with("[bot]"),
                is_deleted: false,
                is_organisation: false,
                details: BTreeMap::new(),
            },
        );
        id
    }

    /// The account that has this login now.
    pub(in crate::github) fn find(&self, login: &str) -> Option<u64> {
        self.by_login.get(&login.to_lowercase()).copied()
    }

    pub(super) fn rename(&mut self, login: &str, to: &str) {
        let id = self.named(login);
        self.by_login.remove(&login.to_lowercase());
        self.by_login.insert(to.to_lowercase(), id);
        self.change(id, |user| to.clone_into(&mut user.login));
    }

    pub(super) fn delete(&mut self, login: &str) {
        let id = self.named(login);
        self.by_login.remove(&login.to_lowercase());
        self.change(id, |user| user.is_deleted = true);
    }

    pub(in crate::github) fn change(&mut self, id: u64, change: impl FnOnce(&mut FakeUser)) {
        if let Some(user) = self.by_id.get_mut(&id) {
            change(user);
        }
    }

    pub(in crate::github) fn get(&self, id: u64) -> Option<&FakeUser> {
        self.by_id.get(&id).filter(|user| !user.is_deleted)
    }

    /// All accounts that exist, by id.
    pub(in crate::github) fn present(&self) -> impl Iterator<Item = &FakeUser> {
        self.by_id.values().filter(|user| !user.is_deleted)
    }

    /// An account as lists show it.
    pub(in crate::github) fn document(&self, id: u64) -> Value {
        let Some(user) = self.get(id) else {
            return Value::Null;
        };
        let login = &user.login;
        let api = format!("https://api.github.com/users/{login}");
        json!({
            "login": login,
            "id": id,
            "node_id": format!("U_{id}"),
            "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
            "gravatar_id": "",
            "url": api,
            "html_url": format!("https://github.com/{login}"),
            "followers_url": format!("{api}/followers"),
            "following_url": format!("{api}/following{{/other_user}}"),
            "gists_url": format!("{api}/gists{{/gist_id}}"),
            "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{api}/subscriptions"),
            "organizations_url": format!("{api}/orgs"),
            "repos_url": format!("{api}/repos"),
            "events_url": format!("{api}/events{{/privacy}}"),
            "received_events_url": format!("{api}/received_events"),
            "type": user.kind(),
            // A key that no table has.
            "user_view_type": "public",
            "site_admin": false,
        })
    }
}
