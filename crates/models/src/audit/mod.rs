//! The ledger: what a rule needs that a neuron does not have, and what it costs, found by intervening and by counting.
//!
//! [`plausibility`] changes one thing at a time (the weights above a unit, another sample, the labels) and looks at what a
//! rule proposes; [`costs`] takes a learning step apart; [`identities`] holds a rule on a given network to what must be
//! equal. None of them reads the rule's claims: [`contradictions`] compares.

mod costs;
mod identities;
mod interventions;
mod probe;

pub use costs::{Costs, costs};
pub use identities::{Check, identities};
pub use interventions::{Plausibility, plausibility};
pub use probe::{Probe, candidates, probe};

use crate::rules::Claims;

/// Where claims and interventions disagree, in words; nothing where they agree. What could not be isolated is not compared.
pub fn contradictions(claims: &Claims, found: &Plausibility) -> Vec<String> {
    let differs = |what: &str, claimed: String, found: Option<String>| {
        let found = found.filter(|found| *found != claimed)?;
        Some(format!("{what}: claimed {claimed}, found {found}"))
    };
    let text = |value: &dyn core::fmt::Debug| format!("{value:?}");
    let rows = [
        differs("weight transport", text(&claims.transport), found.transport.map(|value| text(&value))),
        differs("update locking", text(&claims.locking), found.locking.map(|value| text(&value))),
        differs("pause", text(&claims.pause), found.pause.map(|value| text(&value))),
        differs("mixes samples", text(&claims.mixes_samples), Some(text(&found.mixes_samples))),
        differs("draws noise", text(&claims.draws_noise), Some(text(&found.draws_noise))),
        differs("hidden layers need targets", text(&claims.needs_targets), Some(text(&found.needs_targets))),
        differs("trains hidden layers", text(&claims.trains_hidden()), Some(text(&found.trains_hidden))),
    ];
    rows.into_iter().flatten().collect()
}
