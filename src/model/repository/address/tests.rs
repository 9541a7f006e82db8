//! Addresses in all forms that occur, and malformed ones.

use proptest::prelude::*;

use super::{Address, Forge, Repository, read_address};

fn url(address: &str) -> Option<String> {
    match read_address(address) {
        Address::Repository { repository, .. } => Some(repository.url()),
        _ => None,
    }
}

#[test]
fn every_form_of_an_address_on_github_is_read() {
    for address in [
        "https://github.com/o/r",
        "HTTP://GitHub.com/o/r/",
        "https://www.github.com/o/r.git",
        "www.github.com/o/r",
        "github.com/o/r#readme",
        "//github.com/o/r?tab=readme",
        "  <https://github.com/o/r>  ",
        "https://github.com//o//r",
        "https://github.com:443/o/r",
        "https://user:secret@github.com/o/r",
        "https://github.com/o/r/tree/main/src/r",
        "https://github.com/o/r/issues/1",
        "https://github.com/o/r.git/",
        "https://github.com/o/r.wiki.git",
        "git://github.com/o/r.git",
        "git+https://github.com/o/r.git@main#egg=r",
        "git+ssh://git@github.com/o/r",
        "git+ssh://git@github.com:o/r.git",
        "git+git://github.com/o/r",
        "ssh://git@github.com:22/o/r.git",
        "ssh://git@ssh.github.com:443/o/r.git",
        "scm:git:https://github.com/o/r.git",
        "scm:git:git@github.com:o/r.git",
        "git@github.com:o/r.git",
        "git@github.com:/o/r.git",
        "git@github.com/o/r",
        "github:o/r",
        "GitHub:o/r#main",
        "https://api.github.com/repos/o/r/issues",
        "https://raw.githubusercontent.com/o/r/main/logo.png",
    ] {
        assert_eq!(
            url(address).as_deref(),
            Some("https://github.com/o/r"),
            "{address}"
        );
    }
}

#[test]
fn other_forges_are_recognised() {
    for (address, forge, expected) in [
        (
            "https://gitlab.com/g/s/p/-/issues",
            Forge::GitLab,
            "https://gitlab.com/g/s/p",
        ),
        (
            "https://gitlab.com/g/p/tree/master",
            Forge::GitLab,
            "https://gitlab.com/g/p",
        ),
        ("gitlab:g/p", Forge::GitLab, "https://gitlab.com/g/p"),
        (
            "git@gitlab.com:g/s/p.git",
            Forge::GitLab,
            "https://gitlab.com/g/s/p",
        ),
        (
            "https://codeberg.org/o/r/src/branch/main",
            Forge::Codeberg,
            "https://codeberg.org/o/r",
        ),
        (
            "ssh://git@codeberg.org/o/r.git",
            Forge::Codeberg,
            "https://codeberg.org/o/r",
        ),
        (
            "https://bitbucket.org/o/r/overview",
            Forge::Bitbucket,
            "https://bitbucket.org/o/r",
        ),
        (
            "https://gitlab.example.org/g/p/-/tree/main",
            Forge::SelfHosted,
            "https://gitlab.example.org/g/p",
        ),
        (
            "git@code.example.org:g/p.git",
            Forge::SelfHosted,
            "https://code.example.org/g/p",
        ),
        (
            "https://example.org/dev/p.git/tree",
            Forge::SelfHosted,
            "https://example.org/dev/p",
        ),
        (
            "git://example.org/dev/p",
            Forge::SelfHosted,
            "https://example.org/dev/p",
        ),
        (
            "https://git.sr.ht/~o/r/tree/main",
            Forge::SelfHosted,
            "https://git.sr.ht/~o/r",
        ),
        (
            "https://salsa.debian.org/g/p",
            Forge::SelfHosted,
            "https://salsa.debian.org/g/p",
        ),
    ] {
        let Address::Repository { repository, .. } = read_address(address) else {
            panic!("{address} is no repository");
        };
        assert_eq!(
            (repository.forge(), repository.url().as_str()),
            (forge, expected),
            "{address}"
        );
    }
}

#[test]
fn other_addresses_are_not_repositories() {
    for address in [
        "",
        "UNKNOWN",
        "https://github.com",
        "https://github.com/plone",
        "https://github.com.example.org/o/r",
        "https://example.org/github.com/o/r",
        "https://gist.github.com/o/123",
        "https://o.github.io/r",
        "https://pypi.org/project/plone.api/",
        "https://plone.org/documentation/manual",
        "mailto:git@github.com/o/r",
        "javascript://github.com/o/r",
        "file:///github.com/o/r",
        "a@github.example/x/y",
        "git@localhost:o/r",
        "https://gitlab.com/g/..",
        "o/r",
    ] {
        assert_eq!(read_address(address), Address::Other, "{address}");
    }
    for (address, identifier) in [
        ("https://github.com/sponsors/plone", "sponsors/plone"),
        ("https://github.com/orgs/plone/teams", "orgs/plone"),
        ("https://github.com/o/r%20x", "o/r%20x"),
    ] {
        assert_eq!(
            read_address(address),
            Address::Malformed(identifier.to_owned())
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read(address in ".{0,80}") {
        let _ = read_address(&address);
    }

    #[test]
    fn the_url_of_a_repository_is_parsed_to_the_same_repository(
        prefix in "(git\\+|scm:git:)?((https?|ssh|git|HTTP)://|//)?(git@|u:p@)?",
        host in "(www\\.)?(github|gitlab|git\\.example|code\\.example|codeberg|bitbucket)\\.(com|org)",
        rest in "[:/](/|[A-Za-z0-9._~-]{1,4}|\\.git|\\.wiki|-|tree|@|#|\\?|%20|é){0,12}",
    ) {
        if let Address::Repository { repository, .. } = read_address(&format!("{prefix}{host}{rest}")) {
            let whole = Address::Repository { repository: repository.clone(), folder: String::new() };
            let again = read_address(&format!("git+{}", repository.url()));
            prop_assert_eq!(&again, &whole);
            if repository.forge() != Forge::SelfHosted {
                let again = read_address(&repository.url());
                prop_assert_eq!(&again, &whole);
            }
            if let Repository::GitHub(slug) = repository {
                prop_assert_eq!(slug.to_string().parse(), Ok(slug));
            }
        }
    }
}
