//! What is read of Rotating Snakes. Turns are in degrees per frame: divided by what the same measure reads of disks that really turn
//! by a degree. How far a network follows real motion, its gain, is a condition and no divisor.

use super::{ABSENT, ANY, Measure, Point, SHARE, SHARE_DIFFERENCE};
use crate::experiment::SnakesSpec;
use crate::painting::motion::SCENES;
use crate::rows::MotionRow;
use trompe_psychophysics::{NotMeasurable, spearman};

const fn measure(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { id, title, unit: "degrees", range: ANY, illusion: SnakesSpec::BATTERY, along_training: true, read }
}

const fn at_last(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { along_training: false, ..measure(id, title, read) }
}

const fn ratio(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { unit: "ratio", ..measure(id, title, read) }
}

fn row<'a>(point: &Point<'a>, display: &str, protocol: &str) -> Result<&'a MotionRow, NotMeasurable> {
    let of = |row: &&&MotionRow| row.display == display && row.protocol == protocol;
    point.motion.iter().find(of).copied().ok_or(ABSENT)
}

/// A number of a display under fixation.
fn fixated(point: &Point<'_>, display: &str, read: fn(&MotionRow) -> Option<f64>) -> Result<f64, NotMeasurable> {
    read(row(point, display, "fixation")?).ok_or(ABSENT)
}

/// Slope of turns in predictions over real ones, of displays that turn, both as the measure reads them, by least squares through the
/// origin: what stands still cancels, since every speed goes both ways.
fn gain(point: &Point<'_>, displays: &[&str], read: fn(&MotionRow) -> Option<f64>) -> Result<f64, NotMeasurable> {
    let of = |row: &&&MotionRow| row.protocol == "turning" && displays.contains(&row.display.as_str());
    let (mut both, mut real) = (0.0, 0.0);
    for row in point.motion.iter().filter(of) {
        let (turn, known) = (read(row).ok_or(ABSENT)?, row.real_read.ok_or(ABSENT)?);
        both += turn * known;
        real += known * known;
    }
    if real > 0.0 { Ok(both / real) } else { Err(ABSENT) }
}

/// Speeds at which the measure itself is calibrated, degrees per frame: slow ones, as illusions are.
const SLOW: f64 = 0.5;

/// A turn of a display in degrees, by what the measure reads of disks that really turn slowly.
fn calibrated(point: &Point<'_>, display: &str, read: fn(&MotionRow) -> Option<f64>) -> Result<f64, NotMeasurable> {
    let of = |row: &&&MotionRow| {
        let slow = row.real.is_some_and(|real| real.abs() <= SLOW);
        slow && row.protocol == "turning" && ["disk", "mirror"].contains(&row.display.as_str())
    };
    let (mut both, mut real) = (0.0, 0.0);
    for row in point.motion.iter().filter(of) {
        let (turn, known) = (row.real_read.ok_or(ABSENT)?, row.real.ok_or(ABSENT)?);
        both += turn * known;
        real += known * known;
    }
    if both > 0.0 { Ok(fixated(point, display, read)? * real / both) } else { Err(ABSENT) }
}

fn on(row: &MotionRow) -> Option<f64> {
    row.on
}

fn first(row: &MotionRow) -> Option<f64> {
    row.first
}

/// The disk in color, prediction to prediction: the first outcome.
pub const COLOR: Measure =
    measure("snakes_turn", "turn of the still disk in people's direction, prediction to prediction", |point| {
        calibrated(point, "color", on)
    });
/// The disk in gray: the second outcome.
pub const GRAY: Measure =
    measure("snakes_gray_turn", "the same of the gray disk", |point| calibrated(point, "gray_20_60", on));
/// The symmetric control.
pub const SYMMETRIC: Measure =
    measure("snakes_symmetric_turn", "the same of the symmetric disk", |point| calibrated(point, "symmetric", on));
/// The disk in color, from the picture itself.
pub const FIRST: Measure =
    measure("snakes_first_turn", "turn of the still disk in people's direction, picture to prediction", |point| {
        calibrated(point, "color", first)
    });
