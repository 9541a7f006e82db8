//! Cooperative cancellation: every stage checks for a stop request between its steps.

use tokio::sync::watch;

/// The sending half: requests a stop. Dropping it does not stop anything.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// The receiving half, which a run checks between its steps. It may listen to several senders.
#[derive(Debug, Clone)]
pub struct Stop(Vec<watch::Receiver<bool>>);

/// Creates a connected pair.
#[must_use]
pub fn stop() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(vec![receiver]))
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

    /// A receiver that sees the requests of both.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).cloned().collect())
    }

    /// Whether a stop was requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.iter().any(|receiver| *receiver.borrow())
    }

    /// Completes when a stop is requested; never, if all senders are dropped before.
    pub async fn requested(mut self) {
        let each = self.0.iter_mut().map(|receiver| {
            Box::pin(async {
                if receiver.wait_for(|stopped| *stopped).await.is_err() {
                    std::future::pending::<()>().await;
                }
            })
        });
        futures::future::select_all(each).await;
    }
}

#[cfg(test)]
mod tests {
    use super::{Stop, stop};

    #[tokio::test]
    async fn one_of_several_senders_is_enough() {
        let (first, one) = stop();
        let (second, other) = stop();
        let both = one.or(&other).or(&Stop::never());
        assert!(!both.is_requested());
        drop(first);
        second.stop();
        assert!(both.is_requested() && !one.is_requested());
        both.requested().await;
    }
}
