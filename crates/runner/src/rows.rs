//! The tables of a run, one struct per CSV line. Their headers are documented in `results/README.md` and versioned.
//!
//! Empty cells mean "does not apply" or "not measurable"; a number that is not finite never reaches a file.

use serde::{Deserialize, Serialize};

/// Version of all headers below; raised when a column changes meaning, appears or disappears.
pub const SCHEMA: u32 = 1;

/// Who and where: the columns that every table starts with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellKey {
    /// Identity of the cell: hash of its content.
    pub cell: String,
    /// World name.
    pub world: String,
    /// Network name; empty for observers without one.
    pub network: String,
    /// Observer name.
    pub observer: String,
    /// `rule`, `control`, `baseline` or `planted`.
    pub role: String,
    /// Replicate seed.
    pub seed: u64,
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
    pub alpha_deg: Option<f64>,
    /// Support ratio.
    pub support_ratio: Option<f64>,
    /// Contrast of the real contour relative to the inducers'.
    pub contrast: Option<f64>,
    /// Twins in the block.
    pub n: usize,
    /// Area under the ROC curve of the evidence, fat against thin (or figure against control).
    pub auc: Option<f64>,
    /// √2·Φ⁻¹(auc), auc clipped to [1/2N, 1 − 1/2N].
    pub d_prime: Option<f64>,
    /// Share of twins whose evidence is ordered correctly (ties count one half).
    pub two_afc: Option<f64>,
    /// Share correct at criterion 0.
    pub correct: Option<f64>,
    /// Mean evidence over the positive members.
    pub evidence_positive: Option<f64>,
    /// Mean evidence over the negative members.
    pub evidence_negative: Option<f64>,
    /// Standard deviation of the evidence: over members in a block of twins, over noise fields within a figure in a
    /// `reliance` block (root mean square over figures).
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
    pub loss: Option<f64>,
    /// Plain validation accuracy, half A.
    pub accuracy_a: Option<f64>,
    /// Plain validation accuracy, half B.
    pub accuracy_b: Option<f64>,
    /// d′ on the hard set, half A: the competence that matching reads.
    pub hard_d_prime_a: Option<f64>,
    /// d′ on the hard set, half B.
    pub hard_d_prime_b: Option<f64>,
    /// Hard accuracy at criterion 0, half B.
    pub hard_accuracy_b: Option<f64>,
    /// Hard d′ over outlined shapes only, half B.
    pub hard_d_prime_outline: Option<f64>,
    /// Hard d′ over filled shapes only, half B.
    pub hard_d_prime_filled: Option<f64>,
    /// Cosine between the rule's proposal and the true gradient, all hidden weights together.
    pub cosine: Option<f64>,
    /// Norm of the proposal over the norm of the true gradient, hidden weights.
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
    pub cosine: Option<f64>,
    /// Norm over the true gradient's norm.
    pub norm_ratio: Option<f64>,
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
    /// Measure id, e.g. `illusory_d_prime`.
    pub measure: String,
    /// `equal_steps`, `matched`, `plateau`; empty where training does not enter.
    pub estimand: String,
    /// Unit: `d_prime`, `auc`, `share`, `deg`, `contrast`, `ratio`.
    pub unit: String,
    /// Mean over seeds; empty when not measurable.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// Seeds that entered.
    pub n: usize,
    /// Seeds that were censored or did not reach the criterion.
    pub excluded: usize,
    /// p value where the experiment's status allows one.
    pub p: Option<f64>,
    /// p corrected for the declared family.
    pub p_adjusted: Option<f64>,
    /// Verdict or reason, in words.
    pub note: String,
}
