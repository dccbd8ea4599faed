//! The tables of a run, one struct per CSV line. Their headers are documented in `results/README.md` and versioned.
//!
//! Empty cells mean "does not apply" or "not measurable"; a number that is not finite never reaches a file.

// Tests of the program read this file from elsewhere.
#[path = "rows/adversarial.rs"]
mod adversarial;
#[path = "rows/colors.rs"]
mod colors;
#[path = "rows/motion.rs"]
mod motion;
#[path = "rows/recipes.rs"]
mod recipes;

pub use adversarial::{AdversarialRow, AttackCheckRow, CraftedRow, Made, TransferRow};
pub use colors::{BrightnessRow, ColorRow, PaintedRow, PaintingRow};
pub use motion::{FlowRow, MotionRow};
pub use recipes::{ReachedRow, RecipeRow};

use serde::{Deserialize, Serialize, Serializer};

/// Version of all headers below; raised when a column changes meaning, appears or disappears.
pub const SCHEMA: u32 = 2;

/// The last gate before a file: what is not finite is written as absent.
fn finite<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    value.filter(|value| value.is_finite()).serialize(serializer)
}

/// One block: all twins of one condition shown to one observer at one checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialRow {
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
    /// Index of the checkpoint, from 1; 0 for observers that do not learn.
    pub checkpoint: usize,
    /// Learning steps taken.
    pub step: usize,
    /// `feedforward` or `settled`.
    pub inference: String,
    /// Block id, unique within the battery, e.g. `illusory_10`.
    pub block: String,
    /// Condition: `illusory`, `local`, `misaligned`, `discs`, `mixed`, `contour`, `real`, `reliance`, ….
    pub condition: String,
    /// Which part carries noise (`gap`, `inducer`, `outside`) or which class (Kanizsa); empty otherwise.
    pub part: String,
    /// Inducer polarity: `all`, `light`, `dark`.
    pub polarity: String,
    /// Turn of the mouths, degrees.
    #[serde(serialize_with = "finite")]
    pub alpha_deg: Option<f64>,
    /// Support ratio.
    #[serde(serialize_with = "finite")]
    pub support_ratio: Option<f64>,
    /// Contrast of the real contour relative to the inducers'.
    #[serde(serialize_with = "finite")]
    pub contrast: Option<f64>,
    /// Offset of misaligned inducers, in their radii.
    #[serde(serialize_with = "finite")]
    pub shift: Option<f64>,
    /// Twins in the block.
    pub n: usize,
    /// Area under the ROC curve of the evidence, fat against thin (or figure against control).
    #[serde(serialize_with = "finite")]
    pub auc: Option<f64>,
    /// √2·Φ⁻¹(auc), auc clipped to [1/2N, 1 − 1/2N].
    #[serde(serialize_with = "finite")]
    pub d_prime: Option<f64>,
    /// Share of twins whose evidence is ordered correctly (ties count one half).
    #[serde(serialize_with = "finite")]
    pub two_afc: Option<f64>,
    /// Share correct at criterion 0.
    #[serde(serialize_with = "finite")]
    pub correct: Option<f64>,
    /// Share of positive members answered as the class that evidence is for.
    #[serde(serialize_with = "finite")]
    pub chosen_positive: Option<f64>,
    /// Share of negative members answered so.
    #[serde(serialize_with = "finite")]
    pub chosen_negative: Option<f64>,
    /// Mean evidence over the positive members.
    #[serde(serialize_with = "finite")]
    pub evidence_positive: Option<f64>,
    /// Mean evidence over the negative members.
    #[serde(serialize_with = "finite")]
    pub evidence_negative: Option<f64>,
    /// Standard deviation of the evidence: over members in a block of twins, over noise fields within a figure in a
    /// `reliance` block (root mean square over figures).
    #[serde(serialize_with = "finite")]
    pub evidence_sd: Option<f64>,
}

