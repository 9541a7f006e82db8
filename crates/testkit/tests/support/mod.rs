//! Requests to the fake registry.

#![allow(
    clippy::disallowed_methods,
    reason = "the tests are clients of their own"
)]

use anyhow::{Context, Result, ensure};
use pyfa_testkit::pypi::{FakePyPi, ReleaseSpec};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Response, redirect};
use serde_json::Value;

pub(crate) const INDEX_TYPE: &str = "application/vnd.pypi.simple.v1+json";

thread_local! {
    /// One client per test, because building one is slow.
    static CLIENT: reqwest::Result<Client> =
        Client::builder().redirect(redirect::Policy::none()).build();
}

pub(crate) async fn get(fake: &FakePyPi, path: &str) -> Result<Response> {
    let client = CLIENT
        .with(|client| client.as_ref().ok().cloned())
        .context("no client")?;
    let url = format!("{}{path}", fake.base_url());
    Ok(client.get(url).header(ACCEPT, INDEX_TYPE).send().await?)
}

pub(crate) async fn json(fake: &FakePyPi, path: &str) -> Result<Value> {
    let answer = get(fake, path).await?;
    ensure!(answer.status() == 200, "{path}: {}", answer.status());
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}

pub(crate) async fn status(fake: &FakePyPi, path: &str) -> Result<u16> {
    Ok(get(fake, path).await?.status().as_u16())
}

pub(crate) async fn call(fake: &FakePyPi, method: &str, classifiers: &[&str]) -> Result<String> {
    let values: Vec<String> = classifiers
        .iter()
        .map(|one| format!("<value><string>{one}</string></value>"))
        .collect();
    let values = values.concat();
    let body = format!(
        "<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params><param><value>\
         <array><data>{values}</data></array></value></param></params></methodCall>"
    );
    let request = Client::new()
        .post(format!("{}/pypi", fake.base_url()))
        .body(body);
    Ok(request
        .header(CONTENT_TYPE, "text/xml")
        .send()
        .await?
        .text()
        .await?)
}

pub(crate) fn plone() -> ReleaseSpec {
    ReleaseSpec::new()
        .classifiers(["Framework :: Plone"])
        .summary("An add-on")
}
