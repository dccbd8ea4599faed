//! `[adversarial]`: which real pictures are attacked, how, and when.

use super::known::{Bounds, Known};
use super::source::{Section, Value};
use super::tuning::ignored;
use crate::experiment::{AdversarialSpec, AttackedAt, TargetSpec, WorldSpec};

/// What the article tells of: a triangle becomes a hexagon.
const TOLD: [&str; 2] = ["triangle", "hexagon"];

/// Pictures attacked where no number is written and half B has as many.
const PICTURES: usize = 96;

/// Sizes of a change where none are written: about one to sixteen gray levels.
const EPSILONS: [f64; 5] = [0.004, 0.008, 0.016, 0.032, 0.064];

/// What the section rests on.
pub(super) struct Context<'a> {
    /// Worlds that could be read.
    pub(super) worlds: &'a [WorldSpec],
    /// Validation pictures in both halves.
    pub(super) images: Option<usize>,
}

/// Reads `[adversarial]`.
pub(super) fn adversarial(
    value: &Value<'_>,
    context: &Context<'_>,
    (known, tuned): (&Known, bool),
) -> Option<AdversarialSpec> {
    if tuned {
        ignored(value, "a search shows nothing, so that [adversarial] would be ignored");
    }
    read(value.table("[adversarial]".into())?, &common(context.worlds, known), context.images)
}

/// Classes that every world has.
fn common(worlds: &[WorldSpec], known: &Known) -> Vec<String> {
    let of = |spec: &WorldSpec| known.worlds.iter().find(|world| world.id == spec.id).map(|world| &world.classes);
    let Some(first) = worlds.first().and_then(of) else { return Vec::new() };
    let shared = |class: &&String| worlds.iter().filter_map(of).all(|classes| classes.contains(class));
    first.iter().filter(shared).cloned().collect()
}

fn read(mut section: Section<'_>, classes: &[String], images: Option<usize>) -> Option<AdversarialSpec> {
    let at = section.or("at", AttackedAt::Last, |value| {
        let at = value.choice("at", &["last", "every"])?;
        Some(if at == "every" { AttackedAt::Every } else { AttackedAt::Last })
    });
    let written = section.get("pictures");
    let pictures =
        written.as_ref().map_or(Some(default_pictures(images)), |value| value.whole(Bounds::from_to(2.0, 1e5)));
    if let (Some(value), Some(pictures), Some(images)) = (&written, pictures, images)
        && pictures > images / 2
    {
        let message = format!("{pictures} pictures are to be attacked, and half B has {}", images / 2);
        value.disagrees(message, format!("write at most {}, or raise `images` in [competence]", images / 2));
    }
    let epsilons = section.or("epsilons", EPSILONS.to_vec(), |value| {
        value.increasing(Bounds { low: std::ops::Bound::Excluded(0.0), high: std::ops::Bound::Excluded(LARGE) })
    });
    let steps = section.or("steps", 40, |value| value.whole(Bounds::from_to(1.0, 1000.0)));
    let restarts = section.or("restarts", 5, |value| value.whole(Bounds::from_to(1.0, 100.0)));
    let told = || TOLD.iter().all(|told| classes.iter().any(|class| class == told));
    let targets = match section.get("targets") {
        Some(value) => targets(&value, classes),
        None if told() => Some(vec![TargetSpec { from: TOLD[0].into(), to: TOLD[1].into() }]),
        None => Some(Vec::new()),
    };
    let transfer = transfer(&mut section, pictures);
    let transfer_epsilon = transfer_epsilon(&mut section, epsilons.as_deref());
    section.finish();
    Some(AdversarialSpec {
        at: at?,
        pictures: pictures?,
        epsilons: epsilons?,
        steps: steps?,
        restarts: restarts?,
        targets: targets?,
        transfer: transfer?,
        transfer_epsilon: transfer_epsilon?,
    })
}

/// The size at which every classification must be lost; those of the file lie below it.
const LARGE: f64 = AdversarialSpec::LARGE;

fn default_pictures(images: Option<usize>) -> usize {
    images.map_or(PICTURES, |images| PICTURES.min(images / 2))
}

fn targets(value: &Value<'_>, classes: &[String]) -> Option<Vec<TargetSpec>> {
    let read: Vec<Option<TargetSpec>> =
        value.list_or_empty("a list of pairs of classes")?.iter().map(|pair| target(pair, classes)).collect();
    read.into_iter().collect()
}

/// `["triangle", "hexagon"]`.
fn target(value: &Value<'_>, classes: &[String]) -> Option<TargetSpec> {
    let pair = value.list("a pair of classes such as [\"triangle\", \"hexagon\"]")?;
    let [from, to] = pair.as_slice() else {
        let message = format!("a target is a pair of classes, from and to; found {}", pair.len());
        value.wrong(message, Some("write such as [\"triangle\", \"hexagon\"]".into()));
        return None;
    };
    let names: Vec<&str> = classes.iter().map(String::as_str).collect();
    // Where no world could be read it is open which classes there are.
    let class = |value: &Value<'_>| if names.is_empty() { value.text() } else { value.choice("class", &names) };
    let (from_class, to_class) = (class(from)?, class(to)?);
    if from_class == to_class {
        to.wrong(format!("a {from_class} is a {to_class} already"), Some("name another class".into()));
        return None;
    }
    Some(TargetSpec { from: from_class, to: to_class })
}

fn transfer(section: &mut Section<'_>, pictures: Option<usize>) -> Option<usize> {
    let Some(value) = section.get("transfer") else { return Some(pictures?.min(32)) };
    let transfer = value.whole(Bounds::from_to(0.0, 1e5))?;
    if let Some(pictures) = pictures
        && transfer > pictures
    {
        let message = format!("{transfer} pictures are to be shown to other networks, and {pictures} are attacked");
        value.disagrees(message, format!("write at most {pictures}"));
    }
    Some(transfer)
}

/// One of the sizes; the middle one where none is written.
fn transfer_epsilon(section: &mut Section<'_>, epsilons: Option<&[f64]>) -> Option<f64> {
    let Some(value) = section.get("transfer_epsilon") else {
        return epsilons.map(|epsilons| epsilons[epsilons.len() / 2]);
    };
    let written = value.number(Bounds::POSITIVE)?;
    if let Some(epsilons) = epsilons
        && !epsilons.contains(&written)
    {
        let message = format!("`transfer_epsilon` is {written}, which is not one of `epsilons`");
        value.disagrees(message, format!("choose one of {epsilons:?}"));
    }
    Some(written)
}