/// Competence of one network at one checkpoint. Half A chooses, half B reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingRow {
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
    /// Index of the checkpoint, from 1.
    pub checkpoint: usize,
    /// Learning steps taken.
    pub step: usize,
    /// Mean training loss since the previous checkpoint.
    #[serde(serialize_with = "finite")]
    pub loss: Option<f64>,
    /// Plain validation accuracy, half A.
    #[serde(serialize_with = "finite")]
    pub accuracy_a: Option<f64>,
    /// Plain validation accuracy, half B.
    #[serde(serialize_with = "finite")]
    pub accuracy_b: Option<f64>,
    /// d′ on the hard set, half A: the competence that matching reads.
    #[serde(serialize_with = "finite")]
    pub hard_d_prime_a: Option<f64>,
    /// d′ on the hard set, half B.
    #[serde(serialize_with = "finite")]
    pub hard_d_prime_b: Option<f64>,
    /// Hard accuracy at criterion 0, half B.
    #[serde(serialize_with = "finite")]
    pub hard_accuracy_b: Option<f64>,
    /// Hard d′ over outlined shapes only, half B.
    #[serde(serialize_with = "finite")]
    pub hard_d_prime_outline: Option<f64>,
    /// Hard d′ over filled shapes only, half B.
    #[serde(serialize_with = "finite")]
    pub hard_d_prime_filled: Option<f64>,
    /// Cosine between the rule's proposal and the true gradient, all hidden weights together.
    #[serde(serialize_with = "finite")]
    pub cosine: Option<f64>,
    /// Norm of the proposal over the norm of the true gradient, hidden weights.
    #[serde(serialize_with = "finite")]
    pub norm_ratio: Option<f64>,
}

/// Agreement of a rule's proposal with the true gradient, layer by layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignmentRow {
    /// Cell identity.
    pub cell: String,
    /// Observer name.
    pub observer: String,
    /// Replicate seed.
    pub seed: u64,
    /// Index of the checkpoint, from 1.
    pub checkpoint: usize,
    /// Parametric layer, from 1 at the image.
    pub layer: usize,
    /// Cosine with the true gradient on the same weights and batch.
    #[serde(serialize_with = "finite")]
    pub cosine: Option<f64>,
    /// Norm over the true gradient's norm.
    #[serde(serialize_with = "finite")]
    pub norm_ratio: Option<f64>,
}

/// One number read off one layer of a network at one checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRow {
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
    /// Layer; 0 is what the network is given.
    pub layer: usize,
    /// Layers with weights, the output among them: the last hidden layer is one below.
    pub layers: usize,
    /// What was read.
    pub what: String,
    /// Unit of the value.
    pub unit: String,
    /// Pictures a class, pairs or draws.
    pub n: usize,
    /// d′ or score.
    #[serde(serialize_with = "finite")]
    pub value: Option<f64>,
    /// Area under the ROC curve, or share of pairs ordered as asked.
    #[serde(serialize_with = "finite")]
    pub share: Option<f64>,
    /// Ridge of the decoder.
    #[serde(serialize_with = "finite")]
    pub ridge: Option<f64>,
}

/// One number of one answer on its way to being settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CourseRow {
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
    /// Index of the checkpoint: the last one.
    pub checkpoint: usize,
    /// Learning steps taken.
    pub step: usize,
    /// `feedforward`, `settling` or `settled`.
    pub answer: String,
    /// Steps of settling; empty for the forward pass.
    pub settling_step: Option<usize>,
    /// Condition, or `accuracy` on plain validation pictures, half B.
    pub what: String,
    /// Class of the figure; empty for real things.
    pub part: String,
    /// Unit of the value.
    pub unit: String,
    /// Pairs, or pictures.
    pub n: usize,
    /// d′ or share.
    #[serde(serialize_with = "finite")]
    pub value: Option<f64>,
    /// Area under the ROC curve; empty for real things.
    #[serde(serialize_with = "finite")]
    pub auc: Option<f64>,
}

