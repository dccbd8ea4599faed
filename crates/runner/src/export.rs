//! Pictures for a foreign program: opaque keys, an order without meaning, exact pixels, and no truth.
//!
//! A key is drawn from a stream that is named by what is shown, and pictures stand in the order of their keys. So neither
//! key nor place tells which block, twin, class or half a picture belongs to, or whether it is a validation picture. What a
//! key stands for is derived again from the experiment when answers are scored; it stands in no file.

use crate::bridge;
use crate::cell::SharedWorld;
use crate::experiment::{BatterySpec, Experiment};
use crate::identity::{short_id, stream};
use crate::plan::RESULTS_VERSION;
use crate::validation::ValidationSet;
use rand::RngCore as _;
use serde::Serialize;
use std::collections::BTreeMap;
use trompe_stimuli::worlds::Difficulty;

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Picture of a block of the battery: index of the block, index within it.
    Battery(usize, usize),
    /// Validation picture as in training.
    Plain(usize),
    /// Hard validation picture.
    Hard(usize),
}

impl Origin {
    /// Whether it shows a real thing, to measure competence.
    pub fn is_validation(self) -> bool {
        match self {
            Self::Battery(..) => false,
            Self::Plain(_) | Self::Hard(_) => true,
        }
    }
}

/// Every picture that may be exported, by key.
pub type Keys = BTreeMap<String, Origin>;

/// Pictures in one file of pixels.
pub const PICTURES_A_FILE: usize = 2048;

/// What all pictures of an export depend on. Seeds, rules and analysis are none of it: a file of answers stays good while
/// these change.
#[derive(Serialize)]
struct Shown<'a> {
    results_version: u32,
    world: &'a str,
    validation_images: usize,
    battery: &'a BatterySpec,
}

/// Keys of a world's pictures, the validation pictures' included.
pub fn keys(experiment: &Experiment, world: &SharedWorld) -> Keys {
    let shown = Shown {
        results_version: RESULTS_VERSION,
        world: &world.canonical,
        validation_images: experiment.competence.images,
        battery: &experiment.battery,
    };
    let identity = short_id(&toml::to_string(&shown).expect("plain data serializes to TOML"));
    let mut rng = stream(&["export keys", &identity]);
    let blocks = world.battery.blocks.iter().enumerate();
    let battery = blocks.flat_map(|(block, drawn)| (0..drawn.images()).map(move |at| Origin::Battery(block, at)));
    let plain = (0..world.validation.plain.labels.len()).map(Origin::Plain);
    let hard = (0..world.validation.hard.labels.len()).map(Origin::Hard);
    let mut keys = Keys::new();
    for origin in battery.chain(plain).chain(hard) {
        let mut key = format!("{:016x}", rng.next_u64());
        while keys.contains_key(&key) {
            key = format!("{:016x}", rng.next_u64());
        }
        keys.insert(key, origin);
    }
    keys
}

/// Encoded pixels of a picture, exactly as observers inside the program get them.
pub fn pixels(world: &SharedWorld, origin: Origin) -> &[f32] {
    let of = |set: &'_ ValidationSet| set.shape[1] * set.shape[2] * set.shape[3];
    match origin {
        Origin::Battery(block, at) => {
            let block = &world.battery.blocks[block];
            &block.pixels[at * block.stride()..][..block.stride()]
        }
        Origin::Plain(at) => {
            &world.validation.plain.pixels[at * of(&world.validation.plain)..][..of(&world.validation.plain)]
        }
        Origin::Hard(at) => {
            &world.validation.hard.pixels[at * of(&world.validation.hard)..][..of(&world.validation.hard)]
        }
    }
}

/// Labelled real things to train on: the world's classes in turn, from a stream that no rule of the program trains on.
///
/// # Errors
/// A picture that cannot be drawn.
pub fn training(world: &SharedWorld, images: usize) -> Result<(Vec<f32>, Vec<usize>), String> {
    let mut rng = stream(&["export training", &world.canonical]);
    let seen = (world.battery.encoding, world.battery.viewing);
    let classes = world.world.classes().len();
    let labels: Vec<usize> = (0..images).map(|at| at % classes).collect();
    let mut pixels = Vec::new();
    for &label in &labels {
        let real = bridge::real_thing(world.world.as_ref(), label, Difficulty::Training, seen, &mut rng);
        pixels.extend(real.map_err(|error| error.to_string())?.pixels);
    }
    Ok((pixels, labels))
}

