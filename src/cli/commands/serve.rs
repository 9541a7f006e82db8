//! `pyfa serve`: the gallery for browsers, the search API for front ends and the API for other
//! programs, until it is interrupted.
//!
//! All are at one address: paths of the search API belong to the engine, `/api/` to the API, all others
//! to the gallery. If the settings name a Typesense server, the gallery reads from it, and front ends
//! ask it themselves.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::Method;
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use pyfa_engine::EngineSettings;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tower::ServiceExt;

use super::enrichers::read_rules;
use super::interrupt::Interrupts;
use super::services::user_agent;
use super::worker;
use crate::archive::SealKey;
use crate::catalog::Catalog;
use crate::cli::arguments::{ServeArguments, ServeCommandArguments, WorkerFiles};
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{Bars, Printer};
use crate::config::Config;
use crate::manage::Manager;
use crate::profile::Profiles;
use crate::progress::{self, Stop};
use crate::search::{BoundSocket, Client, EmbeddedEngine, EmbeddedSettings, Listener, SearchError};
use crate::web::api as web_api;
use crate::web::archive::{self as web_archive, ArchiveSite, ArchiveWebSettings};
use crate::web::below;
use crate::web::door::Door;
use crate::web::gallery::{self, GallerySettings};
use crate::web::github as web_github;
use crate::web::metrics::{self, MetricsSettings};
use crate::workspace::Workspace;

/// Characters of a key that cannot be guessed.
const SHORTEST_KEY: usize = 16;
/// In the engine's folder; holds the key's number and value.
const KEY_FILE: &str = "search.key";
/// Ports if none is given: that of Typesense, or the next one where that may be taken.
const PORT: u16 = 8108;
const PORT_BESIDE_A_SERVER: u16 = 8109;

/// How long a worker that could not begin waits before it tries again.
const WORKER_PAUSE: Duration = Duration::from_secs(30);

/// A server that answers until it is told to stop.
pub(super) struct Server {
    listener: Listener,
    stop: watch::Sender<bool>,
    client: Client,
    engine: Option<Arc<EmbeddedEngine>>,
    has_api: bool,
    /// What people are told of, and its path.
    entrances: Vec<(&'static str, &'static str)>,
}

pub(super) async fn execute(
    arguments: ServeCommandArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let ServeCommandArguments {
        serve: arguments,
        worker,
        files,
    } = arguments;
    let engine = match &config.typesense {
        Some(_) => None,
        None => Some(Arc::new(EmbeddedEngine::new(engine_settings(
            &arguments, config,
        ))?)),
    };
    let server = start(engine, &arguments, &files.sincefile, config).await?;
    run(server, worker.then_some(files), config, printer).await
}

/// The settings of the engine, with the arguments over them.
pub(super) fn engine_settings(arguments: &ServeArguments, config: &Config) -> EmbeddedSettings {
    let mut settings = config.engine.clone();
    if let Some(folder) = &arguments.data {
        settings.folder.clone_from(folder);
    }
    settings
}

