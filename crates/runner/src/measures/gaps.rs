//! Kanizsa figures as networks that give pictures draw them: surface and contour in the gaps, against controls of the same draws.

use super::{ABSENT, ANY, Measure, Point};
use crate::experiment::ChurchSpec;
use crate::painting::gaps::{CONTOUR, SURFACE};
use crate::rows::BrightnessRow;
use trompe_psychophysics::NotMeasurable;

const fn measure(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { id, title, unit: "share", range: ANY, illusion: ChurchSpec::BATTERY, along_training: false, read }
}

/// What is drawn in figures less what is drawn in a control, mean over shapes.
fn over(
    point: &Point<'_>,
    (source, control): (&str, &str),
    read: fn(&BrightnessRow) -> Option<f64>,
) -> Result<f64, NotMeasurable> {
    let rows = || point.brightness.iter().filter(|row| row.source == source);
    let of = |display: &str| rows().find(|row| row.display == display).and_then(|row| read(row)).ok_or(ABSENT);
    let shapes: Vec<&str> = rows().filter_map(|row| row.display.strip_suffix("_in")).collect();
    let apart = |shape: &&str| Ok(of(&format!("{shape}_in"))? - of(&format!("{shape}_{control}"))?);
    let apart: Vec<f64> = shapes.iter().map(apart).collect::<Result<_, NotMeasurable>>()?;
    crate::score::mean(&apart).ok_or(ABSENT)
}

fn effect(row: &BrightnessRow) -> Option<f64> {
    row.effect
}

fn excess(row: &BrightnessRow) -> Option<f64> {
    Some(row.effect? - row.linear?)
}

/// The surface against rotated inducers.
pub const OF_SURFACE: Measure = measure(
    "gap_surface",
    "lightness of a figure's side in the gaps as people see it, above rotated inducers",
    |point| over(point, (SURFACE, "rotated"), effect),
);
/// Beyond the linear equivalent.
pub const SURFACE_EXCESS: Measure =
    measure("gap_surface_excess", "the same beyond the network's linear equivalent", |point| {
        over(point, (SURFACE, "rotated"), excess)
    });
/// The surface against closed mouths.
pub const SURFACE_CLOSED: Measure =
    measure("gap_surface_over_closed", "lightness of a figure's side in the gaps, above closed mouths", |point| {
        over(point, (SURFACE, "closed"), effect)
    });
/// The surface against misaligned inducers.
pub const SURFACE_MISALIGNED: Measure = measure(
    "gap_surface_over_misaligned",
    "lightness of a figure's side in the gaps, above misaligned inducers",
    |point| over(point, (SURFACE, "misaligned"), effect),
);
/// The contour against rotated inducers.
pub const OF_CONTOUR: Measure =
    measure("gap_contour", "a line like the inducers in the gaps, above rotated inducers", |point| {
        over(point, (CONTOUR, "rotated"), effect)
    });
/// Beyond the linear equivalent.
pub const CONTOUR_EXCESS: Measure =
    measure("gap_contour_excess", "the same beyond the network's linear equivalent", |point| {
        over(point, (CONTOUR, "rotated"), excess)
    });
/// The contour against closed mouths.
pub const CONTOUR_CLOSED: Measure =
    measure("gap_contour_over_closed", "a line like the inducers in the gaps, above closed mouths", |point| {
        over(point, (CONTOUR, "closed"), effect)
    });
/// The contour against misaligned inducers.
pub const CONTOUR_MISALIGNED: Measure = measure(
    "gap_contour_over_misaligned",
    "a line like the inducers in the gaps, above misaligned inducers",
    |point| over(point, (CONTOUR, "misaligned"), effect),
);
