//! Requests that wait for the test: what happens in between has happened before they are answered.

use tokio::sync::oneshot;

/// A request that waits at the fake.
#[derive(Debug)]
pub struct HeldRequest {
    has_come: oneshot::Receiver<()>,
    go_on: oneshot::Sender<()>,
}

impl HeldRequest {
    /// Waits for the request, waits for `work`, and lets the request go on.
    pub async fn work_before<T>(self, work: impl Future<Output = T>) -> T {
        let _ = self.has_come.await;
        let done = work.await;
        let _ = self.go_on.send(());
        done
    }

    /// Waits for the request, runs `change`, and lets the request go on. Waits for ever if it never
    /// comes.
    pub async fn change_before(self, change: impl FnOnce()) {
        // An error says that the fake has ended: nobody asks any more.
        if self.has_come.await.is_ok() {
            change();
        }
        let _ = self.go_on.send(());
    }
}

/// The fake's side of it.
#[derive(Debug)]
pub(super) struct Hold {
    part: String,
    has_come: oneshot::Sender<()>,
    go_on: oneshot::Receiver<()>,
}

pub(super) fn new(part: &str) -> (Hold, HeldRequest) {
    let (come, has_come) = oneshot::channel();
    let (go, go_on) = oneshot::channel();
    let hold = Hold {
        part: part.to_owned(),
        has_come: come,
        go_on,
    };
    (
        hold,
        HeldRequest {
            has_come,
            go_on: go,
        },
    )
}

impl Hold {
    pub(super) fn is_for(&self, text: &str) -> bool {
        text.contains(&self.part)
    }

    pub(super) async fn wait(self) {
        if self.has_come.send(()).is_ok() {
            // An error says that the test has given up.
            let _ = self.go_on.await;
        }
    }
}
