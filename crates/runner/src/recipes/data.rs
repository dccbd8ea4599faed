//! Pictures of a recipe: four IDX files in an order that is theirs and not the files', split once and for all.
//!
//! # Units
//! Codes 0 to 255 of the files become 0 to 1, then (code − mean) / sd; class names are numbers from 0.
//!
//! The order is that of the SHA-256 of a picture with its class, so that files that are sorted by class are the same pictures, in
//! the same split, as files that are not. The first pictures in it are held out. They choose nothing that a recipe does not state;
//! the test pictures are read at the epochs that were published, and never learned from.
//!
//! # Errors
//! A file that is missing or unsound, other sizes than the recipe says, more pictures held out than there are.

use super::Pictures;
use crate::digits::{CLASSES, FILES, idx};
use crate::identity::sha256_hex;
use std::path::Path;
use trompe_models::Rng;
use trompe_models::rng::{below, dropout_mask, shuffle};

/// The pictures of a folder.
pub struct Data {
    /// Pixels along a side.
    pub side: usize,
    /// Hash of all pictures and classes, whatever their order in the files.
    pub content: String,
    learning: Set,
    test: Set,
}

/// Pictures in order, with a name for each.
struct Set {
    codes: Vec<u8>,
    labels: Vec<usize>,
    hashes: Vec<String>,
}

/// Which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Held out of the training files.
    Validation,
    /// The test files.
    Test,
}

/// Pictures as a network gets them.
pub struct Shown {
    /// `[pictures, 1, side, side]` in a row.
    pub pixels: Vec<f32>,
    /// Their classes.
    pub labels: Vec<usize>,
}

impl Data {
    /// Reads a folder.
    ///
    /// # Errors
    /// As the module says.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let [(learning, side), (test, other)] = [read(folder, FILES[0])?, read(folder, FILES[1])?];
        if side != other {
            return Err(format!("{}: training pictures of {side} px, test pictures of {other} px", folder.display()));
        }
        let hashes = [&learning, &test].map(|set| sha256_hex(set.hashes.join("\n").as_bytes()));
        Ok(Self { side, content: sha256_hex(hashes.join("\n").as_bytes()), learning, test })
    }

    /// Whether the pictures are what a recipe needs.
    ///
    /// # Errors
    /// In words.
    pub fn fits(&self, wanted: &Pictures, batch: usize) -> Result<(), String> {
        if self.side != wanted.side {
            return Err(format!("pictures of {} px, and the recipe is for {} px", self.side, wanted.side));
        }
        let count = self.learning.labels.len();
        if wanted.validation + batch > count {
            let held = wanted.validation;
            return Err(format!("{count} training pictures are too few to hold out {held} and learn from {batch}"));
        }
        Ok(())
    }

    /// How many pictures are learned from.
    pub fn learned_from(&self, pictures: &Pictures) -> usize {
        self.learning.labels.len() - pictures.validation
    }

    /// How many pictures are in the training files.
    pub fn training_pictures(&self) -> usize {
        self.learning.labels.len()
    }

    /// Checksum of the pictures that are held out.
    pub fn held_out(&self, pictures: &Pictures) -> String {
        sha256_hex(self.learning.hashes[..pictures.validation].join("\n").as_bytes())
    }

    /// How many pictures a part has.
    pub fn count(&self, part: Part, pictures: &Pictures) -> usize {
        match part {
            Part::Validation => pictures.validation,
            Part::Test => self.test.labels.len(),
        }
    }

    /// Pictures of a part as they are.
    pub fn shown(&self, part: Part, range: std::ops::Range<usize>, pictures: &Pictures) -> Shown {
        let set = match part {
            Part::Validation => &self.learning,
            Part::Test => &self.test,
        };
        let mut pixels = Vec::new();
        for at in range.clone() {
            pixels.extend(prepared(set.picture(at, self.side), pictures));
        }
        Shown { pixels, labels: set.labels[range].to_vec() }
    }

    /// The pictures to learn from in the order of one epoch.
    pub fn order(&self, pictures: &Pictures, rng: &mut Rng) -> Vec<usize> {
        let mut order: Vec<usize> = (pictures.validation..self.learning.labels.len()).collect();
        shuffle(&mut order, rng);
        order
    }

    /// A batch to learn from: shifted, and with pixels dropped, where the recipe says so.
    pub fn lesson(&self, at: &[usize], pictures: &Pictures, rng: &mut Rng) -> Shown {
        let mut pixels = Vec::new();
        for &at in at {
            let picture = self.learning.picture(at, self.side);
            let own = match pictures.shift_px {
                0 => prepared(picture, pictures),
                most => prepared(&shifted(picture, self.side, most, rng), pictures),
            };
            pixels.extend(own);
        }
        if pictures.drop > 0.0 {
            let mask = dropout_mask(pixels.len(), pictures.drop, rng);
            pixels.iter_mut().zip(mask).for_each(|(pixel, kept)| *pixel *= kept as f32);
        }
        Shown { pixels, labels: at.iter().map(|&at| self.learning.labels[at]).collect() }
    }
}

impl Set {
    fn picture(&self, at: usize, side: usize) -> &[u8] {
        &self.codes[at * side * side..(at + 1) * side * side]
    }
}

