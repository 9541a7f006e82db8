//! `pyfgithub`: the name under which the guide knows `pyfa github`.

mod older_name;

fn main() -> std::process::ExitCode {
    older_name::hand_over("pyfgithub")
}
