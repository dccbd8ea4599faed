//! Findings of networks that give pictures: what is asked of the church, a sentence for each question.

mod checks;

use super::Results;
use super::courses::Group;
use super::estimates::Estimate;
use super::pictures::{
    baseline, compared, competent, estimate, kind, less, listed, listed_competence, of_baseline, rules, sentence, side,
    text_of,
};
use crate::experiment::{NetworkEntry, Setting, WorldSpec};
use crate::report::{Findings, Sentence, SentenceKind};

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
        rules(results, &["fine_excess", "uniform_excess"]),
        residual(results),
        turned(results),
    ];
    let sentences: Vec<Sentence> = answers.into_iter().chain(networks(results)).collect();
    Findings {
        headline: headline(results),
        sentences,
        cannot_show: cannot_show(results),
        instrument_checks: checks::checks(results),
    }
}

/// What an outcome must exceed, besides 0, to count: the network's own linear equivalent and its derivative at the gray context.
const FINE: [&str; 2] = ["fine_excess", "fine_over_derivative"];
/// The same on a uniform ground.
const UNIFORM: [&str; 2] = ["uniform_excess", "uniform_over_derivative"];

/// Whether the whole intervals of both lie on that side of 0, and a linear equivalent can be large enough at all.
fn beyond_linear(results: &Results<'_>, group: &Group, measures: [&'static str; 2], wanted: i8) -> bool {
    has_equivalent(results, group)
        && measures.iter().all(|measure| estimate(results, group, measure).is_some_and(|found| side(found) == wanted))
}

/// Whether a linear filter of the experiment's side can do all that is linear in a network (shift-invariant, no larger field), and the
/// scenes say which: filters that are fitted to either half of them are the same within half the margin.
fn has_equivalent(results: &Results<'_>, group: &Group) -> bool {
    let experiment = results.experiment;
    let side = experiment.battery.church.as_ref().map_or(0, |church| church.linear_side);
    let network = experiment.networks.iter().find(|network| network.name == group.network);
    let fits = network.is_some_and(|network| matches!(field(network), (size, 1) if size <= side));
    fits && apart(results, group)
        .is_none_or(|apart| apart <= experiment.analysis.margin_assimilation.unwrap_or_default() / 2.0)
}

/// How far apart linear equivalents of a group's networks lie that are fitted to either half of the scenes, mean over networks.
fn apart(results: &Results<'_>, group: &Group) -> Option<f64> {
    let rows = results.groups.get(group)?.iter().flat_map(|course| course.painting.iter());
    crate::score::mean(&rows.filter_map(|row| row.linear_apart).collect::<Vec<f64>>())
}

/// Side of the square that an output pixel depends on, and the largest step between places on the way.
fn field(network: &NetworkEntry) -> (usize, usize) {
    use crate::experiment::LayerEntry as Layer;
    let (mut size, mut step, mut most) = (1, 1, 1);
    for layer in &network.layers {
        let (window, stride) = match layer {
            Layer::Conv { kernel, stride, .. } => (*kernel, *stride),
            Layer::MaxPool { size, stride } | Layer::AvgPool { size, stride } => (*size, *stride),
            Layer::Picture { kernel } => (*kernel, 1),
            Layer::Upsample { factor } => {
                step = (step / factor).max(1);
                continue;
            }
            Layer::Dense { .. } | Layer::LayerNorm | Layer::RmsNorm | Layer::Readout => (1, 1),
        };
        size += (window - 1) * step;
        step *= stride;
        most = most.max(step);
    }
    (size, most)
}

/// Whether the whole interval lies past a baseline's value, on that side.
fn beyond_baseline(found: Option<&Estimate>, value: Option<f64>, wanted: i8) -> bool {
    match (found.and_then(|found| found.interval), value) {
        (Some((low, high)), Some(value)) => {
            if wanted > 0 {
                low > value
            } else {
                high < value
            }
        }
        _ => false,
    }
}

const NOBODY: &str = "no rule's networks do better than the best linear filter, so that nothing is said of them";

fn competence(results: &Results<'_>) -> Sentence {
    let (all, passed) = (compared(results), competent(results));
    let failed: Vec<&str> =
        all.iter().filter(|group| !passed.contains(group)).map(|group| group.observer.as_str()).collect();
    let without = if failed.is_empty() { String::new() } else { format!("; not: {}", failed.join(", ")) };
    let text = format!(
        "Competence: networks of {} of {} observers take away more than {} of the best linear filter's error on held-out scenes ({}){without}. \
         Gray-world over the whole picture takes away {}.",
        passed.len(),
        all.len(),
        results.experiment.competence.gate_accuracy,
        listed_competence(results, &passed),
        text_of(baseline(results, "gray_world").and_then(|group| results.competence.get(&group)?.accuracy.value)),
    );
    sentence("competence", text, kind(results, !passed.is_empty()))
}

