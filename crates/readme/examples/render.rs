//! Renders READMEs from standard input.
//!
//! `render [CONTENT_TYPE]` reads one and writes its HTML; `render --lines` reads a JSON string a
//! line, reStructuredText, and writes a JSON string a line; `render --time` reads the same and
//! writes how long rendering and sanitising took, in seconds.

use std::{
    hint::black_box,
    io::{self, BufRead as _, Read as _, Write as _},
    time::{Duration, Instant},
};

const MAXIMUM: usize = 1 << 26;

fn main() -> io::Result<()> {
    let argument = std::env::args().nth(1);
    let mut output = io::stdout().lock();
    match argument.as_deref() {
        Some("--lines") => {
            for line in io::stdin().lock().lines() {
                let text: String = serde_json::from_str(&line?)?;
                let rendered = pyfa_readme::render(&text, Some("text/x-rst"), MAXIMUM);
                writeln!(output, "{}", serde_json::to_string(&rendered.html)?)?;
            }
        }
        Some("--time") => {
            for line in io::stdin().lock().lines() {
                let text: String = serde_json::from_str(&line?)?;
                let html = pyfa_readme::rst_to_html(&text).unwrap_or_default();
                let rendering = time(|| pyfa_readme::rst_to_html(black_box(&text)));
                let sanitising = time(|| pyfa_readme::sanitize(black_box(&html)));
                let seconds = [rendering.as_secs_f64(), sanitising.as_secs_f64()];
                writeln!(output, "{}", serde_json::to_string(&seconds)?)?;
            }
        }
        content_type => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text)?;
            let rendered = pyfa_readme::render(&text, content_type, MAXIMUM);
            output.write_all(rendered.html.as_bytes())?;
        }
    }
    Ok(())
}

/// How long a run takes: processor time where the system tells it, since other programs may be
/// running.
fn time<T>(mut run: impl FnMut() -> T) -> Duration {
    black_box(run());
    let begin = (Instant::now(), processor_time());
    let mut rounds = 0;
    while rounds < 3 || begin.0.elapsed() < Duration::from_millis(400) {
        black_box(run());
        rounds += 1;
    }
    let spent = match (begin.1, processor_time()) {
        (Some(begin), Some(end)) => end.saturating_sub(begin),
        _ => begin.0.elapsed(),
    };
    spent / rounds
}

/// What this program has spent on a processor so far.
fn processor_time() -> Option<Duration> {
    let times = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds = times.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}
