//! Names made from content: cell ids, run folders, and the random streams that depend on nothing else.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// SHA-256 as lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first 16 hexadecimal digits: enough for names, short enough to read.
pub fn short_id(text: &str) -> String {
    let mut id = sha256_hex(text.as_bytes());
    id.truncate(16);
    id
}

/// A named random stream: the same parts give the same numbers, in any order of use and on any thread.
///
/// Parts are joined by a byte that no text contains, so that `["ab", "c"]` and `["a", "bc"]` differ.
pub fn stream(parts: &[&str]) -> ChaCha8Rng {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0xff]);
    }
    ChaCha8Rng::from_seed(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;

    #[test]
    fn the_hash_is_the_published_one() {
        // FIPS 180-4 example: the empty message.
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256_hex(b""), empty);
        assert_eq!(short_id(""), &empty[..16]);
    }

    #[test]
    fn streams_depend_on_every_part_and_on_their_borders() {
        let first = |parts: &[&str]| stream(parts).next_u64();
        assert_eq!(first(&["a", "b"]), first(&["a", "b"]));
        assert_ne!(first(&["ab", "c"]), first(&["a", "bc"]));
        assert_ne!(first(&["a", "b"]), first(&["b", "a"]));
    }
}
