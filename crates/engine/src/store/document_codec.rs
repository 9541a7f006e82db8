//! Documents as they lie on the disk: small ones as JSON, others as zstd.
//!
//! The first byte tells them apart: JSON of a document begins with a brace, which no zstd frame
//! does. A frame carries a checksum, so a damaged one is found when it is read.
//!
//! Long members, such as a README, are cut out of the JSON and kept apart, with their places in it:
//! a search reads and unpacks them only if it shows one.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

/// Members with more bytes are kept apart.
const LONG: usize = 2_048;
/// Shorter documents gain too little.
const WORTH_COMPRESSING: usize = 256;
/// The fastest of the usual levels: an import spends its time elsewhere.
const LEVEL: i32 = 1;
/// No stored document is larger, whatever a damaged header says.
const LARGEST: u64 = 1 << 30;

/// Bytes of a buffer that a thread keeps for the next document.
const KEPT: usize = 1 << 20;

thread_local! {
    // For the JSON of a document, and for what is cut out of it.
    static BUFFERS: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) };
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// A document as it is stored.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoredDocument {
    /// Its JSON without the long members.
    pub(crate) body: Vec<u8>,
    pub(crate) long: Option<LongMembers>,
}

/// The members of a document that are kept apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LongMembers {
    /// Their names, as a list in JSON.
    pub(crate) names: String,
    /// What was cut out, and where.
    pub(crate) cuts: Vec<u8>,
}

/// A document as bytes; its keys should be sorted.
pub(crate) fn encode(document: &Value) -> std::io::Result<StoredDocument> {
    let members = document.as_object();
    let members = members.ok_or_else(|| std::io::Error::other("a document is an object"))?;
    BUFFERS.with_borrow_mut(|(json, cut)| {
        json.clear();
        cut.clear();
        let stored = encode_members(members, json, cut);
        for buffer in [json, cut] {
            buffer.shrink_to(KEPT);
        }
        stored
    })
}

fn encode_members(
    members: &Map<String, Value>,
    json: &mut Vec<u8>,
    cut: &mut Vec<u8>,
) -> std::io::Result<StoredDocument> {
    let (mut places, mut names) = (Vec::new(), Vec::new());
    json.push(b'{');
    for (name, value) in members {
        let start = json.len();
        let is_first = start == 1 && cut.is_empty();
        if !is_first {
            json.push(b',');
        }
        serde_json::to_writer(&mut *json, name)?;
        json.push(b':');
        serde_json::to_writer(&mut *json, value)?;
        // What is cut out takes the comma before it along, which the first has not.
        if !is_first && json.len() - start > LONG {
            places.push((start, json.len() - start));
            cut.extend_from_slice(&json[start..]);
            json.truncate(start);
            names.push(name);
        }
    }
    json.push(b'}');
    let long = if names.is_empty() {
        None
    } else {
        add_places(cut, &places)?;
        Some(LongMembers {
            names: serde_json::to_string(&names)?,
            cuts: compress(cut)?,
        })
    };
    let body = if json.len() < WORTH_COMPRESSING {
        json.clone()
    } else {
        compress(json)?
    };
    Ok(StoredDocument { body, long })
}

/// Adds, behind all that was cut out, the place and length of each cut and their number.
fn add_places(cut: &mut Vec<u8>, places: &[(usize, usize)]) -> std::io::Result<()> {
    let numbers = places.iter().flat_map(|(at, length)| [*at, *length]);
    for number in numbers.chain([places.len()]) {
        let number = u32::try_from(number).map_err(std::io::Error::other)?;
        cut.extend(number.to_le_bytes());
    }
    Ok(())
}

fn compress(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        let compressor = if let Some(compressor) = compressor {
            compressor
        } else {
            let mut new = Compressor::new(LEVEL)?;
            new.set_parameter(CParameter::ChecksumFlag(true))?;
            compressor.insert(new)
        };
        // Its buffer is as long as the text.
        let mut packed = compressor.compress(bytes)?;
        packed.shrink_to_fit();
        Ok(packed)
    })
}

fn decompress(frame: &[u8]) -> std::io::Result<Vec<u8>> {
    let size = zstd::zstd_safe::get_frame_content_size(frame)
        .ok()
        .flatten()
        .filter(|size| *size <= LARGEST)
        .and_then(|size| usize::try_from(size).ok())
        .ok_or_else(|| std::io::Error::other("it has no readable header"))?;
    DECOMPRESSOR.with_borrow_mut(|decompressor| {
        let decompressor = match decompressor {
            Some(decompressor) => decompressor,
            None => decompressor.insert(Decompressor::new()?),
        };
        decompressor.decompress(frame, size)
    })
}

