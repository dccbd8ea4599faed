//! Rows of attacks: what each did to a network, whether it can be believed, the pictures made, and what these did to others.

use super::finite;
use serde::{Deserialize, Serialize};

/// One attack of one size on one network at one checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdversarialRow {
    /// Cell identity.
    pub cell: String,
    /// World name.
    pub world: String,
    /// Network name.
    pub network: String,
    /// Observer name.
    pub observer: String,
    /// Role of the observer.
    pub role: String,
    /// Replicate seed.
    pub seed: u64,
    /// Index of the checkpoint, from 1; 0 for networks that do not learn.
    pub checkpoint: usize,
    /// Learning steps taken.
    pub step: usize,
    /// `feedforward` or `settled`: the answer that is attacked.
    pub inference: String,
    /// `fgsm`, `pgd_linf`, `pgd_l2`, `targeted`, `random_signs`, `minimal`.
    pub attack: String,
    /// `from>to` of a targeted attack; empty otherwise.
    pub target: String,
    /// Size in code units: the largest change of a pixel; of `pgd_l2` the root mean square over a picture's pixels; of
    /// `minimal` the largest that was tried.
    #[serde(serialize_with = "finite")]
    pub epsilon: Option<f64>,
    /// Pictures attacked.
    pub n: usize,
    /// Those that are classified correctly without an attack.
    pub correct: usize,
    /// `correct` over `n`.
    #[serde(serialize_with = "finite")]
    pub clean_accuracy: Option<f64>,
    /// Share of all pictures classified correctly under attack.
    #[serde(serialize_with = "finite")]
    pub accuracy: Option<f64>,
    /// Share of the correctly classified that reach the goal: another class, or the target.
    #[serde(serialize_with = "finite")]
    pub success: Option<f64>,
    /// Mean softmax, over the correctly classified, of the true class (of the target, where there is one) before.
    #[serde(serialize_with = "finite")]
    pub confidence_before: Option<f64>,
    /// The same after.
    #[serde(serialize_with = "finite")]
    pub confidence_after: Option<f64>,
    /// Median of the least ε over the correctly classified; empty where it lies beyond what was tried.
    #[serde(serialize_with = "finite")]
    pub epsilon50: Option<f64>,
    /// Correctly classified pictures whose least ε lies beyond what was tried.
    pub beyond: Option<usize>,
    /// Mean share of the change's energy at low spatial frequencies.
    #[serde(serialize_with = "finite")]
    pub low_frequency: Option<f64>,
    /// Mean length of the gradient at the clean pictures, per code unit.
    #[serde(serialize_with = "finite")]
    pub gradient_norm: Option<f64>,
}

/// Whether what attacks found on a network can be believed, in one respect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttackCheckRow {
    /// Cell identity.
    pub cell: String,
    /// World name.
    pub world: String,
    /// Network name.
    pub network: String,
    /// Observer name.
    pub observer: String,
    /// Role of the observer.
    pub role: String,
    /// Replicate seed.
    pub seed: u64,
    /// Index of the checkpoint.
    pub checkpoint: usize,
    /// What is checked.
    pub check: String,
    /// Whether it held; empty where it could not be told.
    pub held: Option<bool>,
    /// The number that is held against the bound.
    #[serde(serialize_with = "finite")]
    pub value: Option<f64>,
    /// The bound.
    #[serde(serialize_with = "finite")]
    pub bound: Option<f64>,
    /// What was found, in words.
    pub reason: String,
}

/// A picture that an attack made, with the picture that it was made from. Kept in cells only.
#[derive(Clone, Debug, PartialEq)]
pub struct CraftedRow {
    /// How it was made, and what was read of it.
    pub made: Made,
    /// Codes of the clean picture; empty where the analysis does not need them.
    pub clean: Vec<f32>,
    /// Codes of the attacked one.
    pub attacked: Vec<f32>,
}

/// How a picture was made, and what was read of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// `from>to` of a targeted attack; empty otherwise.
    pub target: String,
    /// Size of the change, code units.
    pub epsilon: f64,
    /// Index among the attacked pictures of the world.
    pub picture: usize,
    /// Its true class.
    pub label: usize,
    /// What it was classified as; empty where evidence was not a number.
    pub before: Option<usize>,
    /// What it is classified as.
    pub after: Option<usize>,
    /// Softmax of `before` before.
    #[serde(serialize_with = "finite")]
    pub confidence_before: Option<f64>,
    /// Softmax of `after` after.
    #[serde(serialize_with = "finite")]
    pub confidence_after: Option<f64>,
}

/// What pictures made on one network did to another of the same world, architecture and seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferRow {
    /// World name.
    pub world: String,
    /// Network name.
    pub network: String,
    /// Replicate seed.
    pub seed: u64,
    /// Observer on whose network the pictures were made.
    pub source: String,
    /// Observer whose network they were shown.
    pub tested: String,
    /// Size of the change, code units.
    pub epsilon: f64,
    /// Pictures that the tested network classifies correctly without the change.
    pub n: usize,
    /// Share of these that it classifies as something else with it.
    #[serde(serialize_with = "finite")]
    pub success: Option<f64>,
}
