//! What is said over HTTP of a fault on this side.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response};
use pyfa_engine::{AdminKey, Engine, EngineSettings};
use serde_json::json;
use tower::ServiceExt;

use super::served::Failure;

/// Opens the engine of a folder, does something, and ends.
async fn with_engine<T: Send + 'static>(
    folder: &Path,
    work: impl FnOnce(&Engine) -> T + Send + 'static,
) -> Result<T, Failure> {
    let folder = folder.to_owned();
    let opened = move || {
        let engine = Engine::open(&folder, EngineSettings::default())?;
        let done = work(&engine);
        engine.close();
        Ok::<_, pyfa_engine::OpenError>(done)
    };
    Ok(tokio::task::spawn_blocking(opened).await??)
}

#[tokio::test]
async fn a_fault_names_its_file_without_the_folder() -> Result<(), Failure> {
    let parent = tempfile::tempdir()?;
    let folder = parent.path().join("secret-place");
    let fields = json!([{"name": "t", "type": "string"}]);
    let made = with_engine(&folder, move |engine| {
        engine.create_collection(&json!({"name": "c", "fields": fields}), None)
    });
    made.await??;
    let documents = folder.join("collections/1/documents.sqlite");
    fs_err::write(&documents, "no database at all".repeat(1000))?;

    let path = folder.clone();
    let engine =
        tokio::task::spawn_blocking(move || Engine::open(&path, EngineSettings::default()));
    let keys = vec![AdminKey::new("a key of an admin")];
    let routes = pyfa_engine::routes(Arc::new(engine.await??), keys).await?;
    let search = json!({"searches": [{"collection": "c", "q": "*"}]}).to_string();
    for (method, path, body) in [
        ("GET", "/collections/c", ""),
        ("POST", "/collections/c/documents/import", "{\"t\":\"x\"}"),
        ("POST", "/multi_search", &search),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-typesense-api-key", "a key of an admin")
            .body(Body::from(body.to_owned()))?;
        let answer: Response<Body> = routes.clone().oneshot(request).await?;
        let answer = axum::body::to_bytes(answer.into_body(), 1 << 20).await?;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.contains("documents.sqlite"), "{path}: {answer}");
        assert!(!answer.contains("secret-place"), "{path}: {answer}");
        assert!(!answer.contains("collections/1"), "{path}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_is_for_its_owner_and_follows_no_link() -> Result<(), Failure> {
    let parent = tempfile::tempdir()?;
    let folder = parent.path().join("engine");
    with_engine(&folder, |_| ()).await?;
    let mode = |path: &Path| Ok::<u32, Failure>(fs_err::metadata(path)?.permissions().mode());
    assert_eq!(mode(&folder)? & 0o777, 0o700);
    let lock = folder.join("lock");
    assert_eq!(mode(&lock)? & 0o777, 0o600);
    let during = folder.join("in-use");
    let seen = during.clone();
    let begun = with_engine(&folder, move |_| fs_err::metadata(seen)).await??;
    assert_eq!(begun.permissions().mode() & 0o777, 0o600);

    let victim = parent.path().join("victim");
    for link in [lock, during] {
        fs_err::write(&victim, "precious")?;
        let _ = std::fs::remove_file(&link);
        symlink(&victim, &link)?;
        let refused = with_engine(&folder, |_| ())
            .await
            .err()
            .ok_or("it opened")?;
        assert!(refused.to_string().contains("symbolic link"), "{refused}");
        assert_eq!(fs_err::read_to_string(&victim)?, "precious");
        fs_err::remove_file(&link)?;
    }
    with_engine(&folder, |_| ()).await
}
