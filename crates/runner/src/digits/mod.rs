//! World `digits`: handwritten digits, or other pictures in ten classes, from the four files of MNIST in a folder of one's own.
//!
//! # Units
//! Codes 0 to 255 of the files are sRGB codes 0 to 1: white on black, as they are. The hard set is the same at a quarter of the
//! contrast about mid-gray, in noise. Settings: `digits` the folder, `hard_noise_sd` (0.1).
//!
//! # Errors
//! A file that is missing or unsound, pictures that are not square, fewer labels than pictures, a label above 9, a class
//! without a picture in some part.
//!
//! # Source
//! lecun1998mnist. Of the training files the last twelfth of every class is never learned from: its first half is half A of
//! validation, its second half B. The test files are shown in the battery alone.
//!
//! # Departures
//! Classes come in turn, whatever their share in the files; a picture is drawn from its class at random, so that one may come
//! twice in a validation half.

pub mod idx;
mod mosaic;

pub use mosaic::scene;

use crate::experiment::{Setting, WorldSpec};
use crate::identity::sha256_hex;
use rand::Rng as _;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use trompe_stimuli::worlds::{BoxedWorld, Difficulty, Sample, World};
use trompe_stimuli::{Rng, StimulusError};

/// The world's name in experiment files.
pub const ID: &str = "digits";
/// Classes by index.
pub const CLASSES: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
/// One in so many pictures of a class of the training files is kept for validation.
const HELD: usize = 12;
/// Contrast of the hard set, about mid-gray.
const HARD_CONTRAST: f64 = 0.25;
/// Deviation of the hard set's noise, codes.
const HARD_NOISE_SD: f64 = 0.1;
/// Images and labels of learning and of the test.
pub const FILES: [[&str; 2]; 2] =
    [["train-images-idx3-ubyte", "train-labels-idx1-ubyte"], ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]];

/// What pictures are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Learning.
    Learning,
    /// Half A of validation, which chooses.
    HalfA,
    /// Half B of validation, which reports.
    HalfB,
    /// What is shown.
    Test,
}

impl Part {
    /// All, in the order of the pictures.
    pub const ALL: [Self; 4] = [Self::Learning, Self::HalfA, Self::HalfB, Self::Test];
}

/// The pictures of a folder.
pub struct Digits {
    /// Pixels along a side.
    pub side: usize,
    /// Hash of the four files' content.
    pub content: String,
    codes: Vec<u8>,
    /// Of each part and class, where its pictures stand.
    classes: [Vec<Vec<usize>>; 4],
}

/// Folders that were read, by name: 60,000 pictures are read once, not for each world that is built.
static READ: LazyLock<Mutex<BTreeMap<PathBuf, Arc<Digits>>>> = LazyLock::new(Mutex::default);

impl Digits {
    /// The pictures of a folder, read once.
    ///
    /// # Errors
    /// As the module says.
    pub fn read(folder: &Path) -> Result<Arc<Self>, String> {
        let mut read = READ.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = read.get(folder) {
            return Ok(Arc::clone(known));
        }
        let digits = Arc::new(Self::read_files(folder)?);
        read.insert(folder.to_path_buf(), Arc::clone(&digits));
        Ok(digits)
    }

    fn read_files(folder: &Path) -> Result<Self, String> {
        let mut digits = Self { side: 0, content: String::new(), codes: Vec::new(), classes: Default::default() };
        digits.classes = std::array::from_fn(|_| vec![Vec::new(); CLASSES.len()]);
        let mut hashes = Vec::new();
        for (test, [images, labels]) in FILES.into_iter().enumerate() {
            let [images, labels] = [idx::find(folder, images)?, idx::find(folder, labels)?];
            let pictures = idx::read(&images, 3)?;
            let names = idx::read(&labels, 1)?;
            hashes.extend([sha256_hex(&pictures.bytes), sha256_hex(&names.bytes)]);
            digits.take_in(&pictures, &names.bytes, test == 1).map_err(|why| format!("{}: {why}", images.display()))?;
        }
        digits.content = sha256_hex(hashes.join("\n").as_bytes());
        for (part, classes) in Part::ALL.into_iter().zip(&digits.classes) {
            if let Some(class) = classes.iter().position(Vec::is_empty) {
                return Err(format!("{}: no picture of class {class} for {part:?}", folder.display()));
            }
        }
        Ok(digits)
    }

