//! How a predictor is shown what it is asked about: pictures that stand still, begin, tremble or jump, and its own predictions.
//!
//! A predictor gets the last frames and gives the next; a network with a memory gets a longer movie, frame after frame.
//! *Fixation*: the same frame always, then its own predictions in a closed loop. *Onset*: gray before the picture. *Jitter*: the
//! picture trembles by small random steps, as eyes do. *Saccade*: it has just jumped.

use super::detect::Detector;
use crate::painting::Painter;
use rand_chacha::ChaCha8Rng;
use trompe_models::rng::normal_pair;

/// Deviation of a step of jitter for each axis, pixels: fixational drift.
pub const JITTER_PX: f64 = 0.2;
/// Length of a jump, pixels.
const SACCADE_PX: f64 = 6.0;
/// Frames of a picture that stands still before a network with a memory is left to its own predictions, as published.
pub const HELD: usize = 20;
/// Frames of gray before an onset, for such a network.
const GRAY_FRAMES: usize = 10;
/// Frames before those that other predictors are given, for such a network: three of these make ten, as long as what it learned from.
pub const EARLIER: usize = 7;
/// Code of the ground before an onset.
pub(super) const GRAY: f32 = 0.5;

/// Which of a pair is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// The disk that people see turn clockwise.
    Seen,
    /// Its mirror image.
    Mirror,
}

impl Hand {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Seen, Self::Mirror];

    /// 1, or −1 for the mirror image.
    pub fn sign(self) -> f64 {
        match self {
            Self::Seen => 1.0,
            Self::Mirror => -1.0,
        }
    }
}

/// Who remembers all frames of a movie, and not only the last.
pub trait Recurrent: Painter {
    /// What comes after these frames `[3, side, side]` of a movie that begins with the first of them; then, each prediction taken for the
    /// next frame, what comes after that.
    ///
    /// # Errors
    /// Why there is no prediction.
    fn after(&mut self, frames: &[&[f32]], side: usize, predictions: usize) -> Result<Vec<Vec<f32>>, String>;
}

