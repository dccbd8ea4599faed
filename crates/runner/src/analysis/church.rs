//! Findings of networks that give pictures: what is asked of the church, a sentence for each question.

use super::contrasts::Conclusion;
use super::courses::Group;
use super::estimates::{Estimate, SeedValue, of_seeds, paired};
use super::{Estimand, Results};
use crate::experiment::{Setting, Status, WorldSpec};
use crate::painting::painters::PLANTED;
use crate::report::{Check, Findings, Sentence, SentenceKind};

/// Largest assimilation of an observer that gives pictures as they are.
const NOTHING: f64 = 1e-6;
/// Error allowed where a known shift is recovered, a share of the inducers' distance.
const RECOVERED: f64 = 1e-3;

/// Whether an experiment's networks give pictures.
pub(super) fn applies(results: &Results<'_>) -> bool {
    results.experiment.battery.church.is_some()
}

/// Sentences, checks and limits.
pub(super) fn findings(results: &Results<'_>) -> Findings {
    let answers = [
        competence(results),
        contrast(results),
        assimilation(results),
        crossing(results),
        rules(results),
        residual(results),
        turned(results),
    ];
    let sentences: Vec<Sentence> = answers.into_iter().chain(networks(results)).collect();
    Findings {
        headline: headline(results),
        sentences,
        cannot_show: cannot_show(results),
        instrument_checks: checks(results),
    }
}

fn estimate<'r>(results: &'r Results<'_>, group: &Group, measure: &'static str) -> Option<&'r Estimate> {
    results.get(group, Estimand::EqualSteps, measure).map(|cellwise| &cellwise.estimate)
}

/// Rules and controls of the first world and network: what the experiment is about.
fn compared<'r>(results: &'r Results<'_>) -> Vec<&'r Group> {
    let experiment = results.experiment;
    let first = (&experiment.worlds[0].name, &experiment.networks[0].name);
    let learns = |group: &&Group| matches!(group.role.as_str(), "rule" | "control");
    results.groups.keys().filter(learns).filter(|group| (&group.world, &group.network) == first).collect()
}

/// Those whose networks do the task better than the best linear filter.
fn competent<'r>(results: &'r Results<'_>) -> Vec<&'r Group> {
    let share = results.experiment.competence.match_share;
    let passes = |group: &&Group| results.competence.get(*group).is_some_and(|reached| reached.gate >= share);
    compared(results).into_iter().filter(passes).collect()
}

/// The sign of an estimate, where its whole interval lies on one side.
fn side(estimate: &Estimate) -> i8 {
    match estimate.interval {
        Some((low, _)) if low > 0.0 => 1,
        Some((_, high)) if high < 0.0 => -1,
        Some(_) | None => 0,
    }
}

