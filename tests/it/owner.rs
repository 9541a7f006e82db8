//! The folder of the embedded engine and the keys in it: who is believed to own it, what reaches
//! whom, and what others on the machine can read.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::embedded::Home;
use crate::support::{Outcome, kill, outcome};

/// Somebody who listens, answers everything with `{}`, and remembers what came.
struct Thief {
    port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Thief {
    fn at(port: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let port = listener.local_addr()?.port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let record = Arc::clone(&record);
                std::thread::spawn(move || listen(stream, &record));
            }
        });
        Ok(Self { port, heard })
    }

    fn heard(&self) -> String {
        let heard = self.heard.lock().expect("no panic while it listens");
        String::from_utf8_lossy(&heard).into_owned()
    }
}

fn listen(mut stream: TcpStream, record: &Mutex<Vec<u8>>) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        let said = piece.get(..length).unwrap_or_default();
        record.lock().expect("no panic").extend_from_slice(said);
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                      content-length: 2\r\n\r\n{}";
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// The first line and the body of an answer to a request of these bytes.
fn raw(address: &str, request: &str) -> Result<(String, String)> {
    let address = address.strip_prefix("http://").context("an address")?;
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("a head")?;
    let status = head.lines().next().unwrap_or_default();
    Ok((status.to_owned(), body.to_owned()))
}

fn get(address: &str, key: &str, target: &str) -> Result<(String, String)> {
    let head = format!("host: x\r\nx-typesense-api-key: {key}\r\nconnection: close\r\n\r\n");
    raw(address, &format!("GET {target} HTTP/1.1\r\n{head}"))
}

/// The port of the address in the lock.
fn owner_port(home: &Home) -> Result<u16> {
    let lock = fs_err::read_to_string(home.engine().join("lock"))?;
    let (_, port) = lock.trim().rsplit_once(':').context("an address")?;
    Ok(port.parse()?)
}

#[test]
fn who_takes_a_dead_owners_port_is_sent_nothing() -> Result<()> {
    let home = Home::new()?;
    let (first, _, key, _first_lines) = home.serve()?;
    let (second, front, _, _second_lines) = home.serve()?;
    let admin = home.admin_key()?;
    let (status, body) = get(&front, &admin, "/collections")?;
    assert_eq!((status.as_str(), body.as_str()), ("HTTP/1.1 200 OK", "[]"));

    let port = owner_port(&home)?;
    kill(first);
    let thief = Thief::at(port)?;
    for asked in [&admin, &key] {
        let (status, body) = get(&front, asked, "/collections")?;
        assert_ne!(body, "{}", "the thief answered: {status}");
    }
    let (status, body) = get(&front, &admin, "/collections")?;
    assert_eq!((status.as_str(), body.as_str()), ("HTTP/1.1 200 OK", "[]"));
    assert_eq!(thief.heard(), "");
    kill(second);
    Ok(())
}

/// Holds the lock of a home's engine and names an address in it, as its owner would.
fn hold(home: &Home, address: &str) -> Result<File> {
    let path = home.engine().join("lock");
    let mut lock = OpenOptions::new().read(true).write(true).open(path)?;
    lock.lock()?;
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{address}")?;
    Ok(lock)
}

#[test]
fn an_address_in_the_lock_is_not_believed() -> Result<()> {
    let home = Home::new()?;
    home.run(&["manage", "-ls"]).exits(0);
    let admin = home.admin_key()?;

    let thief = Thief::at(0)?;
    let held = hold(&home, &format!("http://127.0.0.1:{}", thief.port))?;
    let refused = home.run(&["manage", "-ls"]);
    assert_ne!(refused.code, 0);
    let says = &refused.stderr;
    assert!(
        says.contains("has not proved that it owns the folder"),
        "{says}"
    );
    let heard = thief.heard();
    assert!(heard.starts_with("GET /pyfa/owner?"), "{heard}");
    assert!(
        !heard.contains(&admin) && !heard.contains("api-key"),
        "{heard}"
    );
    drop(held);

    for elsewhere in [
        "http://192.0.2.1:80",
        "http://localhost:80",
        "http://127.0.0.1:80@192.0.2.1:80",
    ] {
        let held = hold(&home, elsewhere)?;
        let refused = home.run(&["manage", "-ls"]);
        let says = &refused.stderr;
        assert!(says.contains("not one of this machine's own"), "{says}");
        drop(held);
    }
    home.run(&["manage", "-ls"]).exits(0);
    Ok(())
}

