//! The GitHub client against a fake GitHub: what it learns here, limits and faults in files of
//! their own.

mod faults;
mod limits;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::forge::github::{
    Contributors, EntityTag, GitHub, GitHubSettings, Lookup, OptionalField, Repository,
    RepositoryQuery, RequestPacing,
};
use pyfa::model::RepositorySlug;
use pyfa_testkit::github::{
    FakeGitHub, FakeRepository, Resource, check_document, schema_or_skip, uses_fragment,
};
use pyfa_testkit::service::CLOCK_START;

/// A token that must not appear in any message.
const TOKEN: &str = "ghp_never-to-be-shown";

/// A fake that knows the token; none where there is no schema for tests.
fn fake() -> Result<Option<FakeGitHub>> {
    let fake = FakeGitHub::start_or_skip()?;
    if let Some(fake) = &fake {
        fake.allow(TOKEN);
    }
    Ok(fake)
}

fn settings(fake: &FakeGitHub, token: Option<&str>) -> Result<GitHubSettings> {
    Ok(GitHubSettings {
        api_url: format!("{}/", fake.base_url()).parse()?,
        token: token.map(Into::into),
        cool_off: Duration::ZERO,
        quota_share: 0.9,
        reserve: pyfa::forge::github::RESERVE,
        pace: RequestPacing {
            first_pause: Duration::from_millis(2),
            patience: Duration::from_secs(1),
            backoff: Duration::from_millis(1),
            ..RequestPacing::default()
        },
    })
}

fn client(fake: &FakeGitHub) -> Result<GitHub> {
    Ok(GitHub::new(&settings(fake, Some(TOKEN))?, "tests/1")?)
}

fn stranger(fake: &FakeGitHub) -> Result<GitHub> {
    Ok(GitHub::new(&settings(fake, None)?, "tests/1")?)
}

fn slug(text: &str) -> Result<RepositorySlug> {
    Ok(text.parse()?)
}

fn wanted(slugs: &[&str]) -> Result<VecDeque<RepositoryQuery>> {
    slugs.iter().map(|text| Ok(slug(text)?.into())).collect()
}

/// Generates `count` repositories, `o/r0` and so on; the queries for them.
fn fill(fake: &FakeGitHub, count: u64) -> Result<VecDeque<RepositoryQuery>> {
    let mut wanted = VecDeque::new();
    for number in 0..count {
        let name = format!("o/r{number}");
        fake.add(&name, FakeRepository::generated(number));
        wanted.push_back(slug(&name)?.into());
    }
    Ok(wanted)
}

/// Asks until everything is answered.
async fn all(
    github: &GitHub,
    mut wanted: VecDeque<RepositoryQuery>,
) -> Result<BTreeMap<RepositorySlug, Lookup>> {
    let mut answers = BTreeMap::new();
    while !wanted.is_empty() {
        answers.extend(github.look_up(&mut wanted).await?);
    }
    Ok(answers)
}

async fn one(github: &GitHub, name: &str) -> Result<Lookup> {
    let mut answers = all(github, wanted(&[name])?).await?;
    answers.remove(&slug(name)?).context("no answer")
}

async fn found(github: &GitHub, name: &str) -> Result<Repository> {
    match one(github, name).await? {
        Lookup::Found(repository) => Ok(*repository),
        other => anyhow::bail!("{name}: {other:?}"),
    }
}

fn whole() -> FakeRepository {
    FakeRepository {
        stars: 12,
        watchers: 3,
        forks: 4,
        open_issues: 5,
        closed_issues: 60,
        open_pull_requests: 7,
        updated: CLOCK_START - 10,
        pushed: Some(CLOCK_START - 20),
        archived: true,
        license: Some("GPL-2.0".to_owned()),
        topics: vec!["plone".to_owned(), "cms".to_owned()],
        language: Some("Python".to_owned()),
        release: Some(("v2.0".to_owned(), CLOCK_START - 30)),
        ..FakeRepository::default()
    }
}

/// As the client should see [`whole`] by GraphQL.
fn expected(name: &str) -> Result<Repository> {
    let before = |seconds: u64| i64::try_from(CLOCK_START - seconds);
    Ok(Repository {
        slug: slug(name)?,
        url: format!("https://github.com/{name}"),
        stars: 12,
        watchers: 3,
        forks: 4,
        open_issues: Some(5),
        closed_issues: Some(60),
        open_pull_requests: Some(7),
        updated: before(10)?,
        pushed: Some(before(20)?),
        archived: true,
        license: Some("GPL-2.0".to_owned()),
        topics: vec!["plone".to_owned(), "cms".to_owned()],
        language: Some("Python".to_owned()),
        release: Some("v2.0".to_owned()),
        released: Some(before(30)?),
        unanswered: BTreeSet::new(),
        etag: None,
    })
}