/// Begins to answer: from this engine, or from the server that the settings name. The since-file says
/// when collections were last brought up to date.
pub(super) async fn start(
    engine: Option<Arc<EmbeddedEngine>>,
    arguments: &ServeArguments,
    since_file: &Path,
    config: &Config,
) -> CommandResult<Server> {
    let (client, port) = match (&engine, &config.typesense) {
        (Some(engine), _) => (Client::embedded(Arc::clone(engine))?, PORT),
        (None, Some(settings)) => (Client::new(settings)?, PORT_BESIDE_A_SERVER),
        (None, None) => return Err(UsageError::new("there is no engine to serve").into()),
    };
    let api = match &engine {
        Some(engine) if !arguments.no_api => Some(engine.public_routes()),
        _ => None,
    };
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    let for_visitors = match &engine {
        Some(engine) => Client::embedded_for_visitors(Arc::clone(engine))?,
        None => client.clone(),
    };
    let door = Arc::new(Door::new(config.door.clone()));
    let programs = (!arguments.no_api).then(|| {
        let api = web_api::routes(Arc::clone(&door), profiles.iter(), &for_visitors);
        (api, web_github::routes(Arc::clone(&door)))
    });
    let gallery = if arguments.no_gallery {
        None
    } else {
        let settings = GallerySettings {
            health_rules: read_rules(&config.health_rules)?,
            database: Some(config.database.clone()),
            since_file: Some(since_file.to_owned()),
            ..config.gallery.clone()
        };
        Some(gallery::routes(settings, profiles.iter(), &for_visitors)?)
    };
    let (has_api, has_gallery) = (api.is_some(), gallery.is_some());
    let router = match (gallery, api) {
        (Some(gallery), Some(api)) => beside_each_other(gallery, api),
        (Some(only), None) | (None, Some(only)) => only,
        // Front ends ask the server of the settings themselves.
        (None, None) => Router::new(),
    };
    let mut entrances = Vec::new();
    if has_gallery {
        entrances.push(("gallery", "/"));
    } else if programs.is_some() {
        entrances.push(("API", web_api::PREFIX));
    }
    if arguments.archive {
        entrances.push(("archive", "/archive/"));
    }
    let router = match programs {
        Some((api, github)) => with_programs(router, api, github),
        None => router,
    };
    let router = if arguments.archive {
        with_archive(router, archive_routes(config, &door)?)
    } else {
        router
    };
    let base_path = door.base_path();
    let metrics = metrics_settings(&profiles, &for_visitors, config, door);
    let router = metrics::add_to(router, metrics);
    let router = below(base_path, router);
    let address = arguments
        .listen
        .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let socket = BoundSocket::bind(address).await;
    let socket = socket.map_err(|error| SearchError::Setting {
        setting: "--listen",
        why: error.to_string(),
    })?;
    let stop = watch::channel(false).0;
    let listener = socket.accept(router, EngineSettings::default(), stop.subscribe());
    if let Some(engine) = &engine {
        engine.open().await?;
    }
    Ok(Server {
        listener,
        stop,
        client,
        engine,
        has_api,
        entrances,
    })
}

/// What `/metrics` tells of: the database, and the collection of each profile that has one.
fn metrics_settings(
    profiles: &Profiles,
    client: &Client,
    config: &Config,
    door: Arc<Door>,
) -> MetricsSettings {
    let catalogs = profiles.iter().map(|profile| {
        let catalog = Catalog::new(client.clone(), profile.key.clone(), Vec::new());
        (profile.key.clone(), catalog)
    });
    MetricsSettings {
        database: config.database.clone(),
        catalogs: catalogs.collect(),
        door,
    }
}

/// What programs ask at its paths, everything else at all others.
fn with_programs(others: Router, api: Router, github: Router) -> Router {
    Router::new().fallback(async move |request: Request| -> Response {
        let path = request.uri().path();
        let chosen = if web_api::is_path(path) {
            api.clone()
        } else if web_github::is_path(path) {
            github.clone()
        } else {
            others.clone()
        };
        answer(chosen, request).await
    })
}

/// The pages of the archive.
fn archive_routes(config: &Config, door: &Arc<Door>) -> CommandResult<Router> {
    let settings = ArchiveWebSettings {
        key: SealKey::read(config.archive.key.as_ref())?,
        app: config.archive.app.clone(),
        open_humans: config.archive.open_humans.clone(),
        github: config.github.clone(),
        user_agent: user_agent(),
        home: config.home.clone(),
    };
    let site = ArchiveSite::new(settings, Arc::clone(door))?;
    Ok(web_archive::routes(site))
}

/// The archive at its paths, everything else at all others.
fn with_archive(others: Router, archive: Router) -> Router {
    Router::new().fallback(async move |request: Request| -> Response {
        let is_archive = web_archive::is_path(request.uri().path());
        let chosen = if is_archive {
            archive.clone()
        } else {
            others.clone()
        };
        answer(chosen, request).await
    })
}

/// What a router answers. That to HEAD keeps its headers: no length is added to them.
async fn answer(router: Router, request: Request) -> Response {
    let is_head = request.method() == Method::HEAD;
    let mut response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if is_head && !response.headers().contains_key(CONTENT_LENGTH) {
        // The length of what is compressed on the way is not known; without a body it would be 0.
        *response.body_mut() =
            Body::from_stream(futures::stream::empty::<Result<Bytes, Infallible>>());
    }
    response
}

