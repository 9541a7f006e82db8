//! What a key may do. Plain data.

use std::fmt;

use super::error::AccessError;

/// One thing that a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Ask.
    Read,
    /// Add and cancel jobs.
    Tasks,
    /// Everything but to see e-mail addresses.
    Admin,
    /// See the e-mail addresses of people.
    Emails,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Tasks, Self::Admin, Self::Emails];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Tasks => "tasks",
            Self::Admin => "admin",
            Self::Emails => "emails",
        }
    }

    /// The names of all of them.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        Self::ALL.into_iter().map(Self::name).collect()
    }
}

/// All that a key may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// These scopes, each once.
    #[must_use]
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }

    /// Reads names that are separated by commas.
    ///
    /// # Errors
    ///
    /// [`AccessError::Scope`] for a name that is none, [`AccessError::NoScope`] if there are none.
    pub fn parse(text: &str) -> Result<Self, AccessError> {
        let known = Scope::names().join(", ");
        let names = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let scopes = names.map(|name| {
            let mut all = Scope::ALL.into_iter();
            all.find(|scope| scope.name() == name)
                .ok_or_else(|| AccessError::Scope {
                    name: name.to_owned(),
                    known: known.clone(),
                })
        });
        let scopes = Self::new(scopes.collect::<Result<Vec<_>, _>>()?);
        if scopes.0.is_empty() {
            return Err(AccessError::NoScope { known });
        }
        Ok(scopes)
    }

    /// The scopes that this version of the program knows of those that were stored.
    pub(super) fn stored(text: &str) -> Self {
        let known = Scope::ALL.into_iter();
        Self::new(known.filter(|scope| text.split(',').any(|name| name == scope.name())))
    }

    /// Whether it may be done.
    #[must_use]
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope) || (scope != Scope::Emails && self.0.contains(&Scope::Admin))
    }

    /// The names of what was given.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|scope| scope.name()).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.names().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Scopes};

    #[test]
    fn a_key_may_do_what_was_given_and_no_more() -> Result<(), super::AccessError> {
        let scopes = Scopes::parse("tasks, read,read")?;
        assert_eq!(scopes.to_string(), "read,tasks");
        assert!(scopes.allow(Scope::Tasks) && !scopes.allow(Scope::Admin));
        let admin = Scopes::parse("admin")?;
        assert!(admin.allow(Scope::Tasks) && !admin.allow(Scope::Emails));
        for wrong in ["", ",", "reed", "read,everything"] {
            assert!(Scopes::parse(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }
}