/// The disk in gray, from the picture itself.
pub const GRAY_FIRST: Measure =
    measure("snakes_gray_first_turn", "the same of the gray disk", |point| calibrated(point, "gray_20_60", first));
/// Whether edges agree.
pub const RIGIDITY: Measure = Measure {
    range: SHARE_DIFFERENCE,
    along_training: false,
    ..ratio(
        "snakes_rigidity",
        "agreement of the four kinds of edges (motion from 0.5), prediction to prediction",
        |point| fixated(point, "color", |row| row.rigidity_on),
    )
};
/// Whether edges agree, from the picture itself.
pub const RIGIDITY_FIRST: Measure = Measure {
    range: SHARE_DIFFERENCE,
    along_training: false,
    ..ratio("snakes_first_rigidity", "agreement of the four kinds of edges, picture to prediction", |point| {
        fixated(point, "color", |row| row.rigidity_first)
    })
};
/// Beyond a still remap.
pub const BEYOND_REMAP: Measure = at_last(
    "snakes_beyond_remap",
    "turn of the still disk beyond the best still remap, prediction to prediction",
    |point| fixated(point, "color", |row| row.beyond_on),
);
/// Beyond a still remap, from the picture itself.
pub const BEYOND_REMAP_FIRST: Measure = at_last(
    "snakes_first_beyond_remap",
    "turn of the still disk beyond the best still remap, picture to prediction",
    |point| fixated(point, "color", |row| row.beyond_first),
);
/// Growth in the closed loop.
pub const GROWTH: Measure =
    at_last("snakes_growth", "turn per frame in the closed loop, by the slope over frames", |point| {
        fixated(point, "color", |row| row.growth)
    });
/// Whether growth is along a line.
pub const GROWTH_LINEAR: Measure = Measure {
    unit: "share",
    range: SHARE,
    ..at_last("snakes_growth_linear", "share of the closed loop's turns along that line (motion from 0.8)", |point| {
        fixated(point, "color", |row| row.growth_linear)
    })
};
/// Gain on textures that really turn: the gate.
pub const GAIN: Measure = ratio("gain", "gain on textures that really turn", |point| gain(point, &["texture"], first));
/// Gain on what has hardly any texture.
pub const PROPELLER_GAIN: Measure =
    ratio("propeller_gain", "gain on propellers that really turn", |point| gain(point, &["propeller"], first));
/// Gain on the disk itself.
pub const DISK_GAIN: Measure =
    ratio("disk_gain", "gain on disks that really turn", |point| gain(point, &["disk", "mirror"], first));
/// Gain from prediction to prediction.
pub const GAIN_ON: Measure = ratio("gain_on", "gain on disks that really turn, prediction to prediction", |point| {
    gain(point, &["disk", "mirror"], on)
});
/// Against still scenes.
pub const OVER_SCENES: Measure = Measure {
    unit: "ratio",
    ..at_last("snakes_over_scenes", "turn of the still disk in units of what turns in still scenes", |point| {
        let scenes = fixated(point, SCENES, on)?;
        if scenes > 0.0 { Ok(fixated(point, "color", on)? / scenes) } else { Err(ABSENT) }
    })
};

/// What eye movements add to fixation.
fn over_fixation(point: &Point<'_>, display: &str, protocol: &str) -> Result<f64, NotMeasurable> {
    Ok(row(point, display, protocol)?.first.ok_or(ABSENT)? - fixated(point, display, first)?)
}

/// Jitter.
pub const JITTER: Measure = at_last("jitter_over_fixation", "turn added by small eye movements", |point| {
    over_fixation(point, "color", "jitter")
});
/// Saccade.
pub const SACCADE: Measure = at_last("saccade_over_fixation", "turn added by a jump of the eyes", |point| {
    over_fixation(point, "color", "saccade")
});
/// Onset.
pub const ONSET: Measure = at_last("onset_over_fixation", "turn added where the picture begins", |point| {
    over_fixation(point, "color", "onset")
});

