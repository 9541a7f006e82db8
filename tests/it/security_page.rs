//! Holds the pages that name their proofs: each row of their tables links to a test that is there.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use regex::Regex;

/// Checks the tables of a page in `docs` whose last column is `proof`; at least this many rows.
fn names_tests_that_are_there(page: &str, least: usize) -> Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let text = fs_err::read_to_string(docs.join(page))?;
    let link = Regex::new(r"\[(\w+)\]\((\S+\.rs)\)")?;
    let mut is_inside = false;
    let mut count = 0;
    for row in text.lines() {
        if !row.starts_with('|') {
            is_inside = false;
        } else if row.ends_with("| proof |") {
            is_inside = true;
        } else if is_inside && !row.starts_with("|---") {
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
    }
    ensure!(count >= least, "only {count} rows in {page}");
    Ok(())
}

#[test]
fn each_line_names_a_test_that_is_there() -> Result<()> {
    names_tests_that_are_there("security.md", 69)
}

#[test]
fn each_guarantee_names_a_test_that_is_there() -> Result<()> {
    names_tests_that_are_there("architecture.md", 15)
}
