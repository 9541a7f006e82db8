//! The faults and request counts of the fake registry.

mod support;

use std::time::Duration;

use anyhow::Result;
use pyfa_testkit::pypi::{FakePyPi, Fault, On, RequestKind};
use reqwest::header::RETRY_AFTER;
use serde_json::Value;

use support::{call, get, json, plone, status};

#[tokio::test]
async fn faults_apply_to_matching_requests_and_end() -> Result<()> {
    let fake = FakePyPi::start()?;
    fake.publish("x", "1.0", &plone());
    fake.publish("y", "1.0", &plone());
    fake.fail_next(2, On::Kind(RequestKind::Project), Fault::Status(503));
    fake.fail(
        On::Document(RequestKind::SimpleDetail, "X".to_owned()),
        Fault::Status(404),
    );
    fake.fail(On::Project("Y".to_owned()), Fault::RetryAfterSeconds(7));
    assert_eq!(status(&fake, "/pypi/x/json").await?, 503);
    assert_eq!(status(&fake, "/pypi/y/json").await?, 503);
    assert_eq!(status(&fake, "/pypi/x/json").await?, 200);
    assert_eq!(status(&fake, "/simple/x/").await?, 404);
    let answer = get(&fake, "/pypi/y/1.0/json").await?;
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()[RETRY_AFTER].to_str()?
        ),
        (429, "7")
    );
    fake.clear_faults();
    assert_eq!(status(&fake, "/simple/x/").await?, 200);
    fake.fail(On::Everything, Fault::RetryAfterDate(60));
    let answer = get(&fake, "/simple/").await?;
    assert!(answer.headers()[RETRY_AFTER].to_str()?.ends_with("GMT"));
    Ok(())
}

#[tokio::test]
async fn bodies_can_be_truncated_malformed_stalled_or_missing() -> Result<()> {
    let fake = FakePyPi::start()?;
    fake.publish("x", "1.0", &plone());
    let once = |fault| fake.fail_next(1, On::Kind(RequestKind::Project), fault);
    let path = "/pypi/x/json";

    once(Fault::HalfBody);
    let answer = get(&fake, path).await?;
    let announced = answer.content_length();
    assert!(answer.bytes().await.is_err());
    let whole = get(&fake, path).await?.bytes().await?;
    assert_eq!(announced, Some(whole.len() as u64));

    once(Fault::MalformedJson);
    let half = get(&fake, path).await?.bytes().await?;
    assert!(serde_json::from_slice::<Value>(&half).is_err());

    once(Fault::Html);
    assert!(
        get(&fake, path)
            .await?
            .text()
            .await?
            .starts_with("<!DOCTYPE html>")
    );

    once(Fault::StallMidBody);
    let stalled = get(&fake, path).await?.bytes();
    assert!(
        tokio::time::timeout(Duration::from_millis(100), stalled)
            .await
            .is_err()
    );

    once(Fault::Hang);
    let hanging = get(&fake, path);
    assert!(
        tokio::time::timeout(Duration::from_millis(100), hanging)
            .await
            .is_err()
    );
    Ok(())
}

#[tokio::test]
async fn documents_can_be_stale_lack_releases_or_be_huge() -> Result<()> {
    let fake = FakePyPi::start()?;
    let serial = fake.publish("x", "1.0", &plone());
    let once = |fault| fake.fail_next(1, On::Project("x".to_owned()), fault);

    once(Fault::OlderSerial(1));
    let answer = get(&fake, "/pypi/x/json").await?;
    assert_eq!(
        answer.headers()["x-pypi-last-serial"],
        (serial - 1).to_string()
    );
    let document: Value = serde_json::from_slice(&answer.bytes().await?)?;
    assert_eq!(document["last_serial"], serial - 1);
    once(Fault::OlderSerial(1));
    assert_eq!(
        json(&fake, "/simple/x/").await?["meta"]["_last-serial"],
        serial - 1
    );

    once(Fault::NoReleases);
    let document = json(&fake, "/pypi/x/json").await?;
    assert!(document.get("releases").is_none() && document.get("urls").is_some());

    once(Fault::HugeDescription(3_000_001));
    let answer = get(&fake, "/pypi/x/1.0/json").await?;
    assert_eq!(answer.content_length(), None);
    let document: Value = serde_json::from_slice(&answer.bytes().await?)?;
    assert_eq!(
        document["info"]["description"].as_str().map(str::len),
        Some(3_000_001)
    );
    Ok(())
}

#[tokio::test]
async fn browse_can_fail_or_return_other_names() -> Result<()> {
    let fake = FakePyPi::start()?;
    fake.publish("x", "1.0", &plone());
    let once = |fault| fake.fail_next(1, On::Kind(RequestKind::Browse), fault);
    once(Fault::XmlRpcFault("HTTPTooManyRequests".to_owned()));
    assert!(
        call(&fake, "browse", &["Framework :: Plone"])
            .await?
            .contains("HTTPTooMany")
    );
    once(Fault::BrowseAnswers(vec![(
        "foreign".to_owned(),
        "1".to_owned(),
    )]));
    assert!(
        call(&fake, "browse", &["Framework :: Plone"])
            .await?
            .contains("foreign")
    );
    once(Fault::BrowseAnswers(Vec::new()));
    assert!(
        !call(&fake, "browse", &["Framework :: Plone"])
            .await?
            .contains("<string>")
    );
    Ok(())
}

#[tokio::test]
async fn requests_are_counted_by_kind_and_in_flight() -> Result<()> {
    let fake = FakePyPi::start()?;
    fake.publish("x", "1.0", &plone());
    let path = "/pypi/x/json";
    fake.fail_next(3, On::Everything, Fault::Hang);
    let together = futures::future::join3(get(&fake, path), get(&fake, path), get(&fake, path));
    let all_in_flight = async {
        while fake.counts().max_in_flight < 3 {
            tokio::task::yield_now().await;
        }
    };
    futures::future::select(Box::pin(together), Box::pin(all_in_flight)).await;
    // Cancelled requests may be in flight for a moment longer.
    assert_eq!(fake.counts().max_in_flight, 3);
    status(&fake, "/simple/").await?;
    status(&fake, "/simple/x/").await?;
    status(&fake, "/pypi/x/1.0/json").await?;
    status(&fake, "/elsewhere").await?;
    call(&fake, "browse", &[]).await?;
    let counts = fake.counts();
    assert_eq!(
        (counts.project, counts.index, counts.simple_detail),
        (3, 1, 1)
    );
    assert_eq!(
        (counts.release, counts.other, counts.browse, counts.total),
        (1, 1, 1, 8)
    );
    assert_eq!(
        fake.recent_paths().get(3).map(String::as_str),
        Some("/simple/")
    );
    fake.reset_counts();
    assert_eq!(fake.counts().total, 0);
    Ok(())
}

#[tokio::test]
async fn every_response_can_be_delayed() -> Result<()> {
    let fake = FakePyPi::start()?;
    let latency = Duration::from_millis(30);
    fake.set_latency(latency);
    let start = std::time::Instant::now();
    status(&fake, "/pypi/x/json").await?;
    assert!(start.elapsed() >= latency);
    Ok(())
}

#[test]
fn a_blocking_test_can_use_the_fake() -> Result<()> {
    use std::io::{Read, Write};
    let fake = FakePyPi::start()?;
    let address = fake.base_url();
    let mut stream = std::net::TcpStream::connect(address.trim_start_matches("http://"))?;
    stream.write_all(b"GET /pypi/x/json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    Ok(())
}
