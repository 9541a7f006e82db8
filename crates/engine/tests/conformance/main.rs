//! The cases of `tests/conformance/*.yaml`, against Typesense 0.24.1 and against the engine.
//!
//! What passes on the server is how it behaves; what passes on both is what the engine shares with
//! it. Known differences are part of the cases, with a reason, and fail when they are none any
//! more. `-- --nocapture` prints how many steps agree.

mod case;
mod clients;
mod compare;
mod run;
#[path = "../common/subject.rs"]
mod subject;

use std::path::PathBuf;

use case::File;
use subject::Subject;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance")
}

/// Runs one file; any answer that was not expected fails it.
async fn conforms(name: &str, side: Subject) -> Result<(), Failure> {
    let text = fs_err::read_to_string(folder().join(format!("{name}.yaml")))?;
    let file: File = serde_saphyr::from_str(&text)?;
    let outcome = run::run(&file, &side).await?;
    let who = if side.is_server() { "server" } else { "engine" };
    let (steps, failed, known) = (outcome.steps, outcome.failed, outcome.known);
    #[expect(
        clippy::print_stdout,
        reason = "the agreement is what one wants to see"
    )]
    {
        println!(
            "{name} on the {who}: {} of {steps} steps as expected, {known} of them known to differ",
            steps - failed
        );
    }
    side.end().await?;
    assert!(
        failed == 0,
        "{failed} of {steps} steps of {name}:{}",
        outcome.report
    );
    Ok(())
}

macro_rules! files {
    ($($name:ident: $file:literal),* $(,)?) => {
        const FILES: &[&str] = &[$($file),*];

        mod server {
            use super::{Failure, Subject, conforms};
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() -> Result<(), Failure> {
                    match Subject::server().await? {
                        Some(server) => conforms($file, server).await,
                        None => Ok(()),
                    }
                }
            )*
        }

        mod engine {
            use super::{Failure, Subject, conforms};
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() -> Result<(), Failure> {
                    conforms($file, Subject::engine().await?).await
                }
            )*
        }
    };
}

files! {
    collections: "01_collections",
    documents: "02_documents",
    import_export: "03_import_export",
    dynamic_and_nested: "04_dynamic_and_nested",
    alter: "05_alter",
    search_parameters: "06_search_parameters",
    words: "07_words",
    filters: "08_filters",
    sorting: "09_sorting",
    facets_and_groups: "10_facets_and_groups",
    highlights: "11_highlights",
    multi_search: "12_multi_search",
    aliases: "13_aliases",
    keys: "14_keys",
    http: "15_http",
}

#[test]
fn every_file_is_run() -> Result<(), Failure> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(".yaml") {
            found.push(name.to_owned());
        }
    }
    found.sort();
    assert_eq!(found, FILES);
    Ok(())
}
