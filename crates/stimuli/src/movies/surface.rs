//! What a leaf shows at each of its points, and the light of the world. Everything is a function of place on the leaf
//! or in the world, so it moves with them and nothing is resampled.

use super::Recipe;
use crate::Rng;
use crate::draws::{chance, uniform};
use crate::geometry::Point;
use crate::illusions::rotating_snakes::{BLUE, YELLOW};
use crate::leaves::Leaf;
use crate::scenes::light::{SHADING, smooth};
use crate::scenes::surfaces::{Paints, TEXTURE, texture};
use std::f64::consts::TAU;

/// Nodes along a side of the texture, which is straight between them and repeats.
const NODES: usize = 64;
/// Nodes in a pixel.
const NODES_PER_PX: f32 = 2.0;
/// Length of black, dark, white and light together in the planted world, pixels.
const PERIOD_PX: [f64; 2] = [12.0, 20.0];
/// Length over which one of them becomes the next.
const STEP_PX: f64 = 0.5;

/// The texture that all leaves take a part of.
pub(super) struct Texture {
    nodes: Vec<f32>,
}

impl Texture {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self { nodes: texture(NODES, rng) }
    }

    fn at(&self, x: f32, y: f32) -> f32 {
        let (left, along) = node(x);
        let (top, down) = node(y);
        let (right, bottom) = ((left + 1) & (NODES - 1), (top + 1) & (NODES - 1));
        let row = |row: usize| {
            let (one, other) = (self.nodes[row * NODES + left], self.nodes[row * NODES + right]);
            one + (other - one) * along
        };
        let (above, below) = (row(top), row(bottom));
        above + (below - above) * down
    }
}

/// The node before a place, wrapped, and how far beyond it the place is.
fn node(place: f32) -> (usize, f32) {
    let cut = place as i32;
    let whole = if cut as f32 > place { cut - 1 } else { cut };
    (whole as usize & (NODES - 1), place - whole as f32)
}

/// Bars of black, dark, white and light in the direction in which the leaf moves.
#[derive(Clone, Copy, Debug)]
struct Bars {
    way: Point,
    period: f64,
    phase: f64,
    colors: [[f32; 3]; 4],
}

impl Bars {
    fn draw(way: Point, color: bool, rng: &mut Rng) -> Self {
        let period = uniform(PERIOD_PX[0], PERIOD_PX[1], rng);
        let phase = uniform(0.0, 1.0, rng);
        let [blue, yellow] = [BLUE, YELLOW].map(crate::color::from_srgb8);
        let [dark, light] = if color { [blue, yellow] } else { [[0.2; 3], [0.6; 3]] };
        let colors = [[0.0; 3], dark, [1.0; 3], light].map(|color: [f64; 3]| color.map(|channel| channel as f32));
        Self { way, period, phase, colors }
    }

    fn at(&self, place: Point) -> [f32; 3] {
        let quarters = 4.0 * (self.way.dot(place) / self.period + self.phase);
        let start = quarters.floor();
        let bar = (start as i64).rem_euclid(4) as usize;
        // The last bit of a bar becomes the next.
        let step = 4.0 * STEP_PX / self.period;
        let share = ((quarters - start - 1.0) / step + 1.0).max(0.0) as f32;
        let (now, then) = (self.colors[bar], self.colors[(bar + 1) % 4]);
        [0, 1, 2].map(|channel: usize| now[channel] + (then[channel] - now[channel]) * share)
    }
}

/// The surface of a leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Surface {
    paint: [f32; 3],
    amplitude: f32,
    grain: [f32; 2],
    /// Light = plane[0] + plane[1] x + plane[2] y.
    plane: [f32; 3],
    bars: Option<Bars>,
}

impl Surface {
    /// `way`: where the leaf's group moves.
    pub(super) fn draw(recipe: &Recipe, leaf: &Leaf, way: Point, rng: &mut Rng) -> Self {
        let paint = Paints { color: recipe.colored(), turned: 0.0 }.draw(rng);
        let amplitude = uniform(TEXTURE[0], TEXTURE[1], rng) as f32;
        let grain = [0; 2].map(|_: u8| uniform(0.0, NODES as f64, rng) as f32);
        let taken = uniform(0.0, SHADING, rng);
        let slope = Point::polar(taken / (2.0 * leaf.radius), uniform(0.0, TAU, rng));
        let plane = [1.0 - taken / 2.0 - slope.dot(leaf.center), slope.x, slope.y].map(|value| value as f32);
        let plain = recipe.planted || !recipe.shading;
        Self {
            paint,
            amplitude: if recipe.texture { amplitude } else { 0.0 },
            grain,
            plane: if plain { [1.0, 0.0, 0.0] } else { plane },
            bars: recipe.planted.then(|| Bars::draw(way, recipe.colored(), rng)),
        }
    }

    /// What it shows at a place on the leaf.
    pub(super) fn at(&self, place: Point, texture: &Texture) -> [f32; 3] {
        if let Some(bars) = &self.bars {
            return bars.at(place);
        }
        let (x, y) = (place.x as f32, place.y as f32);
        let mut factor = self.plane[0] + self.plane[1] * x + self.plane[2] * y;
        if self.amplitude > 0.0 {
            let grain = texture.at(x * NODES_PER_PX + self.grain[0], y * NODES_PER_PX + self.grain[1]);
            factor *= (1.0 + self.amplitude * grain).max(0.0);
        }
        self.paint.map(|channel| (channel * factor).min(1.0))
    }
}

/// Large soft shades that stand in the world, on average so many with their centers in a picture.
const SHADES: f64 = 1.0;
/// Share of the light that a shade lets pass; some three lie on each other where it is darkest.
const PASSES: f64 = 0.6;

/// The light of the world: shades anywhere that the camera sees, whatever it saw first. (Shades placed about the first
/// picture made bright parts lie behind the camera's way: motion then went with luminance, by 0.03 pixels a frame.)
pub(super) struct Light {
    shades: Vec<(Point, f32, f32)>,
}

impl Light {
    /// `low`, `high`: corners of what is seen.
    pub(super) fn draw(recipe: &Recipe, size_px: usize, [low, high]: [Point; 2], rng: &mut Rng) -> Self {
        if recipe.planted || !recipe.light {
            return Self { shades: Vec::new() };
        }
        let size = size_px as f64;
        let unit = size / 32.0;
        let far = 37.0 * unit;
        let area = (high.x - low.x + 2.0 * far) * (high.y - low.y + 2.0 * far);
        let expected = SHADES * area / (size * size);
        let count = expected.floor() as usize + usize::from(chance(expected.fract(), rng));
        let shade = |_| {
            let x = uniform(low.x - far, high.x + far, rng);
            let center = Point::new(x, uniform(low.y - far, high.y + far, rng));
            (center, (uniform(12.0, 24.0, rng) * unit) as f32, (uniform(8.0, 13.0, rng) * unit) as f32)
        };
        Self { shades: (0..count).map(shade).collect() }
    }

    pub(super) fn is_even(&self) -> bool {
        self.shades.is_empty()
    }

    /// Share of the light at a place in the world.
    pub(super) fn at(&self, place: Point) -> f32 {
        let mut left = 1.0;
        for (center, radius, soft) in &self.shades {
            let arm = place - *center;
            let square = arm.dot(arm) as f32;
            let reach = radius + soft;
            if square < reach * reach {
                let outside = square.sqrt() - radius;
                left *= 1.0 - (1.0 - PASSES) as f32 * smooth(f64::from(0.5 - 0.5 * outside / soft)) as f32;
            }
        }
        left
    }
}
