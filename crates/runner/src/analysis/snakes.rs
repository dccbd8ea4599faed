//! Findings of networks that give the next frame: what is asked of Rotating Snakes, a sentence for each question.
//!
//! Only those are spoken of whose networks predict better than the best linear predictor and follow real motion.

mod checks;
mod signs;

use super::courses::Group;
use super::estimates::Estimate;
use super::pictures::{
    compared, competent, estimate, kind, less, listed, listed_competence, of_baseline, rules, sentence, side, text_of,
};
use super::{Estimand, Results};
use crate::experiment::{NetworkEntry, WorldSpec};
use crate::report::{Findings, Sentence, SentenceKind, number_text};

/// From here on edges turn alike.
const RIGID: f64 = trompe_psychophysics::motion::rigidity::RIGID;

/// Whether an experiment's networks give the next frame.
pub(super) fn applies(results: &Results<'_>) -> bool {
    results.experiment.battery.snakes.is_some()
}

/// Sentences, checks and limits.
pub(super) fn findings(results: &Results<'_>) -> Findings {
    let answers = [
        competence(results),
        direction(results, "human direction", "snakes_turn", "the still disk turns"),
        direction(results, "in gray", "snakes_gray_turn", "the still gray disk turns"),
        rigid(results),
        beyond(results),
        eye_movements(results),
        rules_compared(results),
        output(results),
        statistics(results),
        signs::reproduced(results),
        detectors(results),
    ];
    let sentences: Vec<Sentence> = answers.into_iter().chain(literature(results)).chain(networks(results)).collect();
    Findings {
        headline: headline(results),
        sentences,
        cannot_show: cannot_show(results),
        instrument_checks: results
            .experiment
            .worlds
            .iter()
            .flat_map(|world| checks::all(results, &world.name))
            .collect(),
    }
}

const NOBODY: &str = "no observer's networks both predict better than the best linear predictor and follow real motion with a gain of \
                      one half, so that nothing is said of them";