#[test]
fn a_silent_process_at_the_address_in_the_lock_is_soon_reported() -> Result<()> {
    let home = Home::new()?;
    home.run(&["manage", "-ls"]).exits(0);
    // The system accepts connections for it; nobody reads them.
    let silent = TcpListener::bind(("127.0.0.1", 0))?;
    let address = format!("http://{}", silent.local_addr()?);
    let held = hold(&home, &address)?;
    let begun = Instant::now();
    let refused = home.run(&["manage", "-ls"]);
    assert_ne!(refused.code, 0);
    assert!(begun.elapsed() < Duration::from_secs(30), "{begun:?}");
    let says = &refused.stderr;
    for part in [
        "accepts connections",
        "has not answered",
        &address,
        "fuser",
        "engine/lock",
    ] {
        assert!(says.contains(part), "{part}: {says}");
    }
    drop(held);
    home.run(&["manage", "-ls"]).exits(0);
    Ok(())
}

#[test]
fn a_second_server_hands_on_what_it_got() -> Result<()> {
    let home = Home::new()?;
    let (first, one, key, _first_lines) = home.serve()?;
    let (second, other, _, _second_lines) = home.serve()?;
    let end = format!("host: x\r\nx-typesense-api-key: {key}\r\nconnection: close\r\n");
    let searches = r#"{"searches":[{"collection":"..","q":"*"}]}"#;
    let length = searches.len();
    for request in [
        format!("GET /collections/%2e%2e/documents/search?q=* HTTP/1.1\r\n{end}\r\n"),
        format!("GET /collections/%2E%2E/documents/search?q=* HTTP/1.1\r\n{end}\r\n"),
        format!("GET /collections/x/../documents/search?q=* HTTP/1.1\r\n{end}\r\n"),
        format!("GET /collections/./documents/search?q=* HTTP/1.1\r\n{end}\r\n"),
        format!("GET //collections//..%2fx/documents/search?q=%2e%2e/.. HTTP/1.1\r\n{end}\r\n"),
        format!("GET /health?a=%2e%2e/../b HTTP/1.1\r\n{end}\r\n"),
        format!("GET /pyfa/owner?0123456789abcdefghijklmnopqrstuv HTTP/1.1\r\n{end}\r\n"),
        format!("OPTIONS * HTTP/1.1\r\n{end}\r\n"),
        format!("OPTIONS /collections HTTP/1.1\r\n{end}\r\n"),
        format!("HEAD /health HTTP/1.1\r\n{end}\r\n"),
        format!("POST /multi_search HTTP/1.1\r\n{end}content-length: {length}\r\n\r\n{searches}"),
        format!(
            "POST /multi_search HTTP/1.1\r\n{end}transfer-encoding: chunked\r\n\r\n\
             {length:x}\r\n{searches}\r\n0\r\n\r\n"
        ),
    ] {
        let (direct, forwarded) = (raw(&one, &request)?, raw(&other, &request)?);
        assert_eq!(
            (direct.0, direct.1.replace(' ', "")),
            (forwarded.0, forwarded.1.replace(' ', "")),
            "{request}"
        );
    }
    kill(second);
    kill(first);
    Ok(())
}

