//! The format of a pack: many values in one file, with a table in front.
//!
//! ```text
//! magic (8)  count (8)  checksum of the table (8)  hash of the pack's name (8)
//! count × { hash of the key (8)  seconds (4)  length of the record (4) }
//! count × record: checksum of the rest (8)  length of the key (4)  key  value
//! ```
//!
//! Numbers are little-endian. The name is included because the store keeps equal files once, and
//! removing a pack would remove another with the same content. A record of length 0 means that its
//! key was removed. Each record has its own checksum, so that one value can be read without the
//! others. Pure functions over bytes, called by the rest of the cache; invalid data is reported as
//! damaged and never causes a panic.

use xxhash_rust::xxh3::xxh3_64;

const MAGIC: [u8; 8] = *b"pack-1\r\n";
pub(super) const HEADER_BYTES: usize = 32;
pub(super) const ROW_BYTES: usize = 16;
const RECORD_HEAD: usize = 12;

/// The entry of a record in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) hash: u64,
    /// When the value was put, in seconds since 1970.
    pub(super) seconds: u32,
    /// Bytes of the record; 0 for a removal.
    pub(super) length: u32,
}

/// The hash of a key. Two keys may have the same one, so [`open_record`] compares the key itself.
pub(super) fn hash(key: &str) -> u64 {
    xxh3_64(key.as_bytes())
}

/// The length of a record in bytes, unless it is too large for the format.
pub(super) fn record_length(key: &str, value: &[u8]) -> Option<u32> {
    u32::try_from(
        RECORD_HEAD
            .checked_add(key.len())?
            .checked_add(value.len())?,
    )
    .ok()
}

pub(super) fn push_record(body: &mut Vec<u8>, key: &str, value: &[u8]) {
    let start = body.len();
    body.extend_from_slice(&[0; 8]);
    // Cannot overflow, because the whole record fits.
    let key_length = u32::try_from(key.len()).unwrap_or(u32::MAX);
    body.extend_from_slice(&key_length.to_le_bytes());
    body.extend_from_slice(key.as_bytes());
    body.extend_from_slice(value);
    let (head, rest) = body[start..].split_at_mut(8);
    head.copy_from_slice(&xxh3_64(rest).to_le_bytes());
}

/// The content of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// A value, which begins at this byte of the record.
    Value(usize),
    /// Another key with the same hash.
    OtherKey,
    Damaged,
}

/// Whether the checksum of a record is right.
pub(super) fn is_whole(record: &[u8]) -> bool {
    let parts = record.split_first_chunk::<8>();
    parts.is_some_and(|(checksum, rest)| u64::from_le_bytes(*checksum) == xxh3_64(rest))
}

pub(super) fn open_record(record: &[u8], key: &str) -> Record {
    if !is_whole(record) {
        return Record::Damaged;
    }
    let Some((key_length, rest)) = record[8..].split_first_chunk::<4>() else {
        return Record::Damaged;
    };
    let key_length = usize::try_from(u32::from_le_bytes(*key_length)).unwrap_or(usize::MAX);
    match rest.get(..key_length) {
        Some(found) if found == key.as_bytes() => Record::Value(RECORD_HEAD + key_length),
        Some(_) => Record::OtherKey,
        None => Record::Damaged,
    }
}

/// The header and the table.
pub(super) fn encode_head(name: &str, rows: &[Row]) -> Vec<u8> {
    let mut table = Vec::with_capacity(rows.len() * ROW_BYTES);
    for row in rows {
        table.extend_from_slice(&row.hash.to_le_bytes());
        table.extend_from_slice(&row.seconds.to_le_bytes());
        table.extend_from_slice(&row.length.to_le_bytes());
    }
    let mut head = Vec::with_capacity(HEADER_BYTES + table.len());
    head.extend_from_slice(&MAGIC);
    head.extend_from_slice(&(rows.len() as u64).to_le_bytes());
    head.extend_from_slice(&xxh3_64(&table).to_le_bytes());
    head.extend_from_slice(&hash(name).to_le_bytes());
    head.extend_from_slice(&table);
    head
}

/// The number of rows and the checksum of the table.
pub(super) fn open_header(header: &[u8; HEADER_BYTES]) -> Option<(usize, u64)> {
    let (magic, rest) = header.split_first_chunk::<8>()?;
    let (count, rest) = rest.split_first_chunk::<8>()?;
    let checksum = rest.first_chunk::<8>()?;
    if *magic != MAGIC {
        return None;
    }
    let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
    Some((count, u64::from_le_bytes(*checksum)))
}

pub(super) fn open_table(table: &[u8], checksum: u64) -> Option<Vec<Row>> {
    if xxh3_64(table) != checksum {
        return None;
    }
    let (rows, _) = table.as_chunks::<ROW_BYTES>();
    rows.iter().map(open_row).collect()
}

fn open_row(row: &[u8; ROW_BYTES]) -> Option<Row> {
    let (hash, rest) = row.split_first_chunk::<8>()?;
    let (seconds, rest) = rest.split_first_chunk::<4>()?;
    let length = rest.first_chunk::<4>()?;
    Some(Row {
        hash: u64::from_le_bytes(*hash),
        seconds: u32::from_le_bytes(*seconds),
        length: u32::from_le_bytes(*length),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_gives_back_its_value_and_notices_damage() {
        let mut record = Vec::new();
        push_record(&mut record, "key", b"value");
        assert_eq!(
            record_length("key", b"value"),
            u32::try_from(record.len()).ok()
        );
        let Record::Value(start) = open_record(&record, "key") else {
            panic!("the record is whole");
        };
        assert_eq!(&record[start..], b"value");
        assert_eq!(open_record(&record, "other"), Record::OtherKey);
        for at in 0..record.len() {
            let mut damaged = record.clone();
            damaged[at] ^= 1;
            assert_eq!(open_record(&damaged, "key"), Record::Damaged, "byte {at}");
            assert_eq!(
                open_record(&record[..at], "key"),
                Record::Damaged,
                "cut at {at}"
            );
        }
    }

    #[test]
    fn a_table_gives_back_its_rows_and_notices_damage() -> Result<(), &'static str> {
        let rows = [1, 2].map(|number| Row {
            hash: hash("key") + u64::from(number),
            seconds: number,
            length: number * 100,
        });
        let head = encode_head("name", &rows);
        let (header, table) = head.split_first_chunk().ok_or("short")?;
        let (count, checksum) = open_header(header).ok_or("header")?;
        assert_eq!(count * ROW_BYTES, table.len());
        assert_eq!(open_table(table, checksum).as_deref(), Some(&rows[..]));
        assert_eq!(open_table(&table[..ROW_BYTES], checksum), None);
        assert_eq!(open_header(&[b'x'; HEADER_BYTES]), None);
        Ok(())
    }
}
