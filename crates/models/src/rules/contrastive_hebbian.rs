//! Contrastive Hebbian learning: states settle freely, then with the output held at the target; each synapse learns from the
//! difference of the products of its ends.
//!
//! It is coupled learning with the output moved the whole way. Far from the free state the two phases may lie in different basins, and
//! the difference is then the slope of nothing; what small moves teach stands in `common/clamped.rs`.
//!
//! # Shapes
//! As in equilibrium propagation.
//!
//! # Source
//! `movellan1991`.

use super::common::clamped::Clamped;
use super::{
    CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, Locking, Pause, RuleEntry,
    SettingDefault, SettingInfo, SettingKind, SettingRange, Source, Transport,
};

const ID: &str = "contrastive_hebbian";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "free_steps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(30.0),
        range: SettingRange::FromTo(1.0, 100_000.0),
        help: "steps of the free phase",
    },
    SettingInfo {
        key: "clamped_steps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(10.0),
        range: SettingRange::FromTo(1.0, 100_000.0),
        help: "steps of the clamped phase",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["chl"],
    title: "Contrastive Hebbian learning",
    family: Family::Energy,
    summary: "States settle on symmetric weights, freely and with the output held at the target; each synapse learns from the difference of the \
              two products of its ends.",
    claims: Claims {
        gradient: GradientClaim::Approximate,
        transport: Transport::Full,
        error_path: ErrorPath::Settled,
        locking: Locking::Full,
        pause: Pause::Settling,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "the same product in another phase",
        signed_error: false,
        stores: "products of one phase until the next has settled",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "movellan1991", place: "contrastive Hebbian learning in continuous Hopfield models" },
    departures: "The clamped phase starts from the free state, as in coupled learning, and the states are those of the prototypical form of \
                 equilibrium propagation, with its steps of 30 and 10, in place of continuous time. The output settles with the rest \
                 under cross-entropy too.",
    answers: &[Inference::Settled, Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents,
    // A forward pass; up, down and the energy at every step.
    settled_equivalents: |settings| 1.0 + 3.0 * settings.count("free_steps") as f64,
    check: |_, _| Ok(()),
    build: |settings, setup, _| {
        Ok(Box::new(Clamped {
            id: ID,
            loss: setup.loss,
            strength: 1.0,
            free_steps: settings.count("free_steps"),
            clamped_steps: settings.count("clamped_steps"),
        }))
    },
};

/// Two products per layer and step, and two per phase for the weights.
fn forward_equivalents(settings: &CheckedSettings, _: usize) -> f64 {
    2.0 * (settings.count("free_steps") + settings.count("clamped_steps")) as f64 + 2.0
}
