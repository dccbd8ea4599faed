//! Rows that tests of the analysis plant.

use crate::rows::{TrainingRow, TrialRow};

/// The square's primary block, d′ 1, of a network in the world `polygons`.
pub(crate) fn trial((network, observer): (&str, &str), seed: u64, (checkpoint, step): (usize, usize)) -> TrialRow {
    TrialRow {
        cell: String::new(),
        world: "polygons".into(),
        network: network.into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint,
        step,
        inference: "feedforward".into(),
        block: "in_rotated_square".into(),
        condition: "in_rotated".into(),
        part: "square".into(),
        polarity: "all".into(),
        alpha_deg: None,
        support_ratio: Some(0.5),
        contrast: None,
        shift: None,
        n: 8,
        auc: Some(0.8),
        d_prime: Some(1.0),
        two_afc: Some(0.8),
        correct: None,
        chosen_positive: None,
        chosen_negative: None,
        evidence_positive: None,
        evidence_negative: None,
        evidence_sd: None,
    }
}

/// Competence of the same network: hard d′ and accuracy, both halves alike.
pub(crate) fn training(
    (network, observer): (&str, &str),
    seed: u64,
    (checkpoint, step): (usize, usize),
    (hard, accuracy): (f64, f64),
) -> TrainingRow {
    TrainingRow {
        cell: String::new(),
        world: "polygons".into(),
        network: network.into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint,
        step,
        loss: None,
        accuracy_a: Some(accuracy),
        accuracy_b: Some(accuracy),
        hard_d_prime_a: Some(hard),
        hard_d_prime_b: Some(hard),
        hard_accuracy_b: None,
        hard_d_prime_outline: None,
        hard_d_prime_filled: None,
        cosine: None,
        norm_ratio: None,
    }
}
