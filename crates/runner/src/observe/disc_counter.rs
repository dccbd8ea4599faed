//! Baseline `disc_counter`: counts pieces of ink and names the shape with as many corners; no learning, no shape.
//!
//! Ground is the median pixel; ink is whatever differs from it by more than half of the largest difference, lighter or
//! darker. Pieces are ink pixels joined at their sides. The score of a class is minus the distance of the count from the
//! discs that imply it: 3, 4, 5, 6; four discs imply a circle as well, which comes second to the square.
//!
//! A figure and its control have as many discs, so that it cannot tell them apart. Count conflict is made for it: six discs,
//! three of which imply a triangle.

use super::{Baseline, Fixed, How, Observer, ObserverError, Practice, Presentation};
use crate::battery::SHAPES;
use crate::experiment::Role;
use trompe_stimuli::kanizsa::Shape;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "disc_counter",
    title: "counts pieces of ink and names the shape with as many corners",
    role: Role::Baseline,
    how: How::Fixed,
    illusions: &["kanizsa"],
    max_seeds: 5,
    build: Some(build),
};

/// Pixels below which a piece is taken for noise.
const LEAST_PIXELS: usize = 3;
/// Share of the largest difference from the ground above which a pixel is ink.
const INK: f32 = 0.5;
/// By how much a circle comes second to the square with as many discs.
const SECOND: f32 = 0.5;
/// Score of a class that no count implies.
const NEVER: f32 = -100.0;

struct DiscCounter {
    /// For each class, the count that implies it and what is taken off its score.
    counts: Vec<Option<(usize, f32)>>,
}

fn build(practice: Practice<'_>) -> Result<Fixed, ObserverError> {
    let implied = |class: &&str| {
        let shape = SHAPES.into_iter().find(|shape| shape.id() == *class)?;
        Some((shape.discs(), if shape == Shape::Circle { SECOND } else { 0.0 }))
    };
    Ok(Fixed::Blind(Box::new(DiscCounter { counts: practice.world.classes().iter().map(implied).collect() })))
}

impl Observer for DiscCounter {
    fn answer(&mut self, shown: &Presentation<'_>) -> Result<Vec<f32>, ObserverError> {
        let width = shown.shape[3];
        let score = |count: usize, class: &Option<(usize, f32)>| {
            class.map_or(NEVER, |(discs, off)| -(discs.abs_diff(count) as f32) - off)
        };
        let mut outputs = Vec::with_capacity(shown.shape[0] * self.counts.len());
        for picture in shown.pixels.chunks_exact(shown.stride()) {
            let count = pieces(&ink(picture), width);
            outputs.extend(self.counts.iter().map(|class| score(count, class)));
        }
        Ok(outputs)
    }
}

/// Pixels that differ from the ground, `[height, width]`.
fn ink(picture: &[f32]) -> Vec<bool> {
    let mut sorted = picture.to_vec();
    sorted.sort_by(f32::total_cmp);
    let ground = sorted[sorted.len() / 2];
    let most = (sorted[sorted.len() - 1] - ground).max(ground - sorted[0]);
    picture.iter().map(|value| (value - ground).abs() > INK * most).collect()
}

/// Number of pieces of ink, joined at their sides.
fn pieces(ink: &[bool], width: usize) -> usize {
    let mut left = ink.to_vec();
    let mut count = 0;
    for start in 0..left.len() {
        let mut size = 0;
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut left[at], false) {
                continue;
            }
            size += 1;
            let (column, beside) = (at % width, |other: usize, holds: bool| holds.then_some(other));
            let sides = [
                beside(at.wrapping_sub(1), column > 0),
                beside(at + 1, column + 1 < width),
                beside(at.wrapping_sub(width), at >= width),
                beside(at + width, at + width < left.len()),
            ];
            open.extend(sides.into_iter().flatten());
        }
        count += usize::from(size >= LEAST_PIXELS);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: counted by hand.
    #[test]
    fn pieces_touch_at_their_sides() {
        let picture = "
            ###...#
            ..#..##
            #......
            ##.#..#
            #.####.
        ";
        let lines: Vec<&str> = picture.split_whitespace().collect();
        let ink: Vec<bool> = lines.iter().flat_map(|line| line.bytes().map(|at| at == b'#')).collect();
        // Upper left 4, upper right 3, lower left 4, lower middle 5; the single pixel touches by a corner and is too small.
        assert_eq!(pieces(&ink, 7), 4);
        // Negative control: read in lines of another length, the picture has other pieces.
        assert_ne!(pieces(&ink, 5), 4);
    }

    #[test]
    fn ink_is_lighter_or_darker_than_most_of_the_picture() {
        let ink = ink(&[0.5, 0.9, 0.5, 0.52, 0.1, 0.5, 0.48, 0.5, 0.5]);
        assert_eq!(ink, [false, true, false, false, true, false, false, false, false]);
    }
}
