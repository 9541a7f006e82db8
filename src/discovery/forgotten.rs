//! Who asked to be forgotten, by digests of their logins and by GitHub's ids. No I/O.

use std::collections::{HashMap, HashSet};

use super::entries::Account;
use crate::model::Identity;

/// Digests and ids. An account whose id is known is recognised by it alone: its login may belong to
/// somebody else by now.
#[derive(Debug, Default)]
pub(super) struct Forgotten {
    ids: HashSet<i64>,
    digests: HashMap<String, Option<i64>>,
}

impl Forgotten {
    pub(super) fn insert(&mut self, digest: String, id: Option<i64>) {
        self.ids.extend(id);
        self.digests.insert(digest, id);
    }

    /// Whether nothing about an account may be stored.
    pub(super) fn holds(&self, account: &Account) -> bool {
        self.ids.contains(&account.id) || self.holds_login(&account.login)
    }

    /// Whether a login belongs to somebody of whom no more is known.
    pub(super) fn holds_login(&self, login: &str) -> bool {
        !self.digests.is_empty() && self.digests.get(&digest(login)) == Some(&None)
    }
}

/// The digest of a login, as the database keeps it.
pub(super) fn digest(login: &str) -> String {
    Identity::GitHub(login.to_owned()).digest()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Account, Forgotten, digest};

    #[test]
    fn an_id_counts_more_than_a_login() -> Result<(), &'static str> {
        let account = |id: i64, login: &str| {
            Account::read(&json!({ "id": id, "login": login })).ok_or("no account")
        };
        let mut forgotten = Forgotten::default();
        forgotten.insert(digest("Ada"), Some(1));
        forgotten.insert(digest("ben"), None);
        assert!(forgotten.holds(&account(1, "renamed")?));
        assert!(
            !forgotten.holds(&account(2, "ada")?),
            "the login is somebody else's"
        );
        assert!(forgotten.holds(&account(3, "BEN")?));
        assert!(!forgotten.holds(&account(4, "cleo")?));
        Ok(())
    }
}
