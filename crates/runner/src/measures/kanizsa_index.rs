//! The normalized index I_K: 0 where the illusory figure is answered like its control, 1 where like the real shape.
//!
//! ```text
//! I_K = (m(inward) − m(rotated)) / (m(real shape with discs) − m(rotated)),   m the mean margin of the implied class
//! ```

use super::{ABSENT, Measure, Point};
use crate::battery::SHAPES;
use trompe_psychophysics::NotMeasurable;

const fn index(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { id, title, unit: "ratio", range: super::ANY, illusion: "kanizsa", along_training: true, read }
}

/// All classes together: sums of differences over classes, divided.
pub const POOLED: Measure = index("kanizsa_index", "index I_K: 0 as rotated inducers, 1 as the real shape", |point| {
    over(point, &SHAPES.map(|shape| shape.id()))
});
/// Triangles alone.
pub const TRIANGLE: Measure =
    index("kanizsa_index_triangle", "index I_K, triangles", |point| over(point, &["triangle"]));
/// Squares alone.
pub const SQUARE: Measure = index("kanizsa_index_square", "index I_K, squares", |point| over(point, &["square"]));
/// Pentagons alone.
pub const PENTAGON: Measure =
    index("kanizsa_index_pentagon", "index I_K, pentagons", |point| over(point, &["pentagon"]));
/// Hexagons alone.
pub const HEXAGON: Measure = index("kanizsa_index_hexagon", "index I_K, hexagons", |point| over(point, &["hexagon"]));
/// Circles alone.
pub const CIRCLE: Measure = index("kanizsa_index_circle", "index I_K, circles", |point| over(point, &["circle"]));

/// Standard errors of the denominator below which the observer cannot tell the real shape from the control.
const LEAST_ERRORS: f64 = 2.0;

fn over(point: &Point<'_>, shapes: &[&str]) -> Result<f64, NotMeasurable> {
    let (mut above, mut below, mut variance) = (0.0, 0.0, 0.0);
    for shape in shapes {
        let [illusory, real] = ["in_rotated", "real_rotated"].map(|pair| point.block(&format!("{pair}_{shape}")));
        let (illusory, real) = (illusory?, real?);
        let control = illusory.evidence_negative.ok_or(ABSENT)?;
        above += illusory.evidence_positive.ok_or(ABSENT)? - control;
        below += real.evidence_positive.ok_or(ABSENT)? - control;
        // Spread over both members together: wider than that of either, so that the test is strict.
        let sd = real.evidence_sd.ok_or(ABSENT)?;
        variance += 2.0 * sd * sd / real.n as f64;
    }
    if below > LEAST_ERRORS * variance.sqrt() {
        Ok(above / below)
    } else {
        Err(NotMeasurable::Degenerate { what: "real shapes that are not told from their controls" })
    }
}
