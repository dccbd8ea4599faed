//! World `quads`: real fat and thin quadrilaterals among clutter.
//!
//! A square whose left and right sides bulge while the others pinch is *fat*; the opposite is *thin*. Half of them are
//! filled, half are outlines; half are darker than the ground, half lighter, each gray drawn by itself. Behind them lie up to
//! three cut discs that form nothing, up to two discs, and in half of the pictures a line.
//!
//! # Units
//! Lengths are 32nds of the canvas: circumradius 8–12, center within ±2, line half width 0.5–1.1. Turn ±17°. Angle of the bow
//! at the corners 8–25° in training, 3–10° in the hard set. Contrast 0.2–0.45 (hard: 0.1–0.2) and noise up to 0.04 (hard: 0.05)
//! in gray levels.
//!
//! # Source
//! The prototype of this project.
//!
//! # Departures
//! Full discs are added to the clutter. The hard set was planned at 2–8°, contrast 0.05–0.15, noise 0.1, for 75 to 95 %
//! correct; competent networks reached 61 % there, so it was eased, by real pictures alone, until they reached 85 %. Contrast is limited so that gray levels stay within 0 to 1.

use super::{Difficulty, RENDERS, Renders, Sample, Teaches, World, WorldEntry, check_class};
use crate::Rng;
use crate::StimulusError;
use crate::clutter::{Ground, Shade};
use crate::draws::{chance, uniform};
use crate::error::require;
use crate::figures::BowedSquare;
use crate::geometry::{Point, radians};
use crate::illusions::fat_thin::{LARGEST_TURN_DEG, Polarity};
use crate::scene::{Fill, Scene};
use crate::settings::{Reader, Settings};

/// The list entry.
pub const ENTRY: WorldEntry = WorldEntry {
    id: "quads",
    title: "Fat and thin quadrilaterals among cut discs, discs and lines",
    source: "after Ringach and Shapley 1996; distribution from this project's prototype",
    teaches: Teaches::Classes,
    build: |settings| Ok(Box::new(Quads::read(settings, "quads", true)?)),
};

/// The world; `quads_clean` is the same without cut discs.
pub(super) struct Quads {
    id: &'static str,
    pacmen: bool,
    renders: Renders,
    size_deg: f64,
    /// Angles of the bow in training and in the hard set, degrees, least and most.
    bow_deg: [[f64; 2]; 2],
    /// Contrasts of the hard set, least and most.
    hard_contrast: [f64; 2],
    hard_noise_sd: f64,
}

impl Quads {
    /// Reads the settings `pacmen`, `render`, `size_deg`, `alpha_min_deg`, `alpha_max_deg`, their `hard_` twins,
    /// `hard_contrast_min`, `hard_contrast_max` and `hard_noise_sd`.
    pub(super) fn read(settings: &Settings, id: &'static str, pacmen: bool) -> Result<Self, StimulusError> {
        let mut reader = Reader::new(settings, id);
        let world = Self {
            id,
            pacmen: if pacmen { reader.flag("pacmen", true)? } else { false },
            renders: reader.choice("render", RENDERS)?,
            size_deg: reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?,
            bow_deg: [
                range(&mut reader, ["alpha_min_deg", "alpha_max_deg"], [8.0, 25.0], 40.0)?,
                range(&mut reader, ["hard_alpha_min_deg", "hard_alpha_max_deg"], [3.0, 10.0], 40.0)?,
            ],
            hard_contrast: range(&mut reader, ["hard_contrast_min", "hard_contrast_max"], [0.1, 0.2], 0.5)?,
            hard_noise_sd: reader.number_in("hard_noise_sd", 0.05, [0.0, 1.0], "from 0 to 1")?,
        };
        reader.finish()?;
        Ok(world)
    }

