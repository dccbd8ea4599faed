//! Training pictures: drawn once for all cells that learn from the same world and seed.
//!
//! Rules are paired by seed, so at every step all rules of a seed learn from the same pictures. Drawing them takes as long
//! as a third of the learning; cells that run one after the other, or side by side, share them here. What is shared
//! changes no number: a picture's stream is named by world, seed and step.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Pictures of one step.
#[derive(Debug)]
pub struct Drawn {
    /// Encoded pixels, picture by picture.
    pub pixels: Vec<f32>,
    /// The pictures that are wanted for them, where networks give pictures.
    pub wanted: Vec<f32>,
    /// Number of pictures, channels, height, width.
    pub shape: [usize; 4],
    /// Class of each picture.
    pub labels: Vec<usize>,
}

/// The pictures of all steps for one world and seed; each step is drawn when it is first asked for.
pub struct Series {
    steps: Vec<OnceLock<Arc<Drawn>>>,
    kept: bool,
}

/// World (by index) and seed, with their series.
type Recent = ((usize, u64), Arc<Series>);

/// The series in use.
pub struct Pictures {
    steps: usize,
    kept: bool,
    most: usize,
    recent: Mutex<Vec<Recent>>,
}

/// Bytes that one series may take; longer trainings draw their pictures anew in each cell.
const MOST_BYTES: usize = 512 * 1024 * 1024;

impl Pictures {
    /// Room for the series of `jobs` cells at a time. `bytes`: size of the pictures of one step.
    pub fn new(steps: usize, bytes: usize, jobs: usize) -> Self {
        let kept = steps.saturating_mul(bytes) <= MOST_BYTES;
        Self { steps, kept, most: 1 + jobs.div_ceil(8), recent: Mutex::new(Vec::new()) }
    }

    /// The series of a world (by index) and seed. The most recently asked for stay in memory.
    pub fn series(&self, world: usize, seed: u64) -> Arc<Series> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let found = recent.iter().position(|(of, _)| *of == (world, seed)).map(|at| recent.remove(at));
        let (of, series) = found.unwrap_or_else(|| {
            let steps = (0..self.steps).map(|_| OnceLock::new()).collect();
            ((world, seed), Arc::new(Series { steps, kept: self.kept }))
        });
        recent.insert(0, (of, series.clone()));
        recent.truncate(self.most);
        series
    }
}

impl Series {
    /// The pictures of a step (from 1).
    ///
    /// # Errors
    /// What `draw` says.
    pub fn step<E>(&self, step: usize, draw: impl FnOnce() -> Result<Drawn, E>) -> Result<Arc<Drawn>, E> {
        let place = self.steps.get(step.wrapping_sub(1)).filter(|_| self.kept);
        if let Some(drawn) = place.and_then(OnceLock::get) {
            return Ok(drawn.clone());
        }
        let drawn = Arc::new(draw()?);
        // Where two cells drew the same pictures at once, the first stay.
        Ok(place.map_or(drawn.clone(), |place| place.get_or_init(|| drawn).clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(value: f32) -> Result<Drawn, ()> {
        Ok(Drawn { pixels: vec![value], wanted: Vec::new(), shape: [1; 4], labels: vec![0] })
    }

    #[test]
    fn a_step_is_drawn_once_for_a_world_and_seed() {
        let pictures = Pictures::new(3, 4, 2);
        let first = pictures.series(0, 7).step(1, || drawn(1.0)).expect("a picture");
        let again = pictures.series(0, 7).step(1, || drawn(2.0)).expect("a picture");
        assert_eq!((first.pixels[0], again.pixels[0]), (1.0, 1.0));
        for (series, step) in [(pictures.series(0, 8), 1), (pictures.series(1, 7), 1), (pictures.series(0, 7), 2)] {
            assert_eq!(series.step(step, || drawn(3.0)).expect("a picture").pixels[0], 3.0);
        }
    }

    #[test]
    fn old_series_are_let_go_and_large_ones_never_kept() {
        let pictures = Pictures::new(1, 4, 1);
        let old = Arc::downgrade(&pictures.series(0, 0));
        (1..4).for_each(|seed| drop(pictures.series(0, seed)));
        assert!(old.upgrade().is_none());
        let large = Pictures::new(2, MOST_BYTES, 1).series(0, 0);
        assert_eq!(large.step(1, || drawn(1.0)).expect("a picture").pixels[0], 1.0);
        assert_eq!(large.step(1, || drawn(2.0)).expect("a picture").pixels[0], 2.0);
    }

    #[test]
    fn a_failure_is_passed_on_and_not_kept() {
        let series = Pictures::new(1, 4, 1).series(0, 0);
        assert_eq!(series.step(1, || Err::<Drawn, _>("no")).expect_err("a failure"), "no");
        assert!(series.step(1, || drawn(1.0)).is_ok());
    }
}
