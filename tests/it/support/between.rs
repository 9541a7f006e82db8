//! Stands between the program and a search server: passes everything on, but answers itself what
//! it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Requests are passed on one per connection; it ends with the test's process.
pub(crate) struct Between {
    pub(crate) port: u16,
    /// Whether it has answered.
    answered: Arc<AtomicBool>,
}

impl Between {
    /// Answers the first request with a query like `action=update` by one `line` for each line of
    /// its body, and leaves everything else to the server on `port`.
    pub(crate) fn answering(query: &'static str, line: &'static str, port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let own = listener.local_addr().expect("an address").port();
        let answered = Arc::new(AtomicBool::new(false));
        let has_answered = answered.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let has_answered = has_answered.clone();
                std::thread::spawn(move || {
                    // A client that goes away is no fault of the test.
                    let _ = serve(client, query, line, port, &has_answered);
                });
            }
        });
        Self {
            port: own,
            answered,
        }
    }

    pub(crate) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }
}

fn serve(
    mut client: TcpStream,
    query: &str,
    line: &str,
    port: u16,
    has_answered: &AtomicBool,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        head.push_str(&header);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let is_meant = head
        .lines()
        .next()
        .is_some_and(|first| first.contains(query));
    if is_meant && !has_answered.swap(true, Ordering::Relaxed) {
        let lines = body.split(|&byte| byte == b'\n').count();
        let answer = vec![line; lines].join("\n");
        let length = answer.len();
        return write!(
            client,
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
        );
    }
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    write!(server, "{head}connection: close\r\n\r\n")?;
    server.write_all(&body)?;
    std::io::copy(&mut server, &mut client)?;
    Ok(())
}
