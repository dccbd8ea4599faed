//! Baseline `ideal`: how likely a picture is if there is one real shape of a class on a plain ground, and nothing else.
//!
//! Ground, contrast (of either sign) and the size of the noise are fitted; position, size, turn and render are maximized over
//! a grid. With r the correlation of the picture with the shape's coverage, the profile log likelihood of N pixels is, up to
//! what all shapes share,
//!
//! ```text
//! L = −(N / 2) · ln(1 − r²)
//! ```
//!
//! so the largest |r| decides. For *none* there is no template; its score is that of one fixed r, the one that best divides
//! shapes from *none* on the world's real pictures. It is ideal for shapes without clutter: clutter counts as noise.
//!
//! Grid: circumradius 8–12 of 32, by 1, all turns by about 15°, whole pixels; then, round the best of each class and render,
//! circumradii by ½, turns by about 4°, neighboring pixels. Shapes stay on the canvas as in the world. Some 5 million
//! products a picture: it is shown only the blocks that are shown along training.

use super::{Baseline, Fixed, How, Observer, ObserverError, Practice, Presentation, practice_pictures};
use crate::battery::SHAPES;
use crate::experiment::Role;
use std::f64::consts::TAU;
use trompe_stimuli::figures::regular_polygon;
use trompe_stimuli::kanizsa::Shape;
use trompe_stimuli::{Fill, Path, Point, Scene, StimulusError, Viewing, render};

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "ideal",
    title: "likelihood of one real shape on a plain ground, maximized over place, size, turn and render",
    role: Role::Baseline,
    how: How::Fixed,
    illusions: &["kanizsa"],
    max_seeds: 2,
    build: Some(build),
};

/// Circumradii, 32nds of the canvas: least, and how many steps of ½.
const LEAST: f64 = 8.0;
const SIZES: usize = 9;
/// Every so many sizes and turns of the bank are on the coarse grid.
const COARSE: [usize; 2] = [2, 4];
/// Turns of the coarse grid: as many to a full turn of the shape.
const TURNS: f64 = 24.0;
/// Half the width of an outline, 32nds of the canvas: the middle of the world's.
const HALF_WIDTH: f64 = 0.8;
/// Clear space at the border, 32nds of the canvas.
const MARGIN: f64 = 1.0;
/// Real pictures of each class on which the score of *none* is chosen.
const PRACTICE: usize = 64;
/// Largest r² that a score is made of.
const MOST: f32 = 0.9999;

/// Coverage of one shape in the middle of the canvas.
struct Stencil {
    /// Row, column, coverage.
    pixels: Vec<(usize, usize, f32)>,
    /// 1 / (standard deviation of coverage · √N).
    scale: f32,
    /// How far it may be moved, pixels.
    reach: usize,
}

/// All sizes and turns of one shape and render, `[SIZES, turns]`.
struct Bank {
    turns: usize,
    stencils: Vec<Stencil>,
}

struct Ideal {
    side: usize,
    /// For each class, its banks; none for a class without a template.
    banks: Vec<Vec<Bank>>,
    /// r² of a class without a template.
    none: f32,
}

/// The best place of a stencil: r² and the shift in rows and columns, from the largest upward shift.
type Place = (f32, [usize; 2]);

fn build(mut practice: Practice<'_>) -> Result<Fixed, ObserverError> {
    let viewing = practice.viewing;
    let shapes = practice.world.classes().iter().map(|class| SHAPES.into_iter().find(|shape| shape.id() == *class));
    let renders = |shape: Shape| [None, Some(HALF_WIDTH)].map(|line| bank(shape, line, viewing));
    let banks: Result<Vec<Vec<Bank>>, StimulusError> =
        shapes.map(|shape| shape.map_or(Ok(Vec::new()), |shape| renders(shape).into_iter().collect())).collect();
    let mut ideal = Ideal { side: viewing.size_px()[0], banks: banks?, none: 0.0 };
    let mut best: Vec<(f32, bool)> = Vec::new();
    for real in practice_pictures(&mut practice, PRACTICE)? {
        let explained = ideal.explained(&real.pixels).into_iter().flatten().fold(0.0, f32::max);
        best.push((explained, !ideal.banks[real.class].is_empty()));
    }
    ideal.none = dividing(&best);
    Ok(Fixed::Primary(Box::new(ideal)))
}

