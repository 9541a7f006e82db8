//! Collections, documents and searches out of a seed: the same seed makes the same case.
//!
//! Words look like those of packages. Their frequencies differ much, as in real text, because
//! which of two equally frequent words is tried first is nobody's promise.

use serde_json::{Value, json};

/// What a search is about; a topic each.
pub(crate) const TOPICS: [&str; 14] = [
    "word",
    "prefix",
    "typos",
    "words",
    "defaults",
    "dropping",
    "typing",
    "phrases",
    "exclusions",
    "filters",
    "weights",
    "spaces",
    "lists",
    "infix",
];

const WORDS: [&str; 60] = [
    "plone",
    "django",
    "flask",
    "request",
    "client",
    "server",
    "http",
    "api",
    "rest",
    "framework",
    "package",
    "python",
    "async",
    "database",
    "form",
    "theme",
    "auth",
    "token",
    "cache",
    "queue",
    "test",
    "tool",
    "utils",
    "core",
    "admin",
    "widget",
    "field",
    "model",
    "view",
    "template",
    "parser",
    "json",
    "yaml",
    "simple",
    "fast",
    "easy",
    "light",
    "open",
    "source",
    "manage",
    "collect",
    "content",
    "workflow",
    "user",
    "group",
    "mail",
    "search",
    "index",
    "engine",
    "data",
    "grid",
    "event",
    "interface",
    "zope",
    "volto",
    "the",
    "a",
    "of",
    "for",
    "with",
];

/// A small generator of numbers.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// From 0 to before `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % end.max(1)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// The first ones far more often.
    fn pick_common<'t>(&mut self, from: &'t [String]) -> &'t str {
        let mut end = from.len();
        for _ in 0..3 {
            end = self.below(end) + 1;
        }
        &from[end - 1]
    }
}

/// One collection and what is asked of it.
pub(crate) struct Case {
    pub(crate) separators: Vec<char>,
    /// With `id`, the position as text.
    pub(crate) documents: Vec<Value>,
    /// Parameters as in a query string, without `collection`.
    pub(crate) searches: Vec<Value>,
}

impl Case {
    pub(crate) fn new(topic: &str, seed: u64, searches: usize) -> Self {
        let mut random = Random::new(seed);
        let words = vocabulary(&mut random);
        let count = random.pick(&[20, 60, 120]);
        let documents: Vec<Value> = (0..count)
            .map(|number| document(&mut random, &words, number))
            .collect();
        let searches = (0..searches)
            .map(|_| search(&mut random, topic, &words, &documents))
            .collect();
        Self {
            separators: if random.chance(50) {
                vec!['-', '_', '.']
            } else {
                Vec::new()
            },
            documents,
            searches,
        }
    }
}

fn vocabulary(random: &mut Random) -> Vec<String> {
    let mut words: Vec<String> = WORDS.iter().map(|&word| word.to_owned()).collect();
    for _ in 0..60 {
        let second = if random.chance(50) {
            random.pick(&WORDS)
        } else {
            random.pick(&["s", "ed", "er", "ing", "x", "2", "lib"])
        };
        words.push(format!("{}{second}", random.pick(&WORDS)));
    }
    for _ in 0..25 {
        let word = random.pick(&WORDS);
        words.push(with_typo(random, word));
    }
    for at in (1..words.len()).rev() {
        words.swap(at, random.below(at + 1));
    }
    words
}

fn with_typo(random: &mut Random, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let at = random.below(letters.len() - 1);
    let letter = random.pick(&['a', 'e', 'n', 'r', 'x']);
    match random.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letter),
        2 => letters[at] = letter,
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

fn document(random: &mut Random, words: &[String], number: usize) -> Value {
    let mut text = |most: usize, ends: &[&str]| {
        let count = random.below(most + 1);
        let parts: Vec<String> = (0..count)
            .map(|_| format!("{}{}", random.pick_common(words), random.pick(ends)))
            .collect();
        parts.join(" ")
    };
    let (summary, description) = (text(9, &[""]), text(60, &["", "", ",", "."]));
    let count = 1 + random.below(3);
    let mut name = random.pick(words);
    for _ in 1..count {
        name.push_str(random.pick(&["-", ".", "_", "", " "]));
        name.push_str(&random.pick(words));
    }
    let tags: Vec<String> = (0..random.below(4))
        .map(|_| format!("{} {}", random.pick(words), random.pick(words)))
        .collect();
    json!({
        "id": number.to_string(),
        "name": name,
        "summary": summary,
        "description": description,
        "tags": tags,
        "stars": random.below(5),
    })
}

