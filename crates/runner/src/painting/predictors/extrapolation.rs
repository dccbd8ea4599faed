//! Baseline `extrapolation`: each pixel goes on as it changed, 2 · last − the one before. It follows slow real motion, and shows none of
//! still pictures.

use super::Entry;
use crate::experiment::Role;
use crate::painting::Painter;
use crate::painting::motion::watch::Predictor;

/// The list entry.
pub const ENTRY: Entry = Entry {
    id: "extrapolation",
    title: "each pixel goes on as it changed",
    role: Role::Baseline,
    build: |_| Predictor::Blind(Box::new(Extrapolation)),
};

struct Extrapolation;

impl Painter for Extrapolation {
    fn paint(&mut self, codes: &[f32], [_, channels, height, width]: [usize; 4]) -> Result<Vec<f32>, String> {
        let frame = 3 * height * width;
        if channels < 6 {
            return Err("two frames are needed".into());
        }
        let goes_on = |picture: &[f32]| -> Vec<f32> {
            let (before, last) = picture[picture.len() - 2 * frame..].split_at(frame);
            last.iter().zip(before).map(|(last, before)| 2.0 * last - before).collect()
        };
        Ok(codes.chunks_exact(channels * height * width).flat_map(goes_on).collect())
    }
}
