//! `[[reference]]`: networks of the literature that are run beside the experiment's own.

use super::battery::Shown;
use super::known::Bounds;
use super::source::{Names, Section, Value};
use super::tuning::ignored;
use crate::experiment::{Pang2021Entry, PredNetEntry, PredNetLossSpec, ReferenceSpec, SnakesSpec};

/// Channels of a frame.
const COLORS: usize = 3;
/// Layers of a network that takes pictures apart.
const MOST_LAYERS: usize = 6;

/// Reads all of `[[reference]]`; `observers` are names that are taken.
pub(super) fn references(value: &Value<'_>, tuned: bool, observers: &Names) -> Option<Vec<ReferenceSpec>> {
    if tuned {
        ignored(value, "a search tries rates of learning rules, so that [[reference]] would be ignored");
    }
    let mut read: Vec<Option<ReferenceSpec>> = Vec::new();
    for element in value.list("written as [[reference]]")? {
        let spec = element.table("[[reference]]".into()).and_then(reference);
        let taken = |id: &str| {
            observers.defined.iter().any(|other| other == id)
                || read.iter().flatten().any(|other: &ReferenceSpec| other.id() == id)
        };
        if let Some(spec) = spec.as_ref().filter(|spec| taken(spec.id())) {
            let help = "write each reference network once, and give no observer its name";
            element.disagrees(format!("two observers are named `{}`", spec.id()), help);
        }
        read.push(spec);
    }
    read.into_iter().collect()
}

fn reference(mut section: Section<'_>) -> Option<ReferenceSpec> {
    let id = section.need("id").and_then(|value| value.choice("reference network", &ReferenceSpec::ALL));
    match id.as_deref() {
        Some(ReferenceSpec::PREDNET) => prednet(section).map(ReferenceSpec::PredNet),
        Some(_) | None => pang2021(section, id).map(ReferenceSpec::Pang2021),
    }
}

fn pang2021(mut section: Section<'_>, id: Option<String>) -> Option<Pang2021Entry> {
    let pictures = Bounds::from_to(0.0, 1e7);
    let width = section.or("width", 16, |value| value.whole(Bounds::from_to(1.0, 1024.0)));
    let pretraining = section.need("pretraining_pictures").and_then(|value| value.whole(pictures));
    let finetuning = section.need("finetuning_pictures").and_then(|value| value.whole(pictures));
    let batch = section.or("batch", 32, |value| value.whole(Bounds::from_to(2.0, 4096.0)));
    let answer_steps = section.or("answer_steps", 100, |value| value.whole(Bounds::from_to(1.0, 1e4)));
    let rate = section.or("rate", 5e-5, |value| value.number(Bounds::POSITIVE));
    let max_seeds = section.or("max_seeds", None, |value| value.count().map(Some));
    section.finish();
    Some(Pang2021Entry {
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

fn prednet(mut section: Section<'_>) -> Option<PredNetEntry> {
    let channels = section.or("channels", vec![COLORS, 12, 24, 48], colored);
    let written = section.get("representations");
    let representations = written.as_ref().map_or_else(|| channels.clone(), counts);
    if let (Some(value), Some(channels), Some(own)) = (&written, &channels, &representations)
        && own.len() != channels.len()
    {
        let message = format!("`channels` has {} layers, and `representations` {}", channels.len(), own.len());
        value.disagrees(message, "give both one number a layer, or leave `representations` out");
    }
    let loss = section.or("loss", PredNetLossSpec::Squared, |value| {
        Some(match value.choice("loss", &["absolute", "squared"])?.as_str() {
            "absolute" => PredNetLossSpec::Absolute,
            _ => PredNetLossSpec::Squared,
        })
    });
    let frames = section.or("frames", 10, |value| value.whole(Bounds::from_to(3.0, 100.0)));
    let most = frames.map_or(0.0, |frames| frames as f64 - 2.0);
    let unweighted = section.or("unweighted", 0, |value| value.whole(Bounds::from_to(0.0, most)));
    let clips = section.need("clips").and_then(|value| value.whole(Bounds::from_to(0.0, 1e7)));
    let batch = section.or("batch", 4, |value| value.whole(Bounds::from_to(1.0, 4096.0)));
    let rate = section.or("rate", 1e-3, |value| value.number(Bounds::POSITIVE));
    let late_rate = section.or("late_rate", 1e-4, |value| value.number(Bounds::POSITIVE));
    let max_seeds = section.or("max_seeds", None, |value| value.count().map(Some));
    section.finish();
    Some(PredNetEntry {
        id: ReferenceSpec::PREDNET.to_owned(),
        channels: channels?,
        representations: representations?,
        loss: loss?,
        frames: frames?,
        unweighted: unweighted?,
        clips: clips?,
        batch: batch?,
        rate: rate?,
        late_rate: late_rate?,
        max_seeds: max_seeds?,
    })
}

/// One number a layer.
fn counts(value: &Value<'_>) -> Option<Vec<usize>> {
    let listed = value.list("a list of whole numbers, one a layer")?;
    if !(1..=MOST_LAYERS).contains(&listed.len()) {
        value.wrong(format!("`{}` must have one to {MOST_LAYERS} layers, got {}", value.name(), listed.len()), None);
        return None;
    }
    listed.iter().map(|count| count.whole(Bounds::from_to(1.0, 1024.0))).collect()
}

/// The same, where the first layer has the three colors of a frame.
fn colored(value: &Value<'_>) -> Option<Vec<usize>> {
    let counts = counts(value)?;
    if counts[0] != COLORS {
        value.wrong(format!("the first of `channels` is that of frames, {COLORS} colors, got {}", counts[0]), None);
        return None;
    }
    Some(counts)
}

/// The canvas must be one that each network can halve; and each network is asked what it can answer.
pub(super) fn check(place: &Value<'_>, references: &[ReferenceSpec], shown: &Shown<'_>) {
    for reference in references {
        let halvings = match reference {
            ReferenceSpec::Pang2021(_) => 3,
            ReferenceSpec::PredNet(entry) => entry.channels.len() - 1,
        };
        let canvas = shown.spec.as_ref().and_then(|spec| spec.snakes.as_ref()).map(|snakes| snakes.canvas_px);
        for (key, side) in [("size_px", shown.side), ("canvas_px", canvas)] {
            if let Some(side) = side.filter(|side| !side.is_multiple_of(1 << halvings)) {
                let times = ["never", "once", "twice", "three times", "four times", "five times"];
                let times = times.get(halvings).copied().unwrap_or("often");
                let message = format!("`{key}` is {side}, and the reference network halves pictures {times}");
                let next = side.next_multiple_of(1 << halvings);
                place.disagrees(message, format!("write `{key} = {next}` in [battery]"));
            }
        }
        let Some(illusion) = shown.illusion else { continue };
        let (fits, what) = match reference {
            ReferenceSpec::Pang2021(_) => (!illusion.gives.are_pictures(), "names classes"),
            ReferenceSpec::PredNet(_) => (illusion.id == SnakesSpec::BATTERY, "gives frames of movies"),
        };
        if !fits {
            let message = format!("`{}` {what}, and the battery is `{}`", reference.id(), illusion.id);
            place.disagrees(message, "leave [[reference]] out, or choose another battery");
        }
    }
}
