//! Ctrl-C and the signals that ask a process to end, turned into a request that a run can follow.

use crate::cli::output::Printer;
use crate::progress::Stopper;

/// The first interrupt stops the run in order, the second at once.
pub(super) async fn listen(stopper: Stopper, printer: Printer) {
    interrupted().await;
    printer.note("stopping: what is on its way is written; once more ends at once");
    stopper.stop();
    interrupted().await;
    // 130 is how shells tell an interrupted program; nothing acknowledged is lost by it.
    #[expect(clippy::exit, reason = "the user wants out, now")]
    std::process::exit(130);
}

/// Ends with the first of Ctrl-C, `SIGTERM` and `SIGHUP`, which is sent when the terminal goes.
#[cfg(unix)]
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let each = [SignalKind::interrupt(), SignalKind::terminate()];
    let hangup = (!is_hangup_ignored()).then(SignalKind::hangup);
    let received = each.into_iter().chain(hangup).map(|kind| {
        Box::pin(async move {
            match signal(kind) {
                Ok(mut signals) => signals.recv().await,
                // A signal that cannot be listened to does what the system does for it.
                Err(_) => std::future::pending().await,
            }
        })
    });
    futures::future::select_all(received).await;
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

#[cfg(not(unix))]
pub(super) async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}
