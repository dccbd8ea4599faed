//! Predictors without weights: frames in, the next frame out. One file each, and its name in [`ALL`].
//!
//! None of them knows motion of disks; what they read as turn is what a measure gives for nothing. The planted one truly turns what
//! it is shown. Two are no predictors: detectors, which look at the frames themselves and have no competence.

mod best_linear;
mod blur;
mod channel_blur;
mod correlator;
mod extrapolation;
mod gamma;
mod last_frame;
mod motion_energy;
mod planted_turn;

use super::motion::watch::Predictor;
use super::{Painter, SharedWorld};
use crate::experiment::Role;
pub use planted_turn::TURN_DEG;

/// One entry of the list.
pub struct Entry {
    /// Name in the tables.
    pub id: &'static str,
    /// What it is, for reports.
    pub title: &'static str,
    /// `Baseline` or `Planted`.
    pub role: Role,
    /// Builds it for a world.
    pub build: for<'a> fn(&'a SharedWorld) -> Predictor<'a>,
}

/// Every predictor, alphabetical; the planted one last. A test compares the list with the folder.
pub static ALL: &[&Entry] = &[
    &best_linear::ENTRY,
    &blur::ENTRY,
    &channel_blur::ENTRY,
    &correlator::ENTRY,
    &extrapolation::ENTRY,
    &gamma::ENTRY,
    &last_frame::ENTRY,
    &motion_energy::ENTRY,
    &planted_turn::ENTRY,
];

/// The entry of that id.
pub fn find(id: &str) -> Option<&'static Entry> {
    ALL.iter().copied().find(|entry| entry.id == id)
}

/// A predictor that makes the next frame of the last one: `[3, height, width]` of one picture.
struct OfLast<F: FnMut(&[f32], [usize; 2]) -> Result<Vec<f32>, String>>(F);

impl<F: FnMut(&[f32], [usize; 2]) -> Result<Vec<f32>, String>> Painter for OfLast<F> {
    fn paint(&mut self, codes: &[f32], shape: [usize; 4]) -> Result<Vec<f32>, String> {
        let [_, _, height, width] = shape;
        let mut painted = Vec::new();
        for last in super::last_frames(codes, shape).chunks_exact(3 * height * width) {
            painted.extend((self.0)(last, [height, width])?);
        }
        Ok(painted)
    }
}

/// One channel blurred by a Gaussian of so many pixels.
fn blurred(codes: &[f32], [height, width]: [usize; 2], deviation: f64) -> Vec<f32> {
    let plane: Vec<f64> = codes.iter().map(|&code| f64::from(code)).collect();
    super::painters::blurred(&plane, [height, width], deviation).into_iter().map(|code| code as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::SnakesSpec;
    use crate::painting::motion::{Shown, Stills};
    use crate::rows::MotionRow;
    use std::sync::Arc;
    use trompe_stimuli::Settings;
    use trompe_stimuli::movies::Recipe;

    #[test]
    fn the_list_is_the_folder() {
        let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/painting/predictors"))
            .expect("the folder of predictors")
            .filter_map(|file| file.ok()?.path().file_stem()?.to_str().map(str::to_owned))
            .filter(|name| name != "mod")
            .collect();
        files.sort();
        let mut listed: Vec<&str> = ALL.iter().map(|entry| entry.id).collect();
        listed.sort_unstable();
        assert_eq!(listed, files);
    }

    /// Known of both: what stands still gives nothing; a slow real turn is itself in these units. Motion energy is 0 where place and time
    /// are apart, at every onset. A saturating correlator is not, and is reversed where people see gray disks turn the other way.
    #[test]
    fn detectors_signal_real_turns_and_onsets_as_is_known_of_them() {
        let spec = SnakesSpec {
            canvas_px: 128,
            gray_levels: 0,
            scenes: 0,
            jitters: 2,
            closed: 4,
            linear_pictures: 8,
            linear_side: 3,
            readings: SnakesSpec::READINGS,
        };
        let recipe = Recipe::read(&Settings::new()).expect("a recipe");
        let stills = Arc::new(Stills::draw(&spec, (false, 3)).expect("displays"));
        let shown = Shown::draw(&spec, &recipe, (false, 3, stills)).expect("what turns");
        let place = |display: &str, protocol: &str| MotionRow {
            display: display.into(),
            protocol: protocol.into(),
            ..MotionRow::default()
        };
        let detectors = [("correlator", correlator::DETECTOR, true), ("motion_energy", motion_energy::DETECTOR, false)];
        for (id, detector, signals_onset) in detectors {
            let rows = shown.detected(detector, &place).expect("rows");
            let of = |display: &str, protocol: &str| {
                let row = rows.iter().find(|row| row.display == display && row.protocol == protocol);
                row.and_then(|row| row.first).unwrap_or_else(|| panic!("{id} {display} {protocol}"))
            };
            let turned = |real: f64| {
                let row = rows.iter().find(|row| row.display == "disk" && row.real == Some(real));
                row.and_then(|row| row.first).expect("a turning disk")
            };
            // What is saturated grows less than in proportion, energy more.
            assert!((0.7..1.2).contains(&(turned(0.5) / 0.5)) && turned(0.25) > 0.05, "{id}: {}", turned(0.25));
            assert!(turned(0.5) > turned(0.25), "{id}");
            for real in [0.25, 0.5] {
                assert!((turned(real) + turned(-real)).abs() < 0.2 * real, "{id}, either way alike: {}", turned(-real));
            }
            for display in ["color", "gray_20_60", "symmetric"] {
                assert!(of(display, "fixation").abs() < 1e-9, "{id} {display} stands still");
            }
            let (marked, island) = (of("gray_20_60", "onset"), of("gray_70_95", "onset"));
            match signals_onset {
                true => assert!(marked * island < 0.0 && marked.abs() > 1e-3, "{id}: {marked} and {island}"),
                false => assert!(marked.abs() < 1e-6 && island.abs() < 1e-6, "{id}: {marked} and {island}"),
            }
            let none = of("symmetric", "onset");
            assert!(none.abs() < 0.35 * marked.abs().max(1e-4), "{id}, no direction: {none} beside {marked}");
            let mut predictor = Predictor::Detector(detector);
            assert!(predictor.painter().is_none(), "it predicts nothing");
        }
    }
}
