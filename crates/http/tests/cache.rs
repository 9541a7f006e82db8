//! The disk cache: what it keeps, what it survives, and how many files it needs.

#![allow(
    clippy::disallowed_methods,
    reason = "a test that starts itself passes its arguments in the environment"
)]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime},
};

use pyfa_http::{Bucket, Bytes, CacheLimits, CacheSize, DiskCache};

const RELEASES: Bucket = Bucket::new("releases", 1);
const LIMITS: CacheLimits = CacheLimits {
    bytes: 1 << 30,
    memory_bytes: 0,
};

fn open(folder: &Path) -> DiskCache {
    DiskCache::open(folder, LIMITS).unwrap()
}

/// A value of 5 kB, different for each number.
fn value(number: usize) -> Bytes {
    format!("{number:>5000}").into()
}

async fn put(cache: &DiskCache, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        cache
            .put(RELEASES, &format!("../name/{number}"), value(number))
            .await;
    }
}

/// The numbers whose values are in the cache, which must be those that were put.
async fn cached(cache: &DiskCache, numbers: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut found_numbers = Vec::new();
    for number in numbers {
        if let Some(found) = cache.get(RELEASES, &format!("../name/{number}")).await {
            assert_eq!(found, value(number));
            found_numbers.push(number);
        }
    }
    found_numbers
}

fn all(numbers: Range<usize>) -> Vec<usize> {
    numbers.collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for child in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = child.path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn packs(folder: &Path) -> Vec<PathBuf> {
    files(&folder.join("content-v2"))
}

#[tokio::test]
async fn values_are_found_before_and_after_they_are_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    put(&cache, 0..1000).await;
    assert_eq!(cached(&cache, 0..1001).await, all(0..1000));
    drop(cache);
    let cache = open(folder.path());
    assert_eq!(cached(&cache, 0..1001).await, all(0..1000));
    assert_eq!(
        cache.get(Bucket::new("releases", 2), "../name/1").await,
        None
    );
    let statistics = cache.statistics();
    assert_eq!((statistics.hits, statistics.misses), (1000, 2));
    let size = cache.size();
    assert_eq!(size.entries, 1000);
    let real: u64 = packs(folder.path())
        .iter()
        .map(|pack| pack.metadata().unwrap().len())
        .sum();
    assert_eq!(size.bytes, real);
}

#[tokio::test]
async fn a_thousand_values_need_few_files() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    put(&cache, 0..1000).await;
    cache.flush().await;
    assert!(
        files(folder.path()).len() <= 12,
        "{:?}",
        files(folder.path())
    );
    assert_eq!(cache.statistics().written, 1000);
}

#[tokio::test]
async fn a_new_value_replaces_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..5 {
        let cache = open(folder.path());
        cache.put(RELEASES, "index", value(number)).await;
        cache.flush().await;
        assert_eq!(cache.get(RELEASES, "index").await, Some(value(number)));
        assert_eq!(packs(folder.path()).len(), 1);
    }
    let cache = open(folder.path());
    assert_eq!(cache.get(RELEASES, "index").await, Some(value(4)));
    cache.remove(RELEASES, "index").await;
    assert_eq!(cache.get(RELEASES, "index").await, None);
    drop(cache);
    let cache = open(folder.path());
    assert_eq!(cache.get(RELEASES, "index").await, None);
    assert_eq!(cache.size().entries, 0);
}

#[tokio::test]
async fn the_memory_cache_never_returns_an_old_value() {
    let folder = tempfile::tempdir().unwrap();
    let memory_bytes = 1 << 20;
    let cache = DiskCache::open(
        folder.path(),
        CacheLimits {
            memory_bytes,
            ..LIMITS
        },
    )
    .unwrap();
    put(&cache, 0..1).await;
    cache.flush().await;
    assert_eq!(cached(&cache, 0..1).await, [0]);
    fs::remove_dir_all(folder.path().join("content-v2")).unwrap();
    assert_eq!(cached(&cache, 0..1).await, [0], "it comes from the memory");
    cache.put(RELEASES, "../name/0", value(1)).await;
    assert_eq!(cache.get(RELEASES, "../name/0").await, Some(value(1)));
    cache.remove(RELEASES, "../name/0").await;
    assert_eq!(cache.get(RELEASES, "../name/0").await, None);
}

