//! The `locale` of a field decides how its words are cut and folded.

use pyfa_engine::EngineSettings;
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::served::{Failure, Served};

/// A language, a sentence in it, and queries that find it.
const SENTENCES: [(&str, &str, &[&str]); 30] = [
    (
        "zh",
        "一个简单的网络爬虫框架",
        &["爬虫", "框架", "网络", "網絡", "简单的框架"],
    ),
    (
        "zh",
        "機器學習與自然語言處理",
        &["机器学习", "學習", "自然语言", "处理"],
    ),
    (
        "ja",
        "東京タワーの写真集",
        &["タワー", "東京", "写真集", "たわー", "ﾀﾜｰ"],
    ),
    (
        "ja",
        "プログラミング言語の入門",
        &["言語", "プログラミング", "入門"],
    ),
    ("th", "สวัสดีชาวโลก", &["ชาวโลก", "สวัสดี", "โลก"]),
    (
        "th",
        "ภาษาไทยเป็นภาษาที่สวยงาม",
        &["ภาษาไทย", "สวยงาม", "ภาษา"],
    ),
    (
        "ko",
        "파이썬을 위한 웹 크롤러",
        &["크롤러", "웹", "파이썬", "크로"],
    ),
    ("ko", "안녕하세요 세계", &["세계", "안녕"]),
    ("lo", "ສະບາຍດີຊາວໂລກ", &["ຊາວໂລກ", "ສະບາຍດີ"]),
    ("km", "សួស្តីពិភពលោក", &["ពិភពលោក"]),
    ("my", "မင်္ဂလာပါကမ္ဘာ", &["ကမ္ဘာ"]),
    (
        "el",
        "Καλημέρα κόσμε",
        &["ΚΑΛΗΜΕΡΑ", "κοσμε", "Κόσμε", "ΚΌΣΜΕ"],
    ),
    ("el", "Ο Οδυσσέας", &["ΟΔΥΣΣΕΑΣ", "οδυσσεας"]),
    ("ru", "Всё про ёлку", &["елку", "ВСЕ", "Ёлку"]),
    (
        "uk",
        "Їжак і ґанок у Києві",
        &["їжак", "ЇЖАК", "ганок", "києві"],
    ),
    ("be", "Прывітанне, сусвет", &["ПРЫВІТАННЕ", "сусвет"]),
    ("bg", "Здравей, святѝ", &["ЗДРАВЕЙ", "святи"]),
    (
        "sr",
        "Ђорђе и Љубица из Београда",
        &["ђорђе", "Ljubica", "beograda", "ЉУБИЦА"],
    ),
    ("sr", "Čačak je grad", &["Чачак", "cacak", "град"]),
    ("mk", "Ќе одиме во Ѓевгелија", &["ЃЕВГЕЛИЈА", "гевгелија"]),
    (
        "de",
        "Über-Straße für Bücher",
        &["über", "STRASSE", "bücher", "uber"],
    ),
    ("fr", "Un été à la forêt", &["forêt", "FORET", "été", "ete"]),
    ("es", "El niño pequeño", &["niño", "NIÑO", "pequeno"]),
    ("pl", "Zażółć gęślą jaźń", &["zażółć", "ZAZOLC", "jazn"]),
    (
        "tr",
        "İstanbul ve Isparta ışığı",
        &["istanbul", "İSTANBUL", "ısparta", "ışığı"],
    ),
    (
        "vi",
        "Tiếng Việt rất hay",
        &["tiếng việt", "TIẾNG", "tieng viet"],
    ),
    ("ar", "مَرْحَبًا بالعالم", &["مرحبا", "بالعالم"]),
    ("he", "שָׁלוֹם עולם", &["שלום", "עולם"]),
    ("hi", "हिन्दी भाषा", &["भाषा", "हिन्दी"]),
    ("id", "Selamat pagi dunia", &["DUNIA", "pagi"]),
];

fn field(locale: &str) -> Value {
    json!({"name": format!("in_{locale}"), "type": "string", "locale": locale, "optional": true, "facet": true})
}

/// A collection with a field for each language of the sentences, and a document for each sentence.
async fn made() -> Result<Served, Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let mut locales: Vec<&str> = SENTENCES.iter().map(|(locale, ..)| *locale).collect();
    locales.dedup();
    let fields: Vec<Value> = locales.iter().map(|locale| field(locale)).collect();
    let documents: Vec<Value> = (SENTENCES.iter().enumerate())
        .map(|(at, (locale, sentence, _))| json!({"id": at.to_string(), format!("in_{locale}"): sentence}))
        .collect();
    served.make(json!({"fields": fields}), &documents).await?;
    Ok(served)
}

