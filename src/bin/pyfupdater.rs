//! `pyfupdater`: the name under which the guide knows `pyfa manage`.

mod older_name;

fn main() -> std::process::ExitCode {
    older_name::hand_over("pyfupdater")
}
