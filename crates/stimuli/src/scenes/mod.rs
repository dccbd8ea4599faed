//! Scenes: natural-like pictures of surfaces under uneven light, with the reflectance of what is seen, to learn from
//! picture to picture (see [`crate::tasks`]).
//!
//! Leaves (discs, ellipses, polygons of 3 to 6 corners in equal shares) fall front to back until nothing shines
//! through. Each has a paint by a natural-like law, a texture, and a shade that runs across it. In front stand thin
//! occluders: a bar, a lattice of parallel bars, or a branch with twigs, one to three of them; three of ten bars and
//! lattices are filters. Leaves cast soft shadows, all one way, on the leaves behind them, and a smooth light lies over
//! everything. The same picture is handed out twice: lit, and as reflectance, which is the same without light, shadows
//! and shades.
//!
//! `variant = "flat"` turns off light, shadows, shading and occluders: the lit picture is then its reflectance.
//! `turned` turns the hues of every paint: at 90 degrees the palette is as spread from red to green as it was from blue
//! to yellow. Each part is drawn from a stream of its own, so a part that is turned off leaves the others as they were.
//!
//! [`photographs`] cuts patches out of given pictures instead; those have no reflectance.
//!
//! # Shapes
//! [`Picture::lit`] and [`Picture::reflectance`] are `[3, size, size]`, linear RGB from 0 to 1.
//!
//! # Units
//! Lengths are 32nds of the canvas except `radius_min_px` (0.5) and `blur_px` (0.5). Radii have the density r^−3 from
//! `radius_min_px` to half the canvas. Luminance of paints is log-normal (median 0.18, sd of the logarithm 0.7), CIELAB
//! chroma has sd 10 along red–green and 20 along blue–yellow. Texture: 1/f, relative sd 0.05 to 0.15. A shade takes up
//! to 40 % at its far end. Light: two or three large soft shades, 4:1 together; `exposure` (1) is a gain of all of it.
//! Shadows let 35 to 65 % pass and reach 0.2 to 0.6 radii, of at most 6.
//!
//! # Errors
//! Settings out of range; [`StimulusError::Exhausted`] if leaves never cover the canvas.
//!
//! # Source
//! lee2001 (occlusion model), corney2007 (dead leaves under uneven light; White's effect needed a third dimension).
//!
//! # Departures
//! No exact coverage as elsewhere in this crate: leaves are numbered on a grid of twice the pixels, light and paint are
//! multiplied there, and pixels average the grid by a Gaussian of `blur_px` over a pixel's square. Leaves go down to a
//! radius of half a pixel: with leaves of a pixel and more the blur made power fall by −2.35 in place of −2.15 (flat,
//! 32 pixels). At the border the outermost points are repeated. No pixel noise: a task adds its own. Shading belongs to
//! the light, texture to the reflectance, a filter to the reflectance too. Occluders cast no shadow.

pub(crate) mod light;
mod occluders;
pub mod photographs;
pub(crate) mod surfaces;

use crate::Rng;
use crate::StimulusError;
use crate::draws::{index, seed, stream, uniform};
use crate::geometry::{Point, radians};
use crate::leaves::{Fall, HALF, Leaf, Shapes};
use crate::settings::{Reader, Settings};
use std::f64::consts::TAU;

/// Points of the grid along a pixel's side.
const FINE: usize = 2;

/// A picture twice: under its light, and without.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Pixels along a side.
    pub size: usize,
    /// As seen: linear RGB, `[3, size, size]`.
    pub lit: Vec<f32>,
    /// What the surfaces reflect, occluders included, without light, shadows and shading; none is known of a
    /// photograph.
    pub reflectance: Option<Vec<f32>>,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Paints have colors.
    pub color: bool,
    /// Angle by which hues are turned.
    pub turned_deg: f64,
    /// A smooth light field.
    pub light: bool,
    /// Soft cast shadows.
    pub shadows: bool,
    /// Shades across leaves.
    pub shading: bool,
    /// Texture on leaves.
    pub texture: bool,
    /// Thin things in front.
    pub occluders: bool,
    /// Smallest radius of a leaf in pixels.
    pub radius_min_px: f64,
    /// Standard deviation of the final blur in pixels.
    pub blur_px: f64,
    /// Gain of all light; what is brighter than white is clipped.
    pub exposure: f64,
}

