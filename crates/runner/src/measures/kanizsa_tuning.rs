//! Rotation tuning: how far all inducers can be turned together before half of the effect is gone.

use super::{ABSENT, Measure, Point};
use trompe_psychophysics::{NotMeasurable, crossing};

/// Turn at which d′ against rotated inducers is half of that of the illusion; censored outside the turns shown.
pub const ENTRY: Measure = Measure {
    id: "tuning_half_width_deg",
    title: "turn of all inducers at which half of d′ is left",
    unit: "deg",
    range: super::NOT_NEGATIVE,
    illusion: "kanizsa",
    along_training: false,
    read,
};

fn read(point: &Point<'_>) -> Result<f64, NotMeasurable> {
    let whole = point.over_classes("in_rotated")?;
    if !(whole.is_finite() && whole > 0.0) {
        return Err(NotMeasurable::Degenerate { what: "no effect whose half could be found" });
    }
    // As what is lost, which grows with the turn.
    let mut lost = vec![(0.0, 0.0)];
    for (turn, d_prime) in point.levels("turned", |row| row.alpha_deg)? {
        if turn <= 90.0 {
            lost.push((turn, whole - d_prime));
        }
    }
    let (turns, lost): (Vec<f64>, Vec<f64>) = lost.into_iter().unzip();
    if turns.len() < 2 {
        return Err(ABSENT);
    }
    crossing(&turns, &lost, whole / 2.0)
}
