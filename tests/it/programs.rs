//! The three older names of the program, and the names that it may be started under.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The older programs, and the verb that each stands for.
const OLDER: [(&str, &str); 3] = [
    (env!("CARGO_BIN_EXE_pyfaggregator"), "pypi"),
    (env!("CARGO_BIN_EXE_pyfgithub"), "github"),
    (env!("CARGO_BIN_EXE_pyfupdater"), "manage"),
];
const PYFA: &str = env!("CARGO_BIN_EXE_pyfa");

fn run(program: impl AsRef<OsStr>, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

/// A copy of an older program in `folder`, where no `pyfa` is unless the test puts one there.
fn copied(program: &str, folder: &Path) -> PathBuf {
    let copy = folder.join(Path::new(program).file_name().expect("a name"));
    fs_err::copy(program, &copy).expect("a copy");
    copy
}

#[test]
fn an_older_name_is_a_verb() {
    for (program, verb) in OLDER {
        let older = run(program, &["--help"]);
        assert!(older.status.success(), "{program}: {older:?}");
        assert_eq!(older, run(PYFA, &[verb, "--help"]), "{program}");
        let mistaken = run(program, &["--no-such-flag"]);
        assert_eq!(mistaken.status.code(), Some(2), "{program}: {mistaken:?}");
    }
}

#[test]
fn a_link_under_an_older_name_is_a_verb() {
    let folder = tempfile::tempdir().expect("a folder");
    for (program, verb) in OLDER {
        let link = folder
            .path()
            .join(Path::new(program).file_name().expect("a name"));
        symlink(PYFA, &link).expect("a link");
        assert_eq!(
            run(&link, &["--help"]),
            run(PYFA, &[verb, "--help"]),
            "{program}"
        );
    }
    let link = folder.path().join("pyfa-0.1");
    symlink(PYFA, &link).expect("a link");
    assert_eq!(run(&link, &["--version"]), run(PYFA, &["--version"]));
}

#[test]
fn an_older_program_becomes_the_pyfa_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("pyfa");
    fs_err::write(
        &script,
        "#!/bin/sh\nprintf '%s\\n' $$ \"$@\"\nkill -TERM $$\n",
    )
    .expect("a script");
    let executable = std::fs::Permissions::from_mode(0o755);
    fs_err::set_permissions(&script, executable).expect("permissions");
    let copy = copied(OLDER[0].0, folder.path());
    let link = elsewhere.path().join("pyfaggregator");
    symlink(copy, &link).expect("a link");

    let odd = OsStr::from_bytes(b"not \xff text");
    let child = Command::new(link)
        .args([OsStr::new("-i"), OsStr::new(""), odd])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let id = child.id();
    let output = child.wait_with_output().expect("it ends");

    let expected = [id.to_string().as_bytes(), b"\n-i\n\nnot \xff text\n"].concat();
    assert_eq!(output.stdout, expected, "same process, same arguments");
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    assert_eq!(signal, Some(15), "{output:?}");
}

#[test]
fn an_older_program_alone_says_what_it_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(copied(OLDER[2].0, folder.path()), &["-ls"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let folder = fs_err::canonicalize(folder.path()).expect("a folder");
    let missing = folder.join("pyfa");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        said,
        format!(
            "error: pyfupdater needs the program `pyfa` in its own folder: {}: No such file or \
             directory (os error 2)\n",
            missing.display()
        )
    );
}
