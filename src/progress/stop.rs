//! Cooperative cancellation: every stage checks for a stop request between its steps.

use tokio::sync::watch;

/// The sending half: requests a stop. Dropping it does not stop anything.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// The receiving half, which a run checks between its steps.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Creates a connected pair.
#[must_use]
pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Requests a stop: work in flight is finished and written, nothing new is started.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// A receiver that never sees a stop request.
    #[must_use]
    pub fn never() -> Self {
        stop().1
    }

    /// Whether a stop was requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Completes when a stop is requested; never, if the sender is dropped before.
    pub async fn requested(mut self) {
        if self.0.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
