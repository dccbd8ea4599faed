//! Observers without weights that give pictures. One file each, and its name in [`ALL`].
//!
//! Most are blind: they get codes and nothing else. Planted ones know the display, because they are instruments of known behavior
//! with which the harness checks itself.

mod best_linear;
mod blur;
mod difference_of_gaussians;
mod gray_world;
mod identity;
mod local_mean;
mod odog;
mod planted_shift;
mod von_kries;

use super::{Display, Painter, SharedWorld};
use crate::experiment::Role;
use trompe_psychophysics::odog::Model;

pub use planted_shift::PLANTED;

/// An observer without weights.
pub enum Built<'a> {
    /// Gets codes only.
    Blind(Box<dyn Painter + 'a>),
    /// Knows the display, and gives its near and its far context.
    Planted(fn(&Display) -> [Vec<f32>; 2]),
    /// Filters for brightness alone: no picture, a response at every pixel.
    Brightness(Model),
}

/// One entry of the list.
pub struct Entry {
    /// Name in the tables.
    pub id: &'static str,
    /// What it is, for reports.
    pub title: &'static str,
    /// `Baseline` or `Planted`.
    pub role: Role,
    /// Builds it for a world.
    pub build: for<'a> fn(&'a SharedWorld) -> Built<'a>,
}

impl Entry {
    /// Whether it is shown the brightness set only.
    pub fn is_of_brightness(&self) -> bool {
        ["odog", "lodog", "flodog"].contains(&self.id)
    }
}

/// Every painter, alphabetical; the planted ones last. A test compares the list with the folder.
pub static ALL: &[&Entry] = &[
    &best_linear::ENTRY,
    &blur::ENTRY,
    &difference_of_gaussians::ENTRY,
    &gray_world::ENTRY,
    &identity::ENTRY,
    &local_mean::ENTRY,
    &odog::FLODOG,
    &odog::LODOG,
    &odog::ENTRY,
    &von_kries::ENTRY,
    &planted_shift::TOWARD,
    &planted_shift::AWAY,
];

/// The entry of that id.
pub fn find(id: &str) -> Option<&'static Entry> {
    ALL.iter().copied().find(|entry| entry.id == id)
}

/// A painter that treats every picture by itself, in linear light: `[3, height, width]` of one picture.
struct InLight<F: Fn(&mut [f64], [usize; 2])>(F);

impl<F: Fn(&mut [f64], [usize; 2])> Painter for InLight<F> {
    fn paint(&mut self, codes: &[f32], [_, channels, height, width]: [usize; 4]) -> Result<Vec<f32>, String> {
        use trompe_stimuli::color::{to_code, to_linear};
        let mut painted = Vec::with_capacity(codes.len());
        for picture in codes.chunks_exact(channels * height * width) {
            let mut light: Vec<f64> = picture.iter().map(|&code| to_linear(f64::from(code))).collect();
            (self.0)(&mut light, [height, width]);
            painted.extend(light.into_iter().map(|value| to_code(value) as f32));
        }
        Ok(painted)
    }
}

/// A plane blurred by a Gaussian; the border is continued.
pub(super) fn blurred(plane: &[f64], [height, width]: [usize; 2], deviation: f64) -> Vec<f64> {
    let reach = libm::ceil(3.0 * deviation) as isize;
    let weight = |at: isize| libm::exp(-0.5 * (at as f64 / deviation) * (at as f64 / deviation));
    let weights: Vec<f64> = (-reach..=reach).map(weight).collect();
    let total: f64 = weights.iter().sum();
    let along = |from: &[f64], row_wise: bool| -> Vec<f64> {
        let pixel = |row: usize, column: usize| {
            let sum: f64 = weights
                .iter()
                .zip(-reach..=reach)
                .map(|(weight, off)| {
                    let clamp = |at: usize, size: usize| (at as isize + off).clamp(0, size as isize - 1) as usize;
                    let at =
                        if row_wise { row * width + clamp(column, width) } else { clamp(row, height) * width + column };
                    weight * from[at]
                })
                .sum();
            sum / total
        };
        (0..height * width).map(|at| pixel(at / width, at % width)).collect()
    };
    along(&along(plane, true), false)
}

/// Luminance of middle gray, toward which illuminants are corrected.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_folder() {
        let mut files: Vec<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/painting/painters"))
            .expect("the folder of painters")
            .filter_map(|file| file.ok()?.path().file_stem()?.to_str().map(str::to_owned))
            .filter(|name| name != "mod" && name != "planted_shift")
            .flat_map(|name| match name.as_str() {
                "odog" => ["flodog", "lodog", "odog"].map(str::to_owned).to_vec(),
                _ => vec![name],
            })
            .collect();
        files.sort();
        let mut listed: Vec<&str> =
            ALL.iter().filter(|entry| entry.role == Role::Baseline).map(|entry| entry.id).collect();
        listed.sort_unstable();
        assert_eq!(listed, files);
    }

    #[test]
    fn a_blurred_edge_is_the_normal_distribution() {
        // Closed form: a step edge blurred by a Gaussian of deviation σ is Φ(x / σ), up to the pixel grid.
        let width = 61;
        let plane: Vec<f64> = (0..width * 3).map(|at| if at % width >= 30 { 1.0 } else { 0.0 }).collect();
        let blurred = blurred(&plane, [3, width], 4.0);
        for (column, place) in [(30, 0.5), (34, 4.5), (26, -3.5)] {
            let known = 0.5 * libm::erfc(-place / 4.0 / std::f64::consts::SQRT_2);
            assert!((blurred[width + column] - known).abs() < 3e-3, "{} for {known}", blurred[width + column]);
        }
    }

    #[test]
    fn whatever_is_gray_stays_gray_under_all_illuminant_corrections() {
        let gray = vec![0.5f32; 3 * 64];
        for entry in [&gray_world::ENTRY, &local_mean::ENTRY, &von_kries::ENTRY] {
            let mut painter = (entry.title, painter_of(entry));
            let painted = painter.1.paint(&gray, [1, 3, 8, 8]).expect("a picture");
            assert!(painted.iter().all(|code| (code - 0.5).abs() < 1e-6), "{}", painter.0);
            // And a world under colored light, whose mean is gray under white light, is given as that.
            let lit: Vec<f32> = (0..192).map(|at| [0.6, 0.5, 0.4][at / 64]).collect();
            let painted = painter.1.paint(&lit, [1, 3, 8, 8]).expect("a picture");
            assert!(
                (painted[0] - painted[64]).abs() < 1e-3 && (painted[64] - painted[128]).abs() < 1e-3,
                "{}",
                painter.0
            );
        }
    }

    /// Builds a painter that asks nothing of its world.
    fn painter_of(entry: &Entry) -> Box<dyn Painter> {
        match entry.id {
            "gray_world" => gray_world::painter(),
            "local_mean" => local_mean::painter(5),
            _ => von_kries::painter(),
        }
    }
}
