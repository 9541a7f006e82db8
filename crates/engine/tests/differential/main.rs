//! The same searches by Typesense 0.24.1 and by the engine's matching of words.
//!
//! Each topic makes collections and searches out of seeds; found documents, their order and
//! `text_match` have to be the same. `PYFA_DIFFERENTIAL_CASES` sets the collections per topic
//! (default 4, of 12 searches each); `-- --nocapture` prints the agreement. What is left are choices
//! among candidates of the same rank, of which the server tries ten in an order of its own making,
//! and a few completions that the engine finds and the server does not.

mod generate;
mod ours;

use generate::{Case, TOPICS};
use ours::Collection;
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};
use reqwest::{Client, Method};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const SEARCHES: usize = 12;
/// Percent of the searches of a topic that have to agree in full.
const LEAST_OF_A_TOPIC: usize = 90;
/// The same, of all.
const LEAST_OF_ALL: usize = 97;

/// A document's id with its `text_match`, in the order of the answer.
type Found = Vec<(String, u64)>;

fn cases() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's setting, not the program's"
    )]
    let set = std::env::var("PYFA_DIFFERENTIAL_CASES");
    set.ok().and_then(|set| set.parse().ok()).unwrap_or(4)
}

/// What the server finds.
struct Theirs<'s> {
    server: &'s TypesenseServer,
    client: Client,
}

impl Theirs<'_> {
    async fn ask(&self, method: Method, path: &str, body: String) -> Result<String, Failure> {
        let request = self
            .client
            .request(method, format!("{}{path}", self.server.url()))
            .header("x-typesense-api-key", self.server.api_key())
            .body(body);
        Ok(request.send().await?.text().await?)
    }

    async fn load(&self, name: &str, case: &Case) -> Result<(), Failure> {
        let schema = ours::schema_json(name, &case.separators);
        self.ask(Method::POST, "/collections", schema.to_string())
            .await?;
        let lines: Vec<String> = case.documents.iter().map(Value::to_string).collect();
        let path = format!("/collections/{name}/documents/import");
        let answer = self.ask(Method::POST, &path, lines.join("\n")).await?;
        if answer.contains("\"success\":false") {
            return Err(format!("not all documents were taken: {answer}").into());
        }
        Ok(())
    }

    async fn search(&self, name: &str, searches: &[Value]) -> Result<Vec<Found>, Failure> {
        let searches: Vec<Value> = searches
            .iter()
            .map(|search| {
                let mut search = search.clone();
                search["collection"] = name.into();
                search["per_page"] = 250.into();
                search
            })
            .collect();
        let body = json!({"searches": searches}).to_string();
        let answer = self.ask(Method::POST, "/multi_search", body).await?;
        let answer: Value = serde_json::from_str(&answer)?;
        let results = answer["results"].as_array().ok_or("no results")?;
        results
            .iter()
            .map(|result| {
                let hits = result["hits"]
                    .as_array()
                    .ok_or_else(|| format!("no hits in {result}"))?;
                Ok(hits
                    .iter()
                    .map(|hit| {
                        let id = hit["document"]["id"].as_str().unwrap_or_default();
                        (
                            id.to_owned(),
                            hit["text_match"].as_u64().unwrap_or_default(),
                        )
                    })
                    .collect())
            })
            .collect()
    }
}

#[tokio::test]
#[expect(
    clippy::print_stdout,
    reason = "the agreement is what one wants to see"
)]
async fn words_match_the_same_documents_with_the_same_numbers() -> Result<(), Failure> {
    let Some(server) = typesense_or_skip() else {
        return Ok(());
    };
    #[expect(clippy::disallowed_methods, reason = "the server is on this machine")]
    let client = Client::builder().no_proxy().build()?;
    let theirs = Theirs { server, client };
    let (mut all, mut all_same) = (0, 0);
    let mut poor = Vec::new();
    for (number, topic) in (0_u64..).zip(TOPICS) {
        let (mut count, mut same, mut same_documents) = (0, 0, 0);
        for seed in 0..cases() {
            let case = Case::new(topic, number * 10_000 + seed + 1, SEARCHES);
            let name = server.unique_name("differential");
            theirs.load(&name, &case).await?;
            let expected = theirs.search(&name, &case.searches).await?;
            let path = format!("/collections/{name}");
            theirs.ask(Method::DELETE, &path, String::new()).await?;
            let collection = Collection::new(&case)?;
            for (search, expected) in case.searches.iter().zip(expected) {
                let found = collection.search(search)?;
                let ids = |found: &Found| {
                    let mut ids: Vec<String> = found.iter().map(|(id, _)| id.clone()).collect();
                    ids.sort();
                    ids
                };
                count += 1;
                same += usize::from(found == expected);
                same_documents += usize::from(ids(&found) == ids(&expected));
                if found != expected && poor.len() < 40 {
                    let first = expected
                        .iter()
                        .zip(&found)
                        .find(|(one, other)| one != other);
                    poor.push(format!("{topic}, seed {seed}: {search}: {first:?}"));
                }
            }
        }
        println!("{topic}: {same} of {count} the same, {same_documents} with the same documents");
        assert!(
            same * 100 >= count * LEAST_OF_A_TOPIC,
            "{topic}: only {same} of {count} agree:\n{}",
            poor.join("\n")
        );
        all += count;
        all_same += same;
    }
    println!("{all_same} of {all} the same");
    assert!(
        all_same * 100 >= all * LEAST_OF_ALL,
        "only {all_same} of {all} agree:\n{}",
        poor.join("\n")
    );
    Ok(())
}
