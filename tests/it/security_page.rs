//! Holds what `docs/security.md` says: each line of its tables names a test that is there.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use regex::Regex;

#[test]
fn each_line_names_a_test_that_is_there() -> Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let page = fs_err::read_to_string(docs.join("security.md"))?;
    let link = Regex::new(r"\[(\w+)\]\((\S+\.rs)\)")?;
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| what may"));
    let mut count = 0;
    for row in rows {
        let proof = row.rsplit('|').nth(1).context("a column")?;
        let mut named = 0;
        for found in link.captures_iter(proof) {
            let (name, file) = (&found[1], docs.join(&found[2]));
            let text = fs_err::read_to_string(&file)?;
            let is_target = file.ends_with(format!("fuzz/targets/{name}.rs"));
            ensure!(
                is_target || text.contains(&format!("fn {name}(")),
                "{} has no test {name}",
                file.display()
            );
            named += 1;
        }
        ensure!(named > 0, "no test proves: {row}");
        count += 1;
    }
    ensure!(count > 30, "only {count} lines");
    Ok(())
}
