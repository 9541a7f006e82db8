//! The shell script that runs a server for a test and ends it with the test, however that ends.
//!
//! Each server has a script of its own (`supervise.sh`), which prints the server's process id. A line on
//! its stdin is an order, such as a signal for the server; at the end of its stdin it ends the server
//! and removes the server's folder.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A running script.
#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
    stdin: ChildStdin,
}

impl Supervisor {
    /// Starts a script in a folder; also the id of the server's process.
    pub(crate) fn start(command: &mut Command, folder: &Path) -> io::Result<(Self, u32)> {
        let mut child = command
            .process_group(0)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (stdin, stdout) =
            pipes.ok_or_else(|| io::Error::other("its supervisor has no pipes"))?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let process_id = line.trim().parse();
        let process_id =
            process_id.map_err(|_| io::Error::other("its supervisor printed no process id"))?;
        Ok((Self { child, stdin }, process_id))
    }

    /// Sends the server a signal and waits for its end; its folder stays.
    pub(crate) fn stop(mut self, signal: &str, limit: Duration) -> io::Result<()> {
        writeln!(self.stdin, "{signal}")?;
        let limit = Instant::now() + limit;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > limit {
                self.child.kill()?;
                self.child.wait()?;
                return Err(io::Error::other("it did not stop in time"));
            }
            sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Gives an order after which the script goes on by itself.
    pub(crate) fn release(mut self, order: &str) -> io::Result<()> {
        writeln!(self.stdin, "{order}")
    }

    /// Ends the server, removes its folder, and waits for that.
    pub(crate) fn end(mut self) {
        drop(self.stdin);
        let _ = self.child.wait();
    }
}
