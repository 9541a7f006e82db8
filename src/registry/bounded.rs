//! Parses untrusted JSON into a tree, within a memory budget.
//!
//! A tree takes up to eighty times the memory of its text: `{"a":1}` is seven bytes, and six hundred
//! as an object. So the budget is for what has been built, and parsing ends where it is used up.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Bytes of a value in a list, which may have grown to twice its length.
const IN_LIST: usize = 2 * size_of::<Value>();
/// Bytes of a value under a key: a node of the tree has room for eleven and is at least half full.
const IN_OBJECT: usize = 2 * (size_of::<String>() + size_of::<Value>());
/// Bytes of the first node of an object.
const OBJECT: usize = 11 * (size_of::<String>() + size_of::<Value>());
/// Bytes that an allocator adds to a text.
const TEXT: usize = 16;

/// Parses `text`, if building its value takes no more than about `budget` bytes.
pub(super) fn parse_within(text: &str, budget: usize) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let left = Cell::new(budget);
    let value = Bounded(&left).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Builds a value and takes its cost off what is left.
#[derive(Clone, Copy)]
pub(super) struct Bounded<'b>(pub(super) &'b Cell<usize>);

impl Bounded<'_> {
    fn spend<E: Error>(self, cost: usize) -> Result<(), E> {
        let left = self.0.get().checked_sub(cost);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ())
            .ok_or_else(|| E::custom("it holds far more than any valid answer"))
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.spend(TEXT + text.len())?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(member) = members.next_element_seed(self)? {
            self.spend(IN_LIST)?;
            list.push(member);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let node = if object.is_empty() { OBJECT } else { IN_OBJECT };
            self.spend(node + TEXT + key.len())?;
            object.insert(key, members.next_value_seed(self)?);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::parse_within;

    #[test]
    fn what_is_small_is_read_and_what_grows_is_not() {
        let text = r#"{"a": [1, -2, 1.5, null, true, "b"], "c": {"d": {}}}"#;
        let expected: serde_json::Result<Value> = serde_json::from_str(text);
        assert_eq!(parse_within(text, 4_000).ok(), expected.ok());
        let keys: Vec<String> = (0..1_000).map(|key| format!("\"{key}\":0,")).collect();
        for swollen in [
            format!("[{}0]", "0,".repeat(10_000)),
            format!("[{}{{}}]", r#"{"a":1},"#.repeat(1_000)),
            format!("\"{}\"", "a".repeat(20_000)),
            format!("{{{}\"z\":0}}", keys.concat()),
        ] {
            assert!(
                parse_within(&swollen, 20_000).is_err(),
                "{}",
                &swollen[..20]
            );
        }
        assert!(parse_within("[1] 2", 4_000).is_err());
    }

    proptest! {
        #[test]
        fn within_the_budget_it_reads_what_json_says(text in "[\\[\\]{}:,\"a1 ]{0,30}") {
            let expected = serde_json::from_str::<Value>(&text).ok();
            prop_assert_eq!(parse_within(&text, 1 << 20).ok(), expected);
        }
    }
}
