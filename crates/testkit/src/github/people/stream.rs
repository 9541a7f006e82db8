//! A random stream of what people do, the same for the same seed.

use crate::github::World;
use crate::github::state::GitHubState;
use crate::service::Fake;

/// Makes things happen between some people.
#[derive(Debug)]
pub struct RandomPeople {
    state: u64,
    created: u64,
}

impl RandomPeople {
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            created: 0,
        }
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        // xorshift
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 16).unwrap_or(0) % end.max(1)
    }

    fn one<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        let place = self.below(all.len());
        all.get(place).cloned()
    }

    fn new_name(&mut self, of: &str) -> String {
        self.created += 1;
        format!("{of}-{}", self.created)
    }

    /// Lets something happen.
    pub fn happen(&mut self, github: &Fake<GitHubState>) {
        let mut world = github.world();
        let logins: Vec<String> = world
            .accounts()
            .into_iter()
            .map(|user| user.login)
            .collect();
        let repositories: Vec<String> = world
            .repositories()
            .into_iter()
            .map(|(_, slug)| slug)
            .collect();
        let (Some(one), Some(other)) = (self.one(&logins), self.one(&logins)) else {
            return;
        };
        let Some(slug) = self.one(&repositories) else {
            let name = self.new_name("repository");
            world.create_repository(&format!("{one}/{name}"));
            return;
        };
        match self.below(24) {
            0..=6 => world.follow(&one, &other),
            7..=9 => world.unfollow(&one, &other),
            10..=13 => world.star(&one, &slug),
            14..=15 => world.unstar(&one, &slug),
            16 => {
                let name = self.new_name("repository");
                world.create_repository(&format!("{one}/{name}"));
            }
            17 => {
                let name = self.new_name("moved");
                world.move_repository(&slug, &format!("{other}/{name}"));
            }
            18 => world.delete_repository(&slug),
            19 => self.rename(&mut world, &one),
            20 => {
                let newcomer = self.new_name("newcomer");
                world.follow(&newcomer, &one);
            }
            21 if logins.len() > 6 => world.delete_account(&one),
            _ => {
                let bio = self.new_name("words\0 and ☃");
                world.set_detail(&one, "bio", bio.into());
            }
        }
    }

    /// Somebody else may take the former login.
    fn rename(&mut self, world: &mut World<'_>, login: &str) {
        let base = login.split('-').next().unwrap_or(login).to_owned();
        let to = self.new_name(&base);
        world.rename_account(login, &to);
        if self.below(2) == 0 {
            world.follow(login, &to);
        }
    }
}
