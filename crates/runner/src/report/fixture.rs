//! Evidence for tests: two worlds' worth of nothing but what the report needs, written by hand.

use super::{Check, EntryText, Evidence, Findings, RunFacts, Sentence, SentenceKind, Thumbnail};
use crate::adversarial::{Check as AttackCheck, KINDS, Kind};
use crate::experiment::{
    AnalysisSpec, BatterySpec, CompetenceSpec, ContrastSpec, Experiment, LayerEntry, NetworkEntry, ObserverSpec,
    OptimizerSpec, Role, Status, Training, WorldSpec,
};
use crate::ledger::Account;
use crate::rows::{
    AdversarialRow, AlignmentRow, AttackCheckRow, CourseRow, LayerRow, MeasureRow, TrainingRow, TransferRow, TrialRow,
};

/// Owned tables behind an [`Evidence`].
pub(super) struct Tables {
    pub(super) experiment: Experiment,
    pub(super) trials: Vec<TrialRow>,
    pub(super) training: Vec<TrainingRow>,
    pub(super) alignment: Vec<AlignmentRow>,
    pub(super) layers: Vec<LayerRow>,
    pub(super) course: Vec<CourseRow>,
    pub(super) adversarial: Vec<AdversarialRow>,
    pub(super) attack_checks: Vec<AttackCheckRow>,
    pub(super) transfer: Vec<TransferRow>,
    pub(super) measures: Vec<MeasureRow>,
    pub(super) findings: Findings,
}

impl Tables {
    /// As the report takes it.
    pub(super) fn evidence(&self) -> Evidence<'_> {
        Evidence {
            experiment: &self.experiment,
            run: RunFacts {
                hash: "0123".into(),
                failed: vec![("cell <9>".into(), "panic: shape".into())],
                source: "id = \"a & b\"".into(),
                ..RunFacts::default()
            },
            trials: &self.trials,
            training: &self.training,
            alignment: &self.alignment,
            layers: &self.layers,
            course: &self.course,
            adversarial: &self.adversarial,
            attack_checks: &self.attack_checks,
            transfer: &self.transfer,
            colors: &[],
            brightness: &[],
            motion: &[],
            flow: &[],
            painting: &[],
            measures: &self.measures,
            findings: &self.findings,
            sheets: vec![Thumbnail {
                title: "fat".into(),
                caption: "illusory, 10°".into(),
                png: vec![137, 80, 78, 71],
            }],
            ledger: vec![Account {
                observer: "<b>".into(),
                network: "cnn".into(),
                weights_above: "none".into(),
                waits_for: "all above".into(),
                forward_activity: "settling".into(),
                needs_targets: true,
                forward_passes: 3.0,
                critical_share: 0.75,
                bytes_held: 64_000.0,
                nanojoules: 9_600.0,
            }],
            rules: vec![EntryText {
                id: "backprop".into(),
                title: "Backpropagation".into(),
                family: "gradient".into(),
                summary: "The exact gradient.".into(),
                source: "Rumelhart et al. 1986".into(),
                departures: String::new(),
            }],
        }
    }
}

fn optimizer() -> OptimizerSpec {
    OptimizerSpec { id: "adam".into(), learning_rate: 0.001, weight_decay: 0.0, momentum: 0.0 }
}

fn experiment(observers: &[&str]) -> Experiment {
    let observer = |name: &&str| ObserverSpec {
        name: (*name).into(),
        rule: "backprop".into(),
        settings: Default::default(),
        optimizer: optimizer(),
        inference: "feedforward".into(),
        networks: Vec::new(),
        worlds: Vec::new(),
        max_seeds: None,
        role: Role::Rule,
    };
    Experiment {
        schema: 1,
        id: "fixture".into(),
        title: "A fixture".into(),
        question: "Is the report well made?".into(),
        status: Status::Exploratory,
        seeds: vec![1, 2, 3],
        budget_minutes: 1.0,
        device: "flex".into(),
        training: Training {
            steps: 100,
            batch: 8,
            checkpoints: 2,
            first_checkpoint: 10,
            anneal: 0.0,
            loss: "cross_entropy".into(),
            optimizer: optimizer(),
        },
        worlds: vec![WorldSpec {
            name: "quads".into(),
            id: "quads".into(),
            settings: Default::default(),
            encoding: "srgb".into(),
        }],
        networks: vec![NetworkEntry {
            name: "cnn".into(),
            layers: vec![LayerEntry::Readout],
            worlds: Vec::new(),
            max_seeds: None,
            residual: false,
        }],
        observers: observers.iter().map(observer).collect(),
        battery: BatterySpec {
            illusion: "fat_thin".into(),
            twins: 8,
            size_px: 32,
            size_deg: 4.0,
            alphas_deg: vec![5.0, 10.0],
            primary_alpha_deg: 10.0,
            support_ratios: vec![0.25, 0.5],
            primary_support_ratio: 0.5,
            turns_deg: vec![15.0, 90.0],
            shifts: vec![0.2, 0.4],
            contour_contrasts: vec![0.0, 0.5],
            noise_fields: 4,
            noise_figures: 3,
            noise_sd: 0.1,
            church: None,
            snakes: None,
        },
        competence: CompetenceSpec {
            images: 64,
            gate_accuracy: 0.95,
            match_grid: vec![1.0],
            match_accuracy: vec![0.9],
            match_share: 0.8,
        },
        analysis: AnalysisSpec {
            reference: "backprop".into(),
            contrasts: vec![ContrastSpec { observer: "<b>".into(), against: "backprop".into() }],
            margin_d_prime: 0.25,
            margin_auc: 0.05,
            alpha: 0.05,
            bootstrap: 100,
            margin_epsilon: None,
            margin_assimilation: None,
            margin_turn: None,
        },
        references: Vec::new(),
        layers: None,
        settling: None,
        adversarial: None,
        tuning: None,
    }
}

