//! What is done to a clip when it is drawn: channels exchanged, polarity inverted.

use super::{Channels, Movie, Polarity, Recipe};
use crate::Rng;
use crate::color;
use crate::draws::{chance, index};

/// The six orders of three channels.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Draws alike for all arms, so that clips of different arms are pairs.
pub(super) fn apply(recipe: &Recipe, movie: &mut Movie, rng: &mut Rng) {
    let order = ORDERS[index(ORDERS.len(), rng)];
    let heads = chance(0.5, rng);
    let inverted = match recipe.polarity {
        Polarity::Natural => false,
        Polarity::Symmetric => heads,
        Polarity::Inverted => true,
    };
    for frame in &mut movie.frames {
        match recipe.channels {
            Channels::Natural | Channels::Gray => {}
            Channels::Matched => *frame = exchanged(frame, order),
        }
        if inverted {
            *frame = opposite(frame);
        }
    }
}

fn exchanged(planes: &[f32], order: [usize; 3]) -> Vec<f32> {
    let plane = planes.len() / 3;
    order.into_iter().flat_map(|channel| planes[channel * plane..(channel + 1) * plane].iter().copied()).collect()
}

/// Linear light of 1 less the sRGB code.
fn opposite(planes: &[f32]) -> Vec<f32> {
    let codes = color::to_codes(planes.iter().copied());
    codes.into_iter().map(|code| color::to_linear(f64::from(1.0 - code)) as f32).collect()
}
