//! `[[reference]]`: networks of the literature that are run beside the experiment's own.

use super::known::Bounds;
use super::source::{Names, Section, Value};
use super::tuning::ignored;
use crate::experiment::ReferenceSpec;

/// Reads all of `[[reference]]`; `observers` are names that are taken.
pub(super) fn references(value: &Value<'_>, tuned: bool, observers: &Names) -> Option<Vec<ReferenceSpec>> {
    if tuned {
        ignored(value, "a search tries rates of learning rules, so that [[reference]] would be ignored");
    }
    let mut read: Vec<Option<ReferenceSpec>> = Vec::new();
    for element in value.list("written as [[reference]]")? {
        let spec = element.table("[[reference]]".into()).and_then(reference);
        let taken = |id: &String| {
            observers.defined.contains(id) || read.iter().flatten().any(|other: &ReferenceSpec| other.id == *id)
        };
        if let Some(spec) = spec.as_ref().filter(|spec| taken(&spec.id)) {
            let help = "write each reference network once, and give no observer its name";
            element.disagrees(format!("two observers are named `{}`", spec.id), help);
        }
        read.push(spec);
    }
    read.into_iter().collect()
}

fn reference(mut section: Section<'_>) -> Option<ReferenceSpec> {
    let id = section.need("id").and_then(|value| value.choice("reference network", &ReferenceSpec::ALL));
    let pictures = Bounds::from_to(0.0, 1e7);
    let width = section.or("width", 16, |value| value.whole(Bounds::from_to(1.0, 1024.0)));
    let pretraining = section.need("pretraining_pictures").and_then(|value| value.whole(pictures));
    let finetuning = section.need("finetuning_pictures").and_then(|value| value.whole(pictures));
    let batch = section.or("batch", 32, |value| value.whole(Bounds::from_to(2.0, 4096.0)));
    let answer_steps = section.or("answer_steps", 100, |value| value.whole(Bounds::from_to(1.0, 1e4)));
    let rate = section.or("rate", 5e-5, |value| value.number(Bounds::POSITIVE));
    let max_seeds = section.or("max_seeds", None, |value| value.count().map(Some));
    section.finish();
    Some(ReferenceSpec {
        id: id?,
        width: width?,
        pretraining_pictures: pretraining?,
        finetuning_pictures: finetuning?,
        batch: batch?,
        answer_steps: answer_steps?,
        rate: rate?,
        max_seeds: max_seeds?,
    })
}

/// The canvas must be one that three strides halve.
pub(super) fn check_side(place: &Value<'_>, side: usize) {
    if !side.is_multiple_of(8) {
        let message = format!("`size_px` is {side}, and the reference network halves pictures three times");
        place.disagrees(message, format!("write `size_px = {}` in [battery]", side.next_multiple_of(8)));
    }
}
