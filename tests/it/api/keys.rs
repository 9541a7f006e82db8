//! Keys: who is let in, what they may do, and how often.

use anyhow::Result;
use axum::body::Body;
use pyfa::access::KeyStore;

use super::{Service, add_issues, request};
use crate::database::{Place, on_both};

on_both!(
    only_a_key_opens,
    this_machine_reads_without_a_key_if_the_operator_says_so,
    each_key_has_a_rate_of_its_own,
);

async fn only_a_key_opens(place: &Place) -> Result<()> {
    let service = Service::with(place, |_| ()).await?;
    add_issues(&service.database, 3).await?;
    let key = service.key("read").await?;
    let ask = async |value: &str| {
        let header = [("authorization", value)];
        service.get_with("/api/v1/issues", &header).await
    };
    assert_eq!(ask(&format!("Bearer {key}")).await?.status, 200);
    assert_eq!(ask(&format!("bearer {key}")).await?.status, 200);
    let none = service.get("/api/v1/issues").await?;
    assert_eq!(none.status, 401);
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"pyfa\"");
    let mut other = key.clone();
    other.pop();
    for wrong in [
        format!("Bearer {other}"),
        format!("Bearer {key}x"),
        format!("Basic {key}"),
        "Bearer ".to_owned(),
        "Bearer pyfa_%27.x".to_owned(),
        key.clone(),
    ] {
        let answer = ask(&wrong).await?;
        assert_eq!(answer.status, 401, "{wrong}");
        assert!(!answer.text().contains(&other), "{}", answer.text());
    }
    // A key without the scope to read cannot.
    let tasks = service.key("tasks").await?;
    assert_eq!(ask(&format!("Bearer {tasks}")).await?.status, 403);
    // One that is deleted opens nothing more.
    KeyStore::new(service.database.clone())
        .delete("read")
        .await?;
    assert_eq!(ask(&format!("Bearer {key}")).await?.status, 401);
    Ok(())
}

async fn this_machine_reads_without_a_key_if_the_operator_says_so(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    assert_eq!(service.get("/api/v1/issues").await?.status, 200);
    let forwarded = [("x-forwarded-for", "192.0.2.1")];
    let answer = service.get_with("/api/v1/issues", &forwarded).await?;
    assert_eq!(answer.status, 401);
    let mut elsewhere = request("GET", "/api/v1/issues", &[], Body::empty())?;
    let peer = std::net::SocketAddr::from(([192, 0, 2, 1], 5000));
    elsewhere
        .extensions_mut()
        .insert(axum::extract::ConnectInfo(peer));
    assert_eq!(service.ask(elsewhere).await?.status, 401);
    // A wrong key is not better than none.
    let wrong = [("authorization", "Bearer pyfa_a.b")];
    let answer = service.get_with("/api/v1/issues", &wrong).await?;
    assert_eq!(answer.status, 401);
    Ok(())
}

async fn each_key_has_a_rate_of_its_own(place: &Place) -> Result<()> {
    let service = Service::with(place, |settings| settings.requests_per_minute = 2).await?;
    let one = format!("Bearer {}", service.key("read").await?);
    let other = format!("Bearer {}", service.key("read,tasks").await?);
    let ask = async |key: &str| {
        let header = [("authorization", key)];
        service.get_with("/api/v1/issues", &header).await
    };
    assert_eq!(ask(&one).await?.status, 200);
    assert_eq!(ask(&one).await?.status, 200);
    let limited = ask(&one).await?;
    assert_eq!(limited.status, 429);
    let wait: u64 = limited.header("retry-after").parse()?;
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(ask(&other).await?.status, 200);
    Ok(())
}
