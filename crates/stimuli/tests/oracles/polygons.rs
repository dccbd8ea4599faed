//! World `polygons`: no class is told by ink, what stands for no shape forms none, and every shape can be seen.

use crate::support::{covered, drawn, wrapped_deg};
use crate::worlds::{fair, samples_with};
use std::collections::BTreeMap;
use trompe_stimuli::figures::Fragment;
use trompe_stimuli::worlds::{self, Difficulty, Sample};
use trompe_stimuli::{Encoding, Fill, Path, Scene, Settings, Value, encode, stream};

pub const NONE: usize = 5;

pub fn all(occluders: bool) -> BTreeMap<usize, Vec<Sample>> {
    let settings = Settings::new().with("occluders", Value::Flag(occluders));
    samples_with("polygons", &settings, Difficulty::Training)
}

#[test]
fn the_classes_are_five_shapes_and_none() {
    let world = (worlds::find("polygons").unwrap().build)(&Settings::default()).unwrap();
    assert_eq!(world.classes(), ["triangle", "square", "pentagon", "hexagon", "circle", "none"]);
    // Areas of the shapes as multiples of the squared circumradius, by hand.
    let areas = [1.299_038, 2.0, 2.377_641, 2.598_076, std::f64::consts::PI];
    let settings = Settings::new().with("render", Value::Text("filled".to_owned()));
    for (class, samples) in samples_with("polygons", &settings, Difficulty::Training) {
        for sample in samples.iter().take(20) {
            let radius: f64 = sample.metadata["circumradius_deg"].parse().unwrap();
            let area = thing(sample, 128).mean() * 16.0 / (radius * radius);
            if class == NONE {
                // Some shape's area, or less where a large figure found no place.
                let likest = areas.iter().map(|expected| (area / expected - 1.0).abs()).fold(f64::MAX, f64::min);
                assert!(likest < 1e-3 || area < 3.1, "{area}");
            } else {
                assert!((area / areas[class] - 1.0).abs() < 1e-4, "{class}: {area}");
            }
        }
    }
}

fn codes(scene: &Scene) -> Vec<f32> {
    encode(&drawn(scene, 32), Encoding::Srgb)
}

/// Mean distance of a pixel's code from the ground's.
pub fn ink(sample: &Sample) -> f64 {
    let ground: f64 = sample.metadata["background"].parse().unwrap();
    let codes = codes(&sample.scene);
    codes.iter().map(|code| (f64::from(*code) - ground).abs()).sum::<f64>() / codes.len() as f64
}

/// Mean difference of a pixel's code from that of the pixel below.
fn edges(sample: &Sample) -> f64 {
    let codes = codes(&sample.scene);
    let pairs = codes.iter().zip(&codes[32..]);
    pairs.map(|(one, other)| f64::from((one - other).abs())).sum::<f64>() / (codes.len() - 32) as f64
}

/// The shape, or what stands in its place, alone.
fn thing(sample: &Sample, size: usize) -> trompe_stimuli::Image {
    drawn(&front(sample, 0), size)
}

/// The thing in white on black, and that many of the paths in front of it in black.
fn front(sample: &Sample, paths: usize) -> Scene {
    let mut scene = Scene::new(sample.scene.size_deg, Fill::Gray(0.0));
    let painted = &sample.scene.painted[sample.thing.start..];
    for (at, painted) in painted.iter().take(sample.thing.len() + paths).enumerate() {
        scene.paint(painted.path.clone(), Fill::Gray(if at < sample.thing.len() { 1.0 } else { 0.0 }));
    }
    scene
}

/// Area under the curve: how often a value of one set exceeds one of the other.
pub fn auc(one: &[f64], other: &[f64]) -> f64 {
    let wins = one
        .iter()
        .flat_map(|a| other.iter().map(move |b| f64::from(u8::from(a > b)) + 0.5 * f64::from(u8::from(a == b))));
    wins.sum::<f64>() / (one.len() * other.len()) as f64
}

/// Values of the pictures without a shape and of those with one, of one render.
pub fn with_and_without(
    all: &BTreeMap<usize, Vec<Sample>>,
    render: &str,
    read: impl Fn(&Sample) -> f64,
) -> [Vec<f64>; 2] {
    let values = |wanted: bool| {
        let samples = all.iter().filter(|(class, _)| (**class == NONE) == wanted).flat_map(|(_, samples)| samples);
        samples.filter(|sample| sample.metadata["render"] == render).map(&read).collect()
    };
    [values(true), values(false)]
}

#[test]
fn no_shape_has_the_ink_and_the_edges_of_a_shape() {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    for occluders in [false, true] {
        let all = all(occluders);
        for render in ["outline", "filled"] {
            for (name, read, within) in [("ink", ink as fn(&Sample) -> f64, 0.04), ("edges", edges, 0.07)] {
                let [none, shape] = with_and_without(&all, render, read);
                let ratio = mean(&none) / mean(&shape);
                assert!((ratio - 1.0).abs() < within, "{render} {occluders}: {name} {ratio}");
                let auc = auc(&none, &shape);
                assert!((auc - 0.5).abs() < within, "{render} {occluders}: {name} tells none by AUC {auc}");
            }
        }
    }
}

