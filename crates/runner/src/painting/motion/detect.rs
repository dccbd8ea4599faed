//! Detectors of motion without weights, which look at the frames themselves: at pictures that stand still, begin, tremble or jump, and at
//! disks that really turn.
//!
//! Detectors are given luminance, round the disk, which is what is known of gray disks. A detector's signal after an event is summed over the frames that follow it; its unit is what it signals for each degree by which the
//! colored disk slowly turns, so that all is in degrees of a real turn. What stands still gives nothing.
//!
//! # Departures
//! The sense of a saturating correlator's signal at onset is that of its equations, against people's (see the detectors): only its
//! reversal in the gray map can be compared.

use super::displays::Layout;
use super::read::Reader;
use super::watch::Hand;
use super::{MOVED, Place, Shown};
use crate::rows::MotionRow;
use trompe_psychophysics::NotMeasurable;
use trompe_psychophysics::motion::polar::{Polar, signed_strength};

/// What a detector signals, frame by frame, of a ring's values over frames.
pub type Detector = fn(&[Vec<f64>]) -> Result<Vec<f64>, NotMeasurable>;

/// Frames before an event: until filters have come to rest.
const BEFORE: usize = 48;
/// Frames from it on.
const AFTER: usize = 12;
/// Turns that calibrate, degrees per frame.
const SLOW: [f64; 2] = [0.25, 0.5];
/// A signal below this, in degrees, is what rounding leaves.
const NOTHING: f64 = 1e-9;
/// Rings that are looked at: every so many pixels.
const EVERY: usize = 8;
/// Of the angles that are read every so many, which leaves two degrees.
const COARSE: usize = 4;

/// Mean signal over rings, frame by frame.
fn signals(detector: Detector, reader: &Reader, frames: &[&[f32]]) -> Result<Vec<f64>, NotMeasurable> {
    // The same frame again is read once.
    let mut polars: Vec<(*const f32, Polar)> = Vec::new();
    let mut order = Vec::new();
    for frame in frames {
        let at = match polars.iter().position(|(known, _)| *known == frame.as_ptr()) {
            Some(at) => at,
            None => {
                polars.push((frame.as_ptr(), reader.luminance(frame)?));
                polars.len() - 1
            }
        };
        order.push(at);
    }
    let rings: Vec<usize> = (0..polars[0].1.radii().len()).step_by(EVERY).collect();
    let mut mean = Vec::new();
    for &ring in &rings {
        let along = |at: &usize| polars[*at].1.ring(ring).iter().copied().step_by(COARSE).collect::<Vec<f64>>();
        let signal = detector(&order.iter().map(along).collect::<Vec<_>>())?;
        mean.resize(signal.len(), 0.0);
        mean.iter_mut().zip(&signal).for_each(|(mean, signal)| *mean += signal / rings.len() as f64);
    }
    Ok(mean)
}

/// What is signalled from an event on, which is the frame of that number.
fn after(detector: Detector, reader: &Reader, frames: &[&[f32]], event: usize) -> Result<f64, NotMeasurable> {
    let signals = signals(detector, reader, frames)?;
    // The first signal may belong to the second frame.
    let from = event + signals.len() - frames.len();
    Ok(signals[from..].iter().sum())
}

