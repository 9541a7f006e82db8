//! Documents as they lie on the disk: small ones as JSON, others as zstd.
//!
//! The first byte tells them apart: JSON of a document begins with a brace, which no zstd frame
//! does. A frame carries a checksum, so a damaged one is found when it is read.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

/// Shorter documents gain too little.
const WORTH_COMPRESSING: usize = 256;
/// The fastest of the usual levels: an import spends its time elsewhere.
const LEVEL: i32 = 1;
/// No stored document is larger, whatever a damaged header says.
const LARGEST: u64 = 1 << 30;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// A document as bytes; its keys should be sorted.
pub(crate) fn encode(document: &Value) -> std::io::Result<Vec<u8>> {
    let json = serde_json::to_vec(document)?;
    if json.len() < WORTH_COMPRESSING {
        return Ok(json);
    }
    COMPRESSOR.with_borrow_mut(|compressor| {
        let compressor = if let Some(compressor) = compressor {
            compressor
        } else {
            let mut new = Compressor::new(LEVEL)?;
            new.set_parameter(CParameter::ChecksumFlag(true))?;
            compressor.insert(new)
        };
        compressor.compress(&json)
    })
}

/// The JSON of a stored document.
pub(crate) fn to_json(body: &[u8]) -> std::io::Result<Vec<u8>> {
    if body.first() == Some(&b'{') {
        return Ok(body.to_vec());
    }
    let size = zstd::zstd_safe::get_frame_content_size(body)
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
        decompressor.decompress(body, size)
    })
}

/// A stored document.
pub(crate) fn decode(body: &[u8]) -> std::io::Result<Value> {
    Ok(serde_json::from_slice(&to_json(body)?)?)
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
