//! The world that a test runs in: a fake registry, a real Typesense server, a folder of its own,
//! and the program as its users start it.

pub(crate) mod gate;
pub(crate) mod killed;
pub(crate) mod npm;
pub(crate) mod scene;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use pyfa::config::{SETTINGS, SettingKind};
use pyfa::search;
use pyfa_testkit::pypi::{FakePyPi, ReleaseSpec};
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// A registry, a server and a home.
pub(crate) struct World {
    pub(crate) pypi: Arc<FakePyPi>,
    pub(crate) typesense: &'static TypesenseServer,
    pub(crate) home: TempDir,
    /// Alias that the runs write to; no other test uses it.
    pub(crate) target: String,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    /// The report, where the run was asked for one and came so far.
    pub(crate) report: Value,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl World {
    /// A world, or `None` where there is no Typesense server (which is said).
    pub(crate) fn new(pypi: FakePyPi) -> Option<Self> {
        let typesense = typesense_or_skip()?;
        Some(Self {
            pypi: Arc::new(pypi),
            typesense,
            home: tempfile::tempdir().expect("a temporary folder"),
            target: typesense.unique_name("t"),
        })
    }

    /// A world with an empty registry.
    pub(crate) fn empty() -> Option<Self> {
        Self::new(FakePyPi::start().expect("a fake registry"))
    }

    /// A world with the recorded projects.
    pub(crate) fn recorded() -> Option<Self> {
        Self::new(FakePyPi::with_fixtures().expect("a fake registry"))
    }

    /// Another home and target, with the same registry: what a user would get who
    /// begins today.
    pub(crate) fn beside(&self) -> Self {
        Self {
            pypi: self.pypi.clone(),
            typesense: self.typesense,
            home: tempfile::tempdir().expect("a temporary folder"),
            target: self.typesense.unique_name("b"),
        }
    }

    /// Another home with the same registry and target: another host that writes there.
    pub(crate) fn on_another_host(&self) -> Self {
        Self {
            pypi: self.pypi.clone(),
            typesense: self.typesense,
            home: tempfile::tempdir().expect("a temporary folder"),
            target: self.target.clone(),
        }
    }

    /// The program, ready to start, with the settings of this world and nothing else.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("TYPESENSE_HOST", "127.0.0.1")
            .env("TYPESENSE_PORT", self.typesense.port().to_string())
            .env("TYPESENSE_API_KEY", self.typesense.api_key())
            .env("PYPI_RETRY_BACKOFF", "0.01")
            .stdin(Stdio::null());
        // Nobody answers for a service that a test does not fake.
        for setting in SETTINGS {
            if matches!(setting.kind, SettingKind::Address) {
                command.env(setting.name, "http://127.0.0.1:1/");
            }
        }
        command.env("PYPI_BASE_URL", self.pypi.base_url());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        outcome(&mut self.command(arguments))
    }

    /// `pyfa pypi … -t TARGET --format json`, run to its end.
    pub(crate) fn pypi(&self, arguments: &[&str]) -> Outcome {
        let mut words = vec!["pypi", "-t", &self.target, "--format", "json"];
        words.extend_from_slice(arguments);
        self.run(&words)
    }

    /// The same, left running.
    pub(crate) fn start_pypi(&self, arguments: &[&str]) -> Child {
        let mut words = vec!["pypi", "-t", &self.target, "--format", "json"];
        words.extend_from_slice(arguments);
        self.command(&words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    /// `PYFA_HOME` of the runs.
    pub(crate) fn pyfa_home(&self) -> PathBuf {
        self.home.path().join(".pyfa")
    }

    pub(crate) fn since_file(&self) -> PathBuf {
        self.home.path().join(".pyaggregator.since")
    }

    pub(crate) fn search(&self) -> search::Client {
        client(&self.typesense.url(), self.typesense.api_key())
    }

    /// Everything in the target's collection, by id.
    pub(crate) fn documents(&self) -> BTreeMap<String, Map<String, Value>> {
        documents(&self.search(), &self.target)
    }

    /// As [`content`], of the target's collection.
    pub(crate) fn content(&self) -> BTreeMap<String, Map<String, Value>> {
        content(&self.search(), &self.target)
    }

    /// How many documents the target's collection has; none where it does not exist.
    pub(crate) fn document_count(&self) -> u64 {
        let found = wait(self.search().fetch_collection(&self.target)).expect("an answer");
        found.map_or(0, |collection| collection.num_documents)
    }

    /// The ledger's file.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.pyfa_home().join("ledger.sqlite")
    }

    /// Ids in the target's collection.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.documents().into_keys().collect()
    }
}

