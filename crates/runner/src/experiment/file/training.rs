//! `[training]` and optimizers.

use super::known::{Bounds, Known};
use super::source::{Section, Value};
use super::tuning::or_decided;
use crate::experiment::{OptimizerSpec, Training};

/// What a search decides: the optimizer's key, and the grid's.
const RATE: (&str, &str) = ("learning_rate", "rates");
/// See [`RATE`].
const DECAY: (&str, &str) = ("weight_decay", "decays");

/// What an optimizer is where the file names none.
fn default_optimizer() -> OptimizerSpec {
    OptimizerSpec { id: "adamw".into(), learning_rate: 0.002, weight_decay: 0.01, momentum: 0.0 }
}

/// Reads `[training]`. Where rates and decays are searched for, no optimizer may name one.
pub(super) fn training(mut section: Section<'_>, known: &Known, tuned: bool) -> Option<Training> {
    let steps = section.or("steps", 500, Value::count);
    let batch = section.or("batch", 64, Value::count);
    let checkpoints = section.or("checkpoints", 6, Value::count);
    let first = section.get("first_checkpoint");
    let first_checkpoint = first.as_ref().map_or(Some(30), Value::count);
    let anneal = section.or("anneal", 0.0, |value| value.number(Bounds::UNIT));
    let loss =
        section.or("loss", "cross_entropy".into(), |value| value.choice("loss", &["cross_entropy", "squared_error"]));
    let optimizer = section.or("optimizer", default_optimizer(), |value| optimizer(value, known, tuned));
    if let (Some(steps), Some(first_checkpoint)) = (steps, first_checkpoint)
        && first_checkpoint > steps
    {
        let message = format!("`first_checkpoint` is {first_checkpoint}, after the last of {steps} steps");
        let help = format!("set `first_checkpoint` to at most {steps}, or raise `steps`");
        match first.or_else(|| section.get("steps")) {
            Some(value) => value.disagrees(message, help),
            None => section.mistakes.add(super::Basis::Elsewhere, section.at.clone(), message, Some(help)),
        }
    }
    section.finish();
    Some(Training {
        steps: steps?,
        batch: batch?,
        checkpoints: checkpoints?,
        first_checkpoint: first_checkpoint?,
        anneal: anneal?,
        loss: loss?,
        optimizer: optimizer?,
    })
}

/// A whole optimizer: what is not written is off, except that id and learning rate must be written.
fn optimizer(value: &Value<'_>, known: &Known, tuned: bool) -> Option<OptimizerSpec> {
    let mut section = value.table("`optimizer`".into())?;
    let id = section.need("id").and_then(|value| id(&value, known));
    let learning_rate = or_decided(&mut section, RATE, tuned, |section| {
        section.need("learning_rate").and_then(|value| value.number(Bounds::POSITIVE))
    });
    let weight_decay = or_decided(&mut section, DECAY, tuned, |section| {
        section.or("weight_decay", 0.0, |value| value.number(Bounds::NOT_NEGATIVE))
    });
    let momentum = momentum(&mut section, id.as_deref(), 0.0);
    section.finish();
    Some(OptimizerSpec { id: id?, learning_rate: learning_rate?, weight_decay: weight_decay?, momentum: momentum? })
}

/// Overrides of an observer, key by key. Momentum is not carried over to an optimizer that has none.
pub(super) fn overrides(
    value: &Value<'_>,
    base: Option<&OptimizerSpec>,
    (known, tuned): (&Known, bool),
) -> Option<OptimizerSpec> {
    // Without a base the mistake in `[training]` is reported already; the overrides are still read for their own.
    let fallback = default_optimizer();
    let from = base.unwrap_or(&fallback);
    let mut section = value.table("`optimizer`".into())?;
    let id = section.or("id", from.id.clone(), |value| id(value, known));
    let learning_rate = or_decided(&mut section, RATE, tuned, |section| {
        section.or("learning_rate", from.learning_rate, |value| value.number(Bounds::POSITIVE))
    });
    let weight_decay = or_decided(&mut section, DECAY, tuned, |section| {
        section.or("weight_decay", from.weight_decay, |value| value.number(Bounds::NOT_NEGATIVE))
    });
    let inherited = if id.as_deref() == Some("sgd") { from.momentum } else { 0.0 };
    let momentum = momentum(&mut section, id.as_deref(), inherited);
    section.finish();
    Some(OptimizerSpec { id: id?, learning_rate: learning_rate?, weight_decay: weight_decay?, momentum: momentum? })
}

fn id(value: &Value<'_>, known: &Known) -> Option<String> {
    let names: Vec<&str> = known.optimizers.iter().map(String::as_str).collect();
    value.choice("optimizer", &names)
}

fn momentum(section: &mut Section<'_>, id: Option<&str>, default: f64) -> Option<f64> {
    let Some(value) = section.get("momentum") else { return Some(default) };
    let momentum = value.number(Bounds { high: std::ops::Bound::Excluded(1.0), ..Bounds::UNIT })?;
    match id {
        Some(other) if other != "sgd" => {
            let help = "drop `momentum`, or choose `id = \"sgd\"`";
            value.disagrees(format!("`momentum` belongs to `sgd`; the optimizer here is `{other}`"), help);
            None
        }
        Some(_) | None => Some(momentum),
    }
}