fn map_rho(point: &Point<'_>, protocol: &str, read: fn(&MotionRow) -> Option<f64>) -> Result<f64, NotMeasurable> {
    let of = |row: &&&MotionRow| row.display.starts_with("map_") && row.protocol == protocol;
    let pairs = point.motion.iter().filter(of).filter_map(|row| Some((read(row)?, f64::from(row.people?))));
    let (ours, theirs): (Vec<f64>, Vec<f64>) = pairs.unzip();
    spearman(&ours, &theirs)
}

/// The gray map beside people's.
pub const MAP_RHO: Measure = Measure {
    range: SHARE_DIFFERENCE,
    unit: "ratio",
    ..at_last("map_rho", "rank correlation of turns over the gray map with people's signs", |point| {
        map_rho(point, "fixation", on)
    })
};
/// The gray map where its disks begin, of detectors.
pub const ONSET_MAP_RHO: Measure = Measure {
    range: SHARE_DIFFERENCE,
    unit: "ratio",
    ..at_last(
        "onset_map_rho",
        "rank correlation of what is signalled where gray disks begin with people's signs",
        |point| map_rho(point, "onset", first),
    )
};
/// The gray disk where it begins.
pub const GRAY_ONSET: Measure = at_last("gray_onset", "turn where the gray disk begins", |point| {
    row(point, "gray_20_60", "onset")?.first.ok_or(ABSENT)
});
/// The gray disk that people see turn the other way, where it begins; of detectors.
pub const ISLAND_ONSET: Measure =
    at_last("island_onset", "turn where the gray disk begins that people see turn the other way", |point| {
        row(point, "gray_70_95", "onset")?.first.ok_or(ABSENT)
    });
/// Four disks.
pub const GROUP: Measure =
    at_last("snakes_group_turn", "turn of a group of four still disks, as read", |point| fixated(point, "group", on));
/// Straight bands.
pub const STRIP: Measure = at_last(
    "snakes_strip_turn",
    "turn of still straight bands, as read; twenty units stand for 360 degrees",
    |point| fixated(point, "strip", on),
);
/// Flow as published.
pub const FLOW: Measure = Measure {
    unit: "pixels",
    ..at_last(
        "snakes_flow",
        "sparse flow round the still disk's middle as published, prediction to prediction",
        |point| fixated(point, "color", |row| row.flow),
    )
};
/// The published tangent score.
pub const TANGENT_SCORE: Measure = Measure {
    range: SHARE_DIFFERENCE,
    unit: "ratio",
    ..at_last(
        "tangent_score",
        "published tangent score, picture to second prediction, people's direction above 0",
        |point| fixated(point, "color", |row| row.tangent_score),
    )
};
/// The published score.
pub const EIGEN_SCORE: Measure = Measure {
    unit: "ratio",
    ..at_last("eigen_score", "published score of the still disk, picture to second prediction", |point| {
        fixated(point, "color", |row| row.eigen_score)
    })
};
/// The gray disk that people see turn the other way.
pub const ISLAND: Measure =
    at_last("island_turn", "turn of the gray disk that people see turn the other way", |point| {
        fixated(point, "gray_70_95", on)
    });

/// The real turn at which nothing is predicted to turn: what cancels the illusion, by interpolation between speeds.
fn cancelling(point: &Point<'_>, display: &str, hand: f64) -> Result<f64, NotMeasurable> {
    let of = |row: &&&MotionRow| row.protocol == "turning" && row.display == display;
    let mut turns = Vec::new();
    for row in point.motion.iter().filter(of) {
        turns.push((hand * row.real.ok_or(ABSENT)?, hand * row.first.ok_or(ABSENT)?));
    }
    turns.sort_by(|one, other| one.0.total_cmp(&other.0));
    crate::painting::read::crossing(&turns, 0.0).ok_or(NotMeasurable::Absent { what: "a real turn that cancels" })
}

/// The illusion in real turns.
pub const NULLING: Measure =
    at_last("snakes_nulling", "real turn that cancels the predicted one, in people's direction", |point| {
        Ok(-0.5 * (cancelling(point, "disk", 1.0)? + cancelling(point, "mirror", -1.0)?))
    });