/// The value that best divides those that are shapes (above) from those that are not, both kinds counted alike; 0 where
/// there is one kind only.
fn dividing(values: &[(f32, bool)]) -> f32 {
    let count = |shape: bool| values.iter().filter(|(_, is)| *is == shape).count() as f64;
    let (shapes, others) = (count(true), count(false));
    if !(shapes > 0.0 && others > 0.0) {
        return 0.0;
    }
    let mut best = (0.0, f64::NEG_INFINITY);
    for (at, _) in values {
        let right = |(value, is): &(f32, bool)| match is {
            true => f64::from(u8::from(value > at)) / shapes,
            false => f64::from(u8::from(value <= at)) / others,
        };
        let sum: f64 = values.iter().map(right).sum();
        if sum > best.1 {
            best = (*at, sum);
        }
    }
    best.0
}

/// The angle after which a shape is the same again.
fn symmetry(shape: Shape) -> f64 {
    match shape {
        Shape::Circle => 0.0,
        Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => TAU / shape.discs() as f64,
    }
}

fn bank(shape: Shape, line: Option<f64>, viewing: Viewing) -> Result<Bank, StimulusError> {
    let coarse = (symmetry(shape) / TAU * TURNS).round() as usize;
    let turns = (coarse * COARSE[1]).max(1);
    let stencil = |at: usize| {
        let size = LEAST + (at / turns) as f64 / 2.0;
        stencil((shape, size, symmetry(shape) * (at % turns) as f64 / turns as f64), line, viewing)
    };
    Ok(Bank { turns, stencils: (0..SIZES * turns).map(stencil).collect::<Result<_, _>>()? })
}

fn stencil(
    (shape, size, turn): (Shape, f64, f64),
    line: Option<f64>,
    viewing: Viewing,
) -> Result<Stencil, StimulusError> {
    let [side, width] = viewing.size_px();
    let side_deg = side as f64 / viewing.ppd();
    let (middle, radius) = (Point::new(0.0, 0.0), size / 32.0 * side_deg);
    let path = match shape {
        Shape::Circle => Path::disc(middle, radius),
        Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => {
            regular_polygon(shape.discs(), middle, radius, turn)
        }
    };
    let path = line.map_or(path.clone(), |half| path.outlined(half / 32.0 * side_deg));
    let mut scene = Scene::new([side_deg; 2], Fill::Gray(0.0));
    scene.paint(path, Fill::Gray(1.0));
    let covered = render(&scene, viewing)?.image.data;
    let n = covered.len() as f32;
    let (sum, squares) =
        covered.iter().fold((0.0, 0.0), |(sum, squares), value| (sum + value, squares + value * value));
    let inked = covered.iter().enumerate().filter(|(_, value)| **value > 0.0);
    let pixels: Vec<(usize, usize, f32)> = inked.map(|(at, &value)| (at / width, at % width, value)).collect();
    // Corners of an outline stick out beyond its radius.
    let room = |&(row, column, _): &(usize, usize, f32)| row.min(column).min(side - 1 - row).min(width - 1 - column);
    let most = pixels.iter().map(room).min().unwrap_or(0);
    let reach = ((16.0 - MARGIN - size).max(0.0) / 32.0 * side as f64) as usize;
    Ok(Stencil { pixels, scale: 1.0 / (squares - sum * sum / n).sqrt(), reach: reach.min(most) })
}