/// A trial row of the fixture's world and network.
pub(super) fn trial(observer: &str, seed: u64, checkpoint: usize, condition: &str, d_prime: f64) -> TrialRow {
    TrialRow {
        cell: format!("{observer} {seed}"),
        world: "quads".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint,
        step: checkpoint * 50,
        inference: "feedforward".into(),
        block: format!("{condition}_10"),
        condition: condition.into(),
        part: String::new(),
        polarity: "all".into(),
        alpha_deg: Some(10.0),
        support_ratio: Some(0.5),
        contrast: None,
        n: 8,
        auc: Some(0.8),
        d_prime: Some(d_prime),
        two_afc: Some(0.8),
        correct: Some(0.7),
        shift: None,
        chosen_positive: None,
        chosen_negative: None,
        evidence_positive: None,
        evidence_negative: None,
        evidence_sd: None,
    }
}

fn learned(observer: &str, seed: u64, checkpoint: usize, hard: f64) -> TrainingRow {
    TrainingRow {
        cell: format!("{observer} {seed}"),
        world: "quads".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint,
        step: checkpoint * 50,
        loss: Some(0.5),
        accuracy_a: Some(0.97),
        accuracy_b: Some(0.97),
        hard_d_prime_a: Some(hard),
        hard_d_prime_b: Some(hard),
        hard_accuracy_b: Some(0.8),
        hard_d_prime_outline: None,
        hard_d_prime_filled: None,
        cosine: Some(0.5),
        norm_ratio: Some(0.9),
    }
}

/// A layer of the fixture's world and network at its last checkpoint.
fn layer(observer: &str, seed: u64, layer: usize, value: f64) -> LayerRow {
    LayerRow {
        cell: format!("{observer} {seed}"),
        world: "quads".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint: 2,
        step: 100,
        layer,
        layers: 2,
        what: "in_rotated".into(),
        unit: "d_prime".into(),
        n: 8,
        value: Some(value),
        share: Some(0.75),
        ridge: Some(0.5),
    }
}

/// What a network of the fixture answers after so many steps of settling, or by its forward pass.
fn settling(observer: &str, seed: u64, step: Option<usize>, value: f64) -> CourseRow {
    CourseRow {
        cell: format!("{observer} {seed}"),
        world: "quads".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint: 2,
        step: 100,
        answer: if step.is_none() { "feedforward".into() } else { "settling".into() },
        settling_step: step,
        what: "in_rotated".into(),
        part: "square".into(),
        unit: "d_prime".into(),
        n: 8,
        value: Some(value),
        auc: None,
    }
}

/// An attack on a network of the fixture's at its last checkpoint.
fn attack(observer: &str, seed: u64, kind: Kind, epsilon: f64) -> AdversarialRow {
    let targeted = kind == Kind::Targeted;
    AdversarialRow {
        cell: format!("{observer} {seed}"),
        world: "quads".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint: 2,
        step: 100,
        inference: "feedforward".into(),
        attack: kind.id().into(),
        target: if targeted { "fat>thin".into() } else { String::new() },
        epsilon: Some(epsilon),
        n: 20,
        correct: 16,
        clean_accuracy: Some(0.8),
        accuracy: Some(0.8 - epsilon),
        success: Some(epsilon),
        confidence_before: Some(0.25),
        confidence_after: Some(0.75),
        epsilon50: None,
        beyond: None,
        low_frequency: Some(0.375),
        gradient_norm: Some(2.5),
    }
}

fn attack_check(observer: &str, seed: u64, check: AttackCheck, held: Option<bool>) -> AttackCheckRow {
    AttackCheckRow {
        cell: format!("{observer} {seed}"),
        world: "quads".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        seed,
        checkpoint: 2,
        check: check.id().into(),
        held,
        value: Some(0.5),
        bound: Some(0.25),
        reason: "0.5 of <them>".into(),
    }
}