#[test]
fn front_ends_may_come_by_an_address_that_commands_never_follow() -> Result<()> {
    let home = Home::new()?;
    let (serving, _, _, _lines) = home.serve_at("0.0.0.0:0")?;
    home.run(&["manage", "-ls"]).exits(0);
    let lock = fs_err::read_to_string(home.engine().join("lock"))?;
    assert!(lock.starts_with("http://127.0.0.1:"), "{lock}");
    kill(serving);
    Ok(())
}

const PROXIES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// Runs a command with all those variables naming the thief, and others.
fn through(home: &Home, thief: &Thief, words: &[&str], more: &[(&str, &str)]) -> Outcome {
    let mut command = home.command(words);
    for name in PROXIES {
        command.env(name, format!("http://127.0.0.1:{}", thief.port));
    }
    command.envs(more.iter().copied());
    outcome(&mut command)
}

#[test]
fn no_proxy_hears_of_this_machines_servers() -> Result<()> {
    let home = Home::new()?;
    let thief = Thief::at(0)?;
    through(
        &home,
        &thief,
        &["up", "--sample", "--no-serve", "plone"],
        &[],
    )
    .exits(0);
    through(&home, &thief, &["search", "-p", "plone", "form"], &[]).exits(0);
    let (serving, _, _, _lines) = home.serve()?;
    through(&home, &thief, &["manage", "-ls"], &[]).exits(0);
    kill(serving);

    let server = Thief::at(0)?;
    let port = server.port.to_string();
    for host in ["localhost", "127.0.0.1", "LOCALHOST"] {
        let named = [
            ("TYPESENSE_HOST", host),
            ("TYPESENSE_PORT", &port),
            ("TYPESENSE_API_KEY", "a-key-of-the-server"),
        ];
        through(&home, &thief, &["manage", "-ls"], &named);
    }
    assert!(server.heard().matches("a-key-of-the-server").count() >= 3);
    assert_eq!(thief.heard(), "");
    Ok(())
}

#[test]
fn other_servers_are_reached_through_the_proxy_as_their_user_says() -> Result<()> {
    let home = Home::new()?;
    let thief = Thief::at(0)?;
    let named = [
        ("TYPESENSE_HOST", "search.invalid"),
        ("TYPESENSE_API_KEY", "a-key-of-the-server"),
    ];
    let excepted = [named[0], named[1], ("NO_PROXY", "example.org, .invalid")];
    through(&home, &thief, &["manage", "-ls"], &excepted);
    assert_eq!(thief.heard(), "");
    through(&home, &thief, &["manage", "-ls"], &named);
    assert!(
        thief.heard().contains("http://search.invalid:8108/"),
        "{}",
        thief.heard()
    );

    // And which one is used can be seen.
    let mut config = home.command(&["config"]);
    config
        .envs(named)
        .env("http_proxy", "http://me:hush@proxy.example:3128")
        .env("NO_PROXY", "example.org");
    let shown = outcome(&mut config).exits(0).stdout;
    let line = shown.lines().find(|line| line.starts_with("http_proxy"));
    let line = line.context("a line for the variable")?;
    assert!(line.contains("http://***@proxy.example:3128"), "{line}");
    assert!(
        line.contains("the environment, for TYPESENSE_HOST"),
        "{line}"
    );
    ensure!(
        shown.contains("NO_PROXY") && !shown.contains("hush"),
        "{shown}"
    );
    Ok(())
}

/// What there is below a folder, itself included, that others may read, write or enter.
fn open_to_others(folder: &Path) -> Result<Vec<(PathBuf, u32)>> {
    let mut open = Vec::new();
    let mut paths = vec![folder.to_owned()];
    while let Some(path) = paths.pop() {
        // The engine removes files while it works.
        let Ok(found) = std::fs::symlink_metadata(&path) else {
            continue;
        };
        if found.is_dir() {
            for entry in fs_err::read_dir(&path)? {
                paths.push(entry?.path());
            }
        }
        if found.mode() & 0o077 != 0 {
            open.push((path, found.mode() & 0o777));
        }
    }
    Ok(open)
}