impl Stencil {
    /// r² at the best of all shifts. `picture`: zero mean, unit norm, rows `stride` apart with [`LANES`] zeros behind each.
    fn everywhere(&self, (picture, stride): (&[f32], usize)) -> Place {
        let places = 2 * self.reach + 1;
        let mut best: Place = (0.0, [self.reach; 2]);
        for down in 0..places {
            for first in (0..places).step_by(LANES) {
                let from =
                    (down as isize - self.reach as isize) * stride as isize + first as isize - self.reach as isize;
                let mut sums = [0.0f32; LANES];
                for &(row, column, value) in &self.pixels {
                    let at = (row * stride + column).wrapping_add_signed(from);
                    for (sum, seen) in sums.iter_mut().zip(&picture[at..at + LANES]) {
                        *sum += value * seen;
                    }
                }
                for (across, sum) in (first..places).zip(sums) {
                    let explained = (sum * self.scale) * (sum * self.scale);
                    if explained > best.0 {
                        best = (explained, [down, across]);
                    }
                }
            }
        }
        best
    }

    /// r² at one shift, in pixels from the middle; `None` beyond its reach.
    fn at(&self, (picture, stride): (&[f32], usize), [down, across]: [isize; 2]) -> Option<f32> {
        let within = |shift: isize| shift.unsigned_abs() <= self.reach;
        if !(within(down) && within(across)) {
            return None;
        }
        let seen = |row: usize, column: usize| {
            picture[row.wrapping_add_signed(down) * stride + column.wrapping_add_signed(across)]
        };
        let sum: f32 = self.pixels.iter().map(|&(row, column, value)| value * seen(row, column)).sum();
        Some((sum * self.scale) * (sum * self.scale))
    }
}

/// Shifts that are tried together.
const LANES: usize = 8;

impl Bank {
    /// The largest r²: on the coarse grid, then round its best.
    fn explained(&self, seen: (&[f32], usize)) -> f32 {
        let mut best: (Place, [usize; 2]) = ((0.0, [0; 2]), [0; 2]);
        for size in (0..SIZES).step_by(COARSE[0]) {
            for turn in (0..self.turns).step_by(COARSE[1]) {
                let place = self.stencils[size * self.turns + turn].everywhere(seen);
                if place.0 > best.0.0 {
                    best = (place, [size, turn]);
                }
            }
        }
        let ((coarse, place), [size, turn]) = best;
        let reach = self.stencils[size * self.turns + turn].reach as isize;
        let [down, across] = place.map(|shift| shift as isize - reach);
        let mut most = coarse;
        for size in size.saturating_sub(1)..(size + 2).min(SIZES) {
            for step in 0..(2 * COARSE[1] - 1).min(self.turns) {
                let turn = (turn + self.turns + step - (COARSE[1] - 1).min(self.turns / 2)) % self.turns;
                let stencil = &self.stencils[size * self.turns + turn];
                for shift in 0..9 {
                    let shift = [down + shift / 3 - 1, across + shift % 3 - 1];
                    most = stencil.at(seen, shift).map_or(most, |explained| most.max(explained));
                }
            }
        }
        most
    }
}

impl Ideal {
    /// The largest r² of each class; `None` for a class without a template.
    fn explained(&self, picture: &[f32]) -> Vec<Option<f32>> {
        let mean = picture.iter().sum::<f32>() / picture.len() as f32;
        let norm = picture.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>().sqrt();
        let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
        let stride = self.side + LANES;
        let mut seen = vec![0.0; stride * self.side + LANES];
        for (row, values) in picture.chunks_exact(self.side).enumerate() {
            for (to, value) in seen[row * stride..].iter_mut().zip(values) {
                *to = (value - mean) * scale;
            }
        }
        let most = |banks: &Vec<Bank>| banks.iter().map(|bank| bank.explained((&seen, stride))).reduce(f32::max);
        self.banks.iter().map(most).collect()
    }
}