fn read(folder: &Path, [images, labels]: [&str; 2]) -> Result<(Set, usize), String> {
    let [images, labels] = [idx::find(folder, images)?, idx::find(folder, labels)?];
    let (pictures, names) = (idx::read(&images, 3)?, idx::read(&labels, 1)?);
    let named = |why: String| format!("{}: {why}", images.display());
    let [count, height, width] = pictures.sizes[..] else { unreachable!("read with three sizes") };
    if height != width || height == 0 {
        return Err(named(format!("pictures of {height} × {width}; they must be square")));
    }
    if count != names.bytes.len() {
        return Err(named(format!("{count} pictures with {} labels", names.bytes.len())));
    }
    if let Some(label) = names.bytes.iter().find(|label| usize::from(**label) >= CLASSES.len()) {
        return Err(format!("{}: label {label}; classes are 0 to 9", labels.display()));
    }
    let own = |at: usize| &pictures.bytes[at * height * width..(at + 1) * height * width];
    let hash = |at: usize| (sha256_hex(&[own(at), &[names.bytes[at]]].concat()), at);
    let mut order: Vec<(String, usize)> = (0..count).map(hash).collect();
    order.sort();
    let codes = order.iter().flat_map(|(_, at)| own(*at).iter().copied()).collect();
    let labels = order.iter().map(|(_, at)| usize::from(names.bytes[*at])).collect();
    Ok((Set { codes, labels, hashes: order.into_iter().map(|(hash, _)| hash).collect() }, height))
}

/// Shifted by up to `most` pixels each way; what comes in is 0.
fn shifted(picture: &[u8], side: usize, most: usize, rng: &mut Rng) -> Vec<u8> {
    let [down, right] = [(); 2].map(|()| below(2 * most + 1, rng));
    let from = |at: usize, by: usize| (at + most).checked_sub(by).filter(|from| *from < side);
    let pixel = |at: usize| match (from(at / side, down), from(at % side, right)) {
        (Some(row), Some(column)) => picture[row * side + column],
        (Some(_) | None, _) => 0,
    };
    (0..side * side).map(pixel).collect()
}

fn prepared(picture: &[u8], pictures: &Pictures) -> Vec<f32> {
    let scaled = |code: f64| ((code / 255.0 - pictures.mean) / pictures.sd) as f32;
    if pictures.resize == pictures.side {
        return picture.iter().map(|code| scaled(f64::from(*code))).collect();
    }
    enlarged(picture, pictures.side, pictures.resize).into_iter().map(scaled).collect()
}

/// Bilinear, pixel centers on pixel centers, borders held.
fn enlarged(picture: &[u8], side: usize, larger: usize) -> Vec<f64> {
    let place = |at: usize| {
        let center = ((at as f64 + 0.5) * side as f64 / larger as f64 - 0.5).clamp(0.0, (side - 1) as f64);
        let before = (center as usize).min(side.saturating_sub(2));
        (before, (before + 1).min(side - 1), center - before as f64)
    };
    let places: Vec<(usize, usize, f64)> = (0..larger).map(place).collect();
    let code = |row: usize, column: usize| f64::from(picture[row * side + column]);
    let mut pixels = Vec::with_capacity(larger * larger);
    for &(above, under, down) in &places {
        for &(left, right, across) in &places {
            let upper = code(above, left) * (1.0 - across) + code(above, right) * across;
            let lower = code(under, left) * (1.0 - across) + code(under, right) * across;
            pixels.push(upper * (1.0 - down) + lower * down);
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::stream;

    #[test]
    fn enlargement_is_that_of_another_library() {
        // Pillow 13, image of 2 × 2 codes 0 100 200 255 in mode F, resized to 4 × 4 with BILINEAR.
        let wanted = [
            0.0, 25.0, 75.0, 100.0, 50.0, 72.1875, 116.5625, 138.75, 150.0, 166.5625, 199.6875, 216.25, 200.0, 213.75,
            241.25, 255.0,
        ];
        let ours = enlarged(&[0, 100, 200, 255], 2, 4);
        assert!(ours.iter().zip(wanted).all(|(ours, wanted)| (ours - wanted).abs() < 1e-9), "{ours:?}");
    }

    #[test]
    fn shifts_move_pictures_by_at_most_so_many_pixels_evenly() {
        let mut picture = [0u8; 49];
        picture[3 * 7 + 3] = 9;
        let mut seen = [0usize; 25];
        let mut rng = stream(&["shifts"]);
        for _ in 0..2500 {
            let moved = shifted(&picture, 7, 2, &mut rng);
            let at = moved.iter().position(|code| *code == 9).expect("two pixels leave it inside");
            let (row, column) = (at / 7, at % 7);
            assert!((1..=5).contains(&row) && (1..=5).contains(&column));
            seen[(row - 1) * 5 + column - 1] += 1;
        }
        // Binomial, 100 expected each, standard deviation 9.8.
        assert!(seen.iter().all(|count| (55..=145).contains(count)), "{seen:?}");
        // What comes in from outside is 0: a full picture loses a border.
        let lost = (0..200).map(|_| shifted(&[1; 49], 7, 2, &mut rng).iter().filter(|code| **code == 0).count());
        assert_eq!(lost.max(), Some(49 - 25));
    }
}