/// The JSON of a stored document; without `cuts`, that of its short members.
pub(crate) fn to_json(body: &[u8], cuts: Option<&[u8]>) -> std::io::Result<Vec<u8>> {
    let json = if body.first() == Some(&b'{') {
        body.to_vec()
    } else {
        decompress(body)?
    };
    match cuts {
        None => Ok(json),
        Some(cuts) => put_back(&json, &decompress(cuts)?)
            .ok_or_else(|| std::io::Error::other("its long members do not fit into it")),
    }
}

/// The JSON with what was cut out of it; `None` if the two do not belong together.
fn put_back(json: &[u8], cuts: &[u8]) -> Option<Vec<u8>> {
    fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
        let (number, rest) = bytes.split_first_chunk()?;
        Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
    }
    let (cuts, count) = cuts.split_at_checked(cuts.len().checked_sub(4)?)?;
    let (count, _) = number(count)?;
    let places = count.checked_mul(8)?;
    let (mut cut, mut places) = cuts.split_at_checked(cuts.len().checked_sub(places)?)?;
    let mut whole = Vec::with_capacity(json.len() + cut.len());
    let mut done = 0;
    for _ in 0..count {
        let (at, rest) = number(places)?;
        let (length, rest) = number(rest)?;
        whole.extend_from_slice(json.get(done..at)?);
        let (member, others) = cut.split_at_checked(length)?;
        whole.extend_from_slice(member);
        (done, cut, places) = (at, others, rest);
    }
    whole.extend_from_slice(json.get(done..)?);
    cut.is_empty().then_some(whole)
}

/// Whether one of the long members, by their names in JSON, is wanted.
pub(crate) fn is_any_wanted(
    names: &str,
    wanted: &dyn Fn(&str) -> bool,
) -> serde_json::Result<bool> {
    let names: Vec<String> = serde_json::from_str(names)?;
    Ok(names.iter().any(|name| wanted(name)))
}

/// Those members of a document that are wanted: a long text that nobody asked for costs little more
/// than being skipped.
pub(crate) fn some_members(
    json: &[u8],
    wanted: &dyn Fn(&str) -> bool,
) -> serde_json::Result<Value> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let document = MemberFilter(wanted).deserialize(&mut reader)?;
    reader.end()?;
    Ok(document)
}

struct MemberFilter<'w>(&'w dyn Fn(&str) -> bool);

impl<'de> DeserializeSeed<'de> for MemberFilter<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MemberFilter<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if (self.0)(&name) {
                kept.insert(name, members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(kept))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn encoded(document: &Value) -> StoredDocument {
        encode(document).unwrap_or_else(|error| panic!("{error}"))
    }

    fn whole(stored: &StoredDocument) -> Option<String> {
        let cuts = stored.long.as_ref().map(|long| long.cuts.as_slice());
        let json = to_json(&stored.body, cuts).ok()?;
        String::from_utf8(json).ok()
    }

    #[test]
    fn a_long_text_is_kept_apart_and_comes_back_in_its_place() {
        let document = json!({"a": 1, "b": "x".repeat(5_000), "c": [2], "d": "y".repeat(3_000)});
        let stored = encoded(&document);
        let short = to_json(&stored.body, None).unwrap_or_default();
        assert_eq!(short, br#"{"a":1,"c":[2]}"#);
        let names = stored.long.as_ref().map(|long| long.names.as_str());
        assert_eq!(names, Some(r#"["b","d"]"#));
        assert_eq!(whole(&stored), Some(document.to_string()));
        let is_wanted = |name: &str| is_any_wanted(r#"["b","d"]"#, &|one| one == name).ok();
        assert_eq!((is_wanted("d"), is_wanted("c")), (Some(true), Some(false)));
    }

    #[test]
    fn what_belongs_to_another_document_is_refused() {
        let one = encoded(&json!({"a": 1, "b": "x".repeat(5_000)}));
        let other = encoded(&json!({"id": "a much longer one", "z": "y".repeat(5_000)}));
        let cuts = other.long.as_ref().map(|long| long.cuts.as_slice());
        assert!(to_json(&one.body, cuts).is_err());
        assert!(to_json(&one.body, Some(b"{}")).is_err());
    }

    proptest! {
        #[test]
        fn the_bytes_are_those_of_the_plain_json(
            members in prop::collection::btree_map("[a-z\"\\n]{0,4}", prop_oneof![
                "[a-zé,{}\"]{0,9}",
                "[a-zé,{}\"]{2,9}".prop_map(|text| text.repeat(900)),
            ], 0..7)
        ) {
            let document = json!(members);
            prop_assert_eq!(whole(&encoded(&document)), Some(document.to_string()));
        }
    }
}
