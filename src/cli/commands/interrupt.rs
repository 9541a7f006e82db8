//! Ctrl-C and the signals that end a process, turned into a request to stop.

use crate::cli::output::Printer;
use crate::progress::{self, Stop, Stopper};

/// Does `work`. The first interrupt asks it to stop, the second ends the process at once.
pub(super) async fn run_until_interrupted<T>(
    printer: Printer,
    work: impl AsyncFnOnce(&Stop) -> T,
) -> T {
    let (stopper, stop) = progress::stop();
    let interrupts = tokio::spawn(listen(stopper, printer));
    let result = work(&stop).await;
    interrupts.abort();
    result
}

async fn listen(stopper: Stopper, printer: Printer) {
    let mut interrupts = Interrupts::listen();
    interrupts.next().await;
    printer.note("stopping after the writes in flight; press Ctrl-C again to stop at once");
    stopper.stop();
    interrupts.end_at_next().await;
}

/// Ctrl-C, `SIGTERM`, and `SIGHUP`, which is sent when the terminal goes. From the moment that they
/// are listened to, none of them ends the process by itself.
#[cfg(unix)]
pub(super) struct Interrupts(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Interrupts {
    pub(super) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let each = [SignalKind::interrupt(), SignalKind::terminate()];
        let hangup = (!is_hangup_ignored()).then(SignalKind::hangup);
        // A signal that cannot be listened to does what the system does for it.
        let signals = each.into_iter().chain(hangup);
        Self(signals.filter_map(|kind| signal(kind).ok()).collect())
    }

    /// Waits for the next of them.
    pub(super) async fn next(&mut self) {
        let next = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        let next: Vec<_> = next.collect();
        if next.is_empty() {
            std::future::pending::<()>().await;
        }
        futures::future::select_all(next).await;
    }
}

/// Whether the process was started to outlive its terminal, as `nohup` does it: listening to the
/// signal would undo that. Only Linux tells.
#[cfg(unix)]
fn is_hangup_ignored() -> bool {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

impl Interrupts {
    /// Ends the process at the next of them.
    pub(super) async fn end_at_next(mut self) {
        self.next().await;
        // 130 is what shells report for an interrupted program; nothing acknowledged is lost.
        std::process::exit(130);
    }
}

#[cfg(not(unix))]
pub(super) struct Interrupts;

#[cfg(not(unix))]
impl Interrupts {
    pub(super) fn listen() -> Self {
        Self
    }

    pub(super) async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