    fn take_in(&mut self, pictures: &idx::Idx, labels: &[u8], test: bool) -> Result<(), String> {
        let [count, height, width] = pictures.sizes[..] else { unreachable!("read with three sizes") };
        if height != width || (self.side != 0 && self.side != height) || height == 0 {
            return Err(format!("pictures of {height} × {width}; they must be square, and of one size in all files"));
        }
        if count != labels.len() {
            return Err(format!("{count} pictures with {} labels", labels.len()));
        }
        self.side = height;
        let before = self.codes.len() / (height * width);
        let mut found = vec![Vec::new(); CLASSES.len()];
        for (at, &label) in labels.iter().enumerate() {
            let class = found.get_mut(usize::from(label));
            class.ok_or_else(|| format!("label {label}; classes are 0 to 9"))?.push(before + at);
        }
        for (class, found) in found.into_iter().enumerate() {
            if test {
                self.classes[Part::Test as usize][class] = found;
                continue;
            }
            // Class by class, since files may be sorted.
            let held = found.len() - found.len() / HELD;
            let middle = held + (found.len() - held).div_ceil(2);
            let parts = [&found[..held], &found[held..middle], &found[middle..]];
            for (part, at) in [Part::Learning, Part::HalfA, Part::HalfB].into_iter().zip(parts) {
                self.classes[part as usize][class] = at.to_vec();
            }
        }
        self.codes.extend_from_slice(&pictures.bytes);
        Ok(())
    }

    /// How many pictures of a class a part holds.
    pub fn count(&self, part: Part, class: usize) -> usize {
        self.classes[part as usize][class].len()
    }

    /// A picture of a class: codes 0 to 255, `[side, side]`.
    pub fn picture(&self, part: Part, class: usize, at: usize) -> &[u8] {
        let pixels = self.side * self.side;
        let start = self.classes[part as usize][class][at] * pixels;
        &self.codes[start..start + pixels]
    }
}

/// The folder that a world names.
pub fn folder(spec: &WorldSpec) -> Option<&Path> {
    match spec.settings.get(WorldSpec::DIGITS) {
        Some(Setting::Text(folder)) if spec.id == ID => Some(Path::new(folder)),
        Some(_) | None => None,
    }
}

/// The pictures of a world, if it is of this kind.
///
/// # Errors
/// As [`Digits::read`]; a world of digits that names no folder.
pub fn of(spec: &WorldSpec) -> Result<Option<Arc<Digits>>, String> {
    match folder(spec) {
        Some(folder) => Digits::read(folder).map(Some),
        None if spec.id == ID => Err(format!(
            "`{}` is missing: the folder with the four files of MNIST, from where the command is run",
            WorldSpec::DIGITS
        )),
        None => Ok(None),
    }
}

/// Puts the pictures' content into the world, if it is of this kind.
///
/// # Errors
/// As [`of`].
pub fn identify(spec: &mut WorldSpec) -> Result<(), String> {
    if let Some(digits) = of(spec)? {
        spec.settings.insert(WorldSpec::DIGITS_CONTENT.into(), Setting::Text(digits.content.clone()));
    }
    Ok(())
}

/// A world of one part of the pictures, if it is of this kind.
///
/// # Errors
/// As [`of`].
pub fn world(spec: &WorldSpec, part: Part) -> Result<Option<BoxedWorld>, String> {
    let hard_noise_sd = match spec.settings.get("hard_noise_sd") {
        Some(Setting::Number(sd)) => *sd,
        Some(_) | None => HARD_NOISE_SD,
    };
    let built = |digits| -> BoxedWorld { Box::new(OfDigits { digits, part, hard_noise_sd }) };
    Ok(of(spec)?.map(built))
}

/// Pictures of one part.
struct OfDigits {
    digits: Arc<Digits>,
    part: Part,
    hard_noise_sd: f64,
}

