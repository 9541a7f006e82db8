//! A wish to stop, seen by every stage.

use tokio::sync::watch;

/// Tells a run to stop. Dropping it does not stop anything.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Asked by a run between its steps.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// A pair of ends.
#[must_use]
pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks the run to stop: what is on its way is written, nothing new is begun.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// A run that nobody stops.
    #[must_use]
    pub fn never() -> Self {
        stop().1
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when a stop is requested.
    pub async fn requested(mut self) {
        if self.0.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
