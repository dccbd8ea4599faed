//! Networks as observers, and the baselines that are networks: untrained, random features, pixel regression.

use super::{Baseline, How, Observer, ObserverError, Presentation};
use crate::bridge;
use crate::experiment::Role;
use trompe_models::learner::Learner;
use trompe_models::rules::Inference;

/// Pictures answered at a time: large enough for the matrix products, small enough for the caches.
const CHUNK: usize = 128;

/// A network under test; borrowed, because it goes on learning afterwards.
pub struct NetworkObserver<'a> {
    /// The network with its rule.
    pub learner: &'a Learner,
    /// Forward pass, or settled.
    pub inference: Inference,
    /// Name for messages.
    pub name: &'a str,
}

impl Observer for NetworkObserver<'_> {
    fn answer(&mut self, shown: &Presentation<'_>) -> Result<Vec<f32>, ObserverError> {
        let stride = shown.stride();
        let mut outputs = Vec::new();
        for pixels in shown.pixels.chunks(CHUNK * stride) {
            let shape = [pixels.len() / stride, shown.shape[1], shown.shape[2], shown.shape[3]];
            let inputs = bridge::tensor(self.learner, pixels, shape);
            let response = self.learner.respond(&inputs, self.inference)?;
            outputs.extend(bridge::values(&response.output));
        }
        if outputs.iter().all(|value| value.is_finite()) {
            Ok(outputs)
        } else {
            Err(ObserverError::NotFinite { observer: self.name.to_owned() })
        }
    }
}

/// Batteries of classes.
const CLASSES: &[&str] = &["abutting", "digits", "fat_thin", "kanizsa", "pang2021"];
/// Every battery.
const ALL: &[&str] = &["abutting", "church", "digits", "fat_thin", "kanizsa", "pang2021", "snakes"];

/// The experiment's network at its initial weights.
pub const UNTRAINED: Baseline = Baseline {
    id: "untrained",
    title: "the same network at its initial weights",
    role: Role::Baseline,
    how: How::Untrained,
    illusions: ALL,
    max_seeds: usize::MAX,
    build: None,
};

/// Hidden layers frozen at their initial weights, readout trained.
pub const RANDOM_FEATURES: Baseline = Baseline {
    id: "random_features",
    title: "hidden layers frozen at their initial weights, readout trained",
    role: Role::Baseline,
    how: How::Trained("random_features"),
    illusions: ALL,
    max_seeds: usize::MAX,
    build: None,
};

/// Logistic regression on the pixels.
pub const PIXEL_REGRESSION: Baseline = Baseline {
    id: "pixel_regression",
    title: "logistic regression on the pixels",
    role: Role::Baseline,
    how: How::TrainedPixels("backprop"),
    illusions: CLASSES,
    max_seeds: usize::MAX,
    build: None,
};
