//! Values of facets, and groups, are told apart by their text.

use pyfa_engine::EngineSettings;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::served::{Failure, Served};

/// The counts of a field by value, in an answer.
fn counts(answer: &Value, field: &str) -> Value {
    let facets = answer["facet_counts"].as_array().into_iter().flatten();
    let mut facets = facets.filter(|facet| facet["field_name"] == field);
    let counts = facets.next().and_then(|facet| facet["counts"].as_array());
    let counts = counts.into_iter().flatten().filter_map(|count| {
        let value = count["value"].as_str()?;
        Some((value.to_owned(), count["count"].clone()))
    });
    Value::Object(counts.collect::<Map<_, _>>())
}

/// How many documents each group has, by the text of its key.
fn groups(answer: &Value) -> Value {
    let groups = answer["grouped_hits"].as_array().into_iter().flatten();
    let groups = groups.map(|group| {
        let hits = group["hits"].as_array().map_or(0, Vec::len);
        (group["group_key"].to_string(), json!(hits))
    });
    Value::Object(groups.collect::<Map<_, _>>())
}

const CLASSIFIER: &str = "Programming Language ::";

async fn made() -> Result<Served, Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let schema = json!({
        "fields": [
            {"name": "name", "type": "string"},
            {"name": "tags", "type": "string[]", "facet": true},
            {"name": "size", "type": "string", "facet": true},
        ],
        "token_separators": [".", "-", "_", "@", "/"],
    });
    let document = |id: &str, tags: &[&str], size: &str| {
        let tags: Vec<String> = tags
            .iter()
            .map(|tag| format!("{CLASSIFIER} {tag}"))
            .collect();
        json!({"id": id, "name": id, "tags": tags, "size": size})
    };
    let documents = [
        document("1", &["C"], "1,5 m"),
        document("2", &["C++"], "15 m"),
        document("3", &["C#", "c"], "15 m"),
        document("4", &["C++"], "15 m"),
    ];
    served.make(schema, &documents).await?;
    Ok(served)
}

#[tokio::test]
async fn values_that_differ_by_signs_are_counted_apart() -> Result<(), Failure> {
    let served = made().await?;
    let (_, answer) = served
        .find(&[("q", "*"), ("facet_by", "tags,size")])
        .await?;
    let named = |tag: &str| format!("{CLASSIFIER} {tag}");
    let expected = json!({named("C"): 1, named("c"): 1, named("C++"): 2, named("C#"): 1});
    assert_eq!(counts(&answer, "tags"), expected);
    assert_eq!(counts(&answer, "size"), json!({"1,5 m": 1, "15 m": 3}));
    assert_eq!(answer["facet_counts"][0]["stats"]["total_values"], 4);
    served.end().await
}

#[tokio::test]
async fn groups_that_differ_by_signs_are_groups_of_their_own() -> Result<(), Failure> {
    let served = made().await?;
    let grouped = [("q", "*"), ("group_by", "size"), ("facet_by", "tags")];
    let (_, answer) = served.find(&grouped).await?;
    assert_eq!(answer["found"], 2);
    assert_eq!(
        groups(&answer),
        json!({r#"["1,5 m"]"#: 1, r#"["15 m"]"#: 3})
    );
    // Groups are counted: both documents with C++ are in one.
    assert_eq!(counts(&answer, "tags")["Programming Language :: C++"], 1);
    served.end().await
}

#[tokio::test]
async fn values_are_told_apart_by_case_accents_and_blanks_too() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let schema = json!({
        "fields": [{"name": "v", "type": "string", "facet": true}],
        "symbols_to_index": ["+"],
    });
    let values = [
        "résumé", "resume", "Resume", "RESUME", "resume ", "re sume", "!", "?", "日本", "🦀", "🐍",
        "١", "ﬁ", "fi",
    ];
    let documents: Vec<Value> = values.iter().map(|value| json!({"v": value})).collect();
    served.make(schema, &documents).await?;
    // The same values in another part of the index are the same values.
    served.find(&[("q", "*")]).await?;
    for answer in served.import("", &documents).await? {
        assert_eq!(answer, json!({"success": true}));
    }
    let all = [("q", "*"), ("facet_by", "v"), ("max_facet_values", "50")];
    let (_, answer) = served.find(&all).await?;
    let twice: Map<String, Value> = (values.iter())
        .map(|value| ((*value).to_owned(), json!(2)))
        .collect();
    assert_eq!(counts(&answer, "v"), Value::Object(twice));
    let (_, answer) = served.find(&[("q", "*"), ("group_by", "v")]).await?;
    assert_eq!(answer["found"], values.len());
    // A search among the values finds them by their words, and shows each.
    let asked = [("q", "*"), ("facet_by", "v"), ("facet_query", "v:RESUME")];
    let (_, answer) = served.find(&asked).await?;
    let found = json!({"résumé": 2, "resume": 2, "Resume": 2, "RESUME": 2, "resume ": 2});
    assert_eq!(counts(&answer, "v"), found);
    served.end().await
}

#[tokio::test]
async fn values_inside_objects_are_told_apart() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let schema = json!({
        "fields": [{"name": "o", "type": "object[]", "facet": true}],
        "enable_nested_fields": true,
    });
    let documents = [
        json!({"o": [{"l": "C"}, {"l": "C++"}]}),
        json!({"o": [{"l": "c++"}, {"l": "C++"}]}),
    ];
    served.make(schema, &documents).await?;
    let (_, answer) = served.find(&[("q", "*"), ("facet_by", "o.l")]).await?;
    assert_eq!(counts(&answer, "o.l"), json!({"C": 1, "C++": 2, "c++": 1}));
    // After a change the counts follow.
    let by_filter = "/collections/made/documents?filter_by=o.l:=c";
    let (status, _) = served.send(Method::DELETE, by_filter, &json!({})).await?;
    assert_eq!(status, 200);
    served.end().await
}
