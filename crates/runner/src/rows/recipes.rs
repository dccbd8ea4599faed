//! Rows of recipes: epochs of a cell, and what came of every published number.

use super::finite;
use serde::{Deserialize, Serialize};

/// One epoch of one seed; a row of a cell, in no table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecipeRow {
    /// Passes over the pictures.
    pub epoch: usize,
    /// Learning rate of the epoch.
    pub rate: f64,
    /// Mean loss of its steps; of the logistic loss, half the squared distance of σ(a) from the one-hot code.
    pub loss: f64,
    /// Right answers to the pictures held out, percent.
    pub validation_accuracy: f64,
    /// Right answers to the test pictures, percent; empty at epochs that were not published.
    #[serde(serialize_with = "finite")]
    pub test_accuracy: Option<f64>,
    /// Angle between the last block's weights and its feedback weights, degrees; empty where it was not published.
    #[serde(serialize_with = "finite")]
    pub weight_angle_deg: Option<f64>,
}

/// One published number; a line of `recipe.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReachedRow {
    /// Recipe.
    pub recipe: String,
    /// Its rule.
    pub rule: String,
    /// What was published, and after how many epochs, in words.
    pub measure: String,
    /// The published number.
    pub published: f64,
    /// How far ours may be from it.
    pub bar: f64,
    /// Mean over seeds, in the measure's unit.
    #[serde(serialize_with = "finite")]
    pub ours: Option<f64>,
    /// Lower limit of its 95 % interval over seeds.
    #[serde(serialize_with = "finite")]
    pub low: Option<f64>,
    /// Upper limit.
    #[serde(serialize_with = "finite")]
    pub high: Option<f64>,
    /// Seeds.
    pub n: usize,
    /// `within the bar`, `better, noted` or `not reached`.
    pub verdict: String,
    /// Mean error on the pictures held out at the same epoch, percent.
    #[serde(serialize_with = "finite")]
    pub validation_error: Option<f64>,
    /// Computing time of all its seeds, hours of one core; empty where not all are known.
    #[serde(serialize_with = "finite")]
    pub cpu_hours: Option<f64>,
    /// Hash of the pictures, 16 digits.
    pub pictures: String,
    /// Checksum of those held out, 16 digits.
    pub held_out: String,
    /// Version of the computation.
    pub results_version: u32,
}
