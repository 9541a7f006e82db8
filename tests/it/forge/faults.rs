//! GitHub that fails: nothing is taken for an answer that is none, and no token is shown.

use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::forge::ForgeError;
use pyfa::forge::github::{Contributors, GitHub, Lookup};
use pyfa_testkit::github::{FakeGitHub, FakeRepository, OverBudget};
use pyfa_testkit::service::Fault;
use serde_json::json;

use super::{TOKEN, all, client, fake, fill, found, one, settings, slug, stranger, wanted};

/// The answers that are none, each of which may pass.
fn faults() -> [Fault; 8] {
    [
        Fault::status(500),
        Fault::html(200),
        Fault::html(502),
        Fault::MalformedJson,
        Fault::HalfBody,
        Fault::json(200, &json!({})),
        Fault::json(200, &json!({ "data": null })),
        Fault::json(
            200,
            &json!({ "errors": [{
            "message": "Something went wrong while executing your query." }] }),
        ),
    ]
}

#[tokio::test]
async fn what_fails_in_passing_is_asked_again() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.add("a/b", FakeRepository::generated(3));
    for github in [client(&fake)?, stranger(&fake)?] {
        for fault in faults() {
            fake.controls().fail_next(2, "", fault.clone());
            let repository = found(&github, "a/b").await;
            assert!(repository.is_ok(), "{fault:?}: {repository:?}");
        }
    }
    let github = client(&fake)?;
    for fault in faults() {
        fake.controls().fail_next(2, "/contributors", fault.clone());
        let contributors = github.contributors(&slug("a/b")?, None).await?;
        assert!(
            matches!(contributors, Contributors::Listed { .. }),
            "{fault:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_page_of_a_proxy_proves_no_absence() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.add("a/b", FakeRepository::generated(3));
    let github = stranger(&fake)?;
    for fault in [
        Fault::html(404),
        Fault::status(410),
        Fault::json(404, &json!([])),
    ] {
        fake.controls().fail("/repos/a/b", fault.clone());
        let lookup = one(&github, "a/b").await?;
        assert!(
            matches!(lookup, Lookup::Broken { .. }),
            "{fault:?}: {lookup:?}"
        );
        let contributors = github.contributors(&slug("a/b")?, None).await?;
        assert!(
            matches!(contributors, Contributors::Broken { .. }),
            "{fault:?}: {contributors:?}"
        );
        fake.controls().clear_faults();
    }
    // A list of nobody is no list.
    fake.controls()
        .fail("/contributors", Fault::json(200, &json!([{}])));
    let contributors = github.contributors(&slug("a/b")?, None).await?;
    assert!(
        matches!(contributors, Contributors::Broken { .. }),
        "{contributors:?}"
    );
    Ok(())
}

#[tokio::test]
async fn silence_is_a_fault_too() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.add("a/b", FakeRepository::generated(3));
    let mut settings = settings(&fake, Some(TOKEN))?;
    settings.pace.read_timeout = Duration::from_millis(100);
    let github = GitHub::new(&settings, "tests/1")?;
    fake.controls().fail_next(1, "/graphql", Fault::Hang);
    assert!(found(&github, "a/b").await.is_ok());
    Ok(())
}

#[tokio::test]
async fn one_repository_that_always_fails_is_broken_and_holds_up_nobody() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fill(&fake, 3)?;
    let github = stranger(&fake)?;
    fake.controls().fail("/repos/o/r1", Fault::status(500));
    let answers = all(&github, wanted(&["o/r0", "o/r1", "o/r2"])?).await?;
    assert!(matches!(answers[&slug("o/r1")?], Lookup::Broken { .. }));
    let found = answers
        .values()
        .filter(|answer| matches!(answer, Lookup::Found(_)));
    assert_eq!(found.count(), 2);
    fake.set_budget(Some((0, OverBudget::ResourceLimits)));
    let alone = one(&client(&fake)?, "o/r0").await?;
    assert!(matches!(alone, Lookup::Broken { .. }), "{alone:?}");
    Ok(())
}

#[tokio::test]
async fn many_that_always_fail_hold_up_nobody_either() -> Result<()> {
    let Some(fake) = fake()? else {
        return Ok(());
    };
    for number in 0..5 {
        let path = format!("/repos/o/r{number}");
        fake.controls().fail(&path, Fault::status(500));
    }
    let answers = all(&stranger(&fake)?, fill(&fake, 7)?).await?;
    let found = |answer: &&Lookup| matches!(answer, Lookup::Found(_));
    assert_eq!(answers.values().filter(found).count(), 2);
    // Every query for a repository fails, a query for none does not.
    fake.set_budget(Some((0, OverBudget::Status(502))));
    let answers = all(&client(&fake)?, fill(&fake, 5)?).await?;
    let broken = |answer: &&Lookup| matches!(answer, Lookup::Broken { .. });
    assert_eq!(answers.values().filter(broken).count(), 5);
    Ok(())
}

