//! Displays of brightness beside people: in which order and to which side their targets are given.
//!
//! # Source
//! robinson2007 for the brightness set and people's matches, murray2020 for the lightness set and the shares of people's
//! answers.

use super::{ABSENT, Measure, Point, SHARE, SHARE_DIFFERENCE};
use crate::experiment::ChurchSpec;
use crate::human::{self, Human, Reported};
use crate::painting::brightness::{JUDGED, MATCHED};
use crate::rows::BrightnessRow;
use trompe_psychophysics::{NotMeasurable, spearman};

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

/// What people did with a display.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct People {
    /// Their match, or the share of their answers that call the lighter target lighter.
    pub value: f64,
    /// With 95 %, where it is told.
    pub interval: Option<[f64; 2]>,
}

/// People's number about a display of a source; nothing where there is no human value.
pub fn people(source: &str, display: &str) -> Option<People> {
    known(&human::all().ok()?, source, display)
}

fn known(rows: &[Human], source: &str, display: &str) -> Option<People> {
    let of = |row: &&Human| row.source == source && row.condition == display;
    match &rows.iter().find(of)?.reported {
        Reported::Value { value, interval, .. } => Some(People { value: *value, interval: *interval }),
        Reported::Range { .. } | Reported::Direction(_) => None,
    }
}

/// Ours beside people's, display by display of a source.
fn pairs(
    point: &Point<'_>,
    source: &str,
    read: fn(&BrightnessRow) -> Option<f64>,
) -> Result<Vec<(f64, People)>, NotMeasurable> {
    let rows = human::all().map_err(|_| ABSENT)?;
    let both = |row: &&BrightnessRow| Some((read(row)?, known(&rows, source, &row.display)?));
    let pairs: Option<Vec<_>> = point.brightness.iter().filter(|row| row.source == source).map(both).collect();
    pairs.filter(|pairs| !pairs.is_empty()).ok_or(ABSENT)
}

fn rank_correlation(pairs: &[(f64, People)]) -> Result<f64, NotMeasurable> {
    let (ours, theirs): (Vec<f64>, Vec<f64>) = pairs.iter().map(|(ours, people)| (*ours, people.value)).unzip();
    spearman(&ours, &theirs)
}

/// Share of effects on the side of people; `side` is above 0 where they call the lighter target lighter, and nothing where they do
/// not decide.
fn same_side(pairs: &[(f64, People)], side: fn(&People) -> Option<f64>) -> Result<f64, NotMeasurable> {
    let sides = || pairs.iter().filter_map(|(ours, people)| Some((*ours, side(people)?)));
    let right = sides().filter(|(ours, side)| ours * side > 0.0).count();
    if sides().count() == 0 { Err(ABSENT) } else { Ok(right as f64 / sides().count() as f64) }
}

/// Rank correlation of effects with people's.
pub const RHO: Measure = measure("brightness_rho", "rank correlation of brightness effects with people's", |point| {
    rank_correlation(&pairs(point, MATCHED, |row| row.effect)?)
});
/// The same of the linear equivalents.
pub const RHO_OF_LINEAR: Measure =
    measure("brightness_rho_linear", "the same of the network's linear equivalent", |point| {
        rank_correlation(&pairs(point, MATCHED, |row| row.linear)?)
    });
/// Share of displays in which the target that people call lighter is given lighter, of those where people report an effect.
pub const SIGNS: Measure = Measure {
    unit: "share",
    range: SHARE,
    ..measure("brightness_signs", "share of brightness effects with people's sign", |point| {
        same_side(&pairs(point, MATCHED, |row| row.effect)?, |people| (people.value != 0.0).then_some(people.value))
    })
};
/// Rank correlation of effects with the share of people who call the lighter target lighter.
pub const LIGHTNESS_RHO: Measure =
    measure("lightness_rho", "rank correlation of lightness effects with the share of people's answers", |point| {
        rank_correlation(&pairs(point, JUDGED, |row| row.effect)?)
    });
/// Share of displays in which the target is given lighter that most people call lighter, of those where people's interval excludes
/// one half.
pub const LIGHTNESS_SIGNS: Measure = Measure {
    unit: "share",
    range: SHARE,
    ..measure("lightness_signs", "share of lightness effects on the side of most people", |point| {
        same_side(&pairs(point, JUDGED, |row| row.effect)?, |people| {
            let [low, high] = people.interval?;
            (low > 0.5 || high < 0.5).then_some(people.value - 0.5)
        })
    })
};

#[cfg(test)]
mod tests {
    use super::*;

    fn row(source: &str, display: &str, effect: f64) -> BrightnessRow {
        BrightnessRow {
            cell: String::new(),
            world: String::new(),
            network: String::new(),
            observer: String::new(),
            role: String::new(),
            seed: 0,
            checkpoint: 1,
            source: source.into(),
            display: display.into(),
            effect: Some(effect),
            linear: None,
        }
    }

    #[test]
    fn lightness_is_asked_where_people_decide_and_an_answer_against_them_counts_as_wrong() {
        let battery = crate::measures::church::tests::battery();
        // People: .925 and .95 for the lighter target, .35 (to .498) against it, .6 (from .448) undecided.
        let read = |effects: [f64; 4]| {
            let of = |(display, effect): (&str, f64)| row(JUDGED, display, effect);
            let rows = ["simcon", "white", "argyle_control", "argyle_long"].into_iter().zip(effects).map(of);
            let rows: Vec<BrightnessRow> = rows.chain([row(MATCHED, "we_thick", -1.0)]).collect();
            let point = Point::of_pictures(&battery, Vec::new(), rows.iter().collect());
            (LIGHTNESS_SIGNS.read)(&point).expect("measurable")
        };
        assert_eq!(read([1.0, 2.0, -1.0, -1.0]), 1.0);
        assert_eq!(read([1.0, 2.0, 1.0, 1.0]), 2.0 / 3.0);
        assert_eq!(read([0.0, -2.0, 1.0, 1.0]), 0.0);
    }
}
