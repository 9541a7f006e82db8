//! `pyfa serve` as its users start it: what is reached at its address, and what is not.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pyfa::search::{NewApiKey, NewCollection};
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};

use super::feed::check_feed;
use super::html::Page;
use super::packages::{former, release, rich};
use crate::embedded::Home;
use crate::support::{client, wait};

/// A server that ends with the test.
struct Served {
    process: Child,
    /// Host and port.
    address: String,
    _lines: BufReader<ChildStdout>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An answer, byte by byte.
#[derive(Debug, PartialEq, Eq)]
struct Raw {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Served {
    /// Starts a command that serves, and waits for its address.
    fn start(mut command: Command) -> Result<Self> {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().context("a pipe")?);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let address = line.trim().rsplit_once("http://").context("an address")?.1;
        Ok(Self {
            address: address.to_owned(),
            process,
            _lines: lines,
        })
    }

    /// Sends a request of exactly these bytes, and reads until the end of the connection.
    fn send(&self, request: &[u8]) -> Result<Raw> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        stream.write_all(request)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|part| part == b"\r\n\r\n");
        let end = end.with_context(|| String::from_utf8_lossy(&answer).into_owned())?;
        let head = std::str::from_utf8(&answer[..end])?;
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines.filter_map(|line| line.split_once(": "));
        Ok(Raw {
            status: status.context("a status")?.parse()?,
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: answer[end + 4..].to_vec(),
        })
    }

    fn ask(&self, method: &str, target: &str, headers: &str) -> Result<Raw> {
        let head = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\n{headers}");
        let host = if headers.starts_with("host:") {
            String::new()
        } else {
            format!("host: {}\r\n", self.address)
        };
        self.send(format!("{head}{host}\r\n").as_bytes())
    }

    fn get(&self, target: &str) -> Result<Raw> {
        self.ask("GET", target, "")
    }

    fn page(&self, target: &str) -> Result<Page> {
        let answer = self.get(target)?;
        ensure!(answer.status == 200, "{target}: {}", answer.status);
        Page::read(std::str::from_utf8(&answer.body)?).with_context(|| target.to_owned())
    }
}

impl Raw {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A home with the sample.
fn sample() -> Result<Home> {
    let home = Home::new()?;
    home.run(&["up", "--sample", "--no-serve"]).exits(0);
    Ok(home)
}

fn serve(home: &Home, words: &[&str], variables: &[(&str, &str)]) -> Result<Served> {
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.args(words);
    for (name, value) in variables {
        command.env(name, value);
    }
    Served::start(command)
}

#[test]
fn pages_and_api_stand_beside_each_other() -> Result<()> {
    let home = sample()?;
    let served = serve(&home, &[], &[])?;
    let admin = format!("x-typesense-api-key: {}\r\n", home.admin_key()?);

    // The API needs its keys, with or without pages.
    for (method, path) in [
        ("GET", "/collections"),
        ("GET", "/collections/plone"),
        ("GET", "/collections/plone/documents/export"),
        ("DELETE", "/collections/plone"),
        ("POST", "/collections"),
        ("GET", "/keys"),
        ("GET", "/aliases"),
        ("GET", "//keys"),
        ("GET", "/%6beys"),
        ("GET", "/collections/"),
    ] {
        for key in ["", "x-typesense-api-key: wrong\r\n"] {
            let answer = served.ask(method, path, key)?;
            assert_eq!(answer.status, 401, "{method} {path}");
            assert!(
                answer
                    .header("content-type")
                    .starts_with("application/json"),
                "{path}"
            );
        }
    }
    let listed = served.ask("GET", "/keys", &admin)?;
    assert_eq!(listed.status, 200);
    assert_eq!(served.get("/health")?.body, b"{\"ok\":true}");
    let page = served.page("/plone/plone.api")?;
    assert!(page.text("h1")?.starts_with("plone.api "));

    // Whatever is asked for HEAD, it is the head of GET.
    for path in [
        "/",
        "/plone",
        "/plone?q=form",
        "/plone/plone.api",
        "/plone/-/feed.atom",
        "/plone/-/packages.csv",
        "/favicon.ico",
        "/nothing",
        "/plone/",
        "/plone?page=99",
        "/robots.txt",
    ] {
        for encoding in ["", "accept-encoding: gzip\r\n"] {
            let get = served.ask("GET", path, encoding)?;
            let head = served.ask("HEAD", path, encoding)?;
            assert!(head.body.is_empty(), "{path}");
            let known = |answer: &Raw| {
                let mut headers = answer.headers.clone();
                headers.remove("date");
                // What is compressed on the way has no length.
                headers.remove("transfer-encoding");
                (answer.status, headers)
            };
            assert_eq!(known(&head), known(&get), "{path} {encoding}");
            let unchanged = format!("{encoding}if-none-match: {}\r\n", get.header("etag"));
            if get.status == 200 {
                let head = served.ask("HEAD", path, &unchanged)?;
                assert_eq!((head.status, head.body.len()), (304, 0), "{path}");
            }
        }
    }
    // What no browser sends.
    for (request, status) in [
        (
            "GET /\\evil.example/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            404,
        ),
        (
            "GET http://evil.example/plone/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            301,
        ),
        ("GET /plone/ HTTP/1.0\r\n\r\n", 301),
        (
            "GET /plone/%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            404,
        ),
        (
            "POST /plone HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\n\r\nq=1",
            405,
        ),
        (
            "OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
            405,
        ),
    ] {
        let answer = served.send(request.as_bytes())?;
        assert_eq!(answer.status, status, "{request}");
        assert!(!answer.header("location").contains("evil"), "{request}");
    }
    // A host that could be more than that is not repeated.
    let answer = served.ask("GET", "/plone", "host: evil.example\"><script>\r\n")?;
    let page = Page::read(std::str::from_utf8(&answer.body)?)?;
    assert_eq!(
        page.value("link[rel=canonical]", "href")?,
        "http://localhost/plone"
    );
    Ok(())
}

#[test]
fn nothing_of_the_api_is_reached_without_it() -> Result<()> {
    let home = sample()?;
    let served = serve(&home, &["--no-api"], &[])?;
    let admin = format!("x-typesense-api-key: {}\r\n", home.admin_key()?);
    for path in [
        "/collections",
        "/collections/plone",
        "/collections/plone/documents/search?q=*",
        "/keys",
        "/aliases",
        "/health",
        "/debug",
        "/stats.json",
        "/metrics.json",
        "/operations/snapshot",
        "/multi_search",
        "/presets",
        "/stopwords",
        "/pyfa/owner?0123456789abcdefghijklmnopqrstuv",
        "/config",
    ] {
        let answer = served.ask("GET", path, &admin)?;
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            answer.header("content-type").starts_with("text/html"),
            "{path}"
        );
        let answer = served.ask("POST", path, &format!("{admin}content-length: 0\r\n"))?;
        assert_eq!(answer.status, 405, "{path}");
        let answer = served.ask("DELETE", path, &admin)?;
        assert_eq!(answer.status, 405, "{path}");
    }
    served.page("/plone")?;
    Ok(())
}