fn nobody(topic: &str) -> Sentence {
    sentence(topic, format!("{}: {NOBODY}.", capital(topic)), SentenceKind::NotEstablished)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn competence(results: &Results<'_>) -> Sentence {
    let (all, passed) = (compared(results), competent(results));
    let failed: Vec<String> = all
        .iter()
        .filter(|group| !passed.contains(group))
        .map(|group| format!("{} (gain {})", group.observer, words(results, group, "gain")))
        .collect();
    let without = if failed.is_empty() { String::new() } else { format!("; not: {}", failed.join(", ")) };
    let those = if passed.is_empty() { String::new() } else { format!(" ({})", listed_competence(results, &passed)) };
    let text = format!(
        "Competence: networks of {} of {} observers take away more than {} of the best linear predictor's error on held-out movies and follow textures that \
         really turn with a gain of at least {}{those}{without}. Gain of the best linear predictor {}, of going on as each pixel changed {}.",
        passed.len(),
        all.len(),
        results.experiment.competence.gate_accuracy,
        super::matching::LEAST_GAIN,
        text_of(of_baseline(results, "best_linear", "gain")),
        text_of(of_baseline(results, "extrapolation", "gain")),
    );
    sentence("competence", text, kind(results, !passed.is_empty()))
}

fn words(results: &Results<'_>, group: &Group, measure: &'static str) -> String {
    estimate(results, group, measure).map_or("not measurable".into(), Estimate::words)
}

fn direction(results: &Results<'_>, topic: &str, measure: &'static str, what: &str) -> Sentence {
    let passed = competent(results);
    if passed.is_empty() {
        return nobody(topic);
    }
    let count =
        |wanted| passed.iter().filter(|group| estimate(results, group, measure).map(side) == Some(wanted)).count();
    let text = format!(
        "{}: in what {} of {} competent observers predict {what} in people's direction, of {} against it (degrees per frame, prediction to \
         prediction: {}). A blur of red and green alone reads {}.",
        capital(topic),
        count(1),
        passed.len(),
        count(-1),
        listed(results, &passed, measure),
        text_of(of_baseline(results, "channel_blur", measure)),
    );
    sentence(topic, text, kind(results, count(1) + count(-1) > 0))
}

fn rigid(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "rigid motion";
    let passed = competent(results);
    if passed.is_empty() {
        return nobody(TOPIC);
    }
    let rigid = |group: &&&Group| {
        let found = estimate(results, group, "snakes_rigidity");
        found.is_some_and(|found| {
            found.interval.map_or(found.value, |(low, _)| Some(low)).is_some_and(|low| low >= RIGID)
        })
    };
    let count = passed.iter().filter(rigid).count();
    let text = format!(
        "Rigid motion: all four kinds of edges turn alike (κ at least {RIGID}) in {count} of {} competent observers: {}. In the closed loop the \
         disk turns on by {} a frame, along a line by {}.",
        passed.len(),
        listed(results, &passed, "snakes_rigidity"),
        listed(results, &passed, "snakes_growth"),
        listed(results, &passed, "snakes_growth_linear"),
    );
    sentence(TOPIC, text, kind(results, count > 0))
}

fn beyond(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "beyond still remaps";
    let passed = competent(results);
    if passed.is_empty() {
        return nobody(TOPIC);
    }
    let measure = "snakes_beyond_remap";
    let count = passed.iter().filter(|group| estimate(results, group, measure).map(side) == Some(1)).count();
    let text = format!(
        "Beyond still remaps: beside the best change of tones and blur {count} of {} competent observers' predictions turn in people's direction: \
         {}. In units of what turns in still scenes: {}.",
        passed.len(),
        listed(results, &passed, measure),
        listed(results, &passed, "snakes_over_scenes"),
    );
    sentence(TOPIC, text, kind(results, count > 0))
}

fn eye_movements(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "beyond fixation";
    let passed = competent(results);
    if passed.is_empty() {
        return nobody(TOPIC);
    }
    let each = ["jitter_over_fixation", "saccade_over_fixation", "onset_over_fixation"];
    let more = |measure| passed.iter().filter(|group| estimate(results, group, measure).map(side) == Some(1)).count();
    let counts = each.map(more);
    let text = format!(
        "Beyond fixation, where people see more motion: small eye movements add to the turn in {} of {} competent observers ({}), a jump in {} ({}), \
         the picture's beginning in {} ({}).",
        counts[0],
        passed.len(),
        listed(results, &passed, each[0]),
        counts[1],
        listed(results, &passed, each[1]),
        counts[2],
        listed(results, &passed, each[2]),
    );
    sentence(TOPIC, text, kind(results, counts.iter().any(|&count| count > 0)))
}

/// Rules are compared where at least three of them can be.
const LEAST_RULES: usize = 3;

fn rules_compared(results: &Results<'_>) -> Sentence {
    let passed = competent(results).into_iter().filter(|group| group.role == "rule").count();
    if results.inference() && passed < LEAST_RULES {
        let text = format!(
            "Rules: not established: {passed} rules' networks pass, and {LEAST_RULES} are needed for a comparison. What can be tried: more steps, a \
             larger network."
        );
        return sentence("learning rules at matched competence", text, SentenceKind::NotEstablished);
    }
    rules(results, &["snakes_turn", "snakes_gray_turn"])
}

/// Networks that give what is to be added to the last frame, against those that give the next frame itself.
fn output(results: &Results<'_>) -> Sentence {
    let twin = |one: &NetworkEntry, other: &NetworkEntry| one.residual && !other.residual && one.layers == other.layers;
    let networks = &results.experiment.networks;
    let pairs = networks
        .iter()
        .flat_map(|one| networks.iter().filter(move |other| twin(one, other)).map(move |other| (one, other)));
    let mut said = Vec::new();
    let mut apart = false;
    for (residual, direct) in pairs {
        for one in results.groups.keys().filter(|group| group.network == residual.name && group.role == "rule") {
            let other = Group { network: direct.name.clone(), ..one.clone() };
            for measure in ["snakes_turn", "snakes_gray_turn"] {
                if let Some(found) = less(results, one, &other, measure) {
                    apart |= side(&found) != 0;
                    said.push(format!("{} ({}) {measure} {}", one.observer, one.world, found.words()));
                }
            }
        }
    }
    told("output form", "residual minus direct output at equal steps", &said, kind(results, apart))
}

/// Worlds with other statistics, against the first one.
fn statistics(results: &Results<'_>) -> Sentence {
    let worlds: &[WorldSpec] = &results.experiment.worlds;
    let mut said = Vec::new();
    let mut apart = false;
    for world in worlds.iter().skip(1) {
        for one in results.groups.keys().filter(|group| group.world == world.name && group.role == "rule") {
            let own = results.experiment.networks.iter().find(|network| network.name == one.network);
            let alike = |network: &&NetworkEntry| {
                own.is_some_and(|own| own.layers == network.layers && own.residual == network.residual)
            };
            let twins = results.experiment.networks.iter().filter(alike);
            let other = twins
                .map(|twin| Group { world: worlds[0].name.clone(), network: twin.name.clone(), ..one.clone() })
                .find(|group| results.groups.contains_key(group));
            let Some(found) = other.and_then(|other| less(results, one, &other, "snakes_turn")) else { continue };
            apart |= side(&found) != 0;
            said.push(format!("{} {} {}", world.name, one.observer, found.words()));
        }
    }
    told("statistics of the world", "turn after that world minus after the first one", &said, kind(results, apart))
}

fn told(topic: &str, what: &str, said: &[String], kind: SentenceKind) -> Sentence {
    match said.is_empty() {
        true => {
            let text = format!("{}: not varied here, or not among networks that pass.", capital(topic));
            sentence(topic, text, SentenceKind::NotEstablished)
        }
        false => sentence(topic, format!("{}, {what}: {}.", capital(topic), said.join("; ")), kind),
    }
}

/// What detectors without weights signal of the same disks.
fn detectors(results: &Results<'_>) -> Sentence {
    let of = |observer: &str, measure: &'static str| text_of(of_baseline(results, observer, measure));
    let each = ["correlator", "motion_energy"].map(|observer| {
        format!(
            "{} signals {} where the picture begins, {} by small eye movements and {} by a jump; over the gray map at its beginning the rank \
             correlation with people's signs is {}",
            observer.replace('_', " "),
            of(observer, "onset_over_fixation"),
            of(observer, "jitter_over_fixation"),
            of(observer, "saccade_over_fixation"),
            of(observer, "onset_map_rho"),
        )
    });
    let text = format!("Detectors that nothing was taught, in degrees of a real turn: {}.", each.join("; "));
    sentence("detectors without weights", text, kind(results, true))
}

/// Networks of the literature, seed by seed: equal ones were reported to disagree.
fn literature(results: &Results<'_>) -> Vec<Sentence> {
    let reference = |group: &&Group| group.role == "reference";
    let said = |group: &Group| {
        let topic = format!("{} · published network", group.world);
        let turns = results.get(group, Estimand::EqualSteps, "snakes_turn").map_or(&[][..], |found| &found.values);
        let turns: Vec<f64> = turns.iter().filter_map(|(_, turn)| turn.as_ref().ok().copied()).collect();
        let each: Vec<String> = turns.iter().map(|turn| number_text(*turn)).collect();
        let along = turns.iter().filter(|turn| **turn > 0.0).count();
        let plain = results.groups.keys().find(|other| other.world == group.world && other.role == "rule");
        let beside = plain.map_or_else(String::new, |plain| {
            format!(
                " Networks without a memory beside it: {} ({}).",
                words(results, plain, "snakes_turn"),
                plain.observer
            )
        });
        let gate = results.competence.get(group).map_or(0.0, |reached| reached.gate);
        let passes = gate >= results.experiment.competence.match_share;
        let unfit = if passes { "" } else { " It does not pass the gate, so that its direction is no finding." };
        let text = format!(
            "{}, trained by backpropagation through time: of {} equal networks the disk turns in people's direction in what {along} predict              (degrees per frame by seed: {}; gain on real motion {}).{unfit}{beside}",
            group.observer,
            turns.len(),
            each.join(", "),
            words(results, group, "gain"),
        );
        sentence(&topic, text, kind(results, passes))
    };
    results.groups.keys().filter(reference).map(said).collect()
}

/// A sentence for every group of networks.
fn networks(results: &Results<'_>) -> Vec<Sentence> {
    let learned = |group: &&Group| matches!(group.role.as_str(), "rule" | "control" | "reference");
    let said = |group: &Group| {
        let gate = results.competence.get(group).map_or(0.0, |reached| reached.gate);
        let topic = format!("{} · {} · {}", group.world, group.network, group.role);
        let of = |measure| words(results, group, measure);
        if gate < results.experiment.competence.match_share {
            let text = format!(
                "{}: no statement: its networks do not predict better than the best linear predictor and follow real motion (gain {}).",
                group.observer,
                of("gain")
            );
            return sentence(&topic, text, SentenceKind::NotEstablished);
        }
        let text = format!(
            "{}: the still disk turns by {} degrees a frame in people's direction, in gray {}, symmetric {}; κ {}; from the picture itself {}; \
             gain on real motion {}; a real turn of {} cancels it.",
            group.observer,
            of("snakes_turn"),
            of("snakes_gray_turn"),
            of("snakes_symmetric_turn"),
            of("snakes_rigidity"),
            of("snakes_first_turn"),
            of("gain"),
            of("snakes_nulling"),
        );
        sentence(&topic, text, kind(results, true))
    };
    results.groups.keys().filter(learned).map(said).collect()
}

fn headline(results: &Results<'_>) -> String {
    let passed = competent(results);
    if passed.is_empty() {
        return format!("{}.", capital(NOBODY));
    }
    let is = |group: &&Group, measure| estimate(results, group, measure).map(side) == Some(1);
    let rigid = |group: &&Group| {
        estimate(results, group, "snakes_rigidity").and_then(|found| found.value).is_some_and(|value| value >= RIGID)
    };
    let color = passed.iter().filter(|group| is(group, "snakes_turn")).count();
    let all = passed.iter().filter(|group| is(group, "snakes_turn") && is(group, "snakes_gray_turn") && rigid(group));
    let pilot = if results.inference() { "" } else { "Pilot: no inference. " };
    format!(
        "{pilot}Of {} observers whose networks predict better than the best linear predictor and follow real motion, {color} predict that the still \
         disk turns as people see it, {} of them rigidly and in gray too.",
        passed.len(),
        all.count(),
    )
}

fn cannot_show(results: &Results<'_>) -> Vec<String> {
    let mut own: Vec<String> = vec![
        "PredNet, which the published illusion comes from, is trained by backpropagation through time: that work tests an architecture, not a \
         learning rule."
            .into(),
        "The four kinds of edges lie a few pixels apart: κ of networks whose receptive field spans a unit is a lower bound.".into(),
    ];
    if !results.experiment.has_memory() {
        own.push(
            "Networks here see a few stacked frames and have no state: what eye movements do over seconds cannot show."
                .into(),
        );
    }
    own.into_iter().chain(super::findings::general_limits(results)).collect()
}
