//! Renders READMEs from standard input.
//!
//! `render [CONTENT_TYPE]` reads a README and writes its HTML. `render --lines` reads reStructuredText
//! and writes HTML, each as a JSON string per line. `render --time [MILLISECONDS]` reads the same and
//! writes the seconds that rendering and sanitising took: the shortest of the runs within that time.

use std::{
    hint::black_box,
    io::{self, BufRead as _, Read as _, Write as _},
    time::{Duration, Instant},
};

/// The allocator that the program uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
            let budget = std::env::args()
                .nth(2)
                .and_then(|budget| budget.parse().ok());
            let budget = Duration::from_millis(budget.unwrap_or(200));
            for line in io::stdin().lock().lines() {
                let text: String = serde_json::from_str(&line?)?;
                let html = pyfa_readme::rst_to_html(&text).unwrap_or_default();
                let rendering = shortest(budget, || pyfa_readme::rst_to_html(black_box(&text)));
                let sanitising = shortest(budget, || pyfa_readme::sanitize(black_box(&html)));
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

/// The shortest of at least three runs within the time budget.
fn shortest<T>(budget: Duration, mut run: impl FnMut() -> T) -> Duration {
    let begin = Instant::now();
    let mut shortest = Duration::MAX;
    let mut rounds = 0;
    while rounds < 3 || begin.elapsed() < budget {
        let start = Instant::now();
        black_box(run());
        shortest = shortest.min(start.elapsed());
        rounds += 1;
    }
    shortest
}
