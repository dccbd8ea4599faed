//! Predictors without weights: frames in, the next frame out. One file each, and its name in [`ALL`].
//!
//! None of them knows motion of disks; what they read as turn is what a measure gives for nothing. The planted one truly turns what
//! it is shown.

mod best_linear;
mod blur;
mod channel_blur;
mod extrapolation;
mod gamma;
mod last_frame;
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
    &extrapolation::ENTRY,
    &gamma::ENTRY,
    &last_frame::ENTRY,
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
}