/// Whether there is a third dimension, by name; the first is the default.
const VARIANTS: &[(&str, bool)] = &[("full", true), ("flat", false)];

impl Recipe {
    /// Reads `variant`, `color`, `turned` (degrees), `light`, `shadows`, `shading`, `texture`, `occluders`,
    /// `radius_min_px`, `blur_px` and `exposure`.
    ///
    /// # Errors
    /// Settings that are unknown, of the wrong kind or out of range.
    pub fn read(settings: &Settings) -> Result<Self, StimulusError> {
        let mut reader = Reader::new(settings, "scenes");
        let full = reader.choice("variant", VARIANTS)?;
        let recipe = Self {
            color: reader.flag("color", true)?,
            turned_deg: reader.number_in("turned", 0.0, [-360.0, 360.0], "from -360 to 360")?,
            light: reader.flag("light", full)?,
            shadows: reader.flag("shadows", full)?,
            shading: reader.flag("shading", full)?,
            texture: reader.flag("texture", true)?,
            occluders: reader.flag("occluders", full)?,
            radius_min_px: reader.number_in("radius_min_px", 0.5, [0.5, 8.0], "from 0.5 to 8")?,
            blur_px: reader.number_in("blur_px", 0.5, [0.0, 4.0], "from 0 to 4")?,
            exposure: reader.number_in("exposure", 1.0, [0.25, 4.0], "from 0.25 to 4")?,
        };
        reader.finish()?;
        Ok(recipe)
    }
}

/// The grid on which a picture is made.
#[derive(Clone, Copy)]
struct Grid {
    /// Points along a side.
    side: usize,
}

impl Grid {
    /// Points for each unit of length.
    fn fine(self) -> f64 {
        self.side as f64 / (2.0 * HALF)
    }

    /// Where a column or row lies.
    fn at(self, step: usize) -> f64 {
        (step as f64 + 0.5) / self.fine() - HALF
    }

    fn point(self, column: usize, row: usize) -> Point {
        Point::new(self.at(column), self.at(row))
    }

    /// Columns or rows between two places.
    fn range(self, low: f64, high: f64) -> std::ops::Range<usize> {
        let first = ((low + HALF) * self.fine() - 0.5).ceil().clamp(0.0, self.side as f64);
        let end = ((high + HALF) * self.fine() + 0.5).floor().clamp(first, self.side as f64);
        first as usize..end as usize
    }
}

/// Draws a picture of `size_px` × `size_px`.
///
/// # Errors
/// A size that is not from 8 to 512; [`StimulusError::Exhausted`].
pub fn draw(recipe: &Recipe, size_px: usize, rng: &mut Rng) -> Result<Picture, StimulusError> {
    crate::error::require("size_px", size_px as f64, (8..=512).contains(&size_px), "from 8 to 512")?;
    let [mut falling, mut painting, mut shining, mut standing] = [0; 4].map(|_: u8| stream(seed(rng)));
    let grid = Grid { side: FINE * size_px };
    let (leaves, labels) = fallen(recipe, grid, size_px, &mut falling)?;
    let mut reflectance = surfaces::reflectance(recipe, grid, (&leaves, &labels), &mut painting);
    let mut shade = vec![1.0f32; labels.len()];
    let sun = Point::polar(1.0, uniform(0.0, TAU, &mut shining));
    let mut streams = [0; 3].map(|_: u8| stream(seed(&mut shining)));
    if recipe.shading {
        light::add_shading(&mut shade, grid, (&leaves, &labels), &mut streams[0]);
    }
    if recipe.shadows {
        light::add_shadows(&mut shade, grid, (&leaves, &labels), (sun, &mut streams[1]));
    }
    if recipe.occluders {
        let paints = surfaces::Paints { color: recipe.color, turned: radians(recipe.turned_deg) };
        for _ in 0..1 + index(3, &mut standing) {
            occluders::stand(&mut reflectance, &mut shade, grid, (paints, &mut standing));
        }
    }
    if recipe.light {
        light::add_field(&mut shade, grid, &mut streams[2]);
    }
    if recipe.exposure != 1.0 {
        shade.iter_mut().for_each(|value| *value *= recipe.exposure as f32);
    }
    let kernel = Kernel::new(recipe.blur_px);
    let lit: Vec<f32> = reflectance.chunks_exact(labels.len()).flat_map(|plane| product(plane, &shade)).collect();
    let bare = !(recipe.light || recipe.shadows || recipe.shading) && recipe.exposure == 1.0;
    let shrunk = |planes: &[f32]| kernel.shrunk(planes, grid, size_px);
    let reflectance = shrunk(&reflectance);
    let lit = if bare { reflectance.clone() } else { shrunk(&lit) };
    Ok(Picture { size: size_px, lit, reflectance: Some(reflectance) })
}