#[tokio::test]
async fn a_damaged_pack_is_replaced() {
    type Damage = fn(&Path);
    let damages: [Damage; 5] = [
        |pack| fs::write(pack, "").unwrap(),
        |pack| fs::write(pack, "garbage").unwrap(),
        |pack| fs::remove_file(pack).unwrap(),
        |pack| {
            let bytes = fs::read(pack).unwrap();
            fs::write(pack, &bytes[..bytes.len() / 2]).unwrap();
        },
        |pack| {
            let mut bytes = fs::read(pack).unwrap();
            let middle = bytes.len() / 2;
            bytes.iter_mut().skip(middle).for_each(|byte| *byte ^= 1);
            fs::write(pack, bytes).unwrap();
        },
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        for reopen in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let mut cache = open(folder.path());
            put(&cache, 0..100).await;
            cache.flush().await;
            put(&cache, 100..200).await;
            cache.flush().await;
            let before = packs(folder.path());
            damage(&before[0]);
            if reopen {
                cache = open(folder.path());
            }
            // Within an intact half, values may still be found.
            cached(&cache, 0..200).await;
            let left = cached(&cache, 0..200).await;
            let lost = if left.contains(&0) { 100..200 } else { 0..100 };
            assert_eq!(left.len(), 100, "damage {number}");
            assert!(!before[0].exists());
            put(&cache, lost).await;
            drop(cache);
            let cache = open(folder.path());
            assert_eq!(cached(&cache, 0..200).await, all(0..200));
            assert_eq!(cache.statistics().damaged, 0);
        }
    }
}

#[tokio::test]
async fn a_damaged_list_is_an_empty_cache() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    put(&cache, 0..10).await;
    drop(cache);
    for file in files(&folder.path().join("index-v5")) {
        fs::write(file, b"\xff\xfe garbage\t{}\n").unwrap();
    }
    let cache = open(folder.path());
    assert!(cached(&cache, 0..10).await.is_empty());
    put(&cache, 0..10).await;
    cache.flush().await;
    assert_eq!(cached(&open(folder.path()), 0..10).await.len(), 10);
}

#[tokio::test]
async fn the_oldest_values_are_pruned_first() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    for start in [0, 100, 200, 300] {
        put(&cache, start..start + 100).await;
        cache.flush().await;
    }
    let before = cache.size();
    let pruned = cache.prune(before.bytes / 2 + 1000).await;
    assert_eq!(pruned.entries, 200);
    assert_eq!(pruned.bytes, before.bytes - cache.size().bytes);
    assert_eq!(cached(&cache, 0..400).await, all(200..400));
    assert_eq!(packs(folder.path()).len(), 2);
    assert_eq!(cached(&open(folder.path()), 0..400).await, all(200..400));
    cache.prune(0).await;
    assert_eq!(
        cache.size(),
        CacheSize {
            entries: 0,
            bytes: 0
        }
    );
    assert_eq!(packs(folder.path()).len(), 0);
}

#[tokio::test]
async fn the_limit_holds_without_pruning_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let limits = CacheLimits {
        bytes: 4 << 20,
        memory_bytes: 0,
    };
    let cache = DiskCache::open(folder.path(), limits).unwrap();
    for number in 0..4000 {
        put(&cache, [number]).await;
        assert!(cache.size().bytes <= limits.bytes);
    }
    let held = cached(&cache, 0..4000).await;
    assert!(held.len() > 600, "{}", held.len());
    assert_eq!(held, all(4000 - held.len()..4000));
    cache.put(RELEASES, "huge", vec![0; 5 << 20].into()).await;
    assert_eq!(cache.get(RELEASES, "huge").await, None);
    assert_eq!(cache.statistics().failed, 1);
}

