//! World `squares`: a real square, or four cut discs that form nothing; the two things that Pang et al. (2021) trained on.
//!
//! Both classes are members of one draw of a Kanizsa square ([`crate::kanizsa`]): the square itself at the discs' gray, without
//! discs, and its four discs, each turned by its own 60° to 300°, no edges that could be joined. Sides are upright. No illusion is
//! among them: inward and outward mouths are for the battery `pang2021`, which draws from the same ranges ([`pairs`]).
//!
//! # Units
//! Lengths are 32nds of the canvas: distance of the corners from the center 9–10.5, offset of the center up to 3 where there is
//! room. Discs cover 0.35 to 0.65 of each side. Ground 0.4–0.6, contrast 0.2–0.45 (hard: 0.1–0.2), noise up to 0.04 (hard: 0.05)
//! in gray levels. Either polarity.
//!
//! # Source
//! pang2021: squares v randomly oriented inducers, as its abstract and its authors' code say.
//!
//! # Departures
//! Their pictures are not public: sizes, places, grays and noise are this project's. Theirs have color channels, these are gray.
//! Squares are filled where `render = "filled"`, as theirs (the square has the inducers' gray, by the sign of their read-out);
//! outlined ones are this project's addition.

use super::quads::facts;
use super::{Difficulty, RENDERS, Renders, Sample, Teaches, World, WorldEntry, check_class};
use crate::Rng;
use crate::StimulusError;
use crate::clutter::Ground;
use crate::draws::{seed, uniform};
use crate::geometry::Point;
use crate::illusions::fat_thin::Polarity;
use crate::kanizsa::{Figure, Member, Pair, Render, Shape};
use crate::settings::Reader;
use std::f64::consts::FRAC_1_SQRT_2;

/// The list entry.
pub const ENTRY: WorldEntry = WorldEntry {
    id: "squares",
    title: "A square, or four cut discs turned at random",
    source: "after Pang et al. 2021",
    teaches: Teaches::Classes,
    build: |settings| {
        let mut reader = Reader::new(settings, "squares");
        let world = Squares {
            renders: reader.choice("render", RENDERS)?,
            size_deg: reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?,
            hard_noise_sd: reader.number_in("hard_noise_sd", 0.05, [0.0, 1.0], "from 0 to 1")?,
        };
        reader.finish()?;
        Ok(Box::new(world))
    },
};

const CLASSES: [&str; 2] = ["square", "random"];
/// Direction of the first corner of an upright square, degrees.
const UPRIGHT_DEG: f64 = -45.0;
/// Distance of the corners from the center, 32nds of the canvas.
const CIRCUMRADIUS: [f64; 2] = [9.0, 10.5];
/// Share of a side that its two discs cover.
const SUPPORT: [f64; 2] = [0.35, 0.65];
/// Largest offset of the center, 32nds of the canvas.
const OFFSET: f64 = 3.0;
/// Contrasts as in training.
const CONTRAST: [f64; 2] = [0.2, 0.45];
/// Noise of the battery's pictures: the middle of what was trained on.
const NOISE_SD: f64 = 0.02;

struct Squares {
    renders: Renders,
    size_deg: f64,
    hard_noise_sd: f64,
}

/// A Kanizsa square as inward mouths, from which members are made; polarity and contrast come with the ground's shade.
fn figure(ground: &Ground, (render, polarity, contrast): (Render, Polarity, f64), rng: &mut Rng) -> Figure {
    let circumradius = uniform(CIRCUMRADIUS[0], CIRCUMRADIUS[1], rng);
    let support_ratio = uniform(SUPPORT[0], SUPPORT[1], rng);
    // Upright corners lie R/√2 aside of the center; their discs reach S/2 of a side, R S/√2, farther.
    let reach = circumradius * FRAC_1_SQRT_2 * (1.0 + support_ratio);
    let room = ground.unit((16.0 - reach).clamp(0.0, OFFSET));
    let center = Point::new(uniform(-room, room, rng), uniform(-room, room, rng));
    Figure {
        size_deg: ground.size_deg,
        shape: Shape::Square,
        member: Member::In,
        render,
        support_ratio,
        circumradius_deg: ground.unit(circumradius),
        center,
        turn_deg: UPRIGHT_DEG,
        background: ground.background,
        inducer_contrast: contrast,
        polarity,
        turns: [0.0; 6],
        places: [Point::default(); 6],
    }
}

fn ground(size_deg: f64, contrast: [f64; 2], rng: &mut Rng) -> Ground {
    Ground { size_deg, background: uniform(0.4, 0.6, rng), contrast }
}

/// `n` pairs of members of one draw, from the ranges of the world's training pictures: dark for even, light for odd indices.
/// The same stream gives the same draws whatever the members are.
///
/// # Errors
/// Members that cannot be drawn of a square.
pub fn pairs(
    n: usize,
    size_deg: f64,
    (render, members): (Render, [Member; 2]),
    rng: &mut Rng,
) -> Result<Vec<Pair>, StimulusError> {
    (0..n)
        .map(|at| {
            let ground = ground(size_deg, CONTRAST, rng);
            let shade = ground.shade(rng);
            let polarity = if at % 2 == 0 { Polarity::Dark } else { Polarity::Light };
            let base = figure(&ground, (render, polarity, shade.contrast), rng);
            let (turn_seed, noise_seed) = (seed(rng), seed(rng));
            let [one, other] = members.map(|member| base.as_member(member, turn_seed));
            Ok(Pair { members: [one?, other?], noise_seed, noise_sd: NOISE_SD })
        })
        .collect()
}

impl World for Squares {
    fn id(&self) -> &'static str {
        "squares"
    }

    fn classes(&self) -> &'static [&'static str] {
        &CLASSES
    }

    fn sample(&self, class: usize, difficulty: Difficulty, rng: &mut Rng) -> Result<Sample, StimulusError> {
        check_class(self, class)?;
        let (contrast, noise) = match difficulty {
            Difficulty::Training => (CONTRAST, [0.0, 0.04]),
            Difficulty::Hard => ([0.1, 0.2], [self.hard_noise_sd; 2]),
        };
        let ground = ground(self.size_deg, contrast, rng);
        let shade = ground.shade(rng);
        let filled = self.renders.filled(rng);
        let render = if filled { Render::Filled } else { Render::Outline };
        let base = figure(&ground, (render, shade.polarity, shade.contrast), rng);
        let member = if class == 0 { Member::RealShape } else { Member::Rotated };
        let drawn = base.as_member(member, seed(rng))?;
        let scene = drawn.compose()?;
        let noise_sd = uniform(noise[0], noise[1], rng);
        let mut metadata = facts(if filled { "filled" } else { "outline" }, &shade, &ground);
        metadata.insert("circumradius_deg".to_owned(), drawn.circumradius_deg.to_string());
        metadata.insert("support_ratio".to_owned(), drawn.support_ratio.to_string());
        let thing = 0..scene.painted.len();
        // The cut discs are the thing itself here, no clutter; that none of their edges can be joined is the figure's promise.
        Ok(Sample { scene, noise_sd, pacmen: Vec::new(), fragments: Vec::new(), thing, metadata })
    }
}