fn listed(results: &Results<'_>, groups: &[&Group], measure: &'static str) -> String {
    let one = |group: &&Group| {
        let words = estimate(results, group, measure).map_or("not measurable".into(), Estimate::words);
        format!("{} {words}", group.observer)
    };
    groups.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn sentence(topic: &str, text: String, kind: SentenceKind) -> Sentence {
    Sentence { topic: topic.into(), text, kind }
}

const NOBODY: &str = "no rule's networks do better than the best linear filter, so that nothing is said of them";

fn competence(results: &Results<'_>) -> Sentence {
    let (all, passed) = (compared(results), competent(results));
    let failed: Vec<&str> =
        all.iter().filter(|group| !passed.contains(group)).map(|group| group.observer.as_str()).collect();
    let without = if failed.is_empty() { String::new() } else { format!("; not: {}", failed.join(", ")) };
    let text = format!(
        "Competence: networks of {} of {} observers take away more than {} of the best linear filter's error on held-out scenes ({}){without}.",
        passed.len(),
        all.len(),
        results.experiment.competence.gate_accuracy,
        listed_competence(results, &passed),
    );
    let kind = if passed.is_empty() { SentenceKind::NotEstablished } else { SentenceKind::Supported };
    sentence("competence", text, kind)
}

fn listed_competence(results: &Results<'_>, groups: &[&Group]) -> String {
    let one = |group: &&Group| {
        let words = results.competence.get(*group).map_or(String::new(), |reached| reached.accuracy.words());
        format!("{} {words}", group.observer)
    };
    groups.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn baseline(results: &Results<'_>, observer: &str) -> Option<Group> {
    let world = &results.experiment.worlds[0].name;
    results.groups.keys().find(|group| group.observer == observer && group.world == *world).cloned()
}

/// Does a uniform ground shift the church away from it, beyond gray-world and the network's own linear equivalent?
fn contrast(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "contrast on uniform grounds";
    let passed = competent(results);
    if passed.is_empty() {
        return sentence(TOPIC, format!("Contrast: {NOBODY}."), SentenceKind::NotEstablished);
    }
    let gray_world = baseline(results, "gray_world")
        .and_then(|group| estimate(results, &group, "uniform_assimilation").and_then(|estimate| estimate.value));
    let has = |group: &&&Group| {
        let total = estimate(results, group, "uniform_assimilation");
        total.is_some_and(|total| side(total) < 0)
    };
    let beyond_linear =
        |group: &&&Group| estimate(results, group, "uniform_excess").is_some_and(|excess| side(excess) < 0);
    let beyond_gray = |group: &&&Group| {
        let high = estimate(results, group, "uniform_assimilation").and_then(Estimate::high);
        matches!((high, gray_world), (Some(high), Some(gray)) if high < gray)
    };
    let count = |holds: &dyn Fn(&&&Group) -> bool| passed.iter().filter(|group| holds(group)).count();
    let all = count(&|group| has(group) && beyond_linear(group) && beyond_gray(group));
    let text = format!(
        "Contrast: on uniform grounds {} of {} competent observers give the church away from the ground's color, as people see it; {} beyond \
         their linear equivalents, {} beyond gray-world (A {}), {all} beyond both. A: {}. Beyond linear: {}.",
        count(&has),
        passed.len(),
        count(&beyond_linear),
        count(&beyond_gray),
        gray_world.map_or("not measurable".into(), |value| format!("{value:.3}")),
        listed(results, &passed, "uniform_assimilation"),
        listed(results, &passed, "uniform_excess"),
    );
    sentence(TOPIC, text, if all > 0 { SentenceKind::Supported } else { SentenceKind::NotEstablished })
}

/// Do fine bars shift it toward them, beyond the network's own linear equivalent?
fn assimilation(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "assimilation to fine bars";
    let passed = competent(results);
    if passed.is_empty() {
        return sentence(TOPIC, format!("Assimilation: {NOBODY}."), SentenceKind::NotEstablished);
    }
    let is = |measure: &'static str, wanted: i8| {
        let holds = |group: &&&Group| estimate(results, group, measure).is_some_and(|found| side(found) == wanted);
        passed.iter().filter(holds).count()
    };
    let both = passed.iter().filter(|group| {
        ["fine_assimilation", "fine_excess"]
            .iter()
            .all(|measure| estimate(results, group, measure).is_some_and(|found| side(found) > 0))
    });
    let both = both.count();
    let text = format!(
        "Assimilation: among fine bars {} of {} competent observers give the church toward the bars in front, as people see it, and {} away from \
         them; {} beyond their linear equivalents, {both} both. A: {}. Beyond linear: {}.",
        is("fine_assimilation", 1),
        passed.len(),
        is("fine_assimilation", -1),
        is("fine_excess", 1),
        listed(results, &passed, "fine_assimilation"),
        listed(results, &passed, "fine_excess"),
    );
    sentence(TOPIC, text, if both > 0 { SentenceKind::Supported } else { SentenceKind::NotEstablished })
}

/// Does assimilation turn into contrast as bars grow?
fn crossing(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "crossing";
    let passed = competent(results);
    let found: Vec<&Group> = passed
        .iter()
        .copied()
        .filter(|group| estimate(results, group, "crossing_px").is_some_and(|found| found.value.is_some()))
        .collect();
    let text = match (passed.is_empty(), found.is_empty()) {
        (true, _) => format!("Crossing: {NOBODY}."),
        (false, true) => format!(
            "Crossing: among the poster's bars no competent observer's shift turns from assimilation into contrast or back; in people it does, \
             near 4 cycles per degree (n = {} observers).",
            passed.len()
        ),
        (false, false) => format!(
            "Crossing: the shift among the poster's bars changes its sign in {} of {} competent observers, at bars of: {} (pixels; seeds without a \
             crossing are left out and counted).",
            found.len(),
            passed.len(),
            listed(results, &found, "crossing_px")
        ),
    };
    sentence(TOPIC, text, if found.is_empty() { SentenceKind::NotEstablished } else { SentenceKind::Supported })
}

/// Does it depend on the rule where competence is equal?
fn rules(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "learning rules at matched competence";
    if results.experiment.status == Status::Pilot {
        return sentence(TOPIC, "Rules: pilot, no inference.".into(), SentenceKind::NotEstablished);
    }
    let matched: Vec<_> = results
        .contrasts
        .iter()
        .filter(|contrast| {
            contrast.estimand == Estimand::MatchedAccuracy
                && matches!(contrast.measure, "fine_excess" | "uniform_excess")
        })
        .collect();
    let different = matched.iter().filter(|contrast| contrast.conclusion == Conclusion::Different).count();
    let equal = matched.iter().filter(|contrast| contrast.conclusion == Conclusion::Equivalent).count();
    let each: Vec<String> = matched
        .iter()
        .map(|contrast| {
            let p = contrast.p_adjusted.map_or(String::new(), |p| format!(", corrected p = {p:.3}"));
            format!(
                "{} minus {} ({}, {}): {}{p}; {}",
                contrast.group.observer,
                contrast.against,
                contrast.group.network,
                contrast.measure,
                contrast.estimate.words(),
                contrast.conclusion.words()
            )
        })
        .collect();
    let text = match matched.is_empty() {
        true => "Rules: no contrast was declared.".to_owned(),
        false => format!(
            "Rules: at matched competence {different} of {} comparisons of excess differ, {equal} are equivalent within ±{}. {}.",
            matched.len(),
            results.experiment.analysis.margin_assimilation.unwrap_or_default(),
            each.join(". ")
        ),
    };
    let kind = match (different, equal) {
        (0, equal) if equal > 0 && equal == matched.len() => SentenceKind::Null,
        (0, _) => SentenceKind::NotEstablished,
        _ => SentenceKind::Supported,
    };
    sentence(TOPIC, text, kind)
}

/// Values of one group less those of another, seed by seed.
fn less(results: &Results<'_>, one: &Group, other: &Group, measure: &'static str) -> Option<Estimate> {
    let values = |group| results.get(group, Estimand::EqualSteps, measure).map(|cellwise| cellwise.values.as_slice());
    let difference: Vec<SeedValue> = paired(values(one)?, values(other)?);
    let name = format!("{measure}|{}|{}|{}|{}|{}", one.world, one.network, one.observer, other.world, other.network);
    Some(of_seeds(&difference, results.experiment.analysis.bootstrap, &name))
}

/// Networks that give what is to be added, against those that give the picture itself.
fn residual(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "residual and direct output";
    let experiment = results.experiment;
    let mut said = Vec::new();
    for residual in experiment.networks.iter().filter(|network| network.residual) {
        let twin = |other: &&crate::experiment::NetworkEntry| !other.residual && other.layers == residual.layers;
        let Some(direct) = experiment.networks.iter().find(twin) else { continue };
        for one in results.groups.keys().filter(|group| group.network == residual.name && group.role == "rule") {
            let other = Group { network: direct.name.clone(), ..one.clone() };
            for measure in ["fine_assimilation", "fine_excess", "uniform_excess"] {
                if let Some(found) = less(results, one, &other, measure) {
                    said.push(format!("{} ({}) {measure} {}", one.observer, one.world, found.words()));
                }
            }
        }
    }
    match said.is_empty() {
        true => sentence(TOPIC, "Output form: not varied here.".into(), SentenceKind::NotEstablished),
        false => {
            let text = format!("Output form, residual minus direct at equal steps: {}.", said.join("; "));
            sentence(TOPIC, text, SentenceKind::Supported)
        }
    }
}

fn is_turned(world: &WorldSpec) -> bool {
    matches!(world.settings.get("turned"), Some(Setting::Number(degrees)) if *degrees != 0.0)
}

/// Do networks that grew up with a turned palette favor the other axis?
fn turned(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "turned palette";
    let experiment = results.experiment;
    let mut said = Vec::new();
    for world in experiment.worlds.iter().filter(|world| is_turned(world)) {
        let same = |other: &&WorldSpec| {
            let mut settings = world.settings.clone();
            settings.remove("turned");
            other.id == world.id && other.settings == settings
        };
        let Some(natural) = experiment.worlds.iter().find(same) else { continue };
        for one in results.groups.keys().filter(|group| group.world == world.name && group.role == "rule") {
            // The same architecture may stand under another name where it has more seeds.
            let own = experiment.networks.iter().find(|network| network.name == one.network);
            let twins = experiment.networks.iter().filter(|network| {
                own.is_some_and(|own| own.layers == network.layers && own.residual == network.residual)
            });
            let other = twins
                .map(|twin| Group { world: natural.name.clone(), network: twin.name.clone(), ..one.clone() })
                .find(|group| results.groups.contains_key(group));
            let Some(other) = other else { continue };
            for measure in ["fine_excess_by_axis", "uniform_excess_by_axis"] {
                if let Some(found) = less(results, one, &other, measure) {
                    said.push(format!("{} {measure} {}", one.observer, found.words()));
                }
            }
        }
    }
    match said.is_empty() {
        true => sentence(TOPIC, "Palette: not varied here.".into(), SentenceKind::NotEstablished),
        false => {
            let text = format!(
                "Palette, training × test: excess for inducers along blue–yellow less that across it, after the turned palette minus after \
                 the natural one: {}.",
                said.join("; ")
            );
            sentence(TOPIC, text, SentenceKind::Supported)
        }
    }
}

/// A sentence for every group of networks.
fn networks(results: &Results<'_>) -> Vec<Sentence> {
    let learned = |group: &&Group| matches!(group.role.as_str(), "rule" | "control");
    let said = |group: &Group| {
        let gate = results.competence.get(group).map_or(0.0, |reached| reached.gate);
        let topic = format!("{} · {} · {}", group.world, group.network, group.role);
        if gate < results.experiment.competence.match_share {
            let text =
                format!("{}: no statement: its networks do not do better than the best linear filter.", group.observer);
            return sentence(&topic, text, SentenceKind::NotEstablished);
        }
        let words = |measure| estimate(results, group, measure).map_or("not measurable".into(), Estimate::words);
        let text = format!(
            "{}: fine bars A {}, beyond linear {}; uniform ground A {}, beyond linear {}; churches named purple, pink and orange {}.",
            group.observer,
            words("fine_assimilation"),
            words("fine_excess"),
            words("uniform_assimilation"),
            words("uniform_excess"),
            words("church_effect")
        );
        sentence(&topic, text, SentenceKind::Supported)
    };
    results.groups.keys().filter(learned).map(said).collect()
}

fn headline(results: &Results<'_>) -> String {
    let passed = competent(results);
    let human = passed.iter().filter(|group| {
        let is = |measure, wanted: i8| estimate(results, group, measure).is_some_and(|found| side(found) == wanted);
        is("fine_assimilation", 1) && is("fine_excess", 1) && is("uniform_assimilation", -1) && is("uniform_excess", -1)
    });
    let half = passed.iter().filter(|group| {
        let is = |measure| estimate(results, group, measure).is_some_and(|found| side(found) < 0);
        is("uniform_assimilation") && is("uniform_excess")
    });
    format!(
        "Of {} observers whose networks do better than the best linear filter, {} show both human signs beyond their own linear equivalents \
         (assimilation to fine bars, contrast on uniform grounds), {} the contrast.",
        passed.len(),
        human.count(),
        half.count()
    )
}

fn cannot_show(results: &Results<'_>) -> Vec<String> {
    let church = results.experiment.battery.church.as_ref();
    let side = church.map_or(0, |church| church.linear_side);
    vec![
        "Degrees of visual angle mean nothing to these networks: widths are compared in pixels and by the shape of the curve.".into(),
        format!(
            "Linear equivalents have kernels of {side} × {side} px; where a network's receptive field is larger, what is called beyond linear holds \
             linear effects from farther away."
        ),
        "People's shifts are known by sign here, not by size: no published matching data for this church.".into(),
    ]
}

fn checks(results: &Results<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut check = |name: String, held: bool, detail: String| checks.push(Check { name, held, detail });
    for world in &results.experiment.worlds {
        let group = |observer: &str, role: &str| Group {
            world: world.name.clone(),
            network: String::new(),
            observer: observer.into(),
            role: role.into(),
        };
        let value = |group: &Group, measure| estimate(results, group, measure).and_then(|estimate| estimate.value);
        let identity = group("identity", "baseline");
        let most = results.groups.get(&identity).into_iter().flatten().flat_map(|course| course.colors.iter());
        let most = most
            .filter(|row| row.context != "trap")
            .filter_map(|row| row.assimilation)
            .map(f64::abs)
            .fold(0.0, f64::max);
        check(
            format!("{}: the picture as it is shows no illusion", world.name),
            most <= NOTHING,
            format!("largest |A| {most:.1e}"),
        );
        let trap = value(&identity, "trap_error");
        check(
            format!("{}: a church that is really recolored is found within 1 ΔE", world.name),
            trap.is_some_and(|error| error.abs() < 1.0),
            format!("error {}", trap.map_or("not measurable".into(), |error| format!("{error:.3}"))),
        );
        for (observer, known) in [("planted_toward", PLANTED), ("planted_away", -PLANTED)] {
            let planted = group(observer, "planted");
            let found = ["fine_assimilation", "coarse_assimilation", "uniform_assimilation"]
                .map(|measure| value(&planted, measure));
            let held = found.iter().all(|value| value.is_some_and(|value| (value - known).abs() < RECOVERED));
            let detail =
                found.map(|value| value.map_or("not measurable".into(), |value| format!("{value:.4}"))).join(", ");
            check(format!("{}: {observer} is recovered at {known}", world.name), held, detail);
        }
        let blur = group("blur", "baseline");
        let signs = [value(&blur, "fine_assimilation"), value(&blur, "uniform_assimilation")];
        check(
            format!("{}: a blur assimilates everywhere, also where people see contrast", world.name),
            signs.iter().all(|value| value.is_some_and(|value| value > 0.0)),
            format!("fine bars {:.3}, uniform {:.3}", signs[0].unwrap_or(f64::NAN), signs[1].unwrap_or(f64::NAN)),
        );
        let bias = value(&blur, "order_bias");
        check(
            format!("{}: exchanging front and back bars exchanges the colors", world.name),
            bias.is_some_and(|bias| bias.abs() < 0.02),
            format!("blur differs by {}", bias.map_or("not measurable".into(), |bias| format!("{bias:.4}"))),
        );
        let linear = results.groups.get(&group("best_linear", "baseline")).and_then(|courses| courses.first());
        let competence = linear.and_then(|course| course.training.last()).and_then(|row| row.accuracy_b);
        check(
            format!("{}: the best linear filter has competence 0", world.name),
            competence.is_some_and(|competence| competence.abs() < 1e-9),
            format!("{}", competence.unwrap_or(f64::NAN)),
        );
    }
    checks
}
