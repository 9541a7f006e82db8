//! The keys of rows: UUIDs of version 5 of GitHub's ids, so that every database gives the same. No I/O.

use sha1::{Digest, Sha1};

/// The namespace of addresses, as RFC 9562 defines it.
const ADDRESSES: [u8; 16] = [
    0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
];

/// The key of a developer.
#[must_use]
pub fn developer_key(github_id: i64) -> String {
    key(&format!("https://api.github.com/user/{github_id}"))
}

/// The key of a repository.
#[must_use]
pub fn repository_key(github_id: i64) -> String {
    key(&format!("https://api.github.com/repositories/{github_id}"))
}

fn key(address: &str) -> String {
    let digest = Sha1::new()
        .chain_update(ADDRESSES)
        .chain_update(address)
        .finalize();
    let mut key = String::with_capacity(36);
    for (place, byte) in digest.iter().take(16).enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            key.push('-');
        }
        let byte = match place {
            6 => byte & 0x0f | 0x50,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        key.push_str(&format!("{byte:02x}"));
    }
    key
}

#[cfg(test)]
mod tests {
    use super::{developer_key, key, repository_key};

    #[test]
    fn keys_are_those_of_every_other_implementation() {
        // What Python's `uuid.uuid5(uuid.NAMESPACE_URL, …)` gives.
        assert_eq!(
            key("https://example.org/"),
            "527dda32-a0de-5105-a042-cb475b5f7d11"
        );
        assert_ne!(developer_key(1), repository_key(1));
        assert_eq!(developer_key(1), developer_key(1));
    }
}
