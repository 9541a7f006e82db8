//! Fetches Python packages with pip, checked against their digests, and unpacks them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A wheel: the package, its version and its digest.
pub(crate) struct Wheel {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) sha256: &'static str,
}

/// Downloads wheels into `folder`; why that failed in one sentence.
pub(crate) fn download(wheels: &[Wheel], folder: &Path, python: &str) -> Result<(), String> {
    let requirements = folder.join("requirements.txt");
    let lines = wheels.iter().map(|wheel| {
        let Wheel {
            name,
            version,
            sha256,
        } = wheel;
        format!("{name}=={version} --hash=sha256:{sha256}\n")
    });
    let written = fs_err::write(&requirements, lines.collect::<String>());
    written.map_err(|error| error.to_string())?;
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
        .arg(folder))
}

/// Unpacks the wheel of a package, which was downloaded into `folder`, to `target`.
pub(crate) fn unpack(
    wheel: &Wheel,
    folder: &Path,
    python: &str,
    target: &Path,
) -> Result<(), String> {
    let start = format!("{}-{}-", wheel.name.replace('-', "_"), wheel.version);
    let entries = fs_err::read_dir(folder).map_err(|error| error.to_string())?;
    let names = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let file = names
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&start)
        });
    let file: PathBuf = file.ok_or_else(|| format!("pip gave no wheel of {}", wheel.name))?;
    run(Command::new(python)
        .args(["-m", "zipfile", "--extract"])
        .arg(file)
        .arg(target))
}

/// Runs a program to its end; why it failed in one sentence.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let last = stderr
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no message");
    Err(format!("{program} failed: {}", last.trim()))
}
