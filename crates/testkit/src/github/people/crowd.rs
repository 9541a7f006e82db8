//! A crowd with connections, always the same, for measuring.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::github::World;

/// Whom each person follows, and what each has starred.
const FOLLOWS: u64 = 8;
const STARS: u64 = 5;

impl World<'_> {
    /// Adds so many people, `p0` and so on. Each follows eight others, has up to two repositories, and
    /// has starred up to five.
    pub fn add_crowd(&mut self, people: u64) {
        let login = |number: u64| format!("p{}", number % people.max(1));
        for number in 0..people {
            for repository in 0..number % 3 {
                self.create_repository(&format!("{}/r{repository}", login(number)));
            }
        }
        for number in 0..people {
            for step in 0..FOLLOWS {
                self.follow(&login(number), &login(number * 7 + step * step * 13 + 1));
            }
            for step in 0..STARS {
                let owner = number * 5 + step * 11;
                let owner = owner - owner % 3 + 1;
                if owner < people {
                    self.star(&login(number), &format!("p{owner}/r0"));
                }
            }
        }
    }

    /// Who is connected with whom: pairs of ids of `follows` and `stars`, and the repositories that
    /// each account `owns`, by its id.
    #[must_use]
    pub fn connections(&self) -> Value {
        let (mut follows, mut stars) = (Vec::new(), Vec::new());
        let mut owns = serde_json::Map::new();
        for account in self.accounts() {
            let id = account.id;
            let pairs = |others: BTreeSet<u64>| others.into_iter().map(move |other| [id, other]);
            follows.extend(pairs(self.following(id)));
            stars.extend(pairs(self.starred(id)));
            let owned = self.state.owned_by(&account.login).into_iter();
            let owned: Vec<u64> = owned.map(|stored| stored.id).collect();
            owns.insert(id.to_string(), json!(owned));
        }
        json!({"follows": follows, "stars": stars, "owns": owns})
    }
}
