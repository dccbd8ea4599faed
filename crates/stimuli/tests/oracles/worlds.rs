//! Worlds: what their documentation promises, held against bounds from the binomial and the normal distribution.

use crate::kanizsa::joined;
use std::collections::BTreeMap;
use trompe_stimuli::figures::Pacman;
use trompe_stimuli::worlds::{self, BoxedWorld, Difficulty, Sample, Teaches, WorldEntry};
use trompe_stimuli::{
    Encoding, Mask, Point, Settings, Value, Viewing, add_noise, encode, equal_area, noise_field, render, stream,
};

/// Per class and world: a false alarm of the 4.5 sd bounds is one in 150,000.
const N: usize = 1500;
const Z: f64 = 4.5;

/// Worlds of things with classes.
fn with_classes() -> impl Iterator<Item = &'static WorldEntry> {
    worlds::ALL.iter().filter(|entry| entry.teaches == Teaches::Classes)
}

fn built(id: &str, settings: &Settings) -> BoxedWorld {
    (worlds::find(id).unwrap().build)(settings).unwrap()
}

/// Samples of every class.
fn samples(id: &str, difficulty: Difficulty) -> BTreeMap<usize, Vec<Sample>> {
    samples_with(id, &Settings::default(), difficulty)
}

pub fn samples_with(id: &str, settings: &Settings, difficulty: Difficulty) -> BTreeMap<usize, Vec<Sample>> {
    let world = built(id, settings);
    let mut rng = stream(21);
    let mut all: BTreeMap<usize, Vec<Sample>> = BTreeMap::new();
    for at in 0..N * world.classes().len() {
        let class = at % world.classes().len();
        all.entry(class).or_default().push(world.sample(class, difficulty, &mut rng).unwrap());
    }
    all
}

fn fact(sample: &Sample, key: &str) -> f64 {
    sample.metadata[key].parse().unwrap()
}

/// Whether a coin thrown that often came up so often within 4.5 standard deviations.
pub fn fair(heads: usize, throws: usize) -> bool {
    (heads as f64 - throws as f64 / 2.0).abs() <= Z * (throws as f64 / 4.0).sqrt()
}

#[test]
fn polarity_and_render_are_balanced_in_every_class() {
    for entry in with_classes() {
        for (class, drawn) in samples(entry.id, Difficulty::Training) {
            let count = |key: &str, word: &str| drawn.iter().filter(|sample| sample.metadata[key] == word).count();
            assert!(fair(count("polarity", "dark"), N), "{} {class}", entry.id);
            assert!(fair(count("render", "filled"), N), "{} {class}", entry.id);
            assert_eq!(count("render", "filled") + count("render", "outline"), N);
        }
    }
}

/// Whether two sets of values have means within 4.5 standard errors of each other.
pub fn alike(one: &[f64], other: &[f64]) -> bool {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let square_error = |values: &[f64]| {
        let middle = mean(values);
        values.iter().map(|value| (value - middle).powi(2)).sum::<f64>() / (values.len() * (values.len() - 1)) as f64
    };
    (mean(one) - mean(other)).abs() <= Z * (square_error(one) + square_error(other)).sqrt()
}

#[test]
fn no_class_leaks_through_ground_contrast_noise_or_clutter() {
    type Read = fn(&Sample) -> f64;
    let facts: [(&str, Read); 5] = [
        ("background", |sample| fact(sample, "background")),
        ("contrast", |sample| fact(sample, "contrast")),
        ("noise", |sample| sample.noise_sd),
        ("pacmen", |sample| sample.pacmen.len() as f64),
        ("paths behind", |sample| sample.thing.start as f64),
    ];
    for entry in with_classes() {
        for difficulty in [Difficulty::Training, Difficulty::Hard] {
            let all = samples(entry.id, difficulty);
            for (name, read) in facts {
                let first: Vec<f64> = all[&0].iter().map(read).collect();
                for (class, drawn) in all.iter().skip(1) {
                    let values: Vec<f64> = drawn.iter().map(read).collect();
                    assert!(alike(&first, &values), "{} {difficulty:?}: {name} tells class {class}", entry.id);
                }
            }
        }
    }
}