impl Observer for Ideal {
    fn answer(&mut self, shown: &Presentation<'_>) -> Result<Vec<f32>, ObserverError> {
        let half = shown.stride() as f32 / 2.0;
        let mut outputs = Vec::new();
        for picture in shown.pixels.chunks_exact(shown.stride()) {
            let explained = self.explained(picture).into_iter().map(|explained| explained.unwrap_or(self.none));
            outputs.extend(explained.map(|explained| -half * libm::logf(1.0 - explained.min(MOST))));
        }
        Ok(outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trompe_stimuli::{Encoding, encode};

    fn viewing() -> Viewing {
        Viewing::square(32, 4.0).expect("a square")
    }

    fn ideal() -> Ideal {
        let banks = |shape: &Shape| -> Vec<Bank> {
            [None, Some(HALF_WIDTH)].map(|line| bank(*shape, line, viewing()).expect("a bank")).into()
        };
        Ideal { side: 32, banks: SHAPES.iter().map(banks).collect(), none: 0.0 }
    }

    /// One shape alone, off the grid in every respect; lengths in degrees.
    fn picture(shape: Shape, outlined: bool, turn: f64) -> Vec<f32> {
        let center = Point::new(0.31, -0.19);
        let path = match shape {
            Shape::Circle => Path::disc(center, 1.19),
            _ => regular_polygon(shape.discs(), center, 1.19, turn),
        };
        let mut scene = Scene::new([4.0; 2], Fill::gray_level(0.55));
        scene.paint(if outlined { path.outlined(0.09) } else { path }, Fill::gray_level(0.25));
        encode(&render(&scene, viewing()).expect("a picture").image, Encoding::Srgb)
    }

    /// Oracle: what was drawn.
    #[test]
    fn a_shape_alone_is_named_wherever_it_lies() {
        let mut ideal = ideal();
        for outlined in [false, true] {
            for (class, shape) in SHAPES.into_iter().enumerate() {
                for turn in [0.1, 0.9] {
                    let pixels = picture(shape, outlined, turn);
                    let shown = Presentation { pixels: &pixels, shape: [1, 1, 32, 32] };
                    let outputs = ideal.answer(&shown).expect("an answer");
                    let best = (0..outputs.len()).max_by(|one, other| outputs[*one].total_cmp(&outputs[*other]));
                    assert_eq!(best, Some(class), "{shape:?} outlined {outlined} turn {turn}: {outputs:?}");
                }
            }
        }
    }

    /// Oracle: r² is 1 for the stencil's own picture, whatever its contrast and ground, at its own place and nowhere else.
    #[test]
    fn a_stencil_explains_its_own_picture_and_no_shifted_one() {
        let ideal = ideal();
        let own = &ideal.banks[1][0].stencils[0];
        let mut pixels = vec![0.6f32; 32 * 32];
        own.pixels.iter().for_each(|&(row, column, value)| pixels[(row + 2) * 32 + column - 3] -= 0.3 * value);
        let explained = ideal.explained(&pixels)[1].expect("a template");
        assert!((explained - 1.0).abs() < 1e-3, "{explained}");
        // Negative control: at the middle of the canvas, where it does not lie, the same stencil explains less.
        let mean = pixels.iter().sum::<f32>() / 1024.0;
        let norm = pixels.iter().map(|value| (value - mean) * (value - mean)).sum::<f32>().sqrt();
        let centered: Vec<f32> = pixels.iter().map(|value| (value - mean) / norm).collect();
        assert!(own.at((&centered, 32), [0, 0]).is_some_and(|elsewhere| elsewhere < 0.8));
        assert!(own.at((&centered, 32), [2, -3]).is_some_and(|there| (there - 1.0).abs() < 1e-3));
        assert!(own.at((&centered, 32), [8, 0]).is_none());
    }

    #[test]
    fn none_is_divided_from_shapes_where_most_are_right() {
        // By hand: at 0.3 two of two shapes and two of three others are right; no other value does as well.
        let values = [(0.9, true), (0.5, true), (0.6, false), (0.3, false), (0.1, false)];
        assert_eq!(dividing(&values), 0.3);
        assert_eq!(dividing(&values[..2]), 0.0);
    }
}