#[tokio::test]
async fn words_are_found_in_each_language() -> Result<(), Failure> {
    let served = made().await?;
    let mut missed = Vec::new();
    for (at, (locale, _, queries)) in SENTENCES.iter().enumerate() {
        let field = format!("in_{locale}");
        for query in *queries {
            let asked = [
                ("q", *query),
                ("query_by", &field),
                ("num_typos", "0"),
                ("drop_tokens_threshold", "0"),
            ];
            if served.ids(&asked).await? != [at.to_string()] {
                missed.push((*locale, *query));
            }
        }
    }
    assert_eq!(missed, [], "not found");
    served.end().await
}

#[tokio::test]
async fn filters_and_searches_among_values_cut_words_alike() -> Result<(), Failure> {
    let served = made().await?;
    for (filter, id) in [
        ("in_zh:爬虫", "0"),
        ("in_zh:=一個簡單的網絡爬蟲框架", "0"),
        ("in_ja:ﾀﾜｰ", "2"),
        ("in_th:สวัสดี", "4"),
        ("in_ko:크롤러", "6"),
        ("in_el:=καλημερα κοσμε", "11"),
        ("in_el:καλη*", "11"),
        ("in_ru:елку", "13"),
        ("in_sr:beograda", "17"),
    ] {
        let found = served.ids(&[("q", "*"), ("filter_by", filter)]).await?;
        assert_eq!(found, [id], "{filter}");
    }
    for (query, marked) in [
        ("in_zh:爬虫", "一个简单的网络<mark>爬虫</mark>框架"),
        ("in_el:ΚΟΣ", "Καλημέρα <mark>κόσ</mark>με"),
        ("in_ru:елк", "Всё про <mark>ёлк</mark>у"),
    ] {
        let field = query.split_once(':').map_or("", |(field, _)| field);
        let asked = [("q", "*"), ("facet_by", field), ("facet_query", query)];
        let (_, answer) = served.find(&asked).await?;
        let counts = &answer["facet_counts"][0]["counts"];
        assert_eq!(counts[0]["highlighted"], marked, "{answer}");
        assert_eq!(counts.as_array().map(Vec::len), Some(1));
    }
    served.end().await
}

#[tokio::test]
async fn words_are_marked_where_they_stand() -> Result<(), Failure> {
    let served = made().await?;
    for (locale, query, marked) in [
        ("zh", "爬虫", "一个简单的网络<mark>爬虫</mark>框架"),
        ("ja", "ﾀﾜｰ", "東京<mark>タワー</mark>の写真集"),
        ("th", "สวัสดี", "<mark>สวัสดี</mark>ชาวโลก"),
        ("ko", "크롤러", "파이썬을 위한 웹 <mark>크롤러</mark>"),
        ("el", "κοσμε", "Καλημέρα <mark>κόσμε</mark>"),
        ("ru", "ел", "Всё про <mark>ёл</mark>ку"),
        ("sr", "ljub", "Ђорђе и <mark>Љуб</mark>ица из Београда"),
        ("fr", "foret", "Un été à la <mark>forêt</mark>"),
        ("ar", "مرحبا", "<mark>مَرْحَبًا</mark> بالعالم"),
    ] {
        let field = format!("in_{locale}");
        let (_, answer) = served.find(&[("q", query), ("query_by", &field)]).await?;
        let hit = &answer["hits"][0];
        assert_eq!(hit["highlight"][&field]["snippet"], marked, "{query}");
        assert_eq!(hit["highlights"][0]["snippet"], marked, "{query}");
    }
    served.end().await
}

