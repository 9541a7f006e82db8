//! Tasks that are aborted when they are dropped, and whose panic is a result like others.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::{JoinError, JoinHandle};

/// A task that is aborted when it is dropped.
#[derive(Debug)]
pub struct Spawned<T>(JoinHandle<T>);

impl<T: Send + 'static> Spawned<T> {
    /// Spawns `work`.
    pub fn new(work: impl Future<Output = T> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }
}

/// Spawns `work`, so that stages use all cores. If it panics, the result is that of `panicked`: a
/// bug that one project triggers must not stop the others.
pub fn spawn<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    panicked: impl FnOnce() -> T,
) -> impl Future<Output = Result<T, JoinError>> {
    let task = Spawned::new(work);
    async move {
        match task.await {
            Err(error) if error.is_panic() => Ok(panicked()),
            outcome => outcome,
        }
    }
}

impl<T> Future for Spawned<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T> Drop for Spawned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::spawn;

    #[tokio::test]
    async fn a_panic_is_an_outcome() {
        let fails = spawn(async { panic!("on purpose") }, || "panicked");
        assert_eq!(fails.await.ok(), Some("panicked"));
        let works = spawn(async { "done" }, || "panicked");
        assert_eq!(works.await.ok(), Some("done"));
    }
}