fn transfer(source: &str, tested: &str, seed: u64, success: Option<f64>) -> TransferRow {
    TransferRow {
        world: "quads".into(),
        network: "cnn".into(),
        seed,
        source: source.into(),
        tested: tested.into(),
        epsilon: 0.125,
        n: 16,
        success,
    }
}

/// What attacks on the fixture's networks did: one rule's third network fails a check.
fn attack_all(tables: &mut Tables, observers: [&str; 2]) {
    for observer in observers {
        for seed in 1..=3 {
            for kind in KINDS {
                tables.adversarial.extend([0.125, 0.25].map(|epsilon| attack(observer, seed, kind, epsilon)));
            }
            let held = observer == "backprop" || seed < 3;
            tables.attack_checks.push(attack_check(observer, seed, AttackCheck::Estimate, Some(held)));
            for (source, success) in observers.into_iter().zip([Some(0.625), None]) {
                tables.transfer.push(transfer(source, observer, seed, success));
            }
        }
        let least = measure(observer, "epsilon50", "equal_steps", Some(0.0625), "");
        tables.measures.push(MeasureRow { unit: "code".into(), ..least });
        tables.measures.push(measure(observer, "epsilon50", "matched", None, "the common competence (never reached)"));
        tables.measures.push(measure(observer, "attack_checks", "equal_steps", Some(1.0), ""));
    }
    let joined = measure("all rules", "illusion_epsilon50_within", "equal_steps", Some(-0.5), "");
    tables.measures.push(MeasureRow { role: "joined".into(), ..joined });
}

/// A measure of the fixture's world and network.
pub(super) fn measure(observer: &str, measure: &str, estimand: &str, value: Option<f64>, note: &str) -> MeasureRow {
    MeasureRow {
        world: "quads".into(),
        network: "cnn".into(),
        observer: observer.into(),
        role: "rule".into(),
        against: String::new(),
        measure: measure.into(),
        estimand: estimand.into(),
        unit: "d_prime".into(),
        value,
        low: value.map(|value| value - 0.25),
        high: value.map(|value| value + 0.25),
        n: 3,
        excluded: 0,
        p: None,
        p_adjusted: None,
        note: note.into(),
    }
}

/// Two rules, one of them with a name that must be escaped, three seeds, two checkpoints.
pub(super) fn tables() -> Tables {
    let observers = ["backprop", "<b>"];
    let mut tables = Tables {
        experiment: experiment(&observers),
        trials: Vec::new(),
        training: Vec::new(),
        alignment: Vec::new(),
        layers: Vec::new(),
        course: Vec::new(),
        adversarial: Vec::new(),
        attack_checks: Vec::new(),
        transfer: Vec::new(),
        measures: Vec::new(),
        findings: Findings {
            headline: "The headline of the fixture.".into(),
            sentences: vec![Sentence {
                topic: "quads · cnn".into(),
                text: "<b>: classified as the real figures.".into(),
                kind: SentenceKind::NotEstablished,
            }],
            cannot_show: vec!["Nothing about experience.".into()],
            instrument_checks: vec![Check { name: "full discs".into(), held: false, detail: "0.7 > 0.1".into() }],
        },
    };
    for (at, observer) in observers.into_iter().enumerate() {
        for seed in 1..=3 {
            let steps = [None, Some(0), Some(4)];
            tables.course.extend(steps.map(|step| settling(observer, seed, step, 1.0 + 0.1 * seed as f64)));
            tables.layers.extend((0..=2).map(|at| layer(observer, seed, at, at as f64 + 0.1 * seed as f64)));
            for checkpoint in 1..=2 {
                let value = checkpoint as f64 + 0.1 * seed as f64 - 0.5 * at as f64;
                tables.training.push(learned(observer, seed, checkpoint, value));
                tables.trials.push(trial(observer, seed, checkpoint, "illusory", value));
                tables.trials.push(trial(observer, seed, checkpoint, "misaligned", 0.5 * value));
            }
        }
        tables.measures.push(measure(observer, "accuracy", "equal_steps", Some(0.97), ""));
        tables.measures.push(measure(observer, "gate", "equal_steps", Some(1.0 - 0.5 * at as f64), ""));
        tables.measures.push(measure(observer, "illusory_d_prime", "equal_steps", Some(1.25), ""));
        tables.measures.push(measure(observer, "alpha75_deg", "equal_steps", None, "median; 3 below the tested range"));
    }
    attack_all(&mut tables, observers);
    let note = "primary; margin ±0.25; neither a difference nor equivalence is established";
    tables.measures.push(measure("<b>", "contrast_illusory_d_prime", "matched", Some(-0.5), note));
    tables
}
