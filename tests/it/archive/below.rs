//! The archive of a service that is below a path of its host.

use anyhow::Result;

use super::pages::{Browser, HOST, Scene};

#[tokio::test]
async fn pages_forms_and_ways_back_have_the_path() -> Result<()> {
    let Some(scene) = Scene::at(1, &format!("https://{HOST}/tools/pyfa/"))? else {
        return Ok(());
    };
    let mut browser = Browser::default();
    let start = browser.get(&scene, "/tools/pyfa/archive/").await?;
    assert_eq!(start.status, 200, "{start:?}");
    for address in [
        "action=\"/tools/pyfa/archive/sign-in\"",
        "href=\"/tools/pyfa/archive/archive.css\"",
    ] {
        assert!(start.body.contains(address), "{address}: {}", start.body);
    }
    // A browser names where a form is from without the path, and both services lead back with it.
    let signed_in = browser.sign_in(&scene).await?;
    assert_eq!(signed_in.location, "/tools/pyfa/archive/dashboard");
    let connected = browser.connect(&scene, "").await?;
    assert_eq!(connected.location, "/tools/pyfa/archive/dashboard");
    let dashboard = browser.get(&scene, &connected.location).await?;
    assert_eq!(dashboard.status, 200, "{dashboard:?}");
    assert!(
        !dashboard.body.contains("=\"/archive/"),
        "{}",
        dashboard.body
    );
    // One that takes the path off is answered as well, and one without a session is led with it.
    let stranger = Browser::default().get(&scene, "/archive/dashboard").await?;
    assert_eq!(stranger.location, "/tools/pyfa/archive/");
    Ok(())
}
