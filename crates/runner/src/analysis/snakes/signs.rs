//! The eleven signs that people report, and which of them networks reproduce.

use super::super::Results;
use super::super::courses::{Course, Group};
use super::super::pictures::{competent, kind, listed, sentence};
use crate::report::Sentence;
use crate::rows::MotionRow;
use trompe_psychophysics::t_interval;

/// A turn within this of 0 counts as none where people see none, degrees per frame.
const NONE: f64 = 0.02;
/// Real turns by which it is judged whether what really turns is followed, degrees per frame.
const REAL: f64 = 1.0;

/// What must hold of turns over seeds.
#[derive(Clone, Copy)]
enum Wanted {
    /// Above 0 of every display.
    Along(&'static [&'static str]),
    /// Below 0.
    Against(&'static str),
    /// About 0.
    None(&'static str),
    /// Clockwise above 0 of the disk, or below 0 of its mirror image, each for itself.
    Hand(i8),
    /// What really turns is followed, both ways.
    Real,
}

/// The signs, by name.
const SIGNS: [(&str, Wanted); 11] = [
    ("disk", Wanted::Hand(1)),
    ("mirror image", Wanted::Hand(-1)),
    ("gray 20, 60", Wanted::Along(&["gray_20_60"])),
    ("gray 70, 95 the other way", Wanted::Against("gray_70_95")),
    ("symmetric", Wanted::None("symmetric")),
    ("symmetric of six", Wanted::None("symmetric6")),
    ("alternating rings", Wanted::None("alternating_rings")),
    ("every pair of edges", Wanted::Along(&["pair_kb", "pair_bw", "pair_wy", "pair_yk"])),
    ("exchanged hues", Wanted::Along(&["hue_swapped"])),
    ("equal luminance", Wanted::None("equal_luminance")),
    ("real turns", Wanted::Real),
];

/// A number of one row over the seeds of a group, at the last checkpoint.
fn values(
    results: &Results<'_>,
    group: &Group,
    is: &dyn Fn(&MotionRow) -> bool,
    read: fn(&MotionRow) -> Option<f64>,
) -> Vec<f64> {
    let courses: &[Course<'_>] = results.groups.get(group).map_or(&[], Vec::as_slice);
    let last = |course: &Course<'_>| {
        let last = course.last()?;
        course.motion.iter().filter(|row| row.checkpoint == last && is(row)).find_map(read)
    };
    courses.iter().filter_map(last).collect()
}

/// Whether a sign is reproduced: by the whole 95 % interval over seeds.
fn holds(results: &Results<'_>, group: &Group, wanted: Wanted) -> bool {
    let within = |values: &[f64], judge: &dyn Fn(f64, f64) -> bool| {
        let interval = t_interval(values, 0.95).ok().and_then(|found| found.interval);
        interval.is_some_and(|(low, high)| judge(low, high))
    };
    let still = |display: &'static str| move |row: &MotionRow| row.display == display && row.protocol == "fixation";
    let turns = |display: &'static str| values(results, group, &still(display), |row| row.on);
    let above = |low: f64, _: f64| low > 0.0;
    let below = |_: f64, high: f64| high < 0.0;
    match wanted {
        Wanted::Along(displays) => displays.iter().all(|display| within(&turns(display), &above)),
        Wanted::Against(display) => within(&turns(display), &below),
        Wanted::None(display) => within(&turns(display), &|low, high| low > -NONE && high < NONE),
        Wanted::Hand(1) => within(&values(results, group, &still("color"), |row| row.on_seen), &above),
        Wanted::Hand(_) => within(&values(results, group, &still("color"), |row| row.on_mirror), &below),
        Wanted::Real => [REAL, -REAL].into_iter().all(|real| {
            let turning = |row: &MotionRow| row.display == "disk" && row.real == Some(real);
            let followed = values(results, group, &turning, |row| row.first);
            within(&followed, if real > 0.0 { &above } else { &below })
        }),
    }
}

/// How many of people's signs each competent group reproduces, by name.
pub(super) fn reproduced(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "people's signs";
    let passed = competent(results);
    if passed.is_empty() {
        return super::nobody(TOPIC);
    }
    let each = |group: &&Group| {
        let held = SIGNS.iter().filter(|(_, wanted)| holds(results, group, *wanted));
        let names: Vec<&str> = held.map(|(name, _)| *name).collect();
        let listed = if names.is_empty() { String::new() } else { format!(" ({})", names.join("; ")) };
        format!("{} {} of {}{listed}", group.observer, names.len(), SIGNS.len())
    };
    let text = format!(
        "People's signs, by 95 % intervals over seeds, uncorrected: {}. Gray map, rank correlation with people's signs: {}.",
        passed.iter().map(each).collect::<Vec<_>>().join("; "),
        listed(results, &passed, "map_rho"),
    );
    sentence(TOPIC, text, kind(results, true))
}