#[test]
fn every_query_document_is_valid_in_githubs_schema() -> Result<()> {
    let Some(schema) = schema_or_skip() else {
        return Ok(());
    };
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut documents = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "graphql")
            {
                documents.insert(path.display().to_string(), fs_err::read_to_string(&path)?);
            }
        }
    }
    assert!(!documents.is_empty(), "no document was found");
    for (name, text) in &documents {
        // A fragment that others use is checked where it is used.
        let is_part = documents
            .values()
            .any(|other| other != text && uses(other, text));
        if !is_part {
            let text = with_fragments(text, &documents);
            assert_eq!(check_document(schema, &text), Ok(()), "{name}");
        }
    }
    Ok(())
}

/// Whether a document uses the fragment that another one is.
fn uses(document: &str, other: &str) -> bool {
    let name = other.strip_prefix("fragment ").unwrap_or_default();
    let name = name.split(' ').next().unwrap_or_default();
    !name.is_empty() && uses_fragment(document, name)
}

/// A document with the fragments of other files that it uses, and those that these use.
fn with_fragments(text: &str, documents: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    loop {
        let missing = documents
            .values()
            .find(|other| uses(&text, other) && !text.contains(other.as_str()));
        match missing {
            Some(fragment) => text.extend(["\n", fragment.as_str()]),
            None => return text,
        }
    }
}

#[tokio::test]
async fn both_ways_learn_the_same_of_a_repository() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.add("Plone/plone.api", whole());
    let expected = expected("Plone/plone.api")?;
    assert_eq!(found(&client(&fake)?, "plone/Plone.API").await?, expected);
    let by_rest = found(&stranger(&fake)?, "plone/Plone.API").await?;
    assert!(by_rest.etag.is_some());
    let by_rest = Repository {
        etag: None,
        ..by_rest
    };
    // What REST would tell only at the price of more calls is left open.
    let less = Repository {
        closed_issues: None,
        release: None,
        released: None,
        unanswered: BTreeSet::from([OptionalField::Release]),
        ..expected
    };
    assert_eq!(by_rest, less);
    assert_eq!(fake.controls().count("/graphql"), 1);
    assert_eq!(fake.quota(None, Resource::Core).used, 2);
    Ok(())
}

#[tokio::test]
async fn an_empty_repository_has_zeros_and_nothing_else() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let empty = FakeRepository {
        pushed: None,
        license: Some("NOASSERTION".to_owned()),
        ..FakeRepository::default()
    };
    fake.add("a/empty", empty);
    for github in [client(&fake)?, stranger(&fake)?] {
        let repository = found(&github, "a/empty").await?;
        assert_eq!(
            (
                repository.stars,
                repository.open_issues,
                repository.open_pull_requests
            ),
            (0, Some(0), Some(0))
        );
        assert_eq!(
            (repository.pushed, repository.license, repository.release),
            (None, None, None)
        );
    }
    Ok(())
}

#[tokio::test]
async fn four_thousand_repositories_take_eighty_queries() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let github = client(&fake)?;
    let answers = all(&github, fill(&fake, 4_000)?).await?;
    let found = answers
        .values()
        .filter(|answer| matches!(answer, Lookup::Found(_)));
    assert_eq!(found.count(), 4_000);
    assert_eq!(fake.batches(), [50; 80]);
    assert_eq!(fake.controls().most_in_flight(), 1);
    let statistics = github.statistics();
    assert_eq!(statistics.calls, BTreeMap::from([("graphql", 80)]));
    assert_eq!(statistics.batches, BTreeMap::from([(50, 80)]));
    let used = fake.quota(Some(TOKEN), Resource::GraphQl).used;
    assert_eq!(statistics.points, used);
    assert_eq!(
        statistics.quotas.graphql.map(|quota| quota.remaining),
        Some(5_000 - used)
    );
    Ok(())
}

#[tokio::test]
async fn what_moved_went_or_is_refused_is_told_apart() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.add("a/here", whole());
    fake.add("a/old", whole());
    fake.rename("a/old", "b/new");
    fake.add(
        "a/taken",
        FakeRepository {
            refused: Some((451, "Repository access blocked".to_owned())),
            ..whole()
        },
    );
    fake.add(
        "a/closed",
        FakeRepository {
            refused: Some((
                403,
                "Resource not accessible by personal access token".to_owned(),
            )),
            ..whole()
        },
    );
    for github in [client(&fake)?, stranger(&fake)?] {
        let names = ["a/here", "a/old", "a/gone", "a/taken", "a/closed"];
        let answers = all(&github, wanted(&names)?).await?;
        let of = |name: &str| -> Result<&Lookup> { answers.get(&slug(name)?).context("no answer") };
        assert!(matches!(of("a/here")?, Lookup::Found(_)), "{answers:?}");
        let Lookup::Moved(moved) = of("a/old")? else {
            panic!("{answers:?}");
        };
        assert_eq!(
            (moved.slug.to_string(), moved.stars),
            ("b/new".to_owned(), 12)
        );
        assert_eq!(of("a/gone")?, &Lookup::Gone);
        let Lookup::Refused { why } = of("a/taken")? else {
            panic!("{answers:?}");
        };
        assert!(why.contains("access blocked"), "{why}");
        assert!(
            matches!(of("a/closed")?, Lookup::Refused { .. }),
            "{answers:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_field_that_fails_costs_that_field_or_that_repository_only() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.add(
        "a/half",
        FakeRepository {
            broken_fields: vec![("latestRelease", "FORBIDDEN")],
            ..whole()
        },
    );
    // Its type is not nullable, so that the whole repository is null.
    fake.add(
        "a/worse",
        FakeRepository {
            broken_fields: vec![("issues", "INTERNAL")],
            ..whole()
        },
    );
    fake.add("a/whole", whole());
    let answers = all(&client(&fake)?, wanted(&["a/half", "a/worse", "a/whole"])?).await?;
    let half = Repository {
        release: None,
        released: None,
        unanswered: BTreeSet::from([OptionalField::Release]),
        ..expected("a/half")?
    };
    assert_eq!(answers[&slug("a/half")?], Lookup::Found(half.into()));
    assert!(matches!(answers[&slug("a/worse")?], Lookup::Broken { .. }));
    assert!(matches!(answers[&slug("a/whole")?], Lookup::Found(_)));
    assert_eq!(fake.controls().count("/graphql"), 1);
    Ok(())
}

