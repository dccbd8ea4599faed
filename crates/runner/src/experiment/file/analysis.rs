//! `[analysis]`: outcomes and contrasts declared beforehand, and whether the design can reach them.

use super::known::{Bounds, Gives};
use super::source::{Names, Section, Value};
use crate::experiment::{AnalysisSpec, ContrastSpec, ObserverSpec};

/// Primary contrasts at most.
const MOST_CONTRASTS: usize = 6;
/// With fewer resamples the 2.5 % tail of an interval holds none.
const FEWEST_RESAMPLES: f64 = 40.0;
/// Seeds below which nothing is confirmed, whatever the level.
const FEWEST_SEEDS: usize = 6;

/// Equivalence margin on ε50 where none is written, code units: half a gray level.
const MARGIN_EPSILON: f64 = 0.002;

/// Equivalence margin on assimilation where none is written: the smallest shift of interest, a fiftieth of the inducers'
/// distance.
const MARGIN_ASSIMILATION: f64 = 0.02;
/// Margin on turns where a file names none, degrees per frame.
const MARGIN_TURN: f64 = 0.05;

/// What the declared analysis rests on.
pub(super) struct Context<'a> {
    /// Names of all observers.
    pub(super) names: &'a Names,
    /// Observers that could be read.
    pub(super) observers: &'a [ObserverSpec],
    /// Where the experiment is confirmatory: how many seeds it has, and where that is written.
    pub(super) confirmatory: Option<(usize, Value<'a>)>,
    /// Whether networks are attacked.
    pub(super) attacked: bool,
    /// What networks give.
    pub(super) gives: Gives,
}

/// Reads `[analysis]`.
pub(super) fn analysis(mut section: Section<'_>, context: &Context<'_>) -> Option<AnalysisSpec> {
    let reference = section.need("reference").and_then(|value| value.reference("observer", context.names));
    let written = section.get("contrasts");
    let listed = written.as_ref().map_or(Some(Vec::new()), |value| value.list_or_empty("a list of observers"));
    let margin_d_prime = section.or("margin_d_prime", 0.25, |value| value.number(Bounds::POSITIVE));
    let margin_auc = section.or("margin_auc", 0.05, |value| value.number(Bounds::OPEN_UNIT));
    let margin_epsilon = margin_epsilon(&mut section, context.attacked);
    let assimilation = ("margin_assimilation", context.gives == Gives::Pictures, MARGIN_ASSIMILATION);
    let margin_assimilation = margin_of_pictures(&mut section, assimilation);
    let margin_turn = margin_of_pictures(&mut section, ("margin_turn", context.gives == Gives::Frames, MARGIN_TURN));
    let alpha = section.or("alpha", 0.05, |value| value.number(Bounds::OPEN_UNIT));
    let bootstrap = section.or("bootstrap", 1000, |value| value.whole(Bounds::from_to(FEWEST_RESAMPLES, 1e7)));
    let at = section.at.clone();
    let mistakes = section.mistakes;
    section.finish();
    let listed = listed?;
    if let Some(value) = written.filter(|_| listed.len() > MOST_CONTRASTS) {
        let message = format!("{} contrasts are declared, {MOST_CONTRASTS} are the most", listed.len());
        value.wrong(message, Some("declare the primary ones; everything else is reported as exploratory".into()));
    }
    let contrasts = contrasts(&listed, reference.as_deref(), context.names);
    let declared = contrasts.clone().unwrap_or_default();
    if let Some(alpha) = alpha {
        match &context.confirmatory {
            Some(_) if listed.is_empty() => {
                let help = "add `contrasts = [\"…\"]`, or set `status = \"exploratory\"`".to_owned();
                let message = "a confirmatory experiment must declare its contrasts";
                mistakes.add(super::Basis::Elsewhere, at, message, Some(help));
            }
            Some((seeds, place)) => power((*seeds, place), (&listed, &declared), alpha, context),
            None => {}
        }
    }
    Some(AnalysisSpec {
        reference: reference?,
        contrasts: contrasts?,
        margin_d_prime: margin_d_prime?,
        margin_auc: margin_auc?,
        alpha: alpha?,
        bootstrap: bootstrap?,
        margin_epsilon: margin_epsilon?,
        margin_assimilation: margin_assimilation?,
        margin_turn: margin_turn?,
    })
}

/// What stands where a search for rates declares none: it compares nothing.
pub(super) fn none(names: &Names) -> AnalysisSpec {
    AnalysisSpec {
        reference: names.defined.first().cloned().unwrap_or_default(),
        contrasts: Vec::new(),
        margin_d_prime: 0.25,
        margin_auc: 0.05,
        alpha: 0.05,
        bootstrap: 1000,
        margin_epsilon: None,
        margin_assimilation: None,
        margin_turn: None,
    }
}