impl Shown {
    /// Everything that a detector is asked.
    ///
    /// # Errors
    /// A detector that signals nothing of a turning disk.
    pub fn detected(&self, detector: Detector, place: Place<'_>) -> Result<Vec<MotionRow>, String> {
        let reader = Reader::new(&self.spec, [0.0; 2]);
        let failed = |error: NotMeasurable| error.to_string();
        let disk =
            self.stills.displays.iter().find(|display| display.planned.id == "color").ok_or("no disk is shown")?;
        let (mut both, mut real, mut rows) = (0.0, 0.0, Vec::new());
        for turn_deg in SLOW.into_iter().flat_map(|speed| [speed, -speed]) {
            // Until filters of time have come to rest.
            let frame = |at: usize| disk.planned.codes(self.spec.canvas_px, (1.0, turn_deg * at as f64), [0.0; 2]);
            let frames: Vec<Vec<f32>> =
                (0..AFTER + AFTER).map(frame).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
            let shown: Vec<&[f32]> = frames.iter().map(Vec::as_slice).collect();
            let signals = signals(detector, &reader, &shown).map_err(failed)?;
            let steady = crate::score::mean(&signals[signals.len() - AFTER / 2..]).unwrap_or_default();
            both += steady * turn_deg;
            real += turn_deg * turn_deg;
            let mut row = place("disk", "turning");
            (row.real, row.real_read, row.first) = (Some(turn_deg), reader.turn(shown[0], shown[1]).ok(), Some(steady));
            rows.push(row);
        }
        let scale = if both == 0.0 { Err("nothing is signalled of a turning disk") } else { Ok(real / both) }?;
        rows.iter_mut().for_each(|row| row.first = row.first.map(|signal| signal * scale));
        let gray = vec![super::watch::GRAY; 3 * self.spec.canvas_px * self.spec.canvas_px];
        for display in self.stills.displays.iter().filter(|display| display.planned.layout == Layout::Disk) {
            let pair: [&[f32]; 2] = [&display.seen, &display.mirror];
            // Of so many frames of the ground before, and of the disk after.
            let of = |[before, shown]: [usize; 2]| -> Option<f64> {
                let hand = |hand: usize| {
                    let frames = [vec![&gray[..]; before], vec![pair[hand]; shown]].concat();
                    after(detector, &reader, &frames, before.max(1))
                };
                let signal = signed_strength(hand(0).ok()?, hand(1).ok()?) * scale;
                Some(if signal.abs() < NOTHING { 0.0 } else { signal })
            };
            let mut still = place(&display.planned.id, "fixation");
            still.people = display.planned.people;
            [still.dark, still.light] = display.planned.grays.map_or([None; 2], |grays| grays.map(Some));
            let mut onset = MotionRow { protocol: "onset".into(), ..still.clone() };
            still.on = of([0, AFTER]);
            still.first = still.on;
            onset.first = of([BEFORE, AFTER]);
            rows.extend([still, onset]);
        }
        rows.extend(self.trembling(detector, &reader, (scale, place)));
        Ok(rows)
    }

    /// Displays that tremble or have jumped.
    fn trembling(&self, detector: Detector, reader: &Reader, (scale, place): (f64, Place<'_>)) -> Vec<MotionRow> {
        let mut rows = Vec::new();
        for (at, display) in self.stills.displays.iter().enumerate() {
            let id = &display.planned.id;
            for protocol in ["jitter", "saccade"].into_iter().filter(|_| MOVED.contains(&id.as_str())) {
                let mut turns = Vec::new();
                for moved in self.stills.moved.iter().filter(|moved| moved.display == at && moved.protocol == protocol)
                {
                    let of = |hand: Hand| {
                        // What other predictors are given, whoever else is in the experiment.
                        let frames = &moved.frames[usize::from(hand == Hand::Mirror)];
                        let frames = &frames[frames.len() - self.given..];
                        let (first, last) = (&frames[0][..], &frames[self.given - 1][..]);
                        let moving = frames.iter().map(Vec::as_slice);
                        let all: Vec<&[f32]> =
                            vec![first; BEFORE].into_iter().chain(moving).chain(vec![last; AFTER]).collect();
                        after(detector, reader, &all, BEFORE)
                    };
                    if let (Ok(seen), Ok(mirror)) = (of(Hand::Seen), of(Hand::Mirror)) {
                        turns.push(signed_strength(seen, mirror) * scale);
                    }
                }
                rows.push(MotionRow { first: crate::score::mean(&turns), ..place(id, protocol) });
            }
        }
        rows
    }
}