/// A NumPy file, version 1.0, of 32-bit floats `[n, channels, height, width]`, little-endian, row-major.
pub fn npy(pixels: &[f32], shape: [usize; 4]) -> Vec<u8> {
    let [n, channels, height, width] = shape;
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n}, {channels}, {height}, {width}), }}");
    // Magic, version and length take 10 bytes; everything before the numbers is a multiple of 64 and ends with a newline.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(pixels.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

/// One line of `trials.csv`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trial {
    /// What the answer is written beside.
    pub key: String,
    /// NumPy file with the exact pixels.
    pub file: String,
    /// Picture within that file, from 0.
    pub index: usize,
    /// The picture in 8 bits, to be looked at.
    pub png: String,
}

/// The pictures that are exported, in their order: by key.
pub fn trials(keys: &Keys, validation: bool) -> Vec<Trial> {
    let exported = keys.iter().filter(|(_, origin)| validation || !origin.is_validation());
    exported
        .enumerate()
        .map(|(at, (key, _))| Trial {
            key: key.clone(),
            file: format!("pixels-{:04}.npy", at / PICTURES_A_FILE + 1),
            index: at % PICTURES_A_FILE,
            png: format!("pictures/{key}.png"),
        })
        .collect()
}

/// What `README.txt` of an export says.
pub fn readme(experiment: &Experiment, world: usize, classes: &[&str], trials: usize, file: &str) -> String {
    let spec = &experiment.worlds[world];
    let side = experiment.battery.size_px;
    let (columns, id, name) = (classes.join(","), &experiment.id, &spec.name);
    let zeros = vec!["0.0"; classes.len()].join(",");
    let images = experiment.competence.images;
    format!(
        "Trials of the experiment `{id}` in the world `{name}`: {trials} pictures for any program.

trials.csv    one line a picture: its key, the file and index of its pixels, a PNG of it
pixels-*.npy  NumPy, 32-bit floats [n, 1, {side}, {side}], row-major: EXACT, what observers inside trompe get
pictures/     the same in 8 bits, clipped to 0-1: for looking, NOT exact (noise is clipped and rounded)
classes.csv   the classes that the task knows
training/     only with --training: labelled real things (training.npy, training.csv: index, class)

Pixels are {encoding} code values, gray, mostly within 0-1; noise may leave that range. Networks inside trompe get
(value - 0.5) * 4. Pixels are floats because PNG cannot hold them: noise goes below 0 and above 1, and rounding to 8 or 16
bits changes small contrasts.

Answer every picture as you would a real thing: there are no other pictures to compare it with, keys and order mean
nothing, and looking at the other pictures of this folder (to learn, to normalize, to cluster) breaks the comparison.
Everything that an answer rests on must come from other pictures, such as those of training/.

Write responses.csv, one line for each key of trials.csv, in any order:

    key,{columns}
    0123456789abcdef,{zeros}

One column a class holds the evidence for it: any finite numbers, larger for more; logits rather than probabilities,
which saturate; they are read as 32-bit floats. Or name the class that was chosen (ties then cost much of the
sensitivity):

    key,class
    0123456789abcdef,{first}

Then:

    trompe run {file}
    trompe score {file} responses.csv --name my_net --world {name}

Another training of the same network is another replicate: its own file, and its own --seed. Without the 2 x {images}
validation pictures (export with --validation) competence is not known, and the answers are shown, not interpreted.
",
        encoding = spec.encoding,
        first = classes.first().copied().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numpy_file_is_laid_out_as_numpy_says() {
        // NumPy Enhancement Proposal 1: magic, version, header length, header padded to 64 and ended by a newline.
        let bytes = npy(&[1.0, -2.5], [2, 1, 1, 1]);
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + length) % 64, 0);
        assert_eq!(bytes[10 + length - 1], b'\n');
        let header = std::str::from_utf8(&bytes[10..10 + length]).expect("ASCII");
        assert_eq!(header.trim_end(), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 1, 1), }");
        // IEEE 754: 1.0 is 0x3f800000, -2.5 is 0xc0200000.
        assert_eq!(bytes[10 + length..], [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]);
    }

    #[test]
    fn trials_stand_by_key_and_validation_is_left_out_unless_asked_for() {
        let keys: Keys = [
            ("c".to_owned(), Origin::Battery(0, 0)),
            ("a".to_owned(), Origin::Battery(0, 1)),
            ("b".to_owned(), Origin::Plain(0)),
        ]
        .into();
        let order = |validation| trials(&keys, validation).into_iter().map(|trial| trial.key).collect::<Vec<_>>();
        assert_eq!(order(false), ["a", "c"]);
        assert_eq!(order(true), ["a", "b", "c"]);
        assert_eq!(trials(&keys, true)[2].index, 2);
    }
}