#[expect(clippy::too_many_lines, reason = "a list of topics")]
fn search(random: &mut Random, topic: &str, words: &[String], documents: &[Value]) -> Value {
    let choices: [&[&str]; 7] = [
        &["name"],
        &["summary"],
        &["description"],
        &["tags"],
        &["name", "summary"],
        &["name", "summary", "description"],
        &["tags", "name"],
    ];
    let fields = random.pick(&choices);
    let document = &random.pick(documents);
    let text = ["name", "summary", "description"]
        .map(|field| document[field].as_str().unwrap_or_default())
        .join(" ");
    let own: Vec<&str> = text.split_whitespace().collect();
    let word = |random: &mut Random| {
        if random.chance(70) && !own.is_empty() {
            random.pick(&own).to_owned()
        } else {
            random.pick(words)
        }
    };
    let several = |random: &mut Random, least: usize, most: usize| {
        let count = least + random.below(most - least + 1);
        let words: Vec<String> = (0..count).map(|_| word(random)).collect();
        words.join(" ")
    };
    let cut = |text: &str, letters: usize| -> String {
        let count = text.chars().count();
        text.chars()
            .take(count.saturating_sub(letters).max(1))
            .collect()
    };
    let list = |random: &mut Random, from: &[&str]| {
        let list: Vec<&str> = fields.iter().map(|_| random.pick(from)).collect();
        list.join(",")
    };
    let mut search = match topic {
        "word" => json!({"q": word(random), "prefix": "false", "num_typos": "0"}),
        "prefix" => {
            let word = word(random);
            let letters = random.below(word.chars().count());
            json!({"q": cut(&word, letters), "num_typos": "0"})
        }
        "typos" => {
            let word = word(random);
            json!({"q": with_typo(random, &word), "prefix": random.pick(&["true", "false"])})
        }
        "words" => json!({
            "q": several(random, 2, 4), "prefix": "false", "num_typos": "0",
            "drop_tokens_threshold": 0, "split_join_tokens": "off",
        }),
        "dropping" => json!({
            "q": several(random, 2, 5), "num_typos": "0", "split_join_tokens": "off",
            "drop_tokens_threshold": random.pick(&[1, 5, 50]),
        }),
        "typing" => {
            let (words, letters) = (several(random, 2, 3), 1 + random.below(4));
            json!({"q": cut(&words, letters)})
        }
        "phrases" => {
            let start = random.below(own.len());
            let phrase = own
                .get(start..(start + 2).min(own.len()))
                .unwrap_or_default();
            json!({"q": format!("\"{}\"", phrase.join(" "))})
        }
        "exclusions" => {
            json!({"q": format!("{} -{}", word(random), word(random)), "num_typos": "0"})
        }
        "filters" => json!({
            "q": several(random, 1, 2), "filter_by": format!("stars:={}", random.below(5)),
        }),
        "weights" => {
            let weights: Vec<String> = fields
                .iter()
                .map(|_| random.below(20).to_string())
                .collect();
            json!({
                "q": several(random, 1, 2), "query_by_weights": weights.join(","),
                "text_match_type": random.pick(&["max_score", "max_weight"]),
            })
        }
        "spaces" => {
            let (one, two) = (word(random), word(random));
            let half = one.char_indices().nth(3).map_or(one.len(), |(at, _)| at);
            let parted = format!("{} {}", &one[..half], &one[half..]);
            json!({"q": random.pick(&[format!("{one}{two}"), parted, format!("{one} {two}")])})
        }
        "lists" => json!({
            "q": several(random, 1, 2), "prefix": list(random, &["true", "false"]),
            "num_typos": list(random, &["0", "1", "2"]),
        }),
        "infix" => {
            let word = word(random);
            let inner: String = word.chars().skip(1).take(2 + random.below(3)).collect();
            json!({
                "q": if inner.is_empty() { word } else { inner }, "query_by": "name",
                "infix": random.pick(&["always", "fallback"]),
            })
        }
        _ => json!({"q": several(random, 1, 4)}),
    };
    if search.get("query_by").is_none() {
        search["query_by"] = fields.join(",").into();
    }
    search
}
