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

/// What a sign asks of a group: values over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Asked {
    /// The turn of a display that stands still, in people's direction.
    Still(&'static str),
    /// Of the disk itself, clockwise.
    Disk,
    /// Of its mirror image, clockwise.
    Mirror,
    /// Of a texture that really turns by so many degrees a frame.
    Real(f64),
}

fn asked(results: &Results<'_>, group: &Group, what: Asked) -> Vec<f64> {
    let still = |display: &'static str| move |row: &MotionRow| row.display == display && row.protocol == "fixation";
    match what {
        Asked::Still(display) => values(results, group, &still(display), |row| row.on),
        Asked::Disk => values(results, group, &still("color"), |row| row.on_seen),
        Asked::Mirror => values(results, group, &still("color"), |row| row.on_mirror),
        Asked::Real(real) => {
            let turning = |row: &MotionRow| row.display == "disk" && row.real == Some(real);
            values(results, group, &turning, |row| row.first)
        }
    }
}

/// Whether a sign is reproduced: by the whole 95 % interval over seeds.
fn holds(values: &dyn Fn(Asked) -> Vec<f64>, wanted: Wanted) -> bool {
    let within = |what: Asked, judge: &dyn Fn(f64, f64) -> bool| {
        let interval = t_interval(&values(what), 0.95).ok().and_then(|found| found.interval);
        interval.is_some_and(|(low, high)| judge(low, high))
    };
    let above = |low: f64, _: f64| low > 0.0;
    let below = |_: f64, high: f64| high < 0.0;
    match wanted {
        Wanted::Along(displays) => displays.iter().all(|display| within(Asked::Still(display), &above)),
        Wanted::Against(display) => within(Asked::Still(display), &below),
        Wanted::None(display) => within(Asked::Still(display), &|low, high| low > -NONE && high < NONE),
        Wanted::Hand(1) => within(Asked::Disk, &above),
        Wanted::Hand(_) => within(Asked::Mirror, &below),
        Wanted::Real => within(Asked::Real(REAL), &above) && within(Asked::Real(-REAL), &below),
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
        let held = SIGNS.iter().filter(|(_, wanted)| holds(&|what| asked(results, group, what), *wanted));
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

#[cfg(test)]
mod tests {
    use super::{Asked, REAL, SIGNS, holds};

    /// Names of the signs that hold where each question is answered by `turn`, with a little scatter over seeds.
    fn held(turn: impl Fn(Asked) -> f64) -> Vec<&'static str> {
        let values = |what: Asked| [-0.004, 0.001, 0.003].map(|scatter| turn(what) + scatter).to_vec();
        SIGNS.iter().filter(|(_, wanted)| holds(&values, *wanted)).map(|(name, _)| *name).collect()
    }

    /// What people report, as turns in degrees a frame.
    fn people(what: Asked) -> f64 {
        match what {
            Asked::Still("symmetric" | "symmetric6" | "alternating_rings" | "equal_luminance") => 0.0,
            Asked::Still("gray_70_95") => -0.1,
            Asked::Still(_) | Asked::Disk => 0.1,
            Asked::Mirror => -0.1,
            Asked::Real(real) => 0.8 * real,
        }
    }

    #[test]
    fn people_have_all_eleven_and_the_mirrored_network_only_what_has_no_direction() {
        assert_eq!(held(people).len(), SIGNS.len());
        let none = ["symmetric", "symmetric of six", "alternating rings", "equal luminance"];
        assert_eq!(held(|what| -people(what)), none);
    }

    /// Negative controls: a copy of the last frame follows no real turn; what turns everything alike has no hands; and what is too
    /// scattered to have a sign has none.
    #[test]
    fn observers_without_the_illusion_are_told_apart() {
        let copy = |_: Asked| 0.0;
        assert_eq!(held(copy), ["symmetric", "symmetric of six", "alternating rings", "equal luminance"]);
        let clockwise = |what: Asked| if let Asked::Real(real) = what { 0.8 * real } else { 0.1 };
        let names = held(clockwise);
        assert!(
            names.contains(&"disk") && !names.contains(&"mirror image") && names.contains(&"real turns"),
            "{names:?}"
        );
        let one_way = |what: Asked| if let Asked::Real(real) = what { 0.8 * real.abs() } else { people(what) };
        assert!(!held(one_way).contains(&"real turns"), "{REAL} must be followed both ways");
        let scattered = |what: Asked| [-3.0, 1.0, 2.5].map(|scatter| people(what) + scatter).to_vec();
        assert!(!SIGNS.iter().any(|(_, wanted)| holds(&scattered, *wanted)));
    }
}
