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
    let interpreted = contrasts.iter().filter(|contrast| passes(results, contrast));
    let conclusions: Vec<Conclusion> = interpreted.map(|contrast| contrast.conclusion).collect();
    Sentence {
        topic: format!("{world} · {network} · rule × level"),
        text: format!(
            "Interaction of rule and level at the last hidden layer, {place}: d′ of the illusory figure (inward v rotated, by a              decoder of real shapes) less the mean d′ of simultaneous contrast and White (by decoders of real grays), one rule              minus another, is {}.",
            parts.join("; ")
        ),
        kind: kind(matched, &conclusions),
    }
}

/// At equal steps a difference may be one of competence: nothing is established.
fn kind(matched: bool, conclusions: &[Conclusion]) -> SentenceKind {
    let all = |wanted: Conclusion| !conclusions.is_empty() && conclusions.iter().all(|conclusion| *conclusion == wanted);
    match matched {
        true if conclusions.contains(&Conclusion::Different) => SentenceKind::Supported,
        true if all(Conclusion::Equivalent) => SentenceKind::Null,
        true | false => SentenceKind::NotEstablished,
    }
}

/// Whether both sides pass the gate on the real task.
fn passes(results: &Results<'_>, contrast: &Contrast) -> bool {
    let needed = results.experiment.competence.match_share;
    let of = |observer: &str| {
        let group = Group { observer: observer.into(), ..contrast.group.clone() };
        let same = |(listed, _): &(&Group, _)| Group { role: group.role.clone(), ..(*listed).clone() } == group;
        results.competence.iter().find(same).is_some_and(|(_, reached)| reached.gate >= needed)
    };
    of(&contrast.group.observer) && of(&contrast.against)
}

fn part(results: &Results<'_>, contrast: &Contrast) -> String {
    let names = format!("{} minus {}", contrast.group.observer, contrast.against);
    let p = contrast.p_adjusted.map_or(String::new(), |p| format!(", corrected p = {p:.3}"));
    let conclusion = match passes(results, contrast) {
        true => contrast.conclusion.words(),
        false => "not interpreted: too few networks of one side pass the gate",
    };
    let estimate: &Estimate = &contrast.estimate;
    format!("{} ({names}{p}; {conclusion})", estimate.words())
}
