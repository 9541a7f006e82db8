//! What fails, on GitHub, on the search server or in the cache, costs no value.

use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::enrich::EnricherReport;
use pyfa::enrich::github::{EarlyEnd, GitHubOptions};
use pyfa::store::lock::{Acquired, try_acquire};
use pyfa_http::Bucket;
use pyfa_testkit::service::Fault;

use super::{Scene, TOKEN, stored_facts};
use crate::support::wait;

#[test]
fn what_is_gone_or_fails_wipes_nothing() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(2);
    scene.index();
    scene.run()?;
    let before = stored_facts(&scene);
    scene.github.remove("plone/plone.p00");
    let now = GitHubOptions {
        max_age: Duration::ZERO,
        ..Scene::options()
    };
    let report = scene.run_as(Some(TOKEN), now.clone())?;
    assert_eq!(
        (report.repositories.gone, report.problems["not_found"]),
        (1, 1)
    );
    assert_eq!(stored_facts(&scene), before);
    scene.github.controls().fail("", Fault::html(502));
    let report = scene.run_as(Some(TOKEN), now.clone())?;
    assert!(!report.is_complete());
    assert_eq!(stored_facts(&scene), before);
    Ok(())
}

#[test]
fn what_cannot_be_written_now_is_written_by_the_next_run() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(2);
    scene.index();
    let search = scene.world.search();
    let collection =
        wait(search.fetch_collection(&scene.world.target))?.context("no collection")?;
    let home = scene.world.pyfa_home();
    let lock = try_acquire(&home, search.address(), &collection.name, "github")?;
    assert!(matches!(lock, Acquired::Lock(_)));
    let report = scene.run()?;
    let Some(EarlyEnd::Search { why }) = &report.ended else {
        panic!("{:?}", report.ended);
    };
    assert!(why.contains("the next run writes it"), "{why}");
    assert!(
        !scene
            .document("plone.p01-1.0")?
            .contains_key("github_stars")
    );
    drop(lock);
    let calls = scene.calls();
    assert_eq!(scene.run()?.run.documents.written, 4);
    assert_eq!(scene.calls(), calls);
    Ok(())
}

#[test]
fn a_broken_entry_of_the_cache_heals() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(2);
    scene.index();
    scene.run()?;
    let key = format!("{}/\nplone/plone.p01", scene.github.base_url());
    {
        let cache = scene.cache()?;
        let bucket = Bucket::new("github-repositories", 1);
        assert!(wait(cache.get(bucket, &key)).is_some(), "the key is right");
        wait(async {
            cache.put(bucket, &key, "{\"learned\":".into()).await;
            cache.flush().await;
        });
    }
    let calls = scene.calls();
    let report = scene.run()?;
    assert_eq!(
        (report.repositories.fresh, report.repositories.learned),
        (1, 1)
    );
    assert_eq!(scene.calls(), calls + 1);
    assert_eq!(scene.run()?.repositories.fresh, 2);
    Ok(())
}
