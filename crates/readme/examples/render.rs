//! Renders a README from standard input: `render [CONTENT_TYPE] < README`.

use std::io::{Read as _, Write as _};

fn main() -> std::io::Result<()> {
    let content_type = std::env::args().nth(1);
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let rendered = pyfa_readme::render(&text, content_type.as_deref(), 1 << 24);
    std::io::stdout().write_all(rendered.html.as_bytes())
}