/// Who predicts.
pub enum Predictor<'a> {
    /// Gets frames only.
    Blind(Box<dyn Painter + 'a>),
    /// An instrument of known behavior, which knows the hand: one for the disk, one for its mirror image.
    Planted([Box<dyn Painter + 'a>; 2]),
    /// Gets a whole movie, frame after frame.
    Recurrent(Box<dyn Recurrent + 'a>),
    /// Predicts nothing: it looks at the frames themselves.
    Detector(Detector),
}

impl Predictor<'_> {
    fn of(&mut self, hand: Hand) -> Option<&mut dyn Painter> {
        match self {
            Self::Blind(painter) => Some(painter.as_mut()),
            Self::Planted(painters) => Some(painters[usize::from(hand == Hand::Mirror)].as_mut()),
            Self::Recurrent(network) => Some(network.as_mut()),
            Self::Detector(_) => None,
        }
    }

    /// The painter that is asked about real movies; none of a detector.
    pub fn painter(&mut self) -> Option<&mut dyn Painter> {
        self.of(Hand::Seen)
    }
}

/// A predictor with the number of frames that it is given, on a canvas.
pub struct Watcher<'a, 'b> {
    predictor: &'a mut Predictor<'b>,
    given: usize,
    side: usize,
}

impl<'a, 'b> Watcher<'a, 'b> {
    /// Of frames of `side` × `side` pixels.
    pub fn new(predictor: &'a mut Predictor<'b>, given: usize, side: usize) -> Self {
        Self { predictor, given, side }
    }

    /// What comes after these frames, the last of which count, for a network with a memory all; then, each prediction taken for the
    /// next frame, what comes after that.
    ///
    /// # Errors
    /// What the predictor says.
    pub fn after(&mut self, hand: Hand, frames: &[&[f32]], predictions: usize) -> Result<Vec<Vec<f32>>, String> {
        if let Predictor::Recurrent(network) = self.predictor {
            return network.after(frames, self.side, predictions);
        }
        let shape = [1, 3 * self.given, self.side, self.side];
        let mut predicted: Vec<Vec<f32>> = Vec::with_capacity(predictions);
        for _ in 0..predictions {
            let all = frames.iter().copied().chain(predicted.iter().map(Vec::as_slice)).collect::<Vec<&[f32]>>();
            let painter = self.predictor.of(hand).ok_or("a detector predicts no frame")?;
            let next = painter.paint(&all[all.len() - self.given..].concat(), shape)?;
            predicted.push(next);
        }
        Ok(predicted)
    }

    /// Frames that stand for "for long": as many as a predictor is given, or what a network with a memory takes.
    fn frames(&self, remembered: usize) -> usize {
        match self.predictor {
            Predictor::Recurrent(_) => remembered,
            Predictor::Blind(_) | Predictor::Planted(_) | Predictor::Detector(_) => self.given,
        }
    }

    /// Predictions after a picture that stands still.
    ///
    /// # Errors
    /// What the predictor says.
    pub fn fixation(&mut self, hand: Hand, still: &[f32], predictions: usize) -> Result<Vec<Vec<f32>>, String> {
        self.after(hand, &vec![still; self.frames(HELD)], predictions)
    }

    /// The prediction after the first frame of a picture that has just begun.
    ///
    /// # Errors
    /// What the predictor says.
    pub fn onset(&mut self, hand: Hand, still: &[f32]) -> Result<Vec<f32>, String> {
        let before = vec![GRAY; still.len()];
        let mut frames: Vec<&[f32]> = vec![&before; self.frames(GRAY_FRAMES)];
        frames.push(still);
        Ok(self.after(hand, &frames, 1)?.remove(0))
    }
}

/// Where a picture that trembles stands in successive frames, pixels; in the last it is in its place.
pub fn jitter(frames: usize, rng: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let mut places = vec![[0.0; 2]];
    for _ in 1..frames {
        let last = places[places.len() - 1];
        let [right, down] = normal_pair(rng);
        places.push([last[0] + JITTER_PX * right, last[1] + JITTER_PX * down]);
    }
    places.reverse();
    places
}

/// Where the picture stood in so many frames more, before the first of these: it goes on to tremble by such steps, or at 0 stands still.
pub fn with_earlier(places: Vec<[f64; 2]>, (frames, step_px): (usize, f64), rng: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let mut place = places[0];
    let mut earlier = Vec::with_capacity(frames + places.len());
    for _ in 0..frames {
        let [right, down] = normal_pair(rng);
        place = [place[0] + step_px * right, place[1] + step_px * down];
        earlier.push(place);
    }
    earlier.reverse();
    earlier.extend(places);
    earlier
}

/// Where a picture that jumps just before the last frame, in a random direction, stands in successive frames; in the last it is in its place.
pub fn saccade(frames: usize, rng: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let [right, down] = normal_pair(rng);
    let length = libm::hypot(right, down).max(f64::MIN_POSITIVE);
    let from = [right, down].map(|part| SACCADE_PX * part / length);
    let mut places = vec![from; frames - 1];
    places.push([0.0; 2]);
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::stream;

    /// Gives the mean of what it is given, so that every frame that counts can be told.
    struct Mean;

    impl Painter for Mean {
        fn paint(&mut self, codes: &[f32], [_, channels, height, width]: [usize; 4]) -> Result<Vec<f32>, String> {
            let frame = 3 * height * width;
            let frames = channels / 3;
            Ok((0..frame).map(|at| (0..frames).map(|k| codes[k * frame + at]).sum::<f32>() / frames as f32).collect())
        }
    }

    #[test]
    fn predictions_take_the_place_of_frames_and_the_last_ones_count() {
        let mut predictor = Predictor::Blind(Box::new(Mean));
        let mut watcher = Watcher::new(&mut predictor, 2, 1);
        let frames = [[9.0f32; 3], [1.0; 3], [3.0; 3]];
        let shown: Vec<&[f32]> = frames.iter().map(|frame| &frame[..]).collect();
        let predicted = watcher.after(Hand::Seen, &shown, 3).expect("predictions");
        // By hand: (1 + 3) / 2, (3 + 2) / 2, (2 + 2.5) / 2.
        assert_eq!(predicted.iter().map(|frame| frame[0]).collect::<Vec<f32>>(), [2.0, 2.5, 2.25]);
        assert_eq!(watcher.onset(Hand::Seen, &[1.0; 3]).expect("a prediction"), [0.75; 3], "half of it is gray");
        assert_eq!(watcher.fixation(Hand::Mirror, &[0.25; 3], 1).expect("a prediction"), [vec![0.25; 3]]);
    }

    #[test]
    fn eyes_end_where_the_picture_is_read() {
        let mut rng = stream(&["eyes"]);
        let places: Vec<Vec<[f64; 2]>> = (0..400).map(|_| jitter(3, &mut rng)).collect();
        assert!(places.iter().all(|places| places.len() == 3 && places[2] == [0.0; 2]));
        let steps = places.iter().flat_map(|places| [places[1][0] - places[0][0], places[1][1] - places[0][1]]);
        let variance = steps.map(|step| step * step).sum::<f64>() / 800.0;
        assert!((variance / (JITTER_PX * JITTER_PX) - 1.0).abs() < 0.2, "{variance}");
        let jump = saccade(3, &mut rng);
        assert_eq!((jump[2], jump[0]), ([0.0; 2], jump[1]));
        assert!((libm::hypot(jump[0][0], jump[0][1]) - SACCADE_PX).abs() < 1e-12);
    }
}