fn range(all: &BTreeMap<usize, Vec<Sample>>, read: impl Fn(&Sample) -> f64) -> [f64; 2] {
    let values = all.values().flatten().map(read);
    values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)])
}

/// Within the range, and filling at least nine tenths of it.
fn fills([low, high]: [f64; 2], [least, most]: [f64; 2]) -> bool {
    low >= least && high <= most && high - low >= 0.9 * (most - least)
}

#[test]
fn ranges_are_the_documented_ones() {
    for entry in with_classes() {
        let (easy, hard) = (samples(entry.id, Difficulty::Training), samples(entry.id, Difficulty::Hard));
        assert!(fills(range(&easy, |sample| fact(sample, "contrast")), [0.2, 0.45]), "{}", entry.id);
        assert!(fills(range(&hard, |sample| fact(sample, "contrast")), [0.1, 0.2]), "{}", entry.id);
        assert!(fills(range(&easy, |sample| sample.noise_sd), [0.0, 0.04]), "{}", entry.id);
        assert_eq!(range(&hard, |sample| sample.noise_sd), [0.05, 0.05], "{}", entry.id);
        assert!(fills(range(&easy, |sample| fact(sample, "background")), [0.4, 0.6]), "{}", entry.id);
        if entry.id == "polygons" {
            // 8 to 12 of 32 in a canvas of 4°.
            assert!(fills(range(&easy, |sample| fact(sample, "circumradius_deg")), [1.0, 1.5]));
        } else if entry.id == "squares" {
            // 9 to 10.5 of 32 in a canvas of 4°.
            assert!(fills(range(&easy, |sample| fact(sample, "circumradius_deg")), [1.125, 1.3125]));
            assert!(fills(range(&easy, |sample| fact(sample, "support_ratio")), [0.35, 0.65]));
        } else {
            assert!(fills(range(&easy, |sample| fact(sample, "alpha_deg")), [8.0, 25.0]), "{}", entry.id);
            assert!(fills(range(&hard, |sample| fact(sample, "alpha_deg")), [3.0, 10.0]), "{}", entry.id);
            let side = 2f64.sqrt();
            assert!(fills(range(&easy, |sample| fact(sample, "side_deg")), [side, 1.5 * side]), "{}", entry.id);
        }
    }
}

/// Number of pairs of cut discs in a picture with edges that could be joined, by a reckoning of its own.
pub fn relatable_pairs(pacmen: &[Pacman]) -> usize {
    let edges = |pacman: &Pacman| {
        let [axis, half] = [pacman.axis, pacman.half_mouth].map(f64::to_degrees);
        (pacman.center, [axis - half, axis + half])
    };
    (0..pacmen.len()).map(|k| (0..k).filter(|&j| joined(edges(&pacmen[k]), edges(&pacmen[j]))).count()).sum()
}

#[test]
fn cut_discs_in_worlds_form_nothing() {
    let mut pairs = 0;
    for entry in worlds::ALL {
        for sample in samples(entry.id, Difficulty::Training).into_values().flatten() {
            assert_eq!(relatable_pairs(&sample.pacmen), 0, "{}", entry.id);
            pairs += sample.pacmen.len() * sample.pacmen.len().saturating_sub(1) / 2;
            assert!(entry.id != "quads_clean" || sample.pacmen.is_empty());
        }
    }
    assert!(pairs > 5000, "{pairs} pairs seen");
    // The reckoning finds the pairs of a Kanizsa square: four sides.
    let square: Vec<Pacman> = (0..4)
        .map(|k| {
            let out = f64::from(k) * std::f64::consts::FRAC_PI_2;
            let center = Point::polar(1.0, out);
            Pacman {
                center,
                radius: 0.3,
                apex: center,
                axis: out + std::f64::consts::PI,
                half_mouth: std::f64::consts::FRAC_PI_4,
            }
        })
        .collect();
    assert_eq!(relatable_pairs(&square), 4);
}

fn pixels(id: &str, seed: u64) -> Vec<f32> {
    let world = built(id, &Settings::default());
    let mut rng = stream(seed);
    (0..20)
        .flat_map(|at| {
            let sample = world.sample(at % world.classes().len(), Difficulty::Training, &mut rng).unwrap();
            let image = render(&sample.scene, Viewing::square(32, 4.0).unwrap()).unwrap().image;
            let mut pixels = encode(&image, Encoding::Srgb);
            assert!(pixels.iter().all(|value| (0.0..=1.0).contains(value)), "{id}");
            add_noise(&mut pixels, sample.noise_sd, &mut rng);
            pixels
        })
        .collect()
}

