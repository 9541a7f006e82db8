//! Serves a folder until Ctrl-C:
//!
//! ```text
//! ENGINE_API_KEY=KEY cargo run -p pyfa-engine --example serve -- --data DIR --listen 127.0.0.1:8108
//! ```
//!
//! The first line on stdout is the address, once it answers. `--config=FILE` reads folder, address
//! and key from an INI file as a Typesense server does, so that what starts one can start this.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use pyfa_engine::{AdminKey, Engine, EngineError, EngineSettings, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[expect(clippy::disallowed_methods, reason = "an example has no settings")]
    let given_key = std::env::var("ENGINE_API_KEY").ok();
    let mut given = std::env::args().skip(1);
    let (mut data, mut listen, mut key) = (None, "127.0.0.1:8108".to_owned(), given_key);
    while let Some(name) = given.next() {
        if let Some(file) = name.strip_prefix("--config=") {
            let text = fs_err::read_to_string(file)?;
            let entry = |wanted: &str| -> Result<String, Box<dyn std::error::Error>> {
                let mut entries = text.lines().filter_map(|line| line.split_once('='));
                let found = entries.find(|(name, _)| name.trim() == wanted);
                let (_, value) = found.ok_or_else(|| format!("{file} has no {wanted}"))?;
                Ok(value.trim().to_owned())
            };
            data = Some(entry("data-dir")?);
            listen = format!("{}:{}", entry("api-address")?, entry("api-port")?);
            key = Some(entry("api-key")?);
            continue;
        }
        let value = given
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--data" => data = Some(value),
            "--listen" => listen = value,
            _ => return Err(format!("there is no option {name}").into()),
        }
    }
    let data = data.ok_or("name a folder with --data")?;
    let key = AdminKey::new(key.ok_or("name a key with ENGINE_API_KEY")?);
    let engine = tokio::task::spawn_blocking(move || {
        Engine::open(Path::new(&data), EngineSettings::default())
    });
    let engine = Arc::new(engine.await??);
    let listener = TcpListener::bind(&listen).await?;
    writeln!(std::io::stdout(), "http://{}", listener.local_addr()?)?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
        }
    };
    serve(engine, vec![key], listener, stop)
        .await
        .map_err(|problem: EngineError| problem.into())
}
