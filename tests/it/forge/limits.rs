//! Quotas and limits: what is waited out, what is told, and that nothing is asked meanwhile.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::forge::ForgeError;
use pyfa::forge::github::{GitHub, Lookup, RepositoryQuery};
use pyfa_testkit::github::{FakeGitHub, OverBudget, QuotaError, Resource, secondary_limit};
use pyfa_testkit::service::{CLOCK_START, Fault};
use serde_json::json;

use super::{TOKEN, all, client, fake, fill, settings, slug, stranger, wanted};

/// How long the next call has to wait; it must not get an answer.
async fn wait(github: &GitHub, wanted: &mut VecDeque<RepositoryQuery>) -> Result<Duration> {
    let error = github
        .look_up(wanted)
        .await
        .err()
        .context("an answer came")?;
    assert!(matches!(error, ForgeError::Wait { .. }), "{error}");
    assert!(
        error.to_string().contains("may be asked again at 2"),
        "{error}"
    );
    error.wait().context("no time")
}

/// About an hour: the time that has passed since the answer is not counted.
fn is_an_hour(wait: Duration) -> bool {
    (Duration::from_mins(59)..=Duration::from_secs(3_601)).contains(&wait)
}

fn calls(fake: &FakeGitHub) -> usize {
    fake.controls().count("")
}

#[tokio::test]
async fn a_tenth_of_the_quota_is_left_to_others() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let github = client(&fake)?;
    let mut wanted = fill(&fake, 120)?;
    fake.set_remaining(Some(TOKEN), Resource::GraphQl, 504);
    assert_eq!(github.look_up(&mut wanted).await?.len(), 50);
    // 501 are left, and the next query would cost three.
    assert!(is_an_hour(wait(&github, &mut wanted).await?));
    assert_eq!((wanted.len(), calls(&fake)), (70, 1));
    // REST has a quota of its own.
    assert!(github.contributors(&slug("o/r1")?, None).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn strangers_get_as_far_as_their_sixty_calls_go() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let github = stranger(&fake)?;
    let mut wanted = fill(&fake, 60)?;
    let mut answered = 0;
    let wait = loop {
        match github.look_up(&mut wanted).await {
            Ok(answers) => answered += answers.len(),
            Err(error) => break error.wait().context("not a limit")?,
        }
    };
    assert!(is_an_hour(wait));
    assert_eq!(answered + wanted.len(), 60);
    let used = fake.quota(None, Resource::Core).used;
    assert!((52..=54).contains(&used), "{used}");
    assert!(answered > 20, "{answered}");
    Ok(())
}

#[tokio::test]
async fn a_used_up_quota_is_understood_in_both_spellings_and_met_once() -> Result<()> {
    for spelling in [QuotaError::RateLimited, QuotaError::RateLimit] {
        let Some(fake) = fake()? else { return Ok(()) };
        fake.set_quota_error(spelling);
        fake.set_remaining(Some(TOKEN), Resource::GraphQl, 0);
        let github = client(&fake)?;
        let mut wanted = fill(&fake, 3)?;
        assert!(
            is_an_hour(wait(&github, &mut wanted).await?),
            "{spelling:?}"
        );
        assert!(
            is_an_hour(wait(&github, &mut wanted).await?),
            "{spelling:?}"
        );
        assert_eq!((wanted.len(), calls(&fake)), (3, 1));
    }
    Ok(())
}

#[tokio::test]
async fn a_quota_that_ends_amid_a_query_costs_none_of_its_answers() -> Result<()> {
    let Some(fake) = fake()? else {
        return Ok(());
    };
    let github = client(&fake)?;
    let answer = json!({
        "data": {
            "rateLimit": { "cost": 2 },
            "r0": {
                "nameWithOwner": "o/r0", "url": "https://github.com/o/r0", "stargazerCount": 5,
                "forkCount": 0, "updatedAt": "2026-01-01T00:00:00Z", "isArchived": false,
            },
            "r1": null,
            "r2": null,
        },
        "errors": [
            { "type": "NOT_FOUND", "path": ["r1"], "message": "Could not resolve" },
            { "type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": "exceeded" },
        ],
    });
    let fault = Fault::json(200, &answer)
        .with_header("x-ratelimit-limit", "5000")
        .with_header("x-ratelimit-remaining", "0")
        .with_header("x-ratelimit-reset", &(CLOCK_START + 600).to_string());
    fake.controls().fail_next(1, "/graphql", fault);
    let mut wanted = fill(&fake, 3)?;
    let answers = github.look_up(&mut wanted).await?;
    assert!(matches!(&answers[0].1, Lookup::Found(found) if found.stars == 5));
    assert_eq!(answers[1].1, Lookup::Gone);
    assert_eq!((answers.len(), wanted.len()), (2, 1));
    let left = wait(&github, &mut wanted).await?;
    assert!(
        (Duration::from_secs(590)..=Duration::from_secs(601)).contains(&left),
        "{left:?}"
    );
    assert_eq!(calls(&fake), 1);
    Ok(())
}

