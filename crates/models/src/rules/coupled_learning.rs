//! Coupled learning: states settle freely, then with the output moved a little toward the target and held there.
//!
//! The free network and the clamped one are two copies in which each synapse compares the product of its ends. What that teaches, and
//! how it differs from equilibrium propagation, stands in `common/clamped.rs`.
//!
//! # Shapes
//! As in equilibrium propagation.
//!
//! # Source
//! `stern2021`; `scellier2023` for it beside equilibrium propagation.

use super::common::clamped::Clamped;
use super::{
    CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, Locking, Pause, RuleEntry,
    SettingDefault, SettingInfo, SettingKind, SettingRange, Source, Transport,
};

const ID: &str = "coupled_learning";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "nudging",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.1),
        range: SettingRange::AboveUpTo(0.0, 1.0),
        help: "share of the way from the free output to the target at which it is held; weight gradients are divided by it",
    },
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
    aliases: &["cpl"],
    title: "Coupled learning",
    family: Family::Energy,
    summary: "States settle on symmetric weights, freely and with the output held a little nearer to the target; each synapse learns from the \
              difference of the two products of its ends.",
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
    source: Source { key: "stern2021", place: "section II, coupled learning" },
    departures: "The published rule was written for flow and elastic networks; here the states are those of a layered network in the prototypical \
                 form of equilibrium propagation, as in scellier2023, with its steps of 30 and 10. The output settles with the rest \
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
            strength: settings.number("nudging"),
            free_steps: settings.count("free_steps"),
            clamped_steps: settings.count("clamped_steps"),
        }))
    },
};

/// Two products per layer and step, and two per phase for the weights.
fn forward_equivalents(settings: &CheckedSettings, _: usize) -> f64 {
    2.0 * (settings.count("free_steps") + settings.count("clamped_steps")) as f64 + 2.0
}
