//! Planted observer `planted_turn`: truly turns the disk by half a degree in people's direction, and its mirror image the other way. An
//! instrument: it knows which of the two it is shown. Of it the turn must be recovered, rigid and growing.

use super::{Entry, OfLast};
use crate::experiment::Role;
use crate::painting::motion::watch::Predictor;
use trompe_psychophysics::motion::{Plane, planes};

/// The turn, degrees a frame, in people's direction.
pub const TURN_DEG: f64 = 0.5;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "planted_turn",
    title: "the last frame, truly turned by half a degree as people see it",
    role: Role::Planted,
    build: |_| {
        Predictor::Planted([TURN_DEG, -TURN_DEG].map(|turn| -> Box<dyn crate::painting::Painter> {
            Box::new(OfLast(move |last: &[f32], [side, _]: [usize; 2]| {
                let planes = planes(last, [3, side, side]).map_err(|error| error.to_string())?;
                Ok(planes.iter().flat_map(|plane| turned(plane, turn)).collect())
            }))
        }))
    },
};

/// A plane turned clockwise about its middle; the border is continued.
fn turned(plane: &Plane, degrees: f64) -> Vec<f32> {
    let [x, y] = plane.center();
    let (sin, cos) = libm::sincos(degrees.to_radians());
    let place = |at: usize| {
        let (right, down) = ((at % plane.width()) as f64 + 0.5 - x, (at / plane.width()) as f64 + 0.5 - y);
        [x + cos * right + sin * down, y - sin * right + cos * down]
    };
    (0..plane.width() * plane.height()).map(|at| plane.at(place(at)) as f32).collect()
}