/// Does a uniform ground shift the church away from it, beyond gray-world and whatever is linear in the network?
fn contrast(results: &Results<'_>) -> Sentence {
    let asked = Asked {
        topic: "contrast on uniform grounds",
        what: "Contrast: on uniform grounds",
        way: "away from the ground's color",
        outcome: "uniform_assimilation",
        linear: UNIFORM,
        wanted: -1,
    };
    asked.answer(results)
}

/// Do fine bars shift it toward them, beyond gray-world and whatever is linear in the network?
fn assimilation(results: &Results<'_>) -> Sentence {
    let asked = Asked {
        topic: "assimilation to fine bars",
        what: "Assimilation: among fine bars",
        way: "toward the bars in front",
        outcome: "fine_assimilation",
        linear: FINE,
        wanted: 1,
    };
    asked.answer(results)
}

/// A human sign, and where it is looked for.
struct Asked {
    topic: &'static str,
    what: &'static str,
    way: &'static str,
    outcome: &'static str,
    linear: [&'static str; 2],
    wanted: i8,
}

impl Asked {
    /// Whether an observer shows the human sign, beyond its linear parts, beyond gray-world within its field; and the opposite sign.
    fn holds(&self, results: &Results<'_>, group: &Group) -> [bool; 4] {
        let found = estimate(results, group, self.outcome);
        let local = of_baseline(results, "local_mean", self.outcome);
        let is = |wanted| found.is_some_and(|found| side(found) == wanted);
        [
            is(self.wanted),
            beyond_linear(results, group, self.linear, self.wanted),
            beyond_baseline(found, local, self.wanted),
            is(-self.wanted),
        ]
    }