#[tokio::test]
async fn without_a_token_what_is_known_is_asked_for_conditionally() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.add("a/b", whole());
    let github = stranger(&fake)?;
    let etag = found(&github, "a/b").await?.etag;
    let again = || -> Result<VecDeque<RepositoryQuery>> {
        let slug = slug("a/b")?;
        Ok(VecDeque::from([RepositoryQuery {
            slug,
            etag: etag.clone(),
        }]))
    };
    let answers = all(&github, again()?).await?;
    assert_eq!(answers[&slug("a/b")?], Lookup::Unchanged);
    assert_eq!(github.statistics().not_modified, 1);
    fake.change("a/b", |repository| repository.stars += 1);
    let answers = all(&github, again()?).await?;
    assert!(matches!(&answers[&slug("a/b")?], Lookup::Found(found) if found.stars == 13));
    Ok(())
}

fn people(count: u64) -> Vec<(String, u64)> {
    (0..count)
        .map(|one| (format!("p{one}"), 90 - one))
        .collect()
}

#[tokio::test]
async fn five_contributors_are_listed_and_a_tag_belongs_to_its_token() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.allow("another");
    fake.add(
        "a/b",
        FakeRepository {
            contributors: people(8),
            ..whole()
        },
    );
    fake.rename("a/b", "c/d");
    let (github, name) = (client(&fake)?, slug("a/b")?);
    let listed = |contributors| -> Result<(Vec<String>, Option<EntityTag>)> {
        let Contributors::Listed { people, etag } = contributors else {
            anyhow::bail!("{contributors:?}");
        };
        Ok((people.into_iter().map(|one| one.username).collect(), etag))
    };
    let (names, etag) = listed(github.fetch_contributors(&name, None).await?)?;
    assert_eq!(names, ["p0", "p1", "p2", "p3", "p4"]);
    let before = fake.quota(Some(TOKEN), Resource::Core).used;
    let again = github
        .fetch_contributors(&slug("c/d")?, etag.as_ref())
        .await?;
    assert_eq!(again, Contributors::Unchanged);
    assert_eq!(fake.quota(Some(TOKEN), Resource::Core).used, before);
    // With another token the tag is not sent: it could only fail.
    let other = GitHub::new(&settings(&fake, Some("another"))?, "tests/1")?;
    assert_eq!(
        listed(other.fetch_contributors(&name, etag.as_ref()).await?)?
            .0
            .len(),
        5
    );
    assert_eq!(other.statistics().not_modified, 0);
    let kept = serde_json::to_string(&etag)?;
    assert!(!kept.contains(TOKEN), "{kept}");
    Ok(())
}

#[tokio::test]
async fn contributors_that_are_not_listed_have_a_reason() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let github = client(&fake)?;
    fake.add(
        "a/b",
        FakeRepository {
            contributors: people(2),
            ..whole()
        },
    );
    let name = slug("a/b")?;
    let ask = async || github.fetch_contributors(&name, None).await;
    fake.change("a/b", |repository| repository.too_large = true);
    assert_eq!(ask().await?, Contributors::TooMany);
    // The same with the last point of the quota is still no limit.
    fake.set_remaining(Some(TOKEN), Resource::Core, 1);
    let late = client(&fake)?;
    assert_eq!(
        late.fetch_contributors(&name, None).await?,
        Contributors::TooMany
    );
    fake.set_remaining(Some(TOKEN), Resource::Core, 5_000);
    fake.change("a/b", |repository| {
        repository.too_large = false;
        repository.pushed = None;
    });
    let empty = Contributors::Listed {
        people: Vec::new(),
        etag: None,
    };
    assert_eq!(ask().await?, empty);
    fake.change("a/b", |repository| {
        repository.refused = Some((451, "no".to_owned()));
    });
    assert!(matches!(ask().await?, Contributors::Refused { .. }));
    fake.remove("a/b");
    assert_eq!(ask().await?, Contributors::Gone);
    Ok(())
}
