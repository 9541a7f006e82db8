//! Which login each stored person has. No I/O.

use std::collections::{BTreeSet, HashMap};

use super::rows::Person;

/// Logins by id, and the other way round.
#[derive(Debug, Default)]
pub(super) struct KnownPeople {
    /// None for those who lost it to somebody else and were not seen since.
    logins: HashMap<i64, Option<String>>,
    owners: HashMap<String, i64>,
}

impl KnownPeople {
    /// Notes what is stored of a person.
    pub(super) fn insert(&mut self, id: i64, login: Option<String>) {
        if let Some(login) = &login
            && let Some(former) = self.owners.insert(login.clone(), id)
            && former != id
        {
            self.logins.insert(former, None);
        }
        self.logins.insert(id, login);
    }

    /// Those of whom something else is stored, or nothing; and those among them who had another login.
    pub(super) fn changed<'a>(
        &self,
        people: &'a [Person],
    ) -> (BTreeSet<&'a Person>, BTreeSet<&'a Person>) {
        let mut changed = BTreeSet::new();
        let mut renamed = BTreeSet::new();
        for person in people {
            match self.logins.get(&person.id) {
                Some(Some(login)) if *login == person.login => continue,
                Some(_) => _ = renamed.insert(person),
                None => {}
            }
            changed.insert(person);
        }
        (changed, renamed)
    }
}

#[cfg(test)]
mod tests {
    use super::{KnownPeople, Person};

    fn person(id: i64, login: &str) -> Person {
        Person {
            id,
            login: login.to_owned(),
            kind: None,
        }
    }

    #[test]
    fn a_login_belongs_to_one_at_a_time() {
        let mut known = KnownPeople::default();
        known.insert(1, Some("ada".to_owned()));
        known.insert(2, Some("ada".to_owned()));
        for (id, login, is_changed, is_renamed) in [
            (2, "ada", false, false),
            (1, "ada", true, true),
            (1, "lovelace", true, true),
            (3, "ben", true, false),
        ] {
            let people = [person(id, login)];
            let (changed, renamed) = known.changed(&people);
            let found = (!changed.is_empty(), !renamed.is_empty());
            assert_eq!(found, (is_changed, is_renamed), "{id} {login}");
        }
    }
}