#[test]
fn the_same_stream_gives_the_same_bytes() {
    for entry in worlds::ALL {
        let bits = |seed: u64| -> Vec<u32> { pixels(entry.id, seed).iter().map(|value| value.to_bits()).collect() };
        assert_eq!(bits(1), bits(1), "{}", entry.id);
        assert_ne!(bits(1), bits(2), "{}", entry.id);
    }
}

#[test]
fn noise_is_normal_with_its_deviation() {
    let n = 100_000;
    let mut values = vec![0.5f32; n];
    add_noise(&mut values, 0.1, &mut stream(9));
    let off: Vec<f64> = values.iter().map(|value| f64::from(value - 0.5)).collect();
    let mean = off.iter().sum::<f64>() / n as f64;
    let square = off.iter().map(|value| value * value).sum::<f64>() / n as f64;
    let fourth = off.iter().map(|value| value.powi(4)).sum::<f64>() / n as f64;
    assert!(mean.abs() < Z * 0.1 / (n as f64).sqrt(), "{mean}");
    // The variance of a normal sample's variance is 2/n, that of its fourth moment 96/n.
    assert!((square / 0.01 - 1.0).abs() < Z * (2.0 / n as f64).sqrt(), "{square}");
    assert!((fourth / 1e-4 - 3.0).abs() < Z * (96.0 / n as f64).sqrt(), "{fourth}");
}

#[test]
fn noise_fields_and_equal_areas_stay_in_their_masks() {
    let mask = |pixels: std::ops::Range<usize>| {
        let coverage = (0..4096).map(|at| if pixels.contains(&at) { 1.0 } else { 0.4 }).collect();
        Mask { height: 64, width: 64, coverage }
    };
    let (large, small) = (mask(100..3100), mask(3500..3700));
    let field = noise_field(&large, 0.2, &mut stream(6)).unwrap();
    assert!(field.iter().enumerate().all(|(at, value)| (100..3100).contains(&at) == (*value != 0.0)));
    let square = field.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() / 3000.0;
    assert!((square / 0.04 - 1.0).abs() < Z * (2.0f64 / 3000.0).sqrt(), "{square}");
    assert!(noise_field(&large, f64::NAN, &mut stream(6)).is_err());
    assert!(noise_field(&mask(0..0), 0.2, &mut stream(6)).is_err());
    let parts = equal_area(&[&large, &small], &mut stream(6));
    assert_eq!(parts.iter().map(|part| part.pixels().len()).collect::<Vec<_>>(), [200, 200]);
    assert!(parts[0].pixels().iter().all(|at| (100..3100).contains(at)));
    assert_eq!(parts[1].pixels(), small.pixels());
    // Drawn evenly: the mean index of 200 of 3000 pixels lies within bounds of the middle.
    let mean = parts[0].pixels().iter().map(|at| *at as f64).sum::<f64>() / 200.0;
    assert!((mean - 1599.5).abs() < Z * 3000.0 / 12f64.sqrt() / 200f64.sqrt(), "{mean}");
}

#[test]
fn settings_choose_renders_and_clutter() {
    for (word, other) in [("outline", "filled"), ("filled", "outline")] {
        let settings = Settings::new().with("render", Value::Text(word.to_owned()));
        for entry in with_classes() {
            let world = built(entry.id, &settings);
            let mut rng = stream(2);
            let drawn = (0..50).map(|_| world.sample(0, Difficulty::Training, &mut rng).unwrap());
            assert!(drawn.into_iter().all(|sample| sample.metadata["render"] != other), "{}", entry.id);
        }
    }
    for id in ["polygons", "quads"] {
        let world = built(id, &Settings::new().with("pacmen", Value::Flag(false)));
        let mut rng = stream(2);
        assert!((0..50).all(|_| world.sample(0, Difficulty::Training, &mut rng).unwrap().pacmen.is_empty()));
        assert!(world.sample(99, Difficulty::Training, &mut rng).is_err());
    }
}