/// Number of pairs of pieces with ends that could be joined, by a reckoning of its own, in degrees.
pub fn joinable(fragments: &[Fragment]) -> usize {
    let near = |one: f64, other: f64| wrapped_deg(one - other).abs() <= 15.0;
    let joined = |one: &Fragment, other: &Fragment| {
        (0..4).any(|at| {
            let (a, b) = (at / 2, at % 2);
            let way = other.ends[b] - one.ends[a];
            let between = way.y.atan2(way.x).to_degrees();
            near(one.onward[a].to_degrees(), between) && near(other.onward[b].to_degrees(), between + 180.0)
        })
    };
    (0..fragments.len()).map(|k| (0..k).filter(|&j| joined(&fragments[k], &fragments[j])).count()).sum()
}

#[test]
fn pieces_of_outlines_do_not_align() {
    let (mut pieces, mut pictures) = (0, 0);
    for (class, samples) in all(false) {
        for sample in samples {
            let outline = class == NONE && sample.metadata["render"] == "outline";
            assert_eq!(sample.fragments.is_empty(), !outline);
            assert_eq!(joinable(&sample.fragments), 0);
            assert!(sample.fragments.len() <= 7);
            assert!(
                sample.fragments.iter().flat_map(|piece| piece.ends).all(|end| end.x.abs() < 1.9 && end.y.abs() < 1.9)
            );
            pieces += sample.fragments.len();
            pictures += usize::from(outline);
        }
    }
    // 4 to 7 pieces, nearly all of which find a place.
    let each = pieces as f64 / pictures as f64;
    assert!((5.3..5.7).contains(&each), "{each} pieces in a picture");
}

#[test]
fn pieces_end_where_they_are_said_to() {
    let settings = Settings::new().with("render", Value::Text("outline".to_owned()));
    let world = (worlds::find("polygons").unwrap().build)(&settings).unwrap();
    let mut rng = stream(8);
    for _ in 0..30 {
        let sample = world.sample(NONE, Difficulty::Training, &mut rng).unwrap();
        for (painted, piece) in sample.scene.painted[sample.thing.clone()].iter().zip(&sample.fragments) {
            let drawn = covered(std::slice::from_ref(&painted.path), 512, 4.0);
            for (end, onward) in piece.ends.iter().zip(piece.onward) {
                let at = |along: f64| {
                    let point = *end + trompe_stimuli::Point::polar(along, onward);
                    drawn.under((point + trompe_stimuli::Point::new(2.0, 2.0)) * 128.0)
                };
                assert!(at(-0.02) > 0.99 && at(0.02) < 0.01, "{piece:?}");
            }
        }
    }
}

/// Share of the thing that nothing in front of it hides.
fn visible(sample: &Sample) -> f64 {
    let paths = sample.scene.painted.len() - sample.thing.end;
    drawn(&front(sample, paths), 64).mean() / thing(sample, 64).mean()
}

#[test]
fn every_shape_can_be_seen() {
    for (occluders, least) in [(false, 0.5), (true, 0.4)] {
        for (class, samples) in all(occluders) {
            for sample in &samples {
                let share = visible(sample);
                assert!(share > least, "{class}, occluders {occluders}: {share} of it");
            }
        }
    }
}

#[test]
fn occluders_hide_parts_of_half_of_the_pictures_of_every_class() {
    for (class, samples) in all(true) {
        let with: Vec<&Sample> = samples.iter().filter(|sample| sample.metadata["occluders"] != "0").collect();
        assert!(fair(with.len(), samples.len()), "{class}: {}", with.len());
        let mut hidden = 0.0;
        for sample in &with {
            let n: usize = sample.metadata["occluders"].parse().unwrap();
            assert!((1..=3).contains(&n));
            let (shape, discs) = (&sample.scene.painted[sample.thing.start], sample.thing.end..sample.thing.end + n);
            for disc in &sample.scene.painted[discs] {
                assert!(apart(disc.fill, shape.fill) >= 0.15 - 1e-6, "another gray");
            }
            hidden += 1.0 - drawn(&front(sample, n), 64).mean() / thing(sample, 64).mean();
        }
        let mean = hidden / with.len() as f64;
        assert!((0.05..0.3).contains(&mean), "{class}: {mean} hidden");
    }
    for samples in all(false).into_values() {
        assert!(samples.iter().all(|sample| sample.metadata["occluders"] == "0"));
    }
}

/// Difference of two grays as codes.
fn apart(one: Fill, other: Fill) -> f64 {
    let code = |fill: Fill| {
        let mut scene = Scene::new([1.0; 2], fill);
        scene.paint(Path::disc(trompe_stimuli::Point::default(), 0.1), fill);
        f64::from(encode(&drawn(&scene, 1), Encoding::Srgb)[0])
    };
    (code(one) - code(other)).abs()
}

#[test]
fn light_clutter_is_less_and_the_same_in_every_class() {
    let settings = |word: &str| Settings::new().with("clutter", Value::Text(word.to_owned()));
    // Painted paths behind and in front: up to 4 cut discs, 1 disc, 3 lines and 2 discs; or 2, 0, 1 and 1.
    for (word, behind, front) in [("full", 8, 2), ("light", 3, 1)] {
        for (class, samples) in samples_with("polygons", &settings(word), Difficulty::Training) {
            let most = |read: fn(&Sample) -> usize| samples.iter().map(read).max().unwrap();
            assert_eq!(most(|sample| sample.thing.start), behind, "{word} {class}");
            assert_eq!(most(|sample| sample.scene.painted.len() - sample.thing.end), front, "{word} {class}");
        }
    }
}
