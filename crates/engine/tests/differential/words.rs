//! Searches for words: of documents or made up, spelled right or wrong, whole or begun.

use serde_json::{Value, json};

use crate::collections::{Collection, with_typo};
use crate::random::Random;

/// What is asked for, mostly in the words of one document.
struct Speech<'a> {
    random: &'a mut Random,
    words: &'a [String],
    own: Vec<String>,
}

impl<'a> Speech<'a> {
    fn new(random: &'a mut Random, collection: &'a Collection) -> Self {
        let document = random.pick(&collection.documents);
        let text = ["name", "summary", "description"]
            .map(|field| document[field].as_str().unwrap_or_default())
            .join(" ");
        Self {
            random,
            words: &collection.words,
            own: text.split_whitespace().map(str::to_owned).collect(),
        }
    }

    fn word(&mut self) -> String {
        if self.random.chance(70) && !self.own.is_empty() {
            self.random.pick(&self.own)
        } else {
            self.random.pick(self.words)
        }
    }

    fn several(&mut self, least: usize, most: usize) -> String {
        let count = least + self.random.below(most - least + 1);
        let words: Vec<String> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    fn wrong(&mut self) -> String {
        let word = self.word();
        with_typo(self.random, &word)
    }

    /// Without some of its last letters.
    fn begun(&mut self, text: &str) -> String {
        let letters = text.chars().count();
        let gone = self.random.below(letters.min(6));
        text.chars().take(letters - gone).collect()
    }
}

/// The fields to look into.
fn fields(random: &mut Random) -> Vec<&'static str> {
    random.pick(&[
        vec!["name"],
        vec!["summary"],
        vec!["description"],
        vec!["tags"],
        vec!["name", "summary"],
        vec!["name", "summary", "description"],
        vec!["tags", "name"],
    ])
}

/// A value for each field.
fn each(random: &mut Random, fields: &[&str], from: &[&str]) -> String {
    let list: Vec<&str> = fields.iter().map(|_| random.pick(from)).collect();
    list.join(",")
}

/// Words that are mostly in the documents, with what there is to say about how they are found.
pub(crate) fn words(random: &mut Random, collection: &Collection) -> Value {
    let fields = fields(random);
    let way = random.below(11);
    let mut speech = Speech::new(random, collection);
    let mut search = match way {
        0 => json!({"q": speech.word(), "prefix": "false", "num_typos": "0"}),
        1 => json!({
            "q": speech.several(2, 4), "prefix": "false", "num_typos": "0",
            "drop_tokens_threshold": 0, "split_join_tokens": "off",
        }),
        2 => json!({
            "q": speech.several(2, 5), "num_typos": "0", "split_join_tokens": "off",
            "drop_tokens_threshold": speech.random.pick(&[1, 5, 50]),
        }),
        3 => {
            let start = speech.random.below(speech.own.len());
            let end = (start + 2).min(speech.own.len());
            json!({"q": format!("\"{}\"", speech.own[start..end].join(" "))})
        }
        4 => {
            let (wanted, unwanted) = (speech.word(), speech.word());
            json!({"q": format!("{wanted} -{unwanted}"), "num_typos": "0"})
        }
        5 => {
            let weights: Vec<String> = fields
                .iter()
                .map(|_| speech.random.below(20).to_string())
                .collect();
            json!({
                "q": speech.several(1, 2), "query_by_weights": weights.join(","),
                "text_match_type": speech.random.pick(&["max_score", "max_weight"]),
            })
        }
        6 => {
            let (one, two) = (speech.word(), speech.word());
            let half = one.char_indices().nth(3).map_or(one.len(), |(at, _)| at);
            let parted = format!("{} {}", &one[..half], &one[half..]);
            let ways = [format!("{one}{two}"), parted, format!("{one} {two}")];
            json!({"q": speech.random.pick(&ways)})
        }
        7 => json!({
            "q": speech.several(1, 2),
            "prefix": each(speech.random, &fields, &["true", "false"]),
            "num_typos": each(speech.random, &fields, &["0", "1", "2"]),
        }),
        8 => {
            let word = speech.word();
            let letters = 2 + speech.random.below(3);
            let inner: String = word.chars().skip(1).take(letters).collect();
            json!({
                "q": if inner.is_empty() { word } else { inner }, "query_by": "name",
                "infix": speech.random.pick(&["always", "fallback"]),
            })
        }
        9 => {
            let stars = speech.random.below(5);
            json!({"q": speech.several(1, 2), "filter_by": format!("stars:={stars}")})
        }
        _ => json!({"q": speech.several(1, 4)}),
    };
    if search.get("query_by").is_none() {
        search["query_by"] = fields.join(",").into();
    }
    search
}

/// Words with letters missing, added, changed or moved.
pub(crate) fn typos(random: &mut Random, collection: &Collection) -> Value {
    let fields = fields(random);
    let mut speech = Speech::new(random, collection);
    let text = match speech.random.below(4) {
        0 => format!("{} {}", speech.wrong(), speech.word()),
        1 => {
            let wrong = speech.wrong();
            with_typo(speech.random, &wrong)
        }
        _ => speech.wrong(),
    };
    let mut search = json!({
        "q": text, "query_by": fields.join(","), "prefix": random.pick(&["true", "false"]),
    });
    for (name, values) in [
        ("num_typos", [0, 1, 2]),
        ("min_len_1typo", [2, 4, 6]),
        ("min_len_2typo", [4, 7, 8]),
        ("typo_tokens_threshold", [0, 1, 20]),
    ] {
        if random.chance(20) {
            search[name] = random.pick(&values).into();
        }
    }
    search
}

/// Words of which the last is still being typed.
pub(crate) fn prefixes(random: &mut Random, collection: &Collection) -> Value {
    let fields = fields(random);
    let mut speech = Speech::new(random, collection);
    let words = speech.several(1, 3);
    let mut search = json!({"q": speech.begun(&words), "query_by": fields.join(",")});
    if random.chance(60) {
        search["num_typos"] = "0".into();
    }
    search
}

/// Plain words, for searches that are about something else.
pub(crate) fn plain(random: &mut Random, collection: &Collection) -> Value {
    let fields = fields(random);
    let mut speech = Speech::new(random, collection);
    json!({"q": speech.several(1, 2), "query_by": fields.join(",")})
}
