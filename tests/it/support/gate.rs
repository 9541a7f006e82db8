//! A gate before the search server: lets every request through, one connection each. It can hold
//! one that changes something, before the server has seen it or before its answer has come back,
//! it can answer one itself, and it can let the answers to exports end early.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Where a request is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// The server never sees it.
    Before,
    /// The server has done it, and nobody hears of it.
    After,
    /// The server sees it once the gate is opened again.
    Pause,
}

/// Forwards to one server; ends with the test's process.
pub(crate) struct Gate {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Changing requests so far: method and path.
    changes: Vec<String>,
    /// All other requests so far.
    questions: Vec<String>,
    /// The changing request to hold, counted from 0.
    hold: Option<(usize, Hold)>,
    is_held: bool,
    is_gone: bool,
    /// The query of a request that the gate answers once itself, and the answer to each line of it.
    answer: Option<(&'static str, &'static str)>,
    /// Beginnings of requests that the gate answers itself, each with its answer.
    lies: Vec<(String, String)>,
    /// Lines of an export that pass, and how many exports are cut.
    cut: Option<(usize, usize)>,
}

impl Gate {
    /// A gate before the server that listens on `server`.
    pub(crate) fn before(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if lock(&shared).is_gone {
                    break;
                }
                let state = shared.clone();
                thread::spawn(move || drop(pass(client, server, &state)));
            }
        });
        Self { port, state }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Holds the change with this number, counted from now and from 0.
    pub(crate) fn hold(&self, number: usize, hold: Hold) {
        let mut state = lock(&self.state);
        state.changes.clear();
        state.hold = Some((number, hold));
        state.is_held = false;
    }

    /// Holds nothing, and counts from zero.
    pub(crate) fn open(&self) {
        let mut state = lock(&self.state);
        state.changes.clear();
        state.questions.clear();
        state.hold = None;
        state.is_held = false;
    }

    /// Answers the next request with a query like `action=update` by one `line` for each line of
    /// its body.
    pub(crate) fn answer(&self, query: &'static str, line: &'static str) {
        lock(&self.state).answer = Some((query, line));
    }

    /// Answers each request that begins like `GET /aliases ` with this body, instead of the server.
    pub(crate) fn lie(&self, request: &str, body: &str) {
        let lie = (request.to_owned(), body.to_owned());
        lock(&self.state).lies.push(lie);
    }

    /// Lies and cuts no more.
    pub(crate) fn tell_the_truth(&self) {
        let mut state = lock(&self.state);
        state.lies.clear();
        state.cut = None;
    }

    /// Lets only so many lines of the next exports pass, whole as HTTP has it.
    pub(crate) fn cut(&self, lines: usize, times: usize) {
        lock(&self.state).cut = Some((lines, times));
    }

    /// Refuses connections from now on, as a server that is away.
    pub(crate) fn go(&self) {
        lock(&self.state).is_gone = true;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        while TcpStream::connect(address).is_ok() {
            thread::sleep(Duration::from_millis(3));
        }
    }

    pub(crate) fn has_answered(&self) -> bool {
        lock(&self.state).answer.is_none()
    }

    pub(crate) fn is_holding(&self) -> bool {
        lock(&self.state).is_held
    }

    /// The changes since the count began.
    pub(crate) fn changes(&self) -> Vec<String> {
        lock(&self.state).changes.clone()
    }

    /// The requests that change nothing, since the count began.
    pub(crate) fn questions(&self) -> Vec<String> {
        lock(&self.state).questions.clone()
    }
}

impl State {
    fn lie_about(&self, line: &str) -> Option<String> {
        let found = self.lies.iter().find(|(begin, _)| line.starts_with(begin));
        found.map(|(_, body)| body.clone())
    }

    /// How many lines of this export may pass, if not all.
    fn cuts(&mut self) -> Option<usize> {
        let (lines, left) = self.cut.as_mut()?;
        *left = left.checked_sub(1)?;
        Some(*lines)
    }
}

/// A whole answer of the gate's own.
fn reply(client: &mut TcpStream, body: &str) -> std::io::Result<()> {
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

/// The answer with so many lines in its body.
fn shortened(answer: &[u8], lines: usize) -> Vec<u8> {
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.expect("a head") + 4);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let body = if head.contains("transfer-encoding: chunked") {
        dechunked(body)
    } else {
        body.to_vec()
    };
    let lines: Vec<&[u8]> = body.split(|&byte| byte == b'\n').take(lines).collect();
    let body = lines.join(&b'\n');
    let status = head.lines().next().unwrap_or_default().to_uppercase();
    let length = body.len();
    let head = format!("{status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    [head.as_bytes(), &body].concat()
}

fn dechunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|part| part == b"\r\n") {
        let size = String::from_utf8_lossy(&body[..end]).into_owned();
        let size = usize::from_str_radix(size.trim(), 16).expect("a size");
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    whole
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pass(mut client: TcpStream, server: u16, state: &Mutex<State>) -> std::io::Result<()> {
    let Some((head, body)) = request(&mut client)? else {
        return Ok(());
    };
    let line = head.lines().next().unwrap_or_default().to_owned();
    let answer = lock(state)
        .answer
        .take_if(|(query, _)| line.contains(*query));
    if let Some((_, line)) = answer {
        let lines = body.split(|&byte| byte == b'\n').count();
        return reply(&mut client, &vec![line; lines].join("\n"));
    }
    let falsified = lock(state).lie_about(&line);
    if let Some(body) = falsified {
        return reply(&mut client, &body);
    }
    let is_change = !line.starts_with("GET ") && !line.contains("/multi_search");
    let mut hold = None;
    if is_change {
        let mut state = lock(state);
        let number = state.changes.len();
        state.changes.push(line.clone());
        hold = state
            .hold
            .filter(|(wanted, _)| *wanted == number)
            .map(|(_, hold)| hold);
        state.is_held |= matches!(hold, Some(Hold::Before | Hold::Pause));
    } else {
        lock(state).questions.push(line.clone());
    }
    while hold == Some(Hold::Pause) && lock(state).is_held {
        thread::sleep(Duration::from_millis(3));
    }
    if hold == Some(Hold::Before) {
        return until_closed(&client);
    }
    let mut upstream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, server)))?;
    let (first, rest) = head.split_once("\r\n").unwrap_or((&head, ""));
    write!(upstream, "{first}\r\nconnection: close\r\n{rest}\r\n\r\n")?;
    upstream.write_all(&body)?;
    if hold == Some(Hold::After) {
        upstream.read_to_end(&mut Vec::new())?;
        lock(state).is_held = true;
        return until_closed(&client);
    }
    if line.contains("/documents/export")
        && let Some(lines) = lock(state).cuts()
    {
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer)?;
        client.write_all(&shortened(&answer, lines))?;
    } else {
        std::io::copy(&mut upstream, &mut client)?;
    }
    client.shutdown(Shutdown::Both)
}

/// Head and body of a request; the end of an idle connection is none.
fn request(client: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut received = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(None);
        }
        received.extend_from_slice(&buffer[..count]);
        let Some(end) = received.windows(4).position(|part| part == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .unwrap_or(0_usize);
        let body = &received[end + 4..];
        if body.len() >= length {
            return Ok(Some((head, body.to_vec())));
        }
    }
}

/// Keeps a connection until the other side is gone.
fn until_closed(mut client: &TcpStream) -> std::io::Result<()> {
    while client.read(&mut [0; 64])? > 0 {}
    Ok(())
}