#[test]
fn forwarded_addresses_are_believed_from_named_proxies_alone() -> Result<()> {
    let home = sample()?;
    let forwarded = "x-forwarded-host: packages.example.org\r\nx-forwarded-proto: https\r\n";
    let canonical = |served: &Served, headers: &str| -> Result<String> {
        let answer = served.ask("GET", "/plone", headers)?;
        let page = Page::read(std::str::from_utf8(&answer.body)?)?;
        Ok(page.value("link[rel=canonical]", "href")?.to_owned())
    };
    let plain = serve(&home, &[], &[])?;
    assert_eq!(
        canonical(&plain, forwarded)?,
        format!("http://{}/plone", plain.address)
    );
    drop(plain);
    let varies = |served: &Served| -> Result<bool> {
        let answer = served.ask("GET", "/plone", forwarded)?;
        Ok(answer
            .header("vary")
            .contains("x-forwarded-host, x-forwarded-proto"))
    };
    let other = serve(&home, &[], &[("GALLERY_TRUSTED_PROXIES", "10.0.0.1")])?;
    assert!(!varies(&other)?);
    assert_eq!(
        canonical(&other, forwarded)?,
        format!("http://{}/plone", other.address)
    );
    drop(other);
    let trusting = serve(
        &home,
        &[],
        &[("GALLERY_TRUSTED_PROXIES", "10.0.0.1,127.0.0.1")],
    )?;
    assert_eq!(
        canonical(&trusting, forwarded)?,
        "https://packages.example.org/plone"
    );
    // Nobody is given from a cache what was made for another name.
    assert!(varies(&trusting)?);
    let named = [
        ("GALLERY_TRUSTED_PROXIES", "127.0.0.1"),
        ("GALLERY_BASE_URL", "https://gallery.example.org"),
    ];
    let settled = serve(&home, &[], &named)?;
    assert!(!varies(&settled)?);
    assert_eq!(
        canonical(&settled, forwarded)?,
        "https://gallery.example.org/plone"
    );
    drop(settled);
    // What a visitor has sent along stands before what the proxy adds.
    let injected = "x-forwarded-host: evil.example\r\nx-forwarded-proto: http\r\n\
                    x-forwarded-host: evil.example, packages.example.org\r\nx-forwarded-proto: https\r\n";
    assert_eq!(
        canonical(&trusting, injected)?,
        "https://packages.example.org/plone"
    );
    for hostile in ["a\"><script>", "a/b", "user@host", ""] {
        let headers = format!("x-forwarded-host: {hostile}\r\nx-forwarded-proto: javascript\r\n");
        assert_eq!(
            canonical(&trusting, &headers)?,
            "http://localhost/plone",
            "{hostile}"
        );
    }
    Ok(())
}

