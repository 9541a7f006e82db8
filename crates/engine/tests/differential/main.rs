//! The same searches by Typesense 0.24.1 and by the engine, over HTTP.
//!
//! Each topic makes collections and searches out of seeds; what is found, in what order, with
//! which `text_match`, counts, groups and marks has to be the same. `PYFA_DIFFERENTIAL_CASES` sets
//! the collections per topic; `-- --nocapture` prints the agreement and every difference. What is
//! known to be wrong on the server is not asked, or not looked at: see [`answers`], and the heads of
//! the searches' generators.

mod answers;
mod collections;
mod filters;
mod random;
mod searches;
#[path = "../common/subject.rs"]
mod subject;
mod words;

use collections::Collection;
use random::Random;
use reqwest::Method;
use serde_json::{Value, json};
use subject::Subject;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Of one topic.
const COLLECTIONS: u64 = 4;
/// Of one collection; as many as one request may hold.
const SEARCHES: usize = 50;

/// What a search is about.
struct Topic {
    name: &'static str,
    search: fn(&mut Random, &Collection) -> Value,
    /// How many searches of so many collections differ, for reasons that are known.
    differ: usize,
}

const TOPICS: [Topic; 9] = [
    // Twice the server misses a part of a word after changes to other documents, and finds it in the
    // same documents imported afresh; once, also only after changes, another completion is tried.
    topic("words", words::words, 3),
    topic("typos", words::typos, 0),
    topic("prefixes", words::prefixes, 0),
    // A word is forgotten when another document goes that had it twice.
    topic("filters", searches::filters, 1),
    // A `text_match` of a word with a typo; probably another candidate of the same rank.
    topic("sorts", searches::sorts, 1),
    topic("facets", searches::facets, 0),
    topic("groups", searches::groups, 0),
    topic("pages", searches::pages, 0),
    // Words in front of the best part of a text, which the server does not mark; words that stand
    // for a typed one in another document only; which of equally good parts or fields comes first;
    // what an infix finds after changes. Not each of them is understood.
    topic("highlights", searches::highlights, 13),
];

const fn topic(
    name: &'static str,
    search: fn(&mut Random, &Collection) -> Value,
    differ: usize,
) -> Topic {
    Topic {
        name,
        search,
        differ,
    }
}

fn collections_of_a_topic() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's setting, not the program's"
    )]
    let set = std::env::var("PYFA_DIFFERENTIAL_CASES");
    set.ok()
        .and_then(|set| set.parse().ok())
        .unwrap_or(COLLECTIONS)
}

/// Makes the collection on one side and asks the searches.
async fn ask(
    side: &Subject,
    collection: &Collection,
    searches: &[Value],
) -> Result<Vec<Value>, Failure> {
    const NAME: &str = "packages";
    side.clear().await?;
    let mut schema = collection.schema.clone();
    schema["name"] = NAME.into();
    side.ask(Method::POST, "/collections", schema.to_string())
        .await?;
    for write in &collection.writes {
        let lines: Vec<String> = write.lines.iter().map(Value::to_string).collect();
        let path = format!("/collections/{NAME}{}", write.path);
        side.ask(write.method.clone(), &path, lines.join("\n"))
            .await?;
    }
    let sent: Vec<Value> = searches
        .iter()
        .map(|search| answers::sent(search, NAME, side.is_server()))
        .collect();
    let body = json!({"searches": sent}).to_string();
    let answer = side.ask(Method::POST, "/multi_search", body).await?;
    let answer: Value = serde_json::from_str(&answer)?;
    let results = answer["results"].as_array().ok_or("no results")?;
    let results = results.iter().zip(searches);
    Ok(results
        .map(|(result, search)| answers::compared(result, search, side.is_server()))
        .collect())
}

/// How many searches of a topic were asked, and which of them differ.
async fn differences(
    topic: &Topic,
    number: u64,
    sides: [&Subject; 2],
) -> Result<(usize, Vec<String>), Failure> {
    let (mut asked, mut differ) = (0, Vec::new());
    for place in 0..collections_of_a_topic() {
        let seed = number * 10_000 + place + 1;
        let mut random = Random::new(seed);
        let collection = Collection::new(&mut random);
        let searches: Vec<Value> = (0..SEARCHES)
            .map(|_| (topic.search)(&mut random, &collection))
            .collect();
        let [server, engine] = sides.map(|side| ask(side, &collection, &searches));
        let (server, engine) = tokio::try_join!(server, engine)?;
        for ((search, server), engine) in searches.iter().zip(&server).zip(&engine) {
            asked += 1;
            if let Some(difference) = answers::difference(server, engine) {
                let name = topic.name;
                differ.push(format!("{name}, seed {seed}: {search}: {difference}"));
            }
        }
    }
    Ok((asked, differ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(
    clippy::print_stdout,
    reason = "the agreement is what one wants to see"
)]
async fn both_engines_answer_the_same() -> Result<(), Failure> {
    let Some(server) = Subject::server().await? else {
        return Ok(());
    };
    let engine = Subject::engine().await?;
    let mut poor = Vec::new();
    let mut table = vec!["topic        agreed    of".to_owned()];
    for (number, topic) in (0_u64..).zip(&TOPICS) {
        let (asked, differ) = differences(topic, number, [&server, &engine]).await?;
        for difference in &differ {
            println!("{difference}");
        }
        let agreed = asked - differ.len();
        table.push(format!("{:<12} {agreed:>6} {asked:>5}", topic.name));
        let times = asked.div_ceil(SEARCHES * usize::try_from(COLLECTIONS)?);
        if differ.len() > topic.differ * times {
            poor.push(topic.name);
        }
    }
    let table = table.join("\n");
    println!("{table}");
    engine.end().await?;
    server.end().await?;
    assert!(
        poor.is_empty(),
        "more differs than is known of {poor:?}:\n{table}"
    );
    Ok(())
}
