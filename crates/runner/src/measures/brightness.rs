//! The brightness set beside people: in which order and to which side its targets are given.
//!
//! # Source
//! robinson2007 for the displays and people's effects.

use super::{ABSENT, Measure, Point, SHARE, SHARE_DIFFERENCE};
use crate::experiment::ChurchSpec;
use crate::human::{self, Human, Reported};
use crate::rows::BrightnessRow;
use trompe_psychophysics::{NotMeasurable, spearman};

/// Names of people's table: its source.
const SOURCE: &str = "robinson2007";

const fn measure(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure {
        id,
        title,
        unit: "ratio",
        range: SHARE_DIFFERENCE,
        illusion: ChurchSpec::BATTERY,
        along_training: false,
        read,
    }
}

/// People's effect in a display; nothing where there is no human value.
pub fn people(display: &str) -> Option<f64> {
    known(&human::all().ok()?, display)
}

fn known(rows: &[Human], display: &str) -> Option<f64> {
    let of = |row: &&Human| row.source == SOURCE && row.condition == display;
    match &rows.iter().find(of)?.reported {
        Reported::Value { value, .. } => Some(*value),
        Reported::Range { .. } | Reported::Direction(_) => None,
    }
}

/// Ours beside people's, display by display.
fn pairs(point: &Point<'_>, read: fn(&BrightnessRow) -> Option<f64>) -> Result<(Vec<f64>, Vec<f64>), NotMeasurable> {
    let rows = human::all().map_err(|_| ABSENT)?;
    let both = |row: &&BrightnessRow| Some((read(row)?, known(&rows, &row.display)?));
    let pairs: Option<Vec<(f64, f64)>> = point.brightness.iter().map(both).collect();
    let pairs = pairs.filter(|pairs| !pairs.is_empty()).ok_or(ABSENT)?;
    Ok(pairs.into_iter().unzip())
}

/// Rank correlation of effects with people's.
pub const RHO: Measure = measure("brightness_rho", "rank correlation of brightness effects with people's", |point| {
    let (ours, theirs) = pairs(point, |row| row.effect)?;
    spearman(&ours, &theirs)
});
/// The same of the linear equivalents.
pub const RHO_OF_LINEAR: Measure =
    measure("brightness_rho_linear", "the same of the network's linear equivalent", |point| {
        let (ours, theirs) = pairs(point, |row| row.linear)?;
        spearman(&ours, &theirs)
    });
/// Share of displays in which the target that people call lighter is given lighter, of those where people report an effect.
pub const SIGNS: Measure = Measure {
    unit: "share",
    range: SHARE,
    ..measure("brightness_signs", "share of brightness effects with people's sign", |point| {
        let (ours, theirs) = pairs(point, |row| row.effect)?;
        let asked: Vec<f64> =
            ours.into_iter().zip(theirs).filter(|(_, known)| *known != 0.0).map(|(ours, _)| ours).collect();
        let right = asked.iter().filter(|effect| **effect > 0.0).count();
        if asked.is_empty() { Err(ABSENT) } else { Ok(right as f64 / asked.len() as f64) }
    })
};
