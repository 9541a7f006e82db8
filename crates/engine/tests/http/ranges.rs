//! Numbers that their field cannot hold are refused, wherever they stand.

use pyfa_engine::EngineSettings;
use reqwest::Method;
use serde_json::{Value, json};

use super::served::{Failure, Served};

async fn made() -> Result<Served, Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let optional = |name: &str, kind: &str| json!({"name": name, "type": kind, "optional": true});
    let schema = json!({
        "fields": [
            {"name": "n", "type": "string"},
            optional("k", "int32"),
            optional("ks", "int32[]"),
            optional("l", "int64"),
            optional("ls", "int64[]"),
            optional("f", "float"),
            optional("fs", "float[]"),
            optional("g", "geopoint"),
            optional("gs", "geopoint[]"),
            optional("o", "object"),
            optional("o.k", "int32"),
            optional("p.k", "int32"),
            optional("ps.k", "int32[]"),
        ],
        "enable_nested_fields": true,
    });
    let fits = json!({
        "id": "fits", "n": "a", "k": i32::MAX, "ks": [i32::MIN, i32::MAX], "l": i64::MAX,
        "ls": [i64::MIN], "f": 3.4e38, "fs": [-3.4e38], "g": [90.0, -180.0], "gs": [[-90, 180]],
        "o": {"k": i32::MIN}, "p": {"k": i32::MAX}, "ps": [{"k": i32::MAX}],
    });
    served.make(schema, &[fits]).await?;
    Ok(served)
}

