//! Low v high level on the same networks: what each layer tells, over seeds, and whether rules differ in how the levels stand to
//! each other.
//!
//! At the last hidden layer, high is the d′ of the illusory figure (inward v rotated mouths, by a decoder of real shapes), low
//! the mean d′ of simultaneous contrast and White in the direction that people report (by decoders of real grays). The
//! interaction of rule and level is one observer's high − low minus another's, paired by seed.

use super::contrasts::{Conclusion, Contrast};
use super::courses::{At, Course, Group};
use super::estimates::{Estimate, SeedValue, of_seeds};
use super::{Estimand, Results, row};
use crate::experiment::{Experiment, LayersAt};
use crate::layers::{ALL, What};
use crate::report::{Sentence, SentenceKind};
use crate::rows::MeasureRow;
use trompe_psychophysics::NotMeasurable;

/// Measure of a network: high − low. Of a contrast, the interaction.
pub const INTERACTION: &str = "level_difference";

/// Where layers can be read: at matched competence only where they were read along training.
pub fn estimands(experiment: &Experiment) -> &'static [Estimand] {
    match experiment.layers.map(|spec| spec.layers) {
        None => &[],
        Some(LayersAt::Last) => &[Estimand::EqualSteps],
        Some(LayersAt::Every) => &[Estimand::EqualSteps, Estimand::Matched, Estimand::MatchedAccuracy],
    }
}

/// High − low at the last hidden layer.
fn difference(course: &Course<'_>, at: At) -> Result<f64, NotMeasurable> {
    let layers = course.layers().ok_or(NotMeasurable::Absent { what: "any layer" })?;
    let read = |what: What| course.read_layer((layers - 1, what), at);
    Ok(read(What::InRotated)? - 0.5 * (read(What::Contrast)? + read(What::White)?))
}

/// High − low of each network of a group; `None` where the group has no layers.
pub fn interaction(results: &Results<'_>, group: &Group, estimand: Estimand) -> Option<Vec<SeedValue>> {
    of_group(results, group, estimand, &difference)
}

type Read<'r> = &'r dyn Fn(&Course<'_>, At) -> Result<f64, NotMeasurable>;

fn of_group(results: &Results<'_>, group: &Group, estimand: Estimand, read: Read<'_>) -> Option<Vec<SeedValue>> {
    let courses = &results.groups[group];
    courses.iter().find_map(Course::layers)?;
    let point = |course: &Course<'_>| results.at(group, course, estimand).and_then(|at| read(course, at));
    Some(courses.iter().map(|course| (course.seed, point(course))).collect())
}

/// Lines of `measures.csv`: every layer of every network, and the difference of levels.
pub fn rows(results: &Results<'_>) -> Vec<MeasureRow> {
    let mut rows = Vec::new();
    for (group, courses) in &results.groups {
        let Some(layers) = courses.iter().find_map(Course::layers) else { continue };
        let learns = courses.iter().any(|course| course.last().is_some_and(|last| last > 0));
        for &estimand in estimands(results.experiment) {
            if estimand.is_matched() && !learns {
                continue;
            }
            let mut add = |measure: &str, unit: &str, read: Read<'_>| {
                let values = of_group(results, group, estimand, read).unwrap_or_default();
                let place = [&group.world, &group.network, &group.observer].map(String::as_str).join("|");
                let name = format!("{place}|{}|{measure}", estimand.name());
                let estimate = of_seeds(&values, results.experiment.analysis.bootstrap, &name);
                rows.push(row(group, measure, estimand.name(), unit, &estimate));
            };
            for layer in 0..=layers {
                for what in ALL {
                    let measure = format!("layer_{layer}_{}", what.id());
                    add(&measure, what.unit(), &|course, at| course.read_layer((layer, what), at));
                }
            }
            add(INTERACTION, "d_prime", &difference);
        }
    }
    rows
}

/// One sentence a world and architecture on the interaction of rule and level.
pub fn sentences(results: &Results<'_>) -> Vec<Sentence> {
    let mut panels: Vec<(&str, &str)> = Vec::new();
    for contrast in of_levels(results) {
        let panel = (contrast.group.world.as_str(), contrast.group.network.as_str());
        if !panels.contains(&panel) {
            panels.push(panel);
        }
    }
    panels.into_iter().map(|panel| sentence(results, panel)).collect()
}

