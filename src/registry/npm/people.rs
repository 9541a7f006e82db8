//! People in a manifest: objects, or texts such as `Ada <ada@example.org> (https://example.org)`.

use serde_json::{Map, Value};

use super::values::{non_empty, text};

/// Name and address of a person; either may be empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
}

/// The person of a value in any form; nobody in a value of another type.
pub(super) fn person(value: Option<&Value>) -> Person {
    match value {
        Some(Value::String(text)) => of_text(text),
        Some(Value::Object(object)) => Person {
            name: text(object, "name").unwrap_or_default().to_owned(),
            email: text(object, "email").unwrap_or_default().to_owned(),
        },
        _ => Person::default(),
    }
}

/// The first person of a list, which may also be one object or text.
pub(super) fn first_person(value: Option<&Value>) -> Person {
    match value {
        Some(Value::Array(people)) => person(people.first()),
        other => person(other),
    }
}

/// The names of accounts in a list of maintainers, in its order, each once.
pub(super) fn accounts(object: &Map<String, Value>) -> Vec<String> {
    let people = object.get("maintainers").and_then(Value::as_array);
    let mut names = Vec::new();
    for maintainer in people.into_iter().flatten() {
        let name = person(Some(maintainer)).name;
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn of_text(text: &str) -> Person {
    let (name, rest) = match text.find(['<', '(']) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    let email = rest
        .strip_prefix('<')
        .and_then(|rest| rest.split_once('>'))
        .map_or("", |(email, _)| email);
    Person {
        name: non_empty(name).unwrap_or_default().to_owned(),
        email: non_empty(email).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{accounts, first_person, person};

    #[test]
    fn people_have_many_forms() {
        for (value, name, email) in [
            (json!("Ada <ada@a> (https://a)"), "Ada", "ada@a"),
            (json!("Ada (https://a)"), "Ada", ""),
            (json!("Ada"), "Ada", ""),
            (json!(""), "", ""),
            (json!({"name": "Ada", "email": "ada@a"}), "Ada", "ada@a"),
            (json!({"name": 7}), "", ""),
            (json!(null), "", ""),
            (json!(["Ada"]), "", ""),
        ] {
            let person = person(Some(&value));
            assert_eq!((&*person.name, &*person.email), (name, email), "{value}");
        }
        assert_eq!(first_person(Some(&json!(["Ada", "Bob"]))).name, "Ada");
        let root = json!({"maintainers": [{"name": "a"}, "b <c>", {"name": "a"}, 7]});
        assert_eq!(
            root.as_object().map(accounts),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
    }
}
