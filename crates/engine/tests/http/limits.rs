//! What is beyond a limit is refused, and who does nothing is not waited for.

use std::io::ErrorKind;
use std::time::Duration;

use pyfa_engine::EngineSettings;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::served::{Failure, Served};

/// More documents than a search looks at before it looks at the clock.
const MANY: usize = 12_000;

impl Served {
    /// A collection `many` of numbered documents.
    pub(crate) async fn with_documents(
        settings: EngineSettings,
        count: usize,
    ) -> Result<Self, Failure> {
        let served = Self::start(settings).await?;
        let fields = json!([
            {"name": "t", "type": "string", "facet": true},
            {"name": "n", "type": "int32", "facet": true},
        ]);
        let schema = json!({"name": "many", "fields": fields}).to_string();
        served.post("/collections", schema).await?;
        let lines: Vec<String> = (0..count)
            .map(|n| json!({"id": n.to_string(), "t": format!("w{n}"), "n": n}).to_string())
            .collect();
        let (status, answer) = served
            .post("/collections/many/documents/import", lines.join("\n"))
            .await?;
        assert_eq!((status, answer.contains("false")), (200, false));
        Ok(served)
    }

    pub(crate) async fn post(&self, path: &str, body: String) -> Result<(u16, String), Failure> {
        let answer = self.ask(Method::POST, path).body(body).send().await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    /// Status and answer of a search in `many`, which is the same by both routes.
    async fn search(&self, parameters: &[(&str, &str)]) -> Result<(u16, Value), Failure> {
        let one = self.ask(Method::GET, "/collections/many/documents/search");
        let one = one.query(parameters).send().await?;
        let status = one.status().as_u16();
        let one: Value = serde_json::from_str(&one.text().await?)?;
        let mut body = json!({"collection": "many"});
        for (name, value) in parameters {
            body[*name] = json!(value);
        }
        let body = json!({"searches": [body]}).to_string();
        let (many_status, many) = self.post("/multi_search", body).await?;
        assert_eq!(many_status, 200);
        let many: Value = serde_json::from_str(&many)?;
        let many = &many["results"][0];
        if status == 200 && one["search_cutoff"] == true {
            // How far either has come is for the clock to say.
            assert_eq!(many["search_cutoff"], true);
        } else if status == 200 {
            assert_eq!(many["found"], one["found"]);
        } else {
            assert_eq!(many["code"], status);
            assert_eq!(many["error"], one["message"]);
        }
        Ok((status, one))
    }
}

/// What a search asks for, its status, and the message of a refusal.
type Case<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

/// Ten operands, too many for [`narrow`].
const MANY_OPERANDS: &str = "n:1||n:1||n:1||n:1||n:1||n:1||n:1||n:1||n:1||n:1";
const TOO_MANY: &str = "`filter_by` has too many operations.";

fn narrow() -> EngineSettings {
    EngineSettings {
        page_size: 20,
        result_window: 40,
        group_size: 4,
        facet_values: 30,
        answer_bytes: 67_000,
        fields: 3,
        list_items: 3,
        text_bytes: 10,
        filter_bytes: 100,
        filter_operators: 8,
        filter_depth: 3,
        ..EngineSettings::default()
    }
}

#[tokio::test]
async fn a_search_may_ask_for_so_much_and_no_more() -> Result<(), Failure> {
    let served = Served::with_documents(narrow(), 50).await?;
    let window = "Only upto 40 hits can be fetched. Ensure that `page` and `per_page` parameters \
                  are within this range.";
    let eval = format!("_eval({MANY_OPERANDS}):desc");
    let cases: &[Case<'_>] = &[
        (&[("per_page", "7")], 200, ""),
        // What is left out of an answer does not count.
        (&[("per_page", "20")], 200, ""),
        (
            &[("per_page", "20"), ("include_fields", "*")],
            422,
            "This answer would be larger than 67000 bytes. Fetch less with `per_page`, `group_limit`, \
             `max_facet_values`, or fewer fields.",
        ),
        (
            &[("per_page", "21")],
            422,
            "Only upto 20 hits can be fetched per page.",
        ),
        (&[("per_page", "5"), ("page", "8")], 200, ""),
        (&[("per_page", "5"), ("page", "9")], 422, window),
        (&[("limit", "5"), ("offset", "36")], 422, window),
        // What the filter leaves is within the window.
        (
            &[("per_page", "5"), ("page", "9"), ("filter_by", "n:<40")],
            200,
            "",
        ),
        (
            &[
                ("facet_by", "n"),
                ("max_facet_values", "31"),
                ("per_page", "0"),
            ],
            422,
            "Only upto 30 values of a facet can be fetched. Ensure that `max_facet_values` is \
             within this range.",
        ),
        (
            &[("group_by", "n"), ("group_limit", "5")],
            400,
            "Value of `group_limit` must be between 1 and 4.",
        ),
        (
            &[("query_by", "t,t,t,t")],
            400,
            "Parameter `query_by` has more than 3 items.",
        ),
        (
            &[("q", "0123456789a"), ("query_by", "t")],
            400,
            "Parameter `q` is longer than 10 bytes.",
        ),
        (&[("filter_by", "(((n:1)))")], 200, ""),
        (
            &[("filter_by", "((((n:1))))")],
            400,
            "`filter_by` has more than 3 parentheses within each other.",
        ),
        (&[("filter_by", MANY_OPERANDS)], 400, TOO_MANY),
        (
            &[("sort_by", &eval)],
            400,
            "Error parsing eval expression in sort_by clause.",
        ),
    ];
    for (asked, status, message) in cases {
        let mut parameters = vec![("q", "*"), ("include_fields", "id")];
        parameters.retain(|(name, _)| asked.iter().all(|(other, _)| other != name));
        parameters.extend(*asked);
        let (found, answer) = served.search(&parameters).await?;
        assert_eq!(found, *status, "{asked:?} {answer}");
        assert_eq!(answer["message"].as_str().unwrap_or_default(), *message);
    }
    served.end().await
}

#[tokio::test]
async fn what_is_narrow_is_so_by_every_way() -> Result<(), Failure> {
    let served = Served::with_documents(narrow(), 50).await?;
    // One answer, whatever it consists of.
    let searches = vec![json!({"collection": "many", "q": "*", "per_page": 12}); 2];
    let body = json!({ "searches": searches }).to_string();
    let (_, answer) = served.post("/multi_search", body).await?;
    assert_eq!(
        answer.matches("larger than 67000 bytes").count(),
        1,
        "{answer}"
    );
    let long = format!("n:={:0>100}", 1);
    let (status, answer) = served.search(&[("q", "*"), ("filter_by", &long)]).await?;
    assert_eq!(
        (status, &answer["message"]),
        (
            400,
            &json!("Parameter `filter_by` is longer than 100 bytes.")
        )
    );
    // Several filters count like the parts of one.
    let filters = "filter_by=n:1&".repeat(9);
    let path = format!("/collections/many/documents/search?q=*&{filters}");
    assert_eq!(served.get(&path).await?["message"], TOO_MANY);
    for path in ["export", ""] {
        let method = if path.is_empty() {
            Method::DELETE
        } else {
            Method::GET
        };
        let path = format!("/collections/many/documents/{path}?filter_by={MANY_OPERANDS}");
        let refused = served.ask(method, &path.replace('|', "%7C")).send().await?;
        assert_eq!(refused.status(), 400);
        assert!(refused.text().await?.contains(TOO_MANY));
    }
    served.end().await
}

/// As many filters as an address holds, one within the other in the tree that is made of them.
#[tokio::test]
async fn thousands_of_filters_do_no_harm() -> Result<(), Failure> {
    let served = Served::with_documents(EngineSettings::default(), 5).await?;
    let path = format!("/multi_search?{}", "filter_by=n:1&".repeat(4_000));
    let body = json!({"searches": [{"collection": "many", "q": "*"}]}).to_string();
    let (status, answer) = served.post(&path, body).await?;
    assert_eq!(status, 200);
    assert!(answer.contains("too many operations"), "{answer}");
    let body =
        json!({"searches": [{"collection": "many", "q": "*", "filter_by": "(".repeat(900_000)}]});
    let (status, answer) = served.post("/multi_search", body.to_string()).await?;
    assert_eq!(status, 200);
    assert!(answer.contains("within each other"), "{answer}");
    served.end().await
}

#[tokio::test]
async fn one_request_holds_so_many_searches() -> Result<(), Failure> {
    let limits = EngineSettings {
        searches: 2,
        most_searches: 4,
        ..EngineSettings::default()
    };
    let served = Served::with_documents(limits, 1).await?;
    for (count, said, status) in [
        (2, "", 200),
        (3, "", 400),
        (4, "?limit_multi_searches=4", 200),
        (5, "?limit_multi_searches=100", 400),
    ] {
        let searches = vec![json!({"collection": "many", "q": "*"}); count];
        let body = json!({ "searches": searches }).to_string();
        let (found, answer) = served.post(&format!("/multi_search{said}"), body).await?;
        assert_eq!(found, status, "{count} {said} {answer}");
    }
    served.end().await
}

/// Whatever takes longest: what is answered then says so, and no filter lets through what it may
/// not.
#[tokio::test]
async fn a_search_that_is_late_answers_with_what_it_has() -> Result<(), Failure> {
    let limits = EngineSettings {
        search_cutoff: Duration::ZERO,
        ..EngineSettings::default()
    };
    let served = Served::with_documents(limits, MANY).await?;
    for asked in [
        &[("q", "*")][..],
        &[("q", "*"), ("filter_by", "n:!=[1,2]")],
        &[("q", "*"), ("filter_by", "t:=w1*")],
        &[("q", "*"), ("facet_by", "t,n")],
        &[("q", "*"), ("facet_by", "t"), ("facet_query", "t:w99")],
        &[("q", "*"), ("group_by", "n")],
        &[("q", "w"), ("query_by", "t")],
        &[
            ("q", "w77 w78 w79 w80"),
            ("query_by", "t"),
            ("exhaustive_search", "true"),
        ],
    ] {
        let (status, answer) = served.search(asked).await?;
        assert_eq!(
            (status, &answer["search_cutoff"]),
            (200, &json!(true)),
            "{asked:?}"
        );
        if asked.iter().any(|(name, _)| *name == "filter_by") {
            assert_eq!(answer["found"], 0, "{asked:?}");
        }
    }
    let path = "/collections/many/documents?filter_by=n:<6000";
    let refused = served.ask(Method::DELETE, path).send().await?;
    assert_eq!(refused.status(), 408);
    assert!(refused.text().await?.contains("takes too long"));
    assert_eq!(
        served.get("/collections/many").await?["num_documents"],
        MANY
    );
    served.end().await
}

/// Reads until the other side ends; it has to do that by itself.
async fn to_the_end(stream: &mut TcpStream) -> Result<String, Failure> {
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    match tokio::time::timeout(Duration::from_secs(20), reading).await? {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => return Err(error.into()),
        _ => {}
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn half_a_head_is_not_waited_for() -> Result<(), Failure> {
    let limits = EngineSettings {
        head_patience: Duration::from_millis(500),
        ..EngineSettings::default()
    };
    let served = Served::start(limits).await?;
    let whole = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
    for (sent, answered) in [
        ("", false),
        ("GET /health HTTP/1.1\r\nhost:", false),
        (whole, true),
    ] {
        let mut stalled = served.begin(&[sent]).await?;
        let answer = to_the_end(&mut stalled).await?;
        assert_eq!(answer.starts_with("HTTP/1.1 200"), answered, "{answer}");
    }
    assert_eq!(served.get("/health").await?, json!({"ok": true}));
    served.end().await
}

#[tokio::test]
async fn half_a_body_is_not_waited_for() -> Result<(), Failure> {
    let limits = EngineSettings {
        body_patience: Duration::from_millis(100),
        ..EngineSettings::default()
    };
    let served = Served::start(limits).await?;
    for (path, status) in [
        ("/collections/c/documents", "408"),
        ("/multi_search", "408"),
        ("/collections/c/documents/import", "400"),
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: key\r\n\
             content-length: 100\r\n\r\n"
        );
        let mut stalled = served.begin(&[&head, "{\"t\":"]).await?;
        let answer = to_the_end(&mut stalled).await?;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
    assert_eq!(served.count().await?, 0);
    served.end().await
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() -> Result<(), Failure> {
    let limits = EngineSettings {
        body_patience: Duration::from_secs(1),
        ..EngineSettings::default()
    };
    let served = Served::start(limits).await?;
    let size = 20_000_000;
    // What is in no field is stored and no more, which is quick.
    let document = json!({"id": "1", "t": "x", "more": "x".repeat(size)}).to_string();
    let (status, _) = served.post("/collections/c/documents", document).await?;
    assert_eq!(status, 201);
    for path in [
        "/collections/c/documents/1",
        "/collections/c/documents/export",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: key\r\n\r\n");
        let mut deaf = served.begin(&[&request]).await?;
        // The other side writes until the system takes no more, and then waits.
        loop {
            deaf.writable().await?;
            match deaf.write_all(&[b'\n'; 16_384]).await {
                Ok(()) => tokio::task::yield_now().await,
                Err(_) => break,
            }
        }
        let answer = to_the_end(&mut deaf).await?;
        assert!(answer.len() < size, "{} bytes", answer.len());
    }
    served.end().await
}

#[tokio::test]
async fn a_connection_too_many_waits_for_its_turn() -> Result<(), Failure> {
    let limits = EngineSettings {
        connections: 2,
        ..EngineSettings::default()
    };
    let served = Served::start(limits).await?;
    // The client that made the collection holds one of the two, and another one that has shown a key.
    let mut idle = served
        .begin(&["GET /collections HTTP/1.1\r\nhost: x\r\nx-typesense-api-key: key\r\n\r\n"])
        .await?;
    let mut first = [0; 12];
    idle.read_exact(&mut first).await?;
    assert_eq!(&first, b"HTTP/1.1 200");
    let mut waiting = served
        .begin(&["GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"])
        .await?;
    let soon = tokio::time::timeout(Duration::from_millis(200), waiting.read_exact(&mut first));
    assert!(soon.await.is_err(), "there was no room");
    drop(idle);
    assert!(to_the_end(&mut waiting).await?.contains("{\"ok\":true}"));
    served.end().await
}

#[tokio::test]
async fn silent_connections_go_when_others_wait() -> Result<(), Failure> {
    let limits = EngineSettings {
        connections: 2,
        crowded_patience: Duration::from_millis(100),
        ..EngineSettings::default()
    };
    let served = Served::start(limits).await?;
    let head = "GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut silent = Vec::new();
    for _ in 0..8 {
        // One has said nothing, the next the beginning of a head.
        silent.push(served.begin(&[]).await?);
        silent.push(served.begin(&["GET /hea"]).await?);
        let mut waiting = served.begin(&[head]).await?;
        assert!(to_the_end(&mut waiting).await?.contains("{\"ok\":true}"));
    }
    served.end().await
}

#[tokio::test]
async fn the_answer_to_a_long_import_is_whole() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let text = "x".repeat(300);
    let lines: Vec<String> = (0..8_000)
        .map(|n| json!({"id": n.to_string(), "t": format!("{n} {text}")}).to_string())
        .collect();
    let path = "/collections/c/documents/import?return_doc=true&return_id=true";
    let (status, answer) = served.post(path, lines.join("\n")).await?;
    assert_eq!(status, 200);
    let expected: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(n, line)| format!(r#"{{"document":{line},"id":"{n}","success":true}}"#))
        .collect();
    assert!(answer == expected.join("\n"));
    served.end().await
}