impl World for OfDigits {
    fn id(&self) -> &'static str {
        ID
    }

    fn classes(&self) -> &'static [&'static str] {
        CLASSES
    }

    fn sample(&self, class: usize, difficulty: Difficulty, rng: &mut Rng) -> Result<Sample, StimulusError> {
        if class >= CLASSES.len() {
            return Err(StimulusError::UnknownClass { world: ID, class, classes: CLASSES.len() });
        }
        let at = rng.random_range(0..self.digits.count(self.part, class));
        let codes = self.digits.picture(self.part, class, at);
        let (contrast, noise_sd) = match difficulty {
            Difficulty::Training => (1.0, 0.0),
            Difficulty::Hard => (HARD_CONTRAST, self.hard_noise_sd),
        };
        let level = |code: &u8| 0.5 + contrast * (f64::from(*code) / 255.0 - 0.5);
        let scene = scene(&codes.iter().map(level).collect::<Vec<f64>>(), self.digits.side);
        let thing = 0..scene.painted.len();
        let metadata = BTreeMap::from([("contrast".to_owned(), contrast.to_string())]);
        Ok(Sample { scene, noise_sd, pacmen: Vec::new(), fragments: Vec::new(), thing, metadata })
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::identity::stream;
    use std::collections::BTreeSet;
    use std::fs;
    use trompe_stimuli::{Encoding, Viewing, encode, render};

    fn idx(magic: u8, sizes: &[usize], values: &[u8]) -> Vec<u8> {
        let sizes = sizes.iter().flat_map(|&size| (size as u32).to_be_bytes());
        [0, 0, 8, magic].into_iter().chain(sizes).chain(values.iter().copied()).collect()
    }

    /// Files of so many pictures to learn from and to test on: 8 × 8 pixels, of class c a block of ones in a place of its own. The
    /// lower right corner holds the picture's number.
    pub fn write(folder: &Path, counts: [usize; 2]) {
        for (count, [images, labels]) in counts.into_iter().zip(FILES) {
            let picture = |at: usize| {
                let class = at % 10;
                let mut codes = vec![0u8; 64];
                for pixel in 0..6 {
                    codes[class / 5 * 24 + class % 5 + pixel % 3 * 8 + pixel / 3] = 200;
                }
                codes[63] = (at % 256) as u8;
                codes
            };
            let pixels: Vec<u8> = (0..count).flat_map(picture).collect();
            let names: Vec<u8> = (0..count).map(|at| (at % 10) as u8).collect();
            fs::write(folder.join(images), idx(3, &[count, 8, 8], &pixels)).expect("a file");
            fs::write(folder.join(labels), idx(1, &[count], &names)).expect("a file");
        }
    }

    /// A world of these files.
    pub fn spec(folder: &Path) -> WorldSpec {
        let settings = [(WorldSpec::DIGITS.to_owned(), Setting::Text(folder.display().to_string()))].into();
        WorldSpec { name: "digits".into(), id: ID.into(), settings, encoding: "srgb".into() }
    }

    #[test]
    fn no_picture_stands_in_two_parts_and_each_is_drawn_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), [240, 30]);
        let mut seen: Vec<BTreeSet<u8>> = Vec::new();
        for part in Part::ALL {
            let world = world(&spec(folder.path()), part).expect("files").expect("a world of digits");
            let mut rng = stream(&["digits"]);
            let mut numbers = BTreeSet::new();
            for at in 0..400 {
                let sample = world.sample(at % 10, Difficulty::Training, &mut rng).expect("a picture");
                let viewing = Viewing::square(8, sample.scene.size_deg[0]).expect("a canvas");
                let codes = encode(&render(&sample.scene, viewing).expect("pixels").image, Encoding::Srgb);
                let codes: Vec<u8> = codes.iter().map(|code| (code * 255.0).round() as u8).collect();
                // The number modulo ten is the class, whose block begins where it should.
                assert_eq!(usize::from(codes[63]) % 10, at % 10);
                assert_eq!(codes[at % 10 / 5 * 24 + at % 10 % 5], 200);
                assert_eq!(codes.iter().filter(|&&code| code == 200).count(), 6 + usize::from(codes[63] == 200));
                numbers.insert(codes[63]);
            }
            seen.push(numbers);
        }
        // 24 pictures of each class, of which the last two are kept: numbers from 220 and from 230.
        let wanted: [Vec<u8>; 3] = [(0..220).collect(), (220..230).collect(), (230..240).collect()];
        for (seen, wanted) in seen.iter().zip(wanted) {
            assert!(seen.iter().all(|number| wanted.contains(number)) && seen.len() > 9);
        }
        assert!(seen[3].iter().all(|&number| number < 30));
    }

    #[test]
    fn files_name_the_world_by_their_content_and_refuse_by_name() {
        let [here, there, bad] = [(); 3].map(|()| tempfile::tempdir().expect("a folder"));
        write(here.path(), [240, 30]);
        write(there.path(), [240, 30]);
        let name = |folder: &Path| {
            let mut spec = spec(folder);
            identify(&mut spec).expect("files");
            spec.content()
        };
        assert_eq!(name(here.path()), name(there.path()), "where they lie does not count");
        let other = tempfile::tempdir().expect("a folder");
        write(other.path(), [240, 40]);
        assert_ne!(name(here.path()), name(other.path()), "what they hold does");
        let said = |folder: &Path| Digits::read(folder).err().expect("a refusal");
        assert!(said(bad.path()).contains("train-images-idx3-ubyte"));
        write(bad.path(), [60, 30]);
        assert!(said(bad.path()).contains("no picture of class 0 for HalfA"), "six of each are too few");
        fs::write(bad.path().join(FILES[1][1]), idx(1, &[30], &[10; 30])).expect("a file");
        write(bad.path(), [240, 30]);
        fs::write(bad.path().join(FILES[1][1]), idx(1, &[30], &[10; 30])).expect("a file");
        assert!(said(bad.path()).contains("label 10"));
        fs::write(bad.path().join(FILES[1][1]), idx(1, &[29], &[1; 29])).expect("a file");
        assert!(said(bad.path()).contains("30 pictures with 29 labels"));
        fs::write(bad.path().join(FILES[1][0]), idx(3, &[2, 4, 2], &[0; 16])).expect("a file");
        assert!(said(bad.path()).contains("4 × 2"));
    }
}
