//! Measures the disk cache: puts values of 5 kB, opens the cache again, and reads them.
//!
//! `cargo run --release -p pyfa-http --example keep -- [values] [folder]`

use std::{error::Error, path::PathBuf, time::Instant};

use pyfa_http::{Bucket, Bytes, CacheLimits, DiskCache};

const BUCKET: Bucket = Bucket::new("example", 1);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let values = arguments
        .next()
        .map_or(Ok(1000), |number| number.parse::<usize>())?;
    let parent = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(parent)?;
    let limits = CacheLimits {
        bytes: u64::MAX,
        memory_bytes: 0,
    };
    let bodies: Vec<Bytes> = (0..values).map(|n| format!("{n:>5000}").into()).collect();

    let started = Instant::now();
    let cache = DiskCache::open(folder.path(), limits)?;
    for (number, body) in bodies.iter().enumerate() {
        cache.put(BUCKET, &number.to_string(), body.clone()).await;
    }
    cache.flush().await;
    let put = started.elapsed();
    drop(cache);

    let started = Instant::now();
    let cache = DiskCache::open(folder.path(), limits)?;
    let opened = started.elapsed();
    let started = Instant::now();
    let mut found = 0;
    for number in 0..values {
        found += usize::from(cache.get(BUCKET, &number.to_string()).await.is_some());
    }
    let read = started.elapsed();
    #[expect(
        clippy::print_stdout,
        reason = "printing the figures is the purpose of this program"
    )]
    {
        println!(
            "{values} values of 5 kB: put in {put:?}, opened in {opened:?}, {found} read in {read:?}"
        );
    }
    Ok(())
}