fn product<'a>(one: &'a [f32], other: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
    one.iter().zip(other).map(|(a, b)| a * b)
}

/// What is seen of the leaves, and the number of the leaf at each point of the grid.
fn fallen(recipe: &Recipe, grid: Grid, size_px: usize, rng: &mut Rng) -> Result<(Vec<Leaf>, Vec<u32>), StimulusError> {
    let fall = Fall {
        shapes: Shapes::Ellipses,
        radius_min: recipe.radius_min_px * 2.0 * HALF / size_px as f64,
        grid: grid.side,
    };
    let mut labels = vec![0u32; grid.side * grid.side];
    let leaves = fall.fallen(rng, |leaf, row, column, mut bits| {
        let row = &mut labels[row * grid.side..(row + 1) * grid.side];
        while bits != 0 {
            row[column + bits.trailing_zeros() as usize] = leaf as u32;
            bits &= bits - 1;
        }
    })?;
    Ok((leaves, labels))
}

/// Shares of the grid's points in a pixel, along a row or a column.
struct Kernel {
    /// How many points before a pixel's first.
    before: usize,
    shares: Vec<f32>,
}

impl Kernel {
    /// A Gaussian of that many pixels over the square of a pixel; 0 is the plain mean.
    fn new(blur_px: f64) -> Self {
        let before = (4.0 * blur_px * FINE as f64).ceil() as usize;
        let shares: Vec<f64> = (0..FINE + 2 * before)
            .map(|k| {
                let away = (k as f64 + 0.5 - before as f64) / FINE as f64 - 0.5;
                if blur_px == 0.0 {
                    return 1.0;
                }
                let below = |edge: f64| libm::erf((edge - away) / blur_px * std::f64::consts::FRAC_1_SQRT_2);
                below(0.5) - below(-0.5)
            })
            .collect();
        let sum: f64 = shares.iter().sum();
        Self { before, shares: shares.iter().map(|share| (share / sum) as f32).collect() }
    }

    /// The points that a pixel takes, with their shares; beyond the border the outermost.
    fn taps(&self, pixel: usize, side: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        self.shares.iter().enumerate().map(move |(k, &share)| {
            let at = (FINE * pixel + k).saturating_sub(self.before).min(side - 1);
            (at, share)
        })
    }

    /// Planes of pixels from planes of the grid.
    fn shrunk(&self, planes: &[f32], grid: Grid, size: usize) -> Vec<f32> {
        let side = grid.side;
        let mut out = Vec::with_capacity(planes.len() / (FINE * FINE));
        let mut tall = vec![0.0f32; side * size];
        for plane in planes.chunks_exact(side * side) {
            for (row, narrow) in plane.chunks_exact(side).zip(tall.chunks_exact_mut(size)) {
                for (pixel, value) in narrow.iter_mut().enumerate() {
                    *value = self.taps(pixel, side).map(|(at, share)| row[at] * share).sum();
                }
            }
            for pixel in 0..size {
                let start = out.len();
                out.resize(start + size, 0.0f32);
                for (at, share) in self.taps(pixel, side) {
                    for (value, from) in out[start..].iter_mut().zip(&tall[at * size..(at + 1) * size]) {
                        *value += from * share;
                    }
                }
            }
        }
        out.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        out
    }
}
