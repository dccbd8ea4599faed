//! Planted observer `collinear_edge`: detectors of an edge at both ends of each gap, along the line that would close it. None
//! sees a gap.
//!
//! At each end of a gap the detector reads the step of luminance across the implied outline within the disc, as a share of
//! the inducers' contrast, whatever its sign. A pair of detectors gives the smaller of its two steps, and evidence is the
//! mean over pairs plus internal noise.
//!
//! It tells aligned from misaligned inducers and from rotated ones without completing anything: relatability alone is no
//! mark of completion.

use super::{Baseline, Fixed, How, Instrument, InternalNoise, ObserverError, Practice};
use crate::battery::Block;
use crate::experiment::Role;
use trompe_stimuli::kanizsa::{Figure, Gap};
use trompe_stimuli::{Point, Viewing};

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "collinear_edge",
    title: "detectors of collinear edges on both sides of a gap, which they do not see",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["kanizsa"],
    max_seeds: 5,
    build: Some(|practice: Practice<'_>| Ok(Fixed::Planted(Box::new(CollinearEdge(InternalNoise::new(practice.rng)))))),
};

/// Distance of the compared places from the outline, pixels.
const STEP_PX: f64 = 1.0;
/// Where along the edge it is read: shares of the way from the rim to the corner, away from both.
const SHARES: [f64; 5] = [0.3, 0.4, 0.5, 0.6, 0.7];
/// Standard deviation of the internal noise, in units of a whole step.
const INTERNAL_NOISE: f64 = 0.2;

struct CollinearEdge(InternalNoise);

impl Instrument for CollinearEdge {
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError> {
        let shown = (block, block.figures.kanizsa());
        Ok(self.0.beside(shown, INTERNAL_NOISE, |figure, picture| pairs(figure, picture, block.viewing)))
    }
}

/// The mean over gaps of the smaller of the two steps.
fn pairs(figure: &Figure, picture: &[f32], viewing: Viewing) -> f64 {
    let gaps = figure.gaps();
    let smaller = |(k, gap): (usize, &Gap)| {
        let corners = [figure.corner(k), figure.corner(k + 1)];
        let steps = [0, 1].map(|end: usize| step((gap.ends[end], corners[end]), gap.outward, picture, viewing));
        steps[0].min(steps[1]) / figure.inducer_contrast
    };
    gaps.iter().enumerate().map(smaller).sum::<f64>() / gaps.len() as f64
}

/// The step of luminance across the edge from the rim to the corner, whatever its sign.
fn step((rim, corner): (Point, Point), outward: f64, picture: &[f32], viewing: Viewing) -> f64 {
    let across = Point::polar(STEP_PX / viewing.ppd(), outward);
    let read = |share: f64| {
        let place = rim + (corner - rim) * share;
        sample(picture, place + across, viewing) - sample(picture, place - across, viewing)
    };
    (SHARES.into_iter().map(read).sum::<f64>() / SHARES.len() as f64).abs()
}

/// The picture at a place, between the middles of four pixels.
pub(super) fn sample(picture: &[f32], place: Point, viewing: Viewing) -> f64 {
    let [height, width] = viewing.size_px();
    let coordinate =
        |degrees: f64, size: usize| (degrees * viewing.ppd() + size as f64 / 2.0 - 0.5).clamp(0.0, size as f64 - 1.0);
    let (x, y) = (coordinate(place.x, width), coordinate(place.y, height));
    let (left, top) = (x.floor() as usize, y.floor() as usize);
    let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let at = |column: usize, row: usize| f64::from(picture[row * width + column]);
    let (along, down) = (x - left as f64, y - top as f64);
    let upper = at(left, top) * (1.0 - along) + at(right, top) * along;
    let lower = at(left, bottom) * (1.0 - along) + at(right, bottom) * along;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;
    use trompe_stimuli::kanizsa::{Ensemble, Member, Shape, Support, pairs as draws};
    use trompe_stimuli::{Encoding, encode, render};

    /// The mean over draws on a canvas so fine that a pixel is small against a disc.
    fn mean(member: Member) -> f64 {
        let viewing = Viewing::square(256, 4.0).expect("a square");
        let ensemble = Ensemble::new(Shape::Square, [member, Member::Rotated], Support::Ratio(0.5));
        let pairs_drawn = draws(12, &ensemble, &mut trompe_stimuli::stream(3)).expect("pairs");
        let of = |figure: &Figure| {
            let picture = render(&figure.compose().expect("a scene"), viewing).expect("a picture");
            pairs(figure, &encode(&picture.image, Encoding::Srgb), viewing)
        };
        pairs_drawn.iter().map(|pair| of(&pair.members[0])).sum::<f64>() / 12.0
    }

    /// Oracle: the drawing. Across the edge of a mouth the luminance steps by the inducers' contrast, and nowhere else.
    #[test]
    fn aligned_edges_give_a_whole_step_and_nothing_else_does() {
        for member in [Member::In, Member::Mixed, Member::Closed] {
            // Noise of the draws makes the smaller of two steps a little smaller.
            assert!((mean(member) - 1.0).abs() < 0.1, "{member:?}: {}", mean(member));
        }
        for member in [Member::Discs, Member::Misaligned(0.4), Member::Out] {
            assert!(mean(member) < 0.1, "{member:?}: {}", mean(member));
        }
        assert!(mean(Member::Rotated) < 0.3, "{}", mean(Member::Rotated));
    }
}
