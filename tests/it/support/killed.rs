//! Work that ends in the middle, as a killed process does.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

/// Polls a future so many times and drops it then; `None` if it had not ended.
pub(crate) async fn killed_after<T>(polls: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}
