//! Request heads: raw bytes to the connection handler of the engine. Every connection is answered
//! or closed; each request gets one answer; and where the rules of framing leave no doubt, what
//! the engine takes for the requests is what they say, to the byte.

#![no_main]

#[path = "request_heads/answers.rs"]
mod answers;
#[path = "request_heads/framing.rs"]
mod framing;

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use libfuzzer_sys::fuzz_target;
use pyfa_engine::{AdminKey, EngineSettings, listen, routes};
use pyfa_fuzz::engine;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use framing::Message;

/// An answer or a close: after that long there is neither.
const PATIENCE: Duration = Duration::from_secs(5);

struct World {
    runtime: Runtime,
    address: SocketAddr,
    /// What came out of the connection that is open.
    seen: Arc<Mutex<Vec<Message>>>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let address = runtime
        .block_on(serve(Arc::clone(&seen)))
        .expect("a listener");
    World {
        runtime,
        address,
        seen,
    }
});

/// The engine's listener before the engine's routes, with a look at what passes between them.
async fn serve(seen: Arc<Mutex<Vec<Message>>>) -> std::io::Result<SocketAddr> {
    let admin = AdminKey::new(pyfa_engine::random_key().expect("random bytes"));
    let routes = routes(engine(), vec![admin]).await.expect("routes");
    let router = Router::new().fallback(move |request: Request| {
        let (routes, seen) = (routes.clone(), Arc::clone(&seen));
        async move {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.ok();
            seen.lock().expect("no panic").push(Message {
                method: head.method.to_string(),
                target: head.uri.to_string(),
                body: body.as_ref().map(|body| body.to_vec()),
            });
            let body = Body::from(body.unwrap_or_default());
            routes.oneshot(Request::from_parts(head, body)).await
        }
    });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let limits = EngineSettings::default();
        listen(listener, router, &limits, std::future::pending()).await;
    });
    Ok(address)
}

/// What comes back for all these bytes, until the other side closes.
async fn sent(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(address).await?;
    connection.set_nodelay(true)?;
    let (mut reading, mut writing) = connection.split();
    let write = async {
        // It may have been closed in the middle.
        let _ = writing.write_all(bytes).await;
        let _ = writing.shutdown().await;
    };
    let read = async {
        let mut answers = Vec::new();
        // A connection that is reset was closed, too.
        let _ = reading.read_to_end(&mut answers).await;
        answers
    };
    let ((), answers) = tokio::join!(write, read);
    Ok(answers)
}

fuzz_target!(|bytes: &[u8]| {
    let world = &*WORLD;
    world.seen.lock().expect("no panic").clear();
    let answers = world
        .runtime
        .block_on(async { tokio::time::timeout(PATIENCE, sent(world.address, bytes)).await });
    let answers = answers
        .expect("an answer or a close")
        .expect("a connection");
    let seen = std::mem::take(&mut *world.seen.lock().expect("no panic"));

    let (certain, is_all) = framing::messages(bytes);
    for (seen, certain) in seen.iter().zip(&certain) {
        assert_eq!(seen, certain);
    }
    assert!(
        !is_all || seen.len() <= certain.len(),
        "{seen:?}, {certain:?}"
    );

    let methods: Vec<&str> = seen.iter().map(|message| message.method.as_str()).collect();
    if let Err(objection) = answers::check(&answers, &methods) {
        panic!(
            "{objection}: {:?} for {seen:?}",
            String::from_utf8_lossy(&answers)
        );
    }
});
