//! Fetches Python packages with pip, checked against their digests, and unpacks them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A wheel: the package, its version and its digest.
pub(crate) struct Wheel {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) sha256: &'static str,
}

/// Why a package is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PipError {
    #[error(transparent)]
    Files(#[from] std::io::Error),
    #[error("pip gave no wheel of {0}")]
    NoWheel(&'static str),
    #[error("{program} cannot be run: {cause}")]
    NotRun {
        program: String,
        cause: std::io::Error,
    },
    #[error("{program} failed: {last_line}")]
    Failed { program: String, last_line: String },
}

/// Downloads wheels into `folder`.
pub(crate) fn download(wheels: &[Wheel], folder: &Path, python: &str) -> Result<(), PipError> {
    let requirements = folder.join("requirements.txt");
    let lines = wheels.iter().map(|wheel| {
        let Wheel {
            name,
            version,
            sha256,
        } = wheel;
        format!("{name}=={version} --hash=sha256:{sha256}\n")
    });
    fs_err::write(&requirements, lines.collect::<String>())?;
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
) -> Result<(), PipError> {
    let start = format!("{}-{}-", wheel.name.replace('-', "_"), wheel.version);
    let entries = fs_err::read_dir(folder)?;
    let names = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let file = names
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&start)
        });
    let file: PathBuf = file.ok_or(PipError::NoWheel(wheel.name))?;
    run(Command::new(python)
        .args(["-m", "zipfile", "--extract"])
        .arg(file)
        .arg(target))
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Result<(), PipError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(cause) => return Err(PipError::NotRun { program, cause }),
    };
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let last = stderr
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or("no message");
    Err(PipError::Failed {
        last_line: last.trim().to_owned(),
        program,
    })
}