/// The margin on ε50, which has a place only where there is an ε50.
fn margin_epsilon(section: &mut Section<'_>, attacked: bool) -> Option<Option<f64>> {
    match (section.get("margin_epsilon"), attacked) {
        (None, false) => Some(None),
        (None, true) => Some(Some(MARGIN_EPSILON)),
        (Some(value), true) => value.number(Bounds::POSITIVE).map(Some),
        (Some(value), false) => {
            value.disagrees("no network is attacked, so that `margin_epsilon` would be ignored", "add [adversarial]");
            None
        }
    }
}

/// A margin that has a place only in one battery of networks that give pictures.
fn margin_of_pictures(
    section: &mut Section<'_>,
    (key, has_place, default): (&'static str, bool, f64),
) -> Option<Option<f64>> {
    match (section.get(key), has_place) {
        (None, false) => Some(None),
        (None, true) => Some(Some(default)),
        (Some(value), true) => value.number(Bounds::OPEN_UNIT).map(Some),
        (Some(value), false) => {
            value.disagrees(format!("no outcome of this battery is held to `{key}`"), "leave it out");
            None
        }
    }
}

fn contrasts(listed: &[Value<'_>], reference: Option<&str>, names: &Names) -> Option<Vec<ContrastSpec>> {
    let mut contrasts: Vec<ContrastSpec> = Vec::new();
    let mut sound = true;
    for value in listed {
        match contrast(value, reference, names) {
            Some(contrast) if contrast.observer == contrast.against => {
                let is_reference = reference == Some(contrast.observer.as_str());
                let whose = if is_reference { " is the reference" } else { "" };
                let message = format!("`{}`{whose}: a contrast with itself is 0", contrast.observer);
                value.disagrees(message, "leave it out of `contrasts`");
                sound = false;
            }
            Some(contrast) if contrasts.contains(&contrast) => {
                let message = format!("`{}` is listed twice", contrast.observer);
                value.wrong(message, Some("write each contrast once".into()));
                sound = false;
            }
            Some(contrast) => contrasts.push(contrast),
            None => sound = false,
        }
    }
    sound.then_some(contrasts)
}

/// An observer's name, against the reference; or `{ observer = "…", against = "…" }`.
fn contrast(value: &Value<'_>, reference: Option<&str>, names: &Names) -> Option<ContrastSpec> {
    if !value.is_table() {
        let observer = value.reference("observer", names)?;
        return Some(ContrastSpec { observer, against: reference?.to_owned() });
    }
    let mut section = value.table("a contrast".into())?;
    let observer = section.need("observer").and_then(|value| value.reference("observer", names));
    let against = section.need("against").and_then(|value| value.reference("observer", names));
    section.finish();
    Some(ContrastSpec { observer: observer?, against: against? })
}

/// Whether the exact sign-flip test can reject at all, with the seeds there are.
fn power(
    (seeds, place): (usize, &Value<'_>),
    (listed, declared): (&[Value<'_>], &[ContrastSpec]),
    alpha: f64,
    context: &Context<'_>,
) {
    let needed = fewest_seeds(alpha, listed.len());
    if seeds < needed {
        let help = format!("write at least {needed} seeds, or set `status = \"pilot\"`");
        place.disagrees(too_few(seeds, needed, alpha, listed.len()), help);
        return;
    }
    let cap = |name: &str| {
        let spec = context.observers.iter().find(|spec| spec.name == name);
        spec.and_then(|spec| spec.max_seeds).unwrap_or(usize::MAX)
    };
    for (value, ContrastSpec { observer, against }) in listed.iter().zip(declared) {
        let paired = cap(observer).min(cap(against)).min(seeds);
        if paired < needed {
            let message = format!("`{observer}`: {}", too_few(paired, needed, alpha, listed.len()));
            value.disagrees(message, format!("raise `max_seeds` to {needed}, or leave this contrast out"));
        }
    }
}

/// Seeds from which the smallest p, times the number of contrasts, is at most the level (Holm's first step).
fn fewest_seeds(alpha: f64, contrasts: usize) -> usize {
    let reaches = |seeds: usize| smallest_p(seeds) * contrasts.max(1) as f64 <= alpha;
    (FEWEST_SEEDS..64).find(|&seeds| reaches(seeds)).unwrap_or(64)
}

/// Smallest p of a two-sided exact sign-flip test: 2 of 2^n sign patterns are as extreme.
fn smallest_p(seeds: usize) -> f64 {
    2.0 / 2f64.powi(seeds.min(1000) as i32)
}

fn too_few(seeds: usize, needed: usize, alpha: f64, contrasts: usize) -> String {
    let shared = if contrasts > 1 { format!(" shared by {contrasts} contrasts (Holm)") } else { String::new() };
    format!(
        "a confirmatory experiment needs at least {needed} seeds here, found {seeds}: the smallest p that an exact \
         sign-flip test can reach is 2/2^{seeds} = {}, and alpha is {alpha}{shared}",
        smallest_p(seeds)
    )
}
