//! Paths and what they mean.

use proptest::prelude::*;

use super::{Address, AddressError, FeedFormat, PackagePart, ProfilePart};

#[test]
fn paths_are_read() {
    let package = |name: &str, part| Ok(Address::package("plone", name, part));
    for (path, expected) in [
        ("/", Ok(Address::Start)),
        ("/plone", Ok(Address::list("plone"))),
        (
            "/plone/",
            Err(AddressError::TrailingSlash(Address::list("plone"))),
        ),
        (
            "/plone/-/matrix",
            Ok(Address::profile("plone", ProfilePart::Matrix)),
        ),
        (
            "/plone/-/feed.rss",
            Ok(Address::profile(
                "plone",
                ProfilePart::Feed(FeedFormat::Rss),
            )),
        ),
        (
            "/plone/plone.api",
            package("plone.api", PackagePart::Latest),
        ),
        (
            "/plone/plone.api/1%212.0+a",
            package("plone.api", PackagePart::Release("1!2.0+a".to_owned())),
        ),
        (
            "/plone/plone.api/-/health",
            package("plone.api", PackagePart::Health),
        ),
        (
            "/plone/@plone/volto",
            package("@plone/volto", PackagePart::Latest),
        ),
        (
            "/plone/@plone/volto/1.0",
            package("@plone/volto", PackagePart::Release("1.0".to_owned())),
        ),
        (
            "/plone/-/npm/sigstore",
            package("npm:sigstore", PackagePart::Latest),
        ),
        (
            "/plone/-/npm/JSONStream/1.0.0-rc.1",
            package(
                "npm:JSONStream",
                PackagePart::Release("1.0.0-rc.1".to_owned()),
            ),
        ),
        (
            "/plone/-/npm/sigstore/-/feed.json",
            package("npm:sigstore", PackagePart::Feed(FeedFormat::Json)),
        ),
        (
            "/plone/%40plone/volto",
            package("@plone/volto", PackagePart::Latest),
        ),
        ("/plone/-/npm", Err(AddressError::Unknown)),
        ("/plone/-/people/ada", Ok(Address::person("plone", "ada"))),
        ("/plone/-/people", Err(AddressError::Unknown)),
        ("/plone/-/repositories/a", Err(AddressError::Unknown)),
        ("/-/a/x.css", Ok(Address::Asset("x.css".to_owned()))),
        ("//evil.example/", Err(AddressError::Unknown)),
        ("/plone//", Err(AddressError::Unknown)),
        ("/plone/a/-", Err(AddressError::Unknown)),
        ("/plone/a/-/b", Err(AddressError::Unknown)),
        ("/plone/%2E%2E", Err(AddressError::Unknown)),
        ("/plone/a%2Fb", Err(AddressError::Unknown)),
        ("/plone/%FF", Err(AddressError::Unknown)),
        ("/robots.txt/x", Err(AddressError::Unknown)),
    ] {
        assert_eq!(Address::parse(path), expected, "{path}");
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9._-]{2,12}",
        "@[a-z]{1,5}/[a-z.-]{2,6}",
        "npm:[a-zA-Z0-9._]{2,9}",
        "[^/\\\\\\p{Cc}]{3,9}"
    ]
    .prop_filter("no step, no scope alone", |name| {
        let is_scoped = name.starts_with('@');
        !name.contains("..") && is_scoped == name.contains('/')
    })
}

fn part() -> impl Strategy<Value = PackagePart> {
    prop_oneof![
        Just(PackagePart::Latest),
        "[0-9a-z.!+]{3,8}".prop_map(PackagePart::Release),
        Just(PackagePart::Health),
        Just(PackagePart::Feed(FeedFormat::Json)),
    ]
    .prop_filter(
        "no step",
        |part| !matches!(part, PackagePart::Release(version) if version.contains("..")),
    )
}

proptest! {
    #[test]
    fn every_address_has_a_path_that_means_it(name in name(), part in part()) {
        let address = Address::package("django", &name, part);
        prop_assert_eq!(Address::parse(&address.to_string()), Ok(address));
    }

    #[test]
    fn any_path_can_be_looked_at(path in "(/|[^\\p{Cc}]{0,9}|%[0-9A-F]{2}|@|-){0,8}") {
        if let Ok(address) = Address::parse(&path) {
            let written = address.to_string();
            prop_assert!(!written.starts_with("//"));
            prop_assert_eq!(Address::parse(&written), Ok(address));
        }
    }
}