#[tokio::test]
async fn fields_in_several_languages_are_searched_at_once() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let fields = json!([
        {"name": "name", "type": "string"},
        {"name": "zh", "type": "string", "locale": "zh", "optional": true},
        {"name": "de", "type": "string[]", "locale": "de", "optional": true},
        {"name": "o", "type": "object", "locale": "ja", "optional": true},
    ]);
    let documents = [
        json!({"id": "1", "name": "scrapy", "zh": "网络爬虫框架", "de": ["Ein Rahmen-Werk"]}),
        json!({"id": "2", "name": "plone", "zh": "内容管理系统", "o": {"t": "東京タワーの写真集"}}),
        json!({"id": "3", "name": "rahmenwerk", "de": ["Bücher über Straßen", "plone"]}),
    ];
    served
        .make(
            json!({"fields": fields, "enable_nested_fields": true}),
            &documents,
        )
        .await?;
    let all = "name,zh,de,o";
    for (query, ids) in [
        ("爬虫", &["1"] as &[&str]),
        ("scrapy", &["1"]),
        // Each of the words is in another field, and in another language.
        ("scrapy rahmen", &["1"]),
        ("plone strassen", &["3"]),
        ("タワー", &["2"]),
        ("rahmen-werk", &["1", "3"]),
        (r#""管理系统""#, &["2"]),
        ("plone -管理", &["3"]),
        (r#"plone -"über straßen""#, &["2"]),
        ("*", &["1", "2", "3"]),
    ] {
        let asked = [
            ("q", query),
            ("query_by", all),
            ("drop_tokens_threshold", "0"),
        ];
        assert_eq!(served.ids(&asked).await?, ids, "{query}");
    }
    let (_, answer) = served.find(&[("q", "タワー"), ("query_by", all)]).await?;
    let marked = &answer["hits"][0]["highlight"]["o"]["t"]["snippet"];
    assert_eq!(marked, "東京<mark>タワー</mark>の写真集");
    served.end().await
}

#[tokio::test]
async fn symbols_and_separators_of_the_collection_hold_in_every_language() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let schema = json!({
        "fields": [{"name": "t", "type": "string", "locale": "ja"}],
        "symbols_to_index": ["+", "#"],
        "token_separators": ["_"],
    });
    let documents = [
        json!({"id": "cpp", "t": "C++の入門"}),
        json!({"id": "cs", "t": "C#の入門"}),
        json!({"id": "c", "t": "c_言語の入門"}),
    ];
    served.make(schema, &documents).await?;
    let exactly = [("query_by", "t"), ("prefix", "false"), ("num_typos", "0")];
    for (query, ids) in [
        ("c++", &["cpp"] as &[&str]),
        ("C#", &["cs"]),
        ("c", &["c"]),
        ("言語", &["c"]),
        ("入門", &["c", "cpp", "cs"]),
    ] {
        let asked: Vec<(&str, &str)> = exactly.into_iter().chain([("q", query)]).collect();
        assert_eq!(served.ids(&asked).await?, ids, "{query}");
    }
    served.end().await
}

#[tokio::test]
async fn a_locale_that_is_no_language_is_refused() -> Result<(), Failure> {
    let served = made().await?;
    for locale in ["xx", "en-US", "zh_TW", "DE", "klingon"] {
        let mut unknown = field(locale);
        unknown["name"] = json!("f");
        let message = format!(
            "The `locale` property of the field `f` is `{locale}`, which is not a language: it \
             should be a two-letter code of ISO 639-1, such as `de` or `zh`, or be left out."
        );
        let schema = json!({"name": "other", "fields": [unknown]});
        let (status, answer) = served.send(Method::POST, "/collections", &schema).await?;
        assert_eq!((status, &answer["message"]), (400, &json!(message)));
        let change = json!({"fields": [unknown]});
        let (status, answer) = served
            .send(Method::PATCH, "/collections/made", &change)
            .await?;
        assert_eq!((status, &answer["message"]), (400, &json!(message)));
    }
    served.end().await
}

#[tokio::test]
async fn a_changed_locale_cuts_the_documents_again() -> Result<(), Failure> {
    let served = Served::start(EngineSettings::default()).await?;
    let plain = json!({"fields": [{"name": "t", "type": "string", "optional": true}]});
    served
        .make(plain, &[json!({"id": "1", "t": "网络爬虫框架"})])
        .await?;
    let asked = [("q", "爬虫"), ("query_by", "t")];
    assert_eq!(served.ids(&asked).await?, [""; 0]);
    let mut field = field("zh");
    field["name"] = json!("t");
    let change = json!({"fields": [{"name": "t", "drop": true}, field]});
    let (status, answer) = served
        .send(Method::PATCH, "/collections/made", &change)
        .await?;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(served.ids(&asked).await?, ["1"]);
    let described = served.get("/collections/made").await?;
    let fields = described["fields"].as_array().cloned().unwrap_or_default();
    let locales: Map<String, Value> = fields
        .iter()
        .filter_map(|field| Some((field["name"].as_str()?.to_owned(), field["locale"].clone())))
        .collect();
    assert_eq!(locales["t"], "zh");
    served.end().await
}