pub(crate) fn client(url: &str, api_key: &str) -> search::Client {
    search::Client::new(&search::TypesenseSettings {
        nodes: vec![url.parse().expect("an address")],
        api_key: api_key.into(),
        timeout: std::time::Duration::from_mins(1),
    })
    .expect("a search client")
}

/// Everything in a collection, by id.
pub(crate) fn documents(
    search: &search::Client,
    collection: &str,
) -> BTreeMap<String, Map<String, Value>> {
    wait(async {
        search
            .export(collection, None, &[])
            .map_ok(|line| {
                let document: Map<String, Value> =
                    serde_json::from_slice(&line).expect("a document");
                let id = document["id"].as_str().expect("an id").to_owned();
                (id, document)
            })
            .try_collect()
            .await
            .expect("an export")
    })
}

/// Everything in a collection that has to be the same on whatever way a run came there: without
/// the serial of older releases, which tells when each was written, and without the check for
/// advisories, a fact of the day.
pub(crate) fn content(
    search: &search::Client,
    collection: &str,
) -> BTreeMap<String, Map<String, Value>> {
    let mut documents = documents(search, collection);
    for document in documents.values_mut() {
        if document["is_latest"] == false {
            document.remove("serial");
        }
        for fact in [
            "has_vulnerabilities",
            "vulnerabilities",
            "vulnerabilities_checked",
        ] {
            document.remove(fact);
        }
    }
    documents
}

/// Runs `work` on a runtime of its own.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work)
}

/// A release that the profile `plone` selects.
pub(crate) fn plone(summary: &str) -> ReleaseSpec {
    ReleaseSpec::new()
        .classifiers(["Framework :: Plone", "Framework :: Plone :: 6.1"])
        .summary(summary)
}

/// Waits until `happened`, looking every few milliseconds.
#[track_caller]
pub(crate) fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_mins(1);
    while !happened() {
        assert!(Instant::now() < limit, "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// A process that ends with the test, whatever becomes of that.
pub(crate) struct Running(Option<Child>);

impl Running {
    pub(crate) fn start(command: &mut Command) -> std::io::Result<Self> {
        Ok(Self(Some(command.spawn()?)))
    }
}

impl std::ops::Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        self.0.as_ref().expect("a process that nobody waits for")
    }
}

impl std::ops::DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        self.0.as_mut().expect("a process that nobody waits for")
    }
}

impl From<Running> for Child {
    fn from(mut running: Running) -> Self {
        running.0.take().expect("a process that nobody waits for")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Ends a process as the kernel would, without a word to it.
#[track_caller]
pub(crate) fn kill(child: impl Into<Child>) {
    let mut child = child.into();
    let ended = child.try_wait().expect("a process");
    assert_eq!(ended, None, "it had ended before it was killed");
    child.kill().expect("a kill");
    child.wait().expect("an end");
}

/// Reads what a process says on standard error until it says `part`.
#[track_caller]
pub(crate) fn says(child: &mut Child, part: &str) {
    use std::io::{BufRead, BufReader};
    let errors = child.stderr.take().expect("a pipe");
    let mut lines = BufReader::new(errors).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains(part)), "never said: {part}");
}

/// Waits for a process that was left running.
pub(crate) fn finish(child: impl Into<Child>) -> Outcome {
    read(&child.into().wait_with_output().expect("an end"))
}

/// Runs a command to its end.
pub(crate) fn outcome(command: &mut Command) -> Outcome {
    read(&command.output().expect("the program starts"))
}

fn read(output: &std::process::Output) -> Outcome {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        report: serde_json::from_str(&stdout).unwrap_or_default(),
        stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Outcome {
    /// Holds the exit code, and shows everything where it differs.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stderr, self.stdout);
        self
    }

    /// A number of the report, by its path: `documents.written`.
    #[track_caller]
    pub(crate) fn number(&self, path: &str) -> u64 {
        let pointer = format!("/{}", path.replace('.', "/"));
        self.report
            .pointer(&pointer)
            .and_then(Value::as_u64)
            .unwrap_or_else(|| panic!("no number `{path}` in {}", self.report))
    }

    /// Names in a list of problems of the report: `pending_retry`.
    pub(crate) fn names(&self, list: &str) -> Vec<&str> {
        let entries = self.report[list]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        entries
            .iter()
            .filter_map(|entry| entry["name"].as_str())
            .collect()
    }

    /// Requests that were sent, by kind.
    pub(crate) fn requests(&self, kind: &str) -> u64 {
        self.report["http"]["requests"][kind]
            .as_u64()
            .unwrap_or_default()
    }
}

/// Whether a text is anywhere below a folder's files.
pub(crate) fn folder_holds(folder: &Path, text: &str) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            folder_holds(&path, text)
        } else {
            std::fs::read(&path).is_ok_and(|bytes| {
                bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            })
        }
    })
}
