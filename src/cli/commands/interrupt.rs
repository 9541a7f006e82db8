//! Ctrl-C and the wish of the system that we end, turned into a wish that a run can follow.

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

#[cfg(unix)]
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
pub(super) async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}