    fn ranges(&self, difficulty: Difficulty) -> ([f64; 2], [f64; 2], [f64; 2]) {
        match difficulty {
            Difficulty::Training => (self.bow_deg[0], [0.2, 0.45], [0.0, 0.04]),
            Difficulty::Hard => (self.bow_deg[1], self.hard_contrast, [self.hard_noise_sd; 2]),
        }
    }

    fn clutter(&self, ground: &Ground, scene: &mut Scene, rng: &mut Rng) -> Vec<crate::figures::Pacman> {
        let mut placed = Vec::new();
        if self.pacmen {
            placed = ground.pacmen(3, scene, rng);
        } else {
            ground.discs(3, 4.5, scene, rng);
        }
        ground.discs(2, 3.5, scene, rng);
        if chance(0.5, rng) {
            ground.line([0.6, 0.6], scene, rng);
        }
        placed
    }
}

/// Least and most of something, from 0 to a bound, in this order.
fn range(
    reader: &mut Reader<'_>,
    keys: [&'static str; 2],
    default: [f64; 2],
    bound: f64,
) -> Result<[f64; 2], StimulusError> {
    let [least, most] = [reader.number(keys[0], default[0])?, reader.number(keys[1], default[1])?];
    require(keys[0], least, (0.0..=bound).contains(&least), "at least 0, and within bounds")?;
    require(keys[1], most, (least..=bound).contains(&most), "at least its minimum, and within bounds")?;
    Ok([least, most])
}

fn square(fat: bool, ground: &Ground, bow_deg: f64, rng: &mut Rng) -> BowedSquare {
    let reach = ground.unit(2.0);
    let tangent = libm::tan(radians(bow_deg));
    BowedSquare {
        center: Point::new(uniform(-reach, reach, rng), uniform(-reach, reach, rng)),
        side: ground.unit(uniform(8.0, 12.0, rng)) * std::f64::consts::SQRT_2,
        turn: radians(uniform(-LARGEST_TURN_DEG, LARGEST_TURN_DEG, rng)),
        bow: if fat { tangent } else { -tangent },
    }
}

/// Text of the facts that every world gives.
pub(super) fn facts(render: &str, shade: &Shade, ground: &Ground) -> std::collections::BTreeMap<String, String> {
    let polarity = match shade.polarity {
        Polarity::Dark => "dark",
        Polarity::Light => "light",
    };
    [
        ("render", render.to_owned()),
        ("polarity", polarity.to_owned()),
        ("contrast", shade.contrast.to_string()),
        ("background", ground.background.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into()
}

impl World for Quads {
    fn id(&self) -> &'static str {
        self.id
    }

    fn classes(&self) -> &'static [&'static str] {
        &["thin", "fat"]
    }

    fn sample(&self, class: usize, difficulty: Difficulty, rng: &mut Rng) -> Result<Sample, StimulusError> {
        check_class(self, class)?;
        let (bow_deg, contrast, noise) = self.ranges(difficulty);
        let ground = Ground { size_deg: self.size_deg, background: uniform(0.4, 0.6, rng), contrast };
        let mut scene = Scene::new([self.size_deg; 2], Fill::gray_level(ground.background));
        let pacmen = self.clutter(&ground, &mut scene, rng);
        let bow_deg = uniform(bow_deg[0], bow_deg[1], rng);
        let square = square(class == 1, &ground, bow_deg, rng);
        let filled = self.renders.filled(rng);
        let half_width = ground.unit(uniform(0.5, 1.1, rng));
        let shade = ground.shade(rng);
        let thing = scene.painted.len()..scene.painted.len() + 1;
        scene.paint(if filled { square.path() } else { square.path().outlined(half_width) }, shade.fill);
        let noise_sd = uniform(noise[0], noise[1], rng);
        let mut metadata = facts(if filled { "filled" } else { "outline" }, &shade, &ground);
        metadata.insert("alpha_deg".to_owned(), bow_deg.to_string());
        metadata.insert("side_deg".to_owned(), square.side.to_string());
        Ok(Sample { scene, noise_sd, pacmen, fragments: Vec::new(), thing, metadata })
    }
}
