//! What every network of a world is shown for the reading of its layers: drawn once, from streams of their own.

use crate::battery::SHAPES;
use crate::bridge;
use crate::experiment::{BatterySpec, LayersSpec};
use crate::identity::stream;
use crate::layers::read::Value;
use std::sync::OnceLock;
use trompe_stimuli::fat_thin::MISALIGNMENT;
use trompe_stimuli::kanizsa::{self, Member, Render, Support};
use trompe_stimuli::lightness::{self, Display, Figure};
use trompe_stimuli::worlds::{Difficulty, World};
use trompe_stimuli::{Condition, Encoding, Scene, StimulusError, Viewing, add_noise, encode, render};

/// The class without a shape.
const NONE: &str = "none";

/// All pictures for one world.
pub struct Pictures {
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// Real shapes and none in turn: the first half trains.
    pub real: Vec<f32>,
    /// The members of each Kanizsa draw.
    pub kanizsa: Kanizsa,
    /// Squares in fields.
    pub contrast: Lightness,
    /// Pieces of bars.
    pub white: Lightness,
    /// What layer 0 tells, which is the same for every network.
    pub(super) given: OnceLock<Vec<Value>>,
}

/// Members of the same draws, picture by picture; shapes in turn.
pub struct Kanizsa {
    /// Inward mouths.
    pub inward: Vec<f32>,
    /// Rotated mouths.
    pub rotated: Vec<f32>,
    /// Closed mouths.
    pub closed: Vec<f32>,
    /// Misaligned mouths.
    pub misaligned: Vec<f32>,
    /// The real shape with discs.
    pub real: Vec<f32>,
}

/// Displays with a gray target.
pub struct Lightness {
    /// Real pairs, the physically lighter target first: the first half of the pairs trains.
    pub real: Vec<f32>,
    /// The physical gray of each target of `real`.
    pub grays: Vec<f64>,
    /// Equal targets in exchanged contexts, the one that people report to be the lighter first.
    pub exchanged: Vec<f32>,
}

/// How pictures are drawn.
struct Canvas<'a> {
    spec: LayersSpec,
    battery: &'a BatterySpec,
    encoding: Encoding,
    viewing: Viewing,
    render: Render,
    canonical: &'a str,
}

impl Pictures {
    /// Draws them for a world, whose text names the streams.
    ///
    /// # Errors
    /// A world without a class `none`, or figures that cannot be drawn.
    pub fn draw(
        spec: LayersSpec,
        battery: &BatterySpec,
        (world, canonical): (&dyn World, &str),
        (encoding, render): (Encoding, Render),
    ) -> Result<Self, String> {
        let failed = |error: StimulusError| format!("layers: {error}");
        let viewing = bridge::viewing(battery).map_err(failed)?;
        let canvas = Canvas { spec, battery, encoding, viewing, render, canonical };
        let none = world.classes().iter().position(|class| *class == NONE);
        let none = none.ok_or_else(|| format!("layers: the world has no class `{NONE}` to tell shapes from"))?;
        let [height, width] = viewing.size_px();
        Ok(Self {
            shape: [1, height, width],
            real: canvas.real_things(world, none).map_err(failed)?,
            kanizsa: canvas.kanizsa().map_err(failed)?,
            contrast: canvas.lightness(Display::Contrast).map_err(failed)?,
            white: canvas.lightness(Display::White).map_err(failed)?,
            given: OnceLock::new(),
        })
    }
}

/// Whether a picture of [`Pictures::real`] has a shape.
pub(super) fn has_shape(at: usize) -> bool {
    at.is_multiple_of(2)
}

/// Class of a draw of [`Kanizsa`].
pub(super) fn class_of(draw: usize) -> usize {
    draw % SHAPES.len()
}

