//! What tests need from outside the project: a server, a schema, a language runtime.
//!
//! A test that needs one fails where it cannot be had. `PYFA_SKIP=typesense,node` leaves out the
//! tests that need the requirements it names; each of them then says so on stderr, and in the file
//! that `PYFA_SKIP_LOG` names, whose lines `scripts/test` counts at its end.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::Write;

const SKIP: &str = "PYFA_SKIP";
const SKIP_LOG: &str = "PYFA_SKIP_LOG";

/// Something that a machine may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// The real search server, fetched with pip.
    Typesense,
    /// A real `PostgreSQL` server, fetched with pip.
    Postgres,
    /// GitHub's GraphQL schema, fetched with npm.
    GitHubSchema,
    /// Node.js with the JavaScript clients of search front ends, fetched with npm.
    Node,
    /// Python with the Python client of the search server, fetched with pip.
    Python,
}

impl Requirement {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Typesense,
        Self::Postgres,
        Self::GitHubSchema,
        Self::Node,
        Self::Python,
    ];

    /// The name in `PYFA_SKIP`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Typesense => "typesense",
            Self::Postgres => "postgres",
            Self::GitHubSchema => "github-schema",
            Self::Node => "node",
            Self::Python => "python",
        }
    }

    /// What `get` gives, or `None` after recording that this test is left out.
    ///
    /// # Panics
    ///
    /// If `get` fails, or `PYFA_SKIP` names nothing that tests need.
    pub fn require<T, E: Display>(self, get: impl FnOnce() -> Result<T, E>) -> Option<T> {
        if self.is_left_out() {
            return None;
        }
        match get() {
            Ok(found) => Some(found),
            Err(error) => panic!(
                "this test needs `{0}`: {error} ({SKIP}={0} leaves out the tests that need it)",
                self.name()
            ),
        }
    }

    /// Whether tests that need this are left out; says so if they are.
    ///
    /// # Panics
    ///
    /// If `PYFA_SKIP` names nothing that tests need, or `PYFA_SKIP_LOG` cannot be written.
    #[must_use]
    pub fn is_left_out(self) -> bool {
        let setting = std::env::var(SKIP).unwrap_or_default();
        let left_out = match parse(&setting) {
            Ok(requirements) => requirements.contains(&self),
            Err(unknown) => panic!(
                "{SKIP} names `{unknown}`; it can name {}",
                Self::ALL.map(Self::name).join(", ")
            ),
        };
        if left_out {
            record(self);
        }
        left_out
    }
}

/// The requirements of a list with commas, or the first name that is none.
fn parse(setting: &str) -> Result<Vec<Requirement>, &str> {
    let names = setting.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(|name| {
            let mut requirements = Requirement::ALL.into_iter();
            requirements.find(|one| one.name() == name).ok_or(name)
        })
        .collect()
}

fn record(requirement: Requirement) {
    let test = std::env::var("NEXTEST_TEST_NAME")
        .unwrap_or_else(|_| std::thread::current().name().unwrap_or("a test").to_owned());
    let name = requirement.name();
    #[expect(clippy::print_stderr, reason = "a test that is left out says so")]
    {
        eprintln!("LEFT OUT: {test} needs `{name}`, which {SKIP} names");
    }
    let Some(path) = std::env::var_os(SKIP_LOG) else {
        return;
    };
    let file = OpenOptions::new().create(true).append(true).open(path);
    if let Err(error) = file.and_then(|mut file| writeln!(file, "{name} {test}")) {
        panic!("the file that {SKIP_LOG} names cannot be written: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::{Requirement, parse};

    #[test]
    fn a_list_names_requirements_with_blanks_and_without() {
        assert_eq!(parse(""), Ok(Vec::new()));
        assert_eq!(
            parse("typesense, github-schema,,node"),
            Ok(vec![
                Requirement::Typesense,
                Requirement::GitHubSchema,
                Requirement::Node
            ])
        );
    }

    #[test]
    fn a_name_that_is_no_service_is_refused() {
        assert_eq!(parse("typesense,nodejs"), Err("nodejs"));
    }
}