#[test]
fn nothing_in_the_folders_is_for_others_whatever_the_umask() -> Result<()> {
    for umask in ["000", "022", "077"] {
        let home = Home::with_registry()?;
        let fetch = home.command(&["pypi", "-f", "-p", "plone", "--format", "json"]);
        outcome(&mut with_umask(&fetch, umask)).exits(0);
        let serve = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut serving = Serving(with_umask(&serve, umask).spawn()?);
        let lines = serving.0.stdout.as_mut().context("a pipe")?;
        let mut first = [0; 1];
        lines.read_exact(&mut first)?;
        let folder = home.engine();
        let folder = folder.parent().context("a home")?;
        assert_eq!(open_to_others(folder)?, [], "umask {umask}");
    }
    Ok(())
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The same command, in a shell that sets the umask first.
fn with_umask(command: &Command, umask: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

#[test]
fn the_key_of_a_folder_is_taken_from_others() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new()?;
    home.run(&["manage", "-ls"]).exits(0);
    let key = home.engine().join("admin.key");
    fs_err::set_permissions(&key, std::fs::Permissions::from_mode(0o666))?;
    let told = home.run(&["manage", "-ls"]).exits(0);
    assert!(told.stderr.contains("admin.key"), "{}", told.stderr);
    assert_eq!(fs_err::metadata(&key)?.permissions().mode() & 0o777, 0o600);
    let elsewhere = key.with_file_name("elsewhere");
    fs_err::rename(&key, &elsewhere)?;
    symlink(&elsewhere, &key)?;
    let refused = home.run(&["manage", "-ls"]);
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("admin.key"), "{}", refused.stderr);
    Ok(())
}

#[test]
fn a_link_in_place_of_a_file_of_the_lock_is_refused() -> Result<()> {
    for name in ["lock", "in-use"] {
        let home = Home::new()?;
        home.run(&["manage", "-ls"]).exits(0);
        let victim = home.engine().with_file_name("victim");
        fs_err::write(&victim, "precious")?;
        let link = home.engine().join(name);
        let _ = std::fs::remove_file(&link);
        symlink(&victim, &link)?;
        let refused = home.run(&["manage", "-ls"]);
        assert_ne!(refused.code, 0, "{name}");
        let says = &refused.stderr;
        assert!(
            says.contains(name) && says.contains("symbolic link"),
            "{says}"
        );
        assert_eq!(fs_err::read_to_string(&victim)?, "precious");
        fs_err::remove_file(&link)?;
        home.run(&["manage", "-ls"]).exits(0);
    }
    Ok(())
}

#[test]
fn a_refused_address_is_shown_without_its_secrets() -> Result<()> {
    let home = Home::new()?;
    let mut config = home.command(&["config"]);
    config.env("PYPI_BASE_URL", "https://registry.example/?token=hush");
    let to = "https://me:hush@search.example/?token=hush";
    for refused in [
        outcome(&mut config),
        home.run(&["manage", "--migrate", "--to", to]),
    ] {
        let refused = refused.exits(2);
        let says = &refused.stderr;
        assert!(says.contains(".example/?***"), "{says}");
        assert!(!says.contains("hush"), "{says}");
    }
    Ok(())
}

#[test]
fn a_short_admin_key_is_warned_of() -> Result<()> {
    let home = Home::new()?;
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    for (key, said) in [
        (
            "fifteen-letters",
            "TYPESENSE_API_KEY has fewer than 16 characters",
        ),
        ("sixteen--letters", "press Ctrl-C to stop"),
    ] {
        let mut command = home.command(&serve);
        let mut serving = Serving(command.env("TYPESENSE_API_KEY", key).spawn()?);
        // What is warned of is said before anything is served.
        let errors = serving.0.stderr.take().context("a pipe")?;
        let mut lines = BufReader::new(errors).lines();
        let first = lines.next().context("a line")??;
        assert!(first.contains(said) && !first.contains(key), "{first}");
    }
    Ok(())
}
