//! `pyfaggregator`: the name under which the guide knows `pyfa pypi`.

mod older_name;

fn main() -> std::process::ExitCode {
    older_name::hand_over("pyfaggregator")
}