/// Members that a document must not have, and what is said of them.
fn beyond() -> Vec<(Value, &'static str)> {
    let text = |text: &str| serde_json::from_str(text).unwrap_or_default();
    vec![
        (
            json!({"k": 3_000_000_000_u32}),
            "Field `k` must be an int32.",
        ),
        (
            json!({"k": -2_147_483_649_i64}),
            "Field `k` must be an int32.",
        ),
        (json!({"k": 3_000_000_000.0}), "Field `k` must be an int32."),
        (json!({"k": "3000000000"}), "Field `k` must be an int32."),
        (json!({"k": 1e30}), "Field `k` must be an int32."),
        (json!({"k": u64::MAX}), "Field `k` must be an int32."),
        (
            json!({"ks": [1, 3_000_000_000_u32]}),
            "Field `ks` must be an array of int32.",
        ),
        (
            json!({"ks": [1, "3000000000"]}),
            "Field `ks` must be an array of int32.",
        ),
        (
            json!({"l": 9_223_372_036_854_775_808_u64}),
            "Field `l` must be an int64.",
        ),
        (
            text(r#"{"l": 18446744073709551616}"#),
            "Field `l` must be an int64.",
        ),
        (
            text(r#"{"l": -9223372036854775809}"#),
            "Field `l` must be an int64.",
        ),
        (
            json!({"l": "9223372036854775808"}),
            "Field `l` must be an int64.",
        ),
        (
            json!({"ls": [1, u64::MAX]}),
            "Field `ls` must be an array of int64.",
        ),
        (json!({"f": 1e39}), "Field `f` must be a float."),
        (json!({"f": "1e39"}), "Field `f` must be a float."),
        (json!({"f": "NaN"}), "Field `f` must be a float."),
        (json!({"f": "inf"}), "Field `f` must be a float."),
        (
            json!({"fs": [1, -1e300]}),
            "Field `fs` must be a array of float.",
        ),
        (json!({"g": [90.5, 0]}), "Field `g` must be a geopoint."),
        (json!({"g": [0, "180.5"]}), "Field `g` must be a geopoint."),
        (
            json!({"gs": [[0, 0], [0, -181]]}),
            "Field `gs` must be an array of geopoint.",
        ),
        (
            json!({"o": {"k": 3_000_000_000_u32}}),
            "Field `o.k` must be an int32.",
        ),
        (
            json!({"p": {"k": 3_000_000_000_u32}}),
            "Field `p.k` has an incorrect type.",
        ),
        (
            json!({"ps": [{"k": 3_000_000_000_u32}]}),
            "Field `ps.k` has an incorrect type.",
        ),
    ]
}

/// A document with members, under an id.
fn document(id: &str, members: &Value) -> Value {
    let mut document = json!({"id": id, "n": "b"});
    for (name, value) in members.as_object().into_iter().flatten() {
        document[name] = value.clone();
    }
    document
}

#[tokio::test]
async fn numbers_beyond_their_type_are_refused() -> Result<(), Failure> {
    let served = made().await?;
    for (members, message) in beyond() {
        for dirty in ["", "reject", "coerce_or_reject"] {
            let lines = [document("no", &members)];
            let answers = served
                .import(&format!("dirty_values={dirty}"), &lines)
                .await?;
            assert_eq!(answers[0]["error"], message, "{members} {dirty}");
            assert_eq!(answers[0]["code"], 400);
        }
        let path = "/collections/made/documents/fits";
        let (status, answer) = served.send(Method::PATCH, path, &members).await?;
        assert_eq!(
            (status, &answer["message"]),
            (400, &json!(message)),
            "{members}"
        );
    }
    assert_eq!(served.ids(&[("q", "*")]).await?, ["fits"]);
    served.end().await
}

#[tokio::test]
async fn numbers_beyond_their_type_can_be_dropped() -> Result<(), Failure> {
    let served = made().await?;
    for (dirty, gone) in [("drop", json!([1])), ("coerce_or_drop", json!([1, 2]))] {
        let lines = [
            document(
                dirty,
                &json!({"k": 3_000_000_000_u32, "l": u64::MAX, "f": 1e39}),
            ),
            document(
                &format!("{dirty}-list"),
                &json!({"ks": [1, 3_000_000_000_u32, "2"]}),
            ),
        ];
        let answers = served
            .import(&format!("dirty_values={dirty}"), &lines)
            .await?;
        assert_eq!(
            answers,
            [json!({"success": true}), json!({"success": true})]
        );
        let stored = served
            .get(&format!("/collections/made/documents/{dirty}"))
            .await?;
        assert_eq!(stored, json!({"id": dirty, "n": "b"}));
        let stored = served
            .get(&format!("/collections/made/documents/{dirty}-list"))
            .await?;
        assert_eq!(stored["ks"], gone);
    }
    // What stays inside an object is not in the index.
    let inside = document("inside", &json!({"o": {"k": 3_000_000_000_u32}}));
    let answers = served.import("dirty_values=drop", &[inside]).await?;
    assert_eq!(answers, [json!({"success": true})]);
    let counted = [("q", "*"), ("filter_by", "o.k:>-5")];
    assert_eq!(served.ids(&counted).await?, [""; 0]);
    served.end().await
}

#[tokio::test]
async fn a_filter_with_such_a_number_is_told_so() -> Result<(), Failure> {
    let served = made().await?;
    for (filter, message) in [
        (
            "k:>2500000000",
            "Error with filter field `k`: Not an int32.",
        ),
        (
            "ks:[1,2500000000]",
            "Error with filter field `ks`: Not an int32.",
        ),
        (
            "l:<9223372036854775808",
            "Error with filter field `l`: Not an int64.",
        ),
        ("l:>1e30", "Error with filter field `l`: Not an int64."),
        ("f:<1e39", "Error with filter field `f`: Not a float."),
        ("f:nan", "Error with filter field `f`: Not a float."),
        ("fs:[-inf..1]", "Error with filter field `fs`: Not a float."),
    ] {
        let (status, answer) = served.find(&[("q", "*"), ("filter_by", filter)]).await?;
        assert_eq!(
            (status, &answer["message"]),
            (400, &json!(message)),
            "{filter}"
        );
    }
    for filter in [
        "l:>9223372036854775806",
        "k:>=2147483647",
        "ks:<=-2147483648",
        "f:>3e38",
    ] {
        let found = served.ids(&[("q", "*"), ("filter_by", filter)]).await?;
        assert_eq!(found, ["fits"], "{filter}");
    }
    served.end().await
}

#[tokio::test]
async fn a_new_field_does_not_take_what_it_cannot_hold() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let schema = json!({"fields": [{"name": "n", "type": "string"}]});
    let documents = [json!({"n": "a", "k": 3_000_000_000_u32})];
    served.make(schema, &documents).await?;
    let field = |kind: &str| json!({"fields": [{"name": "k", "type": kind, "optional": true}]});
    let (status, answer) = served
        .send(Method::PATCH, "/collections/made", &field("int32"))
        .await?;
    assert_eq!(status, 400, "{answer}");
    let message = answer["message"].as_str().unwrap_or_default();
    assert!(
        message.ends_with("cannot be coerced into an int32."),
        "{message}"
    );
    let (status, _) = served
        .send(Method::PATCH, "/collections/made", &field("int64"))
        .await?;
    assert_eq!(status, 200);
    served.end().await
}