#[tokio::test]
async fn github_away_is_an_error_and_nobodys_fault() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    for github in [client(&fake)?, stranger(&fake)?] {
        let mut wanted = fill(&fake, 10)?;
        fake.controls().fail("", Fault::status(503));
        let error = loop_until_error(&github, &mut wanted).await?;
        let broken = 10 - wanted.len();
        assert!(matches!(error, ForgeError::Broken { .. }), "{error}");
        assert!(broken < 3, "{broken} were blamed");
        fake.controls().clear_faults();
        assert_eq!(all(&github, wanted).await?.len(), 10 - broken);
    }
    Ok(())
}

async fn loop_until_error(
    github: &GitHub,
    wanted: &mut std::collections::VecDeque<pyfa::forge::github::RepositoryQuery>,
) -> Result<ForgeError> {
    while !wanted.is_empty() {
        match github.look_up(wanted).await {
            Ok(answers) => assert!(
                answers
                    .iter()
                    .all(|(_, answer)| matches!(answer, Lookup::Broken { .. })),
                "{answers:?}"
            ),
            Err(error) => return Ok(error),
        }
    }
    anyhow::bail!("no error")
}

#[tokio::test]
async fn a_wrong_token_is_named_by_its_setting_and_never_shown() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.add("a/b", FakeRepository::generated(3));
    let github = client(&fake)?;
    assert!(found(&github, "a/b").await.is_ok());
    fake.revoke(TOKEN);
    let mut wanted = wanted(&["a/b"])?;
    let error = github
        .look_up(&mut wanted)
        .await
        .err()
        .context("an answer")?;
    assert!(matches!(error, ForgeError::Token { .. }), "{error}");
    assert!(
        error.to_string().contains("GITHUB_TOKEN: Bad credentials"),
        "{error}"
    );
    assert_eq!(wanted.len(), 1);
    let other = github
        .contributors(&slug("a/b")?, None)
        .await
        .err()
        .context("an answer")?;
    for shown in [
        format!("{error} {error:?}"),
        format!("{other} {other:?}"),
        format!("{github:?}"),
        format!("{:?}", settings(&fake, Some(TOKEN))?),
        serde_json::to_string(&github.statistics())?,
    ] {
        assert!(!shown.contains(TOKEN), "{shown}");
    }
    Ok(())
}

#[tokio::test]
async fn a_token_that_cannot_be_one_is_refused_without_a_call() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let error = GitHub::new(&settings(&fake, Some("two\nlines"))?, "tests/1")
        .err()
        .context("a client")?;
    assert!(error.to_string().contains("GITHUB_TOKEN"), "{error}");
    assert!(!error.to_string().contains("two"), "{error}");
    assert_eq!(fake.controls().count(""), 0);
    Ok(())
}

#[tokio::test]
async fn a_refusal_of_everything_is_no_answer_about_a_repository() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    for status in [403, 404] {
        let body = json!({ "message": "your address is not on the list of allowed ones" });
        fake.controls()
            .fail_next(1, "/graphql", Fault::json(status, &body));
        let mut wanted = wanted(&["a/b"])?;
        let error = client(&fake)?
            .look_up(&mut wanted)
            .await
            .err()
            .context("an answer")?;
        assert!(matches!(error, ForgeError::Refused { .. }), "{error}");
        assert_eq!(wanted.len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn redirects_to_other_hosts_are_not_followed() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let elsewhere = FakeGitHub::start()?;
    elsewhere.add("a/b", FakeRepository::generated(3));
    let location = format!("{}/repos/a/b", elsewhere.base_url());
    let fault = Fault::status(301).with_header("location", &location);
    fake.controls().fail_next(2, "", fault);
    assert!(matches!(
        one(&stranger(&fake)?, "a/b").await?,
        Lookup::Refused { .. }
    ));
    let contributors = client(&fake)?.contributors(&slug("a/b")?, None).await?;
    assert!(matches!(contributors, Contributors::Refused { .. }));
    assert_eq!(elsewhere.controls().count(""), 0);
    Ok(())
}

#[tokio::test]
async fn strange_values_cost_one_repository() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let data = json!({ "r0": { "nameWithOwner": "../x" }, "r1": { "stargazerCount": "many" } });
    fake.controls()
        .fail_next(1, "/graphql", Fault::json(200, &json!({ "data": data })));
    let answers = all(&client(&fake)?, wanted(&["a/b", "a/c"])?).await?;
    for answer in answers.values() {
        assert!(matches!(answer, Lookup::Broken { .. }), "{answer:?}");
    }
    Ok(())
}