#[tokio::test]
async fn a_used_up_quota_of_rest_is_no_refusal() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.set_remaining(None, Resource::Core, 0);
    let github = stranger(&fake)?;
    let mut wanted = fill(&fake, 2)?;
    assert!(is_an_hour(wait(&github, &mut wanted).await?));
    assert_eq!((wanted.len(), calls(&fake)), (2, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_reset_it_goes_on_where_it_stopped() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    fake.set_remaining(Some(TOKEN), Resource::GraphQl, 0);
    // The last second of the hour.
    fake.controls().advance(Duration::from_secs(3_599));
    let github = client(&fake)?;
    let mut wanted = fill(&fake, 3)?;
    let left = wait(&github, &mut wanted).await?;
    assert!(left <= Duration::from_secs(2), "{left:?}");
    fake.controls().advance(Duration::from_secs(2));
    let other = client(&fake)?;
    assert_eq!(all(&other, wanted).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn the_clock_of_this_machine_plays_no_part() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    // GitHub's time is many years from ours; the pause is still that of its own clock.
    fake.controls().advance(Duration::from_hours(24 * 365 * 20));
    fake.set_remaining(Some(TOKEN), Resource::GraphQl, 0);
    fake.controls().advance(Duration::from_mins(50));
    let left = wait(&client(&fake)?, &mut fill(&fake, 1)?).await?;
    assert!(
        (Duration::from_secs(590)..=Duration::from_secs(601)).contains(&left),
        "{left:?}"
    );
    Ok(())
}

#[tokio::test]
async fn short_secondary_limits_are_waited_out() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let github = client(&fake)?;
    for (status, retry_after) in [
        (403, Some(0)),
        (429, Some(0)),
        (429, None),
        (403, None),
        (200, None),
    ] {
        let wanted = fill(&fake, 2)?;
        let before = github.statistics();
        let fault = secondary_limit(status, retry_after);
        fake.controls().fail_next(2, "/graphql", fault);
        assert_eq!(all(&github, wanted).await?.len(), 2, "{status}");
        let after = github.statistics();
        assert_eq!(after.pauses - before.pauses, 2, "{status} {retry_after:?}");
        // Two milliseconds and then four, where GitHub names no time.
        let paused = after.waited.saturating_sub(before.waited);
        let least = if retry_after.is_some() { 0 } else { 6 };
        assert!(
            paused >= Duration::from_millis(least),
            "{status}: {paused:?}"
        );
    }
    assert_eq!(fake.batches().len(), 5, "a limited query asks for nothing");
    Ok(())
}

#[tokio::test]
async fn long_secondary_limits_are_told_and_nothing_is_asked_meanwhile() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let github = client(&fake)?;
    let mut wanted = fill(&fake, 2)?;
    let fault = secondary_limit(403, Some(900));
    fake.controls().fail_next(1, "/graphql", fault);
    assert_eq!(wait(&github, &mut wanted).await?, Duration::from_mins(15));
    assert!(wait(&github, &mut wanted).await? > Duration::from_secs(880));
    let contributors = github.contributors(&slug("o/r1")?, None).await;
    assert!(contributors.err().and_then(|error| error.wait()).is_some());
    assert_eq!((wanted.len(), calls(&fake)), (2, 1));
    Ok(())
}

#[tokio::test]
async fn a_secondary_limit_that_does_not_end_is_given_up() -> Result<()> {
    for retry_after in [Some(0), None] {
        let Some(fake) = fake()? else { return Ok(()) };
        let github = client(&fake)?;
        fake.controls().fail("", secondary_limit(429, retry_after));
        let mut wanted = wanted(&["a/b"])?;
        let _time = wait(&github, &mut wanted).await?;
        assert_eq!((wanted.len(), calls(&fake)), (1, 6));
    }
    Ok(())
}

#[tokio::test]
async fn queries_that_are_too_much_get_smaller_and_larger_again() -> Result<()> {
    for too_much in [
        OverBudget::Status(502),
        OverBudget::Status(504),
        OverBudget::ResourceLimits,
    ] {
        let Some(fake) = fake()? else { return Ok(()) };
        fake.set_budget(Some((20, too_much)));
        let github = client(&fake)?;
        let mut wanted = fill(&fake, 300)?;
        let mut answers = 0;
        while wanted.len() > 250 {
            answers += github.look_up(&mut wanted).await?.len();
        }
        let first = fake.batches();
        assert_eq!(
            first.get(..2),
            Some(&[50, 25][..]),
            "{too_much:?}: {first:?}"
        );
        fake.set_budget(None);
        answers += all(&github, wanted).await?.len();
        assert_eq!(answers, 300, "{too_much:?}");
        let sizes = fake.batches();
        let largest = sizes.iter().skip(first.len()).max();
        assert!(largest > Some(&25), "{too_much:?}: {sizes:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_pace_is_kept_by_all_calls_together() -> Result<()> {
    let Some(fake) = fake()? else { return Ok(()) };
    let mut settings = settings(&fake, Some(TOKEN))?;
    settings.cool_off = Duration::from_millis(100);
    settings.pace.batch_size = 1;
    let github = GitHub::new(&settings, "tests/1")?;
    let mut wanted = fill(&fake, 2)?;
    let begun = std::time::Instant::now();
    while !wanted.is_empty() {
        github.look_up(&mut wanted).await?;
        github.clone().contributors(&slug("o/r1")?, None).await?;
    }
    // Four calls have three pauses between them.
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(300), "{took:?}");
    assert!(github.statistics().waited > Duration::from_millis(50));
    Ok(())
}