/// The API at its paths, the gallery at all others.
fn beside_each_other(gallery: Router, api: Router) -> Router {
    Router::new().fallback(async move |request: Request| -> Response {
        let chosen = if pyfa_engine::is_api_path(request.uri().path()) {
            api.clone()
        } else {
            gallery.clone()
        };
        answer(chosen, request).await
    })
}

/// Says where it answers, and answers until Ctrl-C; with files for a worker, runs jobs meanwhile.
pub(super) async fn run(
    server: Server,
    worker: Option<WorkerFiles>,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    // Before the address is printed: a script that reads it may stop the server at once.
    let mut interrupts = Interrupts::listen();
    greet(&server, config, printer).await?;
    let (stopper, stop) = progress::stop();
    let work = async {
        if let Some(files) = worker {
            run_worker(&files, config, printer, &stop).await;
        }
        stop.clone().requested().await;
    };
    let interrupted = async {
        interrupts.next().await;
        printer.note("stopping after the requests in flight");
        stopper.stop();
        // Jobs may take a while to stop.
        interrupts.end_at_next().await;
    };
    tokio::select! {
        () = work => {}
        () = interrupted => {}
    }
    server.stop.send_replace(true);
    let _ = server.listener.task.await;
    if let Some(engine) = server.engine {
        engine.close().await;
    }
    Ok(Exit::Done)
}

/// Runs jobs until `stop` is requested. Visitors are served even if that cannot begin, and the database
/// may be there later.
async fn run_worker(files: &WorkerFiles, config: &Config, printer: Printer, stop: &Stop) {
    while let Err(error) = worker::run(files.clone(), false, config, printer, stop).await {
        printer.error(&error.cause);
        tokio::select! {
            () = stop.clone().requested() => return,
            () = tokio::time::sleep(WORKER_PAUSE) => {}
        }
    }
}

async fn greet(server: &Server, config: &Config, printer: Printer) -> CommandResult<()> {
    let address = server.listener.local_url();
    printer.result(&format!("serving {} at {address}", server.client.address()));
    for (what, path) in &server.entrances {
        printer.result(&format!("{what}: {address}{path}"));
    }
    // What a server that others run holds, a key that may only search cannot list.
    if let Some(engine) = &server.engine {
        let manager = Manager {
            workspace: Workspace::new(
                server.client.clone(),
                config.home.clone(),
                Arc::new(Bars::new(printer)),
            ),
            since_file: config.home.join("serve.since"),
        };
        let names = manager.list_alias_names().await?;
        if server.has_api {
            greet_front_ends(engine, &address, names.first(), &manager, printer).await?;
        }
        if names.is_empty() {
            printer.result(
                "there is no collection yet: `pyfa up --sample` creates a sample, `pyfa pypi -f -p \
                 plone` a real one; both work while the server runs",
            );
        }
    }
    printer.note("press Ctrl-C to stop");
    Ok(())
}

/// Prints a key for front ends, and how to use it.
async fn greet_front_ends(
    engine: &EmbeddedEngine,
    address: &str,
    collection: Option<&String>,
    manager: &Manager,
    printer: Printer,
) -> CommandResult<()> {
    let other_key = engine.settings().api_key.as_ref();
    if other_key.is_some_and(|key| key.expose_secret().chars().count() < SHORTEST_KEY) {
        printer.note(&format!(
            "TYPESENSE_API_KEY has fewer than {SHORTEST_KEY} characters, so it can be guessed, and it \
             has full access; set a longer one, or none"
        ));
    }
    let key = load_key(&engine.settings().folder, manager).await?;
    let key = key.expose_secret();
    printer.result(&format!("search-only key: {key}"));
    if let Some(name) = collection {
        printer.result(&format!(
            "try: curl -H 'X-TYPESENSE-API-KEY: {key}' \
             '{address}/collections/{name}/documents/search?q=rest&query_by=name,title,summary&filter_by=is_latest:=true&include_fields=name,version,summary'"
        ));
    }
    Ok(())
}

async fn load_key(folder: &Path, manager: &Manager) -> CommandResult<SecretString> {
    Ok(manager
        .load_or_create_folder_key(&folder.join(KEY_FILE))
        .await?)
}