/// Contrasts of the interaction, at matched competence where that was read.
fn of_levels<'r>(results: &'r Results<'_>) -> impl Iterator<Item = &'r Contrast> {
    let every = results.experiment.layers.is_some_and(|spec| spec.layers == LayersAt::Every);
    let estimand = if every { Estimand::Matched } else { Estimand::EqualSteps };
    results.contrasts.iter().filter(move |contrast| contrast.measure == INTERACTION && contrast.estimand == estimand)
}

fn sentence(results: &Results<'_>, (world, network): (&str, &str)) -> Sentence {
    let contrasts: Vec<&Contrast> =
        of_levels(results).filter(|of| of.group.world == world && of.group.network == network).collect();
    let matched = contrasts.iter().all(|contrast| contrast.estimand.is_matched());
    let place = if matched { "at matched competence" } else { "at equal steps, where competence was not matched" };
    let parts: Vec<String> = contrasts.iter().map(|contrast| part(results, contrast)).collect();
    let interpreted = contrasts.iter().filter(|contrast| objection(results, contrast).is_none());
    let conclusions: Vec<Conclusion> = interpreted.map(|contrast| contrast.conclusion).collect();
    Sentence {
        topic: format!("{world} · {network} · rule × level"),
        text: format!(
            "Interaction of rule and level at the last hidden layer, {place}: d′ of the illusory figure (inward v rotated, by a \
             decoder of real shapes) less the mean d′ of simultaneous contrast and White (by decoders of real grays), one rule \
             minus another, is {}.",
            parts.join("; ")
        ),
        kind: kind(matched, &conclusions),
    }
}

/// At equal steps a difference may be one of competence: nothing is established.
fn kind(matched: bool, conclusions: &[Conclusion]) -> SentenceKind {
    let all =
        |wanted: Conclusion| !conclusions.is_empty() && conclusions.iter().all(|conclusion| *conclusion == wanted);
    match matched {
        true if conclusions.contains(&Conclusion::Different) => SentenceKind::Supported,
        true if all(Conclusion::Equivalent) => SentenceKind::Null,
        true | false => SentenceKind::NotEstablished,
    }
}

/// Why a contrast is not interpreted, whatever its number.
fn objection(results: &Results<'_>, contrast: &Contrast) -> Option<&'static str> {
    let side = |observer: &str| {
        let same = |group: &&Group| {
            (&group.world, &group.network, group.observer.as_str())
                == (&contrast.group.world, &contrast.group.network, observer)
        };
        results.groups.keys().find(same)
    };
    let sides = [side(&contrast.group.observer)?, side(&contrast.against)?];
    let needed = results.experiment.competence.match_share;
    let passes = |group: &Group| results.competence.get(group).is_some_and(|reached| reached.gate >= needed);
    if !sides.into_iter().all(passes) {
        return Some("not interpreted: too few networks of one side pass the gate");
    }
    let decodes = sides.into_iter().all(|group| decodes(results, group, contrast.estimand));
    (!decodes).then_some("not interpreted: of one side a decoder does not tell real things at that layer")
}

/// Whether the decoders of the last hidden layer tell the real things that they were trained on: what a decoder that does not
/// says of an illusion means nothing.
fn decodes(results: &Results<'_>, group: &Group, estimand: Estimand) -> bool {
    [What::Real, What::ContrastReal, What::WhiteReal].into_iter().all(|what| {
        let read = |course: &Course<'_>, at: At| {
            let layers = course.layers().ok_or(NotMeasurable::Absent { what: "any layer" })?;
            course.read_layer((layers - 1, what), at)
        };
        let values = of_group(results, group, estimand, &read).unwrap_or_default();
        let name = format!("decodes|{}|{}|{}|{}", group.world, group.network, group.observer, what.id());
        let estimate = of_seeds(&values, results.experiment.analysis.bootstrap, &name);
        estimate.low().is_some_and(|low| low > 0.0)
    })
}

fn part(results: &Results<'_>, contrast: &Contrast) -> String {
    let names = format!("{} minus {}", contrast.group.observer, contrast.against);
    let p = contrast.p_adjusted.map_or(String::new(), |p| format!(", corrected p = {p:.3}"));
    let conclusion = objection(results, contrast).unwrap_or_else(|| contrast.conclusion.words());
    let estimate: &Estimate = &contrast.estimate;
    format!("{} ({names}{p}; {conclusion})", estimate.words())
}

#[cfg(test)]
mod tests;