impl Canvas<'_> {
    fn stream(&self, name: &str) -> rand_chacha::ChaCha8Rng {
        stream(&["layers", name, self.canonical])
    }

    fn picture(&self, scene: &Scene, (noise_sd, noise_seed): (f64, u64)) -> Result<Vec<f32>, StimulusError> {
        let mut pixels = encode(&render(scene, self.viewing)?.image, self.encoding);
        add_noise(&mut pixels, noise_sd, &mut trompe_stimuli::stream(noise_seed));
        Ok(pixels)
    }

    fn real_things(&self, world: &dyn World, none: usize) -> Result<Vec<f32>, StimulusError> {
        let shapes: Vec<usize> = (0..world.classes().len()).filter(|class| *class != none).collect();
        let mut rng = self.stream("real");
        let mut pixels = Vec::new();
        for at in 0..self.spec.pictures {
            let class = if has_shape(at) { shapes[at / 2 % shapes.len()] } else { none };
            let seen = (self.encoding, self.viewing);
            pixels.extend(bridge::real_thing(world, class, Difficulty::Training, seen, &mut rng)?.pixels);
        }
        Ok(pixels)
    }

    fn kanizsa(&self) -> Result<Kanizsa, StimulusError> {
        let [inward, rotated] = self.members([Member::In, Member::Rotated])?;
        let [closed, misaligned] = self.members([Member::Closed, Member::Misaligned(MISALIGNMENT)])?;
        let [real, _] = self.members([Member::RealDiscs, Member::In])?;
        Ok(Kanizsa { inward, rotated, closed, misaligned, real })
    }

    /// Two members of every draw; the same draws at every call.
    fn members(&self, members: [Member; 2]) -> Result<[Vec<f32>; 2], StimulusError> {
        let each = self.spec.pairs.div_ceil(SHAPES.len());
        let mut drawn = Vec::new();
        for shape in SHAPES {
            let support = Support::Ratio(self.battery.primary_support_ratio);
            let mut ensemble = kanizsa::Ensemble::new(shape, members, support);
            ensemble.nuisances.size_deg = self.battery.size_deg;
            ensemble.render = self.render;
            drawn.push(kanizsa::pairs(each, &ensemble, &mut self.stream(shape.id()))?);
        }
        let mut pixels = [Vec::new(), Vec::new()];
        for at in 0..self.spec.pairs {
            let pair = &drawn[class_of(at)][at / SHAPES.len()];
            for (pixels, figure) in pixels.iter_mut().zip(&pair.members) {
                pixels.extend(self.picture(&figure.compose()?, (pair.noise_sd, pair.noise_seed))?);
            }
        }
        Ok(pixels)
    }

    fn lightness(&self, display: Display) -> Result<Lightness, StimulusError> {
        let ensemble = lightness::Ensemble { size_deg: self.battery.size_deg, ..lightness::Ensemble::new(display) };
        let name = match display {
            Display::Contrast => "contrast",
            Display::White => "white",
        };
        let real = lightness::real(self.spec.pictures / 2, &ensemble, &mut self.stream(&format!("{name} real")))?;
        let exchanged = lightness::exchanged(self.spec.pairs, &ensemble, &mut self.stream(name))?;
        let grays = real.iter().flat_map(|pair| [gray(&pair.figure, &pair.lighter), gray(&pair.figure, &pair.darker)]);
        Ok(Lightness { grays: grays.collect(), real: self.pairs(&real)?, exchanged: self.pairs(&exchanged)? })
    }

    fn pairs(&self, pairs: &[lightness::Pair]) -> Result<Vec<f32>, StimulusError> {
        let mut pixels = Vec::new();
        for pair in pairs {
            for condition in [&pair.lighter, &pair.darker] {
                let scene = pair.figure.compose(condition)?;
                pixels.extend(self.picture(&scene, (pair.noise_sd, pair.noise_seed))?);
            }
        }
        Ok(pixels)
    }
}

/// Physical gray of the target, as a code value.
fn gray(figure: &Figure, condition: &Condition) -> f64 {
    let grays = match figure {
        Figure::Contrast(figure) => figure.grays,
        Figure::White(figure) => figure.grays,
    };
    grays.target + condition.difference
}