/// Evidence of every twin of one block at one checkpoint, kept for the crossed bootstrap.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceRow {
    /// Block id.
    pub block: String,
    /// Index of the checkpoint.
    pub checkpoint: usize,
    /// Evidence of the positive members, twin by twin.
    pub positive: Vec<f32>,
    /// Evidence of the negative members, twin by twin.
    pub negative: Vec<f32>,
}

/// One line of `measures.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureRow {
    /// World name.
    pub world: String,
    /// Network name.
    pub network: String,
    /// Observer name.
    pub observer: String,
    /// Role of the observer.
    pub role: String,
    /// Of a contrast, the observer whose value is subtracted; empty for any other measure.
    #[serde(default)]
    pub against: String,
    /// Measure id, e.g. `illusory_d_prime`.
    pub measure: String,
    /// `equal_steps`, `matched`, `plateau`; empty where training does not enter.
    pub estimand: String,
    /// Unit: `d_prime`, `auc`, `share`, `deg`, `contrast`, `ratio`.
    pub unit: String,
    /// Mean over seeds; empty when not measurable.
    #[serde(serialize_with = "finite")]
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    #[serde(serialize_with = "finite")]
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    #[serde(serialize_with = "finite")]
    pub high: Option<f64>,
    /// Seeds that entered.
    pub n: usize,
    /// Seeds that were censored or did not reach the criterion.
    pub excluded: usize,
    /// p value where the experiment's status allows one.
    #[serde(serialize_with = "finite")]
    pub p: Option<f64>,
    /// p corrected for the declared family.
    #[serde(serialize_with = "finite")]
    pub p_adjusted: Option<f64>,
    /// Verdict or reason, in words.
    pub note: String,
}

/// One line of `networks.csv`: what one network gave where its group's measure is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkRow {
    /// World name.
    pub world: String,
    /// Network name.
    pub network: String,
    /// Observer name.
    pub observer: String,
    /// Role of the observer.
    pub role: String,
    /// Seed.
    pub seed: u64,
    /// Measure id.
    pub measure: String,
    /// `equal_steps`, or where competence is equal.
    pub estimand: String,
    /// Unit of the value.
    pub unit: String,
    /// The value; empty when not measurable.
    #[serde(serialize_with = "finite")]
    pub value: Option<f64>,
    /// Competence there, on pictures by which nothing was matched.
    #[serde(serialize_with = "finite")]
    pub competence: Option<f64>,
    /// Why there is no value.
    pub note: String,
}

/// One line of `tuning.csv`: one network of a search for rates and decays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TuningRow {
    /// World name.
    pub world: String,
    /// Rule id.
    pub rule: String,
    /// Observer name, as in the file.
    pub observer: String,
    /// Network name.
    pub network: String,
    /// Learning rate.
    pub rate: f64,
    /// Weight decay.
    pub decay: f64,
    /// Seed of the search.
    pub seed: u64,
    /// Plain validation accuracy at the last step, half A; empty where training ended early.
    #[serde(serialize_with = "finite")]
    pub accuracy_a: Option<f64>,
    /// d′ on the hard set at the last step, half A; empty where training ended early.
    #[serde(serialize_with = "finite")]
    pub hard_d_prime_a: Option<f64>,
    /// Why training ended early; empty where it did not.
    pub ended: String,
    /// CPU seconds.
    #[serde(serialize_with = "finite")]
    pub seconds: Option<f64>,
    /// Planned multiply-accumulates.
    pub macs: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_that_is_not_finite_is_written() {
        let cases = [(f64::NAN, ""), (f64::INFINITY, ""), (f64::NEG_INFINITY, ""), (-1.5, "-1.5"), (0.0, "0.0")];
        for (value, written) in cases {
            let row = AlignmentRow {
                cell: "c".into(),
                observer: "o".into(),
                seed: 0,
                checkpoint: 1,
                layer: 1,
                cosine: Some(value),
                norm_ratio: Some(0.25),
            };
            let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
            writer.serialize(&row).expect("a row in memory");
            let text = String::from_utf8(writer.into_inner().expect("memory")).expect("UTF-8");
            assert_eq!(text, format!("c,o,0,1,1,{written},0.25\n"));
        }
    }
}