/// A collection on a server, and a key that may only search it.
fn search_only(server: &TypesenseServer, name: &str) -> Result<String> {
    let admin = client(&server.url(), server.api_key());
    wait(async {
        admin.create_collection(&NewCollection::named(name)).await?;
        let mut lines = Vec::new();
        for document in [
            rich("plone.rich", "2.0"),
            former("plone.rich", "1.0", 400),
            release("plone.api", "1.0"),
        ] {
            lines.push(serde_json::to_string(&document)?.into());
        }
        admin
            .import(name, pyfa::search::ImportAction::Upsert, lines)
            .await?;
        let key = NewApiKey {
            description: "gallery".to_owned(),
            actions: vec!["documents:search".to_owned()],
            collections: vec!["*".to_owned()],
            value: None,
            expires_at: None,
        };
        let created = admin.create_key(&key).await?;
        Ok(secrecy::ExposeSecret::expose_secret(&created.value).to_owned())
    })
}

#[test]
fn a_search_only_key_of_a_typesense_server_is_enough() -> Result<()> {
    if typesense_or_skip().is_none() {
        return Ok(());
    }
    // Of its own: the collection is called as its profile, and the server is stopped.
    let mut server = TypesenseServer::start_own()?;
    let key = search_only(&server, "plone")?;
    let home = Home::new()?;
    let port = server.port().to_string();
    let variables = [
        ("TYPESENSE_HOST", "127.0.0.1"),
        ("TYPESENSE_PORT", port.as_str()),
        ("TYPESENSE_API_KEY", key.as_str()),
    ];
    let gallery = serve(&home, &[], &variables)?;
    let start = gallery.get("/")?;
    assert_eq!((start.status, start.header("location")), (302, "/plone"));
    let list = gallery.page("/plone?sort=name")?;
    assert_eq!(list.texts(".hit h2 a"), ["plone.api", "plone.rich"]);
    assert_eq!(
        gallery
            .page("/plone?q=rich&framework=Plone+6.1")?
            .texts(".hit h2 a"),
        ["plone.rich"]
    );
    for path in [
        "/plone/plone.rich",
        "/plone/plone.rich/1.0",
        "/plone/plone.rich/-/releases",
        "/plone/plone.rich/-/changelog",
        "/plone/plone.rich/-/health",
        "/plone/plone.api/-/dependents",
        "/plone/-/matrix",
        "/plone/-/compare?p=plone.rich&p=plone.api",
        "/-/help",
    ] {
        gallery.page(path)?;
    }
    assert_eq!(
        gallery.get("/plone/PLONE-rich")?.header("location"),
        "/plone/plone.rich"
    );
    for (name, kind) in [
        ("atom", "application/atom+xml"),
        ("rss", "application/rss+xml"),
        ("json", "application/feed+json"),
    ] {
        for (path, releases) in [("/plone", 3), ("/plone/plone.rich", 2)] {
            let answer = gallery.get(&format!("{path}/-/feed.{name}"))?;
            let feed = check_feed(kind, std::str::from_utf8(&answer.body)?)?;
            assert_eq!(feed.entries.len(), releases, "{path}");
        }
    }
    for path in [
        "/sitemap.xml",
        "/plone/-/sitemap.xml",
        "/plone/-/packages.csv",
        "/plone/-/suggest?q=ri",
    ] {
        assert_eq!(gallery.get(path)?.status, 200, "{path}");
    }
    // The key is nobody's but the program's, and the server's API is not passed on.
    for path in ["/plone", "/collections", "/keys", "/health"] {
        let answer = gallery.get(path)?;
        assert!(
            !String::from_utf8_lossy(&answer.body).contains(&key),
            "{path}"
        );
        assert_eq!(
            answer.status,
            if path == "/plone" { 200 } else { 404 },
            "{path}"
        );
    }
    // Without the gallery, other programs are answered all the same.
    let mut without = variables.to_vec();
    without.push(("PYFA_API_WITHOUT_KEY", "true"));
    let programs = serve(&home, &["--no-gallery"], &without)?;
    assert_eq!(programs.get("/plone")?.status, 404);
    let packages = programs.get("/api/v1/packages?profile=plone")?;
    assert_eq!(packages.status, 200);
    assert!(String::from_utf8_lossy(&packages.body).contains("plone.rich"));
    drop(programs);

    server.stop()?;
    for headers in ["", "x-gallery-part: results\r\n"] {
        let away = gallery.ask("GET", "/plone?q=rich", headers)?;
        assert_eq!((away.status, away.header("retry-after")), (503, "10"));
        let page = Page::read(std::str::from_utf8(&away.body)?)?;
        assert_eq!(page.value("input[type=search]", "value")?, "rich");
    }
    server.start_again()?;
    assert_eq!(
        gallery.page("/plone?q=rich")?.texts(".hit h2 a")[0],
        "plone.rich"
    );
    Ok(())
}
