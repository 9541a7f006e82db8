//! A disk that takes no more is told, loses nothing, can be read, and is written again when it has
//! room.
//!
//! A file that may not grow is much like a full disk; a small file system in memory that is filled
//! is one. The child is this program again, running one ignored test that does what it is told line
//! by line, under a limit that its parent sets and lifts, or on the small file system.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use pyfa_engine::collection::{ExportOptions, ImportOptions};
use pyfa_engine::{Engine, EngineResult, EngineSettings};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Documents of one import.
const LINES: u64 = 20;
/// Imports after which every limit is reached.
const MANY: u64 = 60;
/// What begins an answer of the child, among what the test's harness prints.
const MARK: &str = "answer ";

fn import(engine: &Engine, number: u64) -> EngineResult<Value> {
    let mut lines = String::new();
    for id in number * LINES..(number + 1) * LINES {
        // Words that neither the store nor the index can make much smaller.
        let words: Vec<String> = (0..60_u64)
            .map(|word| {
                let mixed = (id * 60 + word + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                format!("{:x}", mixed ^ (mixed >> 29))
            })
            .collect();
        let document = json!({"id": id.to_string(), "text": words.join(" ")});
        lines.push_str(&document.to_string());
        lines.push('\n');
    }
    let mut faults = Vec::new();
    let collection = engine.collection("c")?;
    let imported = collection.import(lines.as_bytes(), ImportOptions::default(), |line| {
        let refusal = line.outcome.as_ref().err();
        faults.extend(refusal.map(|error| Value::from(error.message.as_str())));
        Ok(())
    })?;
    Ok(json!({"stored": imported.succeeded, "refused": imported.failed, "fault": faults.first()}))
}

fn ids(engine: &Engine) -> EngineResult<Vec<u64>> {
    let mut ids = Vec::new();
    for line in engine.collection("c")?.export(&ExportOptions::default())? {
        let document: Value = serde_json::from_slice(&line?).unwrap_or_default();
        let id = document.get("id").and_then(Value::as_str);
        ids.extend(id.and_then(|id| id.parse::<u64>().ok()));
    }
    ids.sort_unstable();
    Ok(ids)
}

fn obey(engine: &Engine, order: &str) -> EngineResult<Value> {
    let fields = json!([{"name": "text", "type": "string"}]);
    match order.split_once(' ').unwrap_or((order, "")) {
        ("import", number) => import(engine, number.parse().unwrap_or_default()),
        ("write", id) => {
            let document = json!({"id": id, "text": "x"}).to_string();
            let written = engine.collection("c")?;
            written.write(
                document.as_bytes(),
                pyfa_engine::collection::WriteOptions::default(),
            )
        }
        ("create", name) => {
            engine.create_collection(&json!({"name": name, "fields": fields}), None)
        }
        ("names", _) => Ok(json!(
            engine
                .collections()
                .iter()
                .map(|one| one.name())
                .collect::<Vec<_>>()
        )),
        ("alias", name) => engine.put_alias(name, &json!({"collection_name": "c"})),
        ("ids", _) => Ok(json!(ids(engine)?)),
        ("count", _) => Ok(json!(engine.collection("c")?.count())),
        ("search", name) => {
            let name = if name.is_empty() { "c" } else { name };
            Ok(json!(engine.collection(name)?.indexed_documents()?))
        }
        ("keep", id) => {
            let document = json!({"id": id, "text": "quiet"}).to_string();
            let options = pyfa_engine::collection::WriteOptions::default();
            engine
                .collection("quiet")?
                .write(document.as_bytes(), options)
        }
        ("get", id) => engine.collection("c")?.get(id),
        ("get-quiet", id) => engine.collection("quiet")?.get(id),
        ("rebuild", _) => engine.collection("c")?.rebuild().map(|()| Value::Null),
        _ => Ok(Value::Null),
    }
}

/// The child. The first line of its standard input names the folder, each other one an order.
#[test]
#[ignore = "it is the child of the other test, and works until its input ends"]
fn obey_orders() -> Result<()> {
    let mut orders = std::io::stdin().lines();
    let Some(folder) = orders.next() else {
        return Ok(());
    };
    let engine = Engine::open(Path::new(&folder?), EngineSettings::default())?;
    engine.announce("http://127.0.0.1:8108")?;
    for order in orders {
        let answer = match obey(&engine, &order?) {
            Ok(value) => json!({ "ok": value }),
            Err(problem) => {
                json!({"status": pyfa_engine::http_status(problem.code), "message": problem.message})
            }
        };
        writeln!(std::io::stdout(), "\n{MARK}{answer}")?;
    }
    Ok(())
}

struct Servant {
    child: Running,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

struct Running(Child);

impl Servant {
    fn start(folder: &Path) -> Result<Self> {
        let mut child = Command::new("sh")
            .args([
                "-c",
                "trap '' XFSZ; exec \"$0\" --exact obey_orders --ignored --nocapture",
            ])
            .arg(std::env::current_exe()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut orders = child.stdin.take().ok_or("no stdin")?;
        writeln!(orders, "{}", folder.display())?;
        let answers = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
        Ok(Self {
            child: Running(child),
            orders,
            answers,
        })
    }

    fn tell(&mut self, order: &str) -> Result<Value> {
        writeln!(self.orders, "{order}")?;
        for line in self.answers.by_ref() {
            if let Some(answer) = line?.strip_prefix(MARK) {
                return Ok(serde_json::from_str(answer)?);
            }
        }
        Err(format!("the child ended at `{order}`").into())
    }

    fn done(&mut self, order: &str) -> Result<Value> {
        let answer = self.tell(order)?;
        let done = answer.get("ok").cloned();
        done.ok_or_else(|| format!("{order}: {answer}").into())
    }

    /// Lets it end in order.
    fn end(self) -> Result<()> {
        let Self {
            mut child,
            orders,
            answers,
        } = self;
        drop(orders);
        answers.for_each(drop);
        if child.0.wait()?.success() {
            Ok(())
        } else {
            Err("the child failed".into())
        }
    }

    /// Lets no file grow beyond so many bytes.
    fn limit(&self, bytes: &str) -> Result<()> {
        let limited = Command::new("prlimit")
            .arg(format!("--pid={}", self.child.0.id()))
            .arg(format!("--fsize={bytes}:"))
            .status()?;
        if limited.success() {
            Ok(())
        } else {
            Err("prlimit failed".into())
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // As if the power went: nothing is put in order before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A fault that says what is wrong and what of the request stands.
fn is_told(fault: &Value) {
    let told = fault.as_str().unwrap_or_default();
    assert!(told.contains("disk"), "{told}");
    assert!(
        told.contains("nothing of this request was stored"),
        "{told}"
    );
}

#[test]
fn what_was_answered_lasts_and_what_was_refused_is_not_there() -> Result<()> {
    for limit in ["0", "20000", "100000", "400000", "900000"] {
        let folder = tempfile::tempdir()?;
        let mut servant = Servant::start(folder.path())?;
        servant.done("create c")?;
        servant.done("import 0")?;
        servant.limit(limit)?;
        let mut stored: Vec<u64> = (0..LINES).collect();
        let mut refused = None;
        for number in 1..MANY {
            let answer = servant.done(&format!("import {number}"))?;
            if answer["stored"] == LINES {
                stored.extend(number * LINES..(number + 1) * LINES);
                continue;
            }
            assert_eq!(
                answer["refused"], LINES,
                "all of a request or nothing: {answer}"
            );
            is_told(&answer["fault"]);
            refused = Some(number);
            break;
        }
        let refused = refused.ok_or("the disk was never full")?;
        if limit == "0" {
            for order in ["write x", "create d", "alias a"] {
                let answer = servant.tell(order)?;
                assert_eq!(answer["status"], 500, "{order}: {answer}");
                assert!(
                    answer["message"].to_string().contains("disk"),
                    "{order}: {answer}"
                );
            }
            assert_eq!(servant.done("names")?, json!(["c"]));
        }
        assert_eq!(servant.done("ids")?, json!(stored), "{limit}");
        assert_eq!(servant.done("count")?, stored.len(), "{limit}");
        // A search finds what is stored, or says that it cannot.
        let searched = servant.tell("search")?;
        assert!(
            searched["ok"] == stored.len() || searched["message"].to_string().contains("disk"),
            "{limit}: {searched}"
        );
        servant.limit("unlimited")?;
        let answer = servant.done(&format!("import {refused}"))?;
        assert_eq!(answer["stored"], LINES, "{limit}: {answer}");
        stored.extend(refused * LINES..(refused + 1) * LINES);
        if servant.tell("search")?["ok"].is_null() {
            // What the housekeeper does within seconds.
            servant.done("rebuild")?;
        }
        assert_eq!(servant.done("search")?, stored.len(), "{limit}");
        servant.done("create d")?;
        drop(servant);
        let engine = Engine::open(folder.path(), EngineSettings::default())?;
        assert_eq!(ids(&engine)?, stored, "{limit}");
        let collection = engine.collection("c")?;
        assert_eq!(collection.count(), u64::try_from(stored.len())?);
        assert_eq!(collection.indexed_documents()?, collection.count());
    }
    Ok(())
}

/// Runs a program in a world of its own where `folder` is a file system of some megabytes; `None`
/// where the system does not allow that.
fn on_a_small_disk(folder: &Path, program: &[&str]) -> Option<Command> {
    let mount = "mount -t tmpfs -o size=16m,mode=700 tmpfs \"$0\" && exec \"$@\"";
    for world in [&["--mount"][..], &["--user", "--map-root-user", "--mount"]] {
        let command = |program: &[&str]| {
            let mut command = Command::new("unshare");
            command.args(world).args(["sh", "-c", mount]);
            command.arg(folder).args(program);
            command
        };
        let tried = command(&["true"]).stderr(Stdio::null()).status();
        if tried.is_ok_and(|tried| tried.success()) {
            return Some(command(program));
        }
    }
    None
}

#[test]
fn what_was_stored_is_readable_on_a_full_disk_and_after_a_restart_there() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let this = std::env::current_exe()?;
    let program = [
        this.to_str().ok_or("an odd path")?,
        "--exact",
        "fill_and_read",
        "--ignored",
        "--nocapture",
    ];
    let Some(mut command) = on_a_small_disk(folder.path(), &program) else {
        writeln!(
            std::io::stderr(),
            "LEFT OUT: nobody may mount a small file system here, so no disk was filled"
        )?;
        return Ok(());
    };
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    let mut orders = child.stdin.take().ok_or("no stdin")?;
    writeln!(orders, "{}", folder.path().display())?;
    drop(orders);
    assert!(child.wait()?.success(), "see above");
    Ok(())
}

/// Takes every byte that the disk still has.
fn fill(disk: &Path) -> Result<()> {
    let mut file = fs_err::OpenOptions::new()
        .create(true)
        .append(true)
        .open(disk.join("filler"))?;
    for size in [1 << 20, 4096, 1] {
        let piece = vec![1; size];
        while file.write(&piece).is_ok_and(|written| written > 0) {}
    }
    let written = fs_err::write(disk.join("one more"), "x");
    assert!(written.is_err(), "the disk is not full");
    fs_err::remove_file(disk.join("one more"))?;
    Ok(())
}

/// Everything that was stored, read in every way.
fn is_readable(servant: &mut Servant, stored: &[u64], when: &str) -> Result<()> {
    assert_eq!(servant.done("ids")?, json!(stored), "{when}");
    assert_eq!(servant.done("get 7")?["id"], "7", "{when}");
    assert_eq!(servant.done("get-quiet 1")?["text"], "quiet", "{when}");
    assert_eq!(servant.done("search")?, stored.len(), "{when}");
    assert_eq!(servant.done("search quiet")?, 1, "{when}");
    Ok(())
}

/// On the small disk, whose folder is the first line of the standard input.
#[test]
#[ignore = "it is run by another test, where the disk is small"]
fn fill_and_read() -> Result<()> {
    let mut disk = String::new();
    std::io::stdin().read_to_string(&mut disk)?;
    if disk.is_empty() {
        return Ok(());
    }
    let disk = Path::new(disk.trim_end());
    let folder = disk.join("engine");
    // The room that there will be at the end.
    fs_err::write(disk.join("ballast"), vec![1; 4 << 20])?;
    let mut servant = Servant::start(&folder)?;
    servant.done("create c")?;
    servant.done("create quiet")?;
    servant.done("keep 1")?;
    servant.end()?;

    let mut servant = Servant::start(&folder)?;
    let mut stored: Vec<u64> = Vec::new();
    let mut refused = None;
    for number in 0..3_000 {
        let answer = servant.done(&format!("import {number}"))?;
        if answer["stored"] != LINES {
            assert_eq!(answer["refused"], LINES, "{answer}");
            is_told(&answer["fault"]);
            refused = Some(number);
            break;
        }
        stored.extend(number * LINES..(number + 1) * LINES);
        if number.is_multiple_of(16) {
            servant.done("search")?;
        }
    }
    let refused = refused.ok_or("the disk was never full")?;
    fill(disk)?;
    is_readable(&mut servant, &stored, "while it is full")?;

    // Killed, and then ended in order: each time the next one finds no byte to write.
    drop(servant);
    fill(disk)?;
    let mut servant = Servant::start(&folder)?;
    is_readable(&mut servant, &stored, "after a crash")?;
    servant.end()?;
    fill(disk)?;
    let mut servant = Servant::start(&folder)?;
    is_readable(&mut servant, &stored, "after an end in order")?;
    is_told(&servant.done(&format!("import {refused}"))?["fault"]);

    fs_err::remove_file(disk.join("filler"))?;
    fs_err::remove_file(disk.join("ballast"))?;
    let answer = servant.done(&format!("import {refused}"))?;
    assert_eq!(answer["stored"], LINES, "with room again: {answer}");
    stored.extend(refused * LINES..(refused + 1) * LINES);
    is_readable(&mut servant, &stored, "with room again")?;
    drop(servant);
    let mut servant = Servant::start(&folder)?;
    is_readable(&mut servant, &stored, "after another crash")?;
    servant.end()
}