#[tokio::test]
async fn old_leftovers_of_killed_processes_are_pruned() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    put(&cache, 0..1).await;
    cache.flush().await;
    let long_ago = SystemTime::now() - Duration::from_hours(2);
    let pack = format!("content-v2/sha256/aa/bb/{}", "c".repeat(60));
    let names = [
        "tmp/.tmpold",
        "tmp/.tmpnew",
        pack.as_str(),
        "tmp/notes-old",
        "content-v2/sha256/aa/bb/old",
    ];
    let left = names.map(|name| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "left over").unwrap();
        if !name.ends_with("new") {
            let file = fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(long_ago).unwrap();
        }
        path
    });
    let pack = fs::File::options()
        .write(true)
        .open(&packs(folder.path())[0]);
    pack.unwrap().set_modified(long_ago).unwrap();
    let pruned = cache.prune(LIMITS.bytes).await;
    assert_eq!((pruned.entries, pruned.bytes), (0, 18));
    // What the cache does not name so belongs to somebody else.
    let exist = left.map(|path| path.exists());
    assert_eq!(exist, [false, true, false, true, true]);
    assert_eq!(cached(&cache, 0..1).await, [0]);
}

#[tokio::test]
async fn nothing_is_pruned_if_the_list_is_incomplete() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    put(&cache, 0..1).await;
    cache.flush().await;
    let pack = packs(folder.path()).remove(0);
    let file = fs::File::options().write(true).open(&pack).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(2))
        .unwrap();
    let list = folder.path().join("index-v5");
    fs::rename(&list, folder.path().join("away")).unwrap();
    cache.prune(LIMITS.bytes).await;
    assert!(pack.exists());
    fs::rename(folder.path().join("away"), &list).unwrap();
    drop(cache);
    assert_eq!(cached(&open(folder.path()), 0..1).await, [0]);
}

#[tokio::test]
async fn write_errors_are_counted_and_do_not_stop_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    put(&cache, 0..10).await;
    cache.flush().await;
    // Nothing new can be written in place of a folder.
    fs::remove_dir_all(folder.path().join("tmp")).unwrap();
    fs::write(folder.path().join("tmp"), "").unwrap();
    put(&cache, 10..500).await;
    cache.flush().await;
    assert_eq!(cache.statistics().failed, 490);
    assert_eq!(cached(&cache, 0..500).await, all(0..10));
    fs::remove_file(folder.path().join("tmp")).unwrap();
    put(&cache, 10..500).await;
    cache.flush().await;
    assert_eq!(cached(&cache, 0..500).await.len(), 500);
    assert!(DiskCache::open(packs(folder.path())[0].join("x"), LIMITS).is_err());
}

#[tokio::test]
async fn small_packs_are_merged() {
    let folder = tempfile::tempdir().unwrap();
    for run in 0..150 {
        let cache = open(folder.path());
        put(&cache, [run, 1000]).await;
        if run == 3 {
            cache.remove(RELEASES, "../name/2").await;
        }
    }
    assert!(
        packs(folder.path()).len() <= 66,
        "{}",
        packs(folder.path()).len()
    );
    let mut expected = all(0..150);
    expected.retain(|number| *number != 2);
    assert_eq!(cached(&open(folder.path()), 0..150).await, expected);
    assert_eq!(cached(&open(folder.path()), [1000]).await, [1000]);
}

/// Run by [`processes_share_a_folder`] in separate processes.
#[tokio::test]
#[ignore = "a part of another test"]
async fn another_process() {
    let Ok(folder) = std::env::var("CACHE_FOLDER") else {
        return;
    };
    let start: usize = std::env::var("CACHE_START").unwrap().parse().unwrap();
    let limits = CacheLimits {
        bytes: 40 << 20,
        memory_bytes: 0,
    };
    let cache = DiskCache::open(&folder, limits).unwrap();
    for number in start..start + 1500 {
        put(&cache, [number]).await;
        if number % 250 == 0 {
            cache.put(RELEASES, "both", value(7)).await;
            cache.prune(30 << 20).await;
            cached(&cache, [number / 2]).await;
        }
    }
}

#[tokio::test]
async fn processes_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let processes = [0, 1500].map(|start: usize| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "another_process", "--ignored"])
            .env("CACHE_FOLDER", folder.path())
            .env("CACHE_START", start.to_string())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    });
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let cache = open(folder.path());
    assert_eq!(cached(&cache, 0..3000).await.len(), 3000);
    assert_eq!(cache.get(RELEASES, "both").await, Some(value(7)));
    assert_eq!(cache.statistics().damaged, 0);
}