    fn answer(&self, results: &Results<'_>) -> Sentence {
        let passed = competent(results);
        if passed.is_empty() {
            return sentence(self.topic, format!("{}: {NOBODY}.", self.what), SentenceKind::NotEstablished);
        }
        let held: Vec<[bool; 4]> = passed.iter().map(|group| self.holds(results, group)).collect();
        let count = |at: usize| held.iter().filter(|held| held[at]).count();
        let all = held.iter().filter(|held| held[0] && held[1] && held[2]).count();
        let text = format!(
            "{} {} of {} competent observers give the church {}, as people see it, and {} the other way; {} go beyond both their linear equivalent and \
             their derivative at gray, {} beyond gray-world within the same square (A {}; over the whole picture, where these networks do not reach, \
             {}); {all} show all of it. A: {}. Beyond the linear equivalent: {}. Beyond the derivative: {}.",
            self.what,
            count(0),
            passed.len(),
            self.way,
            count(3),
            count(1),
            count(2),
            text_of(of_baseline(results, "local_mean", self.outcome)),
            text_of(of_baseline(results, "gray_world", self.outcome)),
            listed(results, &passed, self.outcome),
            listed(results, &passed, self.linear[0]),
            listed(results, &passed, self.linear[1]),
        );
        sentence(self.topic, text, kind(results, all > 0))
    }
}

/// Does assimilation turn into contrast as bars grow?
fn crossing(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "crossing";
    let passed = competent(results);
    let found: Vec<&Group> = passed
        .iter()
        .copied()
        .filter(|group| {
            let enough = |found: &Estimate| {
                found.n as f64 >= results.experiment.competence.match_share * (found.n + found.excluded) as f64
            };
            estimate(results, group, "crossing_px").is_some_and(enough)
        })
        .collect();
    let text = match (passed.is_empty(), found.is_empty()) {
        (true, _) => format!("Crossing: {NOBODY}."),
        (false, true) => format!(
            "Crossing: among the poster's bars no competent observer's shift turns from assimilation into contrast as bars grow; in people it does, \
             near 4 cycles per degree (n = {} observers).",
            passed.len()
        ),
        (false, false) => format!(
            "Crossing: assimilation to the poster's bars turns into contrast in {} of {} competent observers, at bars of: {} (pixels; seeds without a \
             crossing are left out and counted).",
            found.len(),
            passed.len(),
            listed(results, &found, "crossing_px")
        ),
    };
    sentence(TOPIC, text, kind(results, !found.is_empty()))
}

/// Networks that give what is to be added, against those that give the picture itself.
fn residual(results: &Results<'_>) -> Sentence {
    const TOPIC: &str = "residual and direct output";
    let experiment = results.experiment;
    let (mut said, mut found_any) = (Vec::new(), false);
    for residual in experiment.networks.iter().filter(|network| network.residual) {
        let twin = |other: &&crate::experiment::NetworkEntry| !other.residual && other.layers == residual.layers;
        let Some(direct) = experiment.networks.iter().find(twin) else { continue };
        for one in results.groups.keys().filter(|group| group.network == residual.name && group.role == "rule") {
            let other = Group { network: direct.name.clone(), ..one.clone() };
            for measure in ["fine_assimilation", "fine_excess", "uniform_excess"] {
                if let Some(found) = less(results, one, &other, measure) {
                    found_any |= side(&found) != 0;
                    said.push(format!("{} ({}) {measure} {}", one.observer, one.world, found.words()));
                }
            }
        }
    }
    match said.is_empty() {
        true => {
            let text =
                "Output form: not varied here, or not among networks that both do better than the best linear filter.";
            sentence(TOPIC, text.into(), SentenceKind::NotEstablished)
        }
        false => {
            let text = format!("Output form, residual minus direct at equal steps: {}.", said.join("; "));
            sentence(TOPIC, text, kind(results, found_any))
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
    let (mut said, mut found_any) = (Vec::new(), false);
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
                    found_any |= side(&found) != 0;
                    said.push(format!("{} {measure} {}", one.observer, found.words()));
                }
            }
        }
    }
    match said.is_empty() {
        true => {
            let text =
                "Palette: not varied here, or not among networks that both do better than the best linear filter.";
            sentence(TOPIC, text.into(), SentenceKind::NotEstablished)
        }
        false => {
            let text = format!(
                "Palette, training × test: excess for inducers along blue–yellow less that across it, after the turned palette minus after \
                 the natural one: {}.",
                said.join("; ")
            );
            sentence(TOPIC, text, kind(results, found_any))
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
        let linear = match has_equivalent(results, group) {
            true => format!(
                "beyond linear, fine bars {}, uniform ground {}",
                words("fine_excess"),
                words("uniform_excess")
            ),
            false => "no statement on what is beyond linear: its linear equivalent would need a larger field, none shifts as it does, or \
                      it hangs on which scenes it is fitted to"
                .into(),
        };
        let text = format!(
            "{}: fine bars A {}, uniform ground A {}; {linear}; churches named purple, pink and orange {}; a real recoloring of {} ΔE is given with an \
             error of {} ΔE.",
            group.observer,
            words("fine_assimilation"),
            words("uniform_assimilation"),
            words("church_effect"),
            2.0 * crate::painting::TRAP_DIFFERENCE,
            words("trap_error"),
        );
        sentence(&topic, text, kind(results, true))
    };
    results.groups.keys().filter(learned).map(said).collect()
}

fn headline(results: &Results<'_>) -> String {
    let passed = competent(results);
    let all = |outcome: &'static str, linear, wanted| {
        let asked = Asked { topic: "", what: "", way: "", outcome, linear, wanted };
        let holds = |group: &&&Group| asked.holds(results, group)[..3].iter().all(|holds| *holds);
        passed.iter().filter(holds).map(|group| group.observer.clone()).collect::<Vec<_>>()
    };
    let (fine, uniform) = (all("fine_assimilation", FINE, 1), all("uniform_assimilation", UNIFORM, -1));
    let both = fine.iter().filter(|observer| uniform.contains(observer)).count();
    let pilot = if results.inference() { "" } else { "Pilot: no inference. " };
    format!(
        "{pilot}Of {} observers whose networks do better than the best linear filter, {} assimilate to fine bars as people do, beyond gray-world and all \
         that is linear in them, {} show contrast on uniform grounds so, {both} both.",
        passed.len(),
        fine.len(),
        uniform.len(),
    )
}

fn cannot_show(results: &Results<'_>) -> Vec<String> {
    let church = results.experiment.battery.church.as_ref();
    let side = church.map_or(0, |church| church.linear_side);
    let own = vec![
        "Degrees of visual angle mean nothing to these networks: widths are compared in pixels and by the shape of the curve.".into(),
        format!(
            "Linear equivalents have kernels of {side} × {side} px; where a network's receptive field is larger, what is called beyond linear holds \
             linear effects from farther away."
        ),
        "People's shifts are known by sign here, not by size: no published matching data for this church.".into(),
        "Intervals over fewer than ten seeds are of these sets of colors; from ten on seeds and sets are resampled together.".into(),
    ];
    own.into_iter().chain(super::findings::general_limits(results)).collect()
}
