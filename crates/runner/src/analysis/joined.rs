//! Susceptibility to the illusion beside susceptibility to attacks, over networks: within rules, between rules, and with
//! competence held constant, each apart.
//!
//! ```text
//! within     over the seeds of each rule, rules' own means subtracted; the interval leaves out one seed at a time
//! between    over rules' means; Fisher's interval, the unit is the rule
//! partial    over all networks, d′ on the hard set held constant; the interval leaves out one rule at a time
//! ```
//!
//! Larger ε50 is harder to attack: a correlation below 0 says that who has more of the illusion gives way to smaller changes. Which
//! sign to expect was not known beforehand. Rules of which nothing may be said are left out and counted.

use super::courses::Group;
use super::estimates::{COVERAGE, Estimate};
use super::{Estimand, Results, attacks, matching, row};
use crate::battery;
use crate::report::{Sentence, SentenceKind, interval_text};
use crate::rows::MeasureRow;
use trompe_psychophysics::{NotMeasurable, fisher_interval, jackknife_interval, partial, pearson, within_groups};

/// Role of lines that are about all rules together.
pub const ROLE: &str = "joined";
/// Observer of these lines.
const OBSERVER: &str = "all rules";

/// What is held apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Within,
    Between,
    Partial,
}

const PARTS: [Part; 3] = [Part::Within, Part::Between, Part::Partial];

impl Part {
    fn measure(self) -> &'static str {
        match self {
            Self::Within => "illusion_epsilon50_within",
            Self::Between => "illusion_epsilon50_between",
            Self::Partial => "illusion_epsilon50_partial",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Within => "within rules",
            Self::Between => "between rules",
            Self::Partial => "with hard-set d′ held constant",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Within | Self::Partial => "networks",
            Self::Between => "rules",
        }
    }
}

/// One network: both susceptibilities and its competence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Joined {
    /// Index of its rule.
    pub(super) rule: usize,
    pub(super) seed: u64,
    pub(super) illusion: f64,
    pub(super) epsilon50: f64,
    pub(super) competence: f64,
}

/// Networks of a panel that enter, and how many of the attacked ones do not.
#[derive(Clone, Debug, Default)]
struct Entering {
    networks: Vec<Joined>,
    left_out: usize,
}

fn entering(results: &Results<'_>, (world, network): (&str, &str), estimand: Estimand) -> Entering {
    let mut entering = Entering::default();
    let outcome = battery::kind(&results.experiment.battery).outcome();
    let mut rules = 0;
    for (group, courses) in &results.groups {
        let compared = group.role == "rule" || group.role == "control";
        if !compared || (group.world.as_str(), group.network.as_str()) != (world, network) {
            continue;
        }
        let Some(least) = attacks::values(results, group, estimand) else { continue };
        if attacks::objection(results, group).is_some() {
            entering.left_out += courses.len();
            continue;
        }
        let illusions = results.get(group, estimand, outcome).map(|cellwise| cellwise.values.as_slice());
        for (course, (seed, epsilon50)) in courses.iter().zip(least) {
            let illusion = illusions.and_then(|values| values.iter().find(|(of, _)| *of == seed));
            let competence = results
                .at(group, course, estimand)
                .and_then(|at| matching::competence_at(course, at, |row| row.hard_d_prime_b));
            match (illusion, epsilon50, competence) {
                (Some((_, Ok(illusion))), Ok(epsilon50), Ok(competence)) => {
                    entering.networks.push(Joined { rule: rules, seed, illusion: *illusion, epsilon50, competence });
                }
                (_, _, _) => entering.left_out += 1,
            }
        }
        rules += 1;
    }
    entering
}

fn columns(networks: &[Joined]) -> (Vec<f64>, Vec<f64>) {
    networks.iter().map(|network| (network.illusion, network.epsilon50)).unzip()
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let set: std::collections::BTreeSet<T> = values.collect();
    set.into_iter().collect()
}

/// The correlation alone.
fn correlation(networks: &[Joined], part: Part) -> Result<f64, NotMeasurable> {
    let (illusion, epsilon50) = columns(networks);
    let rules: Vec<usize> = networks.iter().map(|network| network.rule).collect();
    match part {
        Part::Within => within_groups(&illusion, &epsilon50, &rules),
        Part::Between => {
            let mean = |values: &[f64], rule: usize| {
                let own: Vec<f64> =
                    values.iter().zip(&rules).filter(|(_, of)| **of == rule).map(|(value, _)| *value).collect();
                own.iter().sum::<f64>() / own.len() as f64
            };
            let each = distinct(rules.iter().copied());
            let of = |values: &[f64]| -> Vec<f64> { each.iter().map(|rule| mean(values, *rule)).collect() };
            pearson(&of(&illusion), &of(&epsilon50))
        }
        Part::Partial => {
            let competence: Vec<f64> = networks.iter().map(|network| network.competence).collect();
            partial(&illusion, &epsilon50, &competence)
        }
    }
}

/// The correlation, its interval and how many units are behind it.
fn estimate(networks: &[Joined], part: Part) -> Estimate {
    let rules = distinct(networks.iter().map(|network| network.rule)).len();
    let n = if part == Part::Between { rules } else { networks.len() };
    // Two points lie on a line.
    let value = match (part, rules) {
        (Part::Within, _) if networks.len() < 3 => Err(NotMeasurable::TooFew { needed: 3, found: networks.len() }),
        (Part::Between | Part::Partial, found) if found < 3 => Err(NotMeasurable::TooFew { needed: 3, found }),
        (Part::Within | Part::Between | Part::Partial, _) => correlation(networks, part),
    };
    let interval = value.and_then(|r| interval(networks, part, r));
    Estimate {
        value: value.ok(),
        interval: interval.ok(),
        n,
        excluded: 0,
        note: match (&value, &interval) {
            (Err(why), _) => why.to_string(),
            (Ok(_), Err(why)) => format!("no interval: {why}"),
            (Ok(_), Ok(_)) => String::new(),
        },
    }
}

fn interval(networks: &[Joined], part: Part, r: f64) -> Result<(f64, f64), NotMeasurable> {
    let without = |keep: &dyn Fn(&Joined) -> bool| {
        let kept: Vec<Joined> = networks.iter().copied().filter(|network| keep(network)).collect();
        correlation(&kept, part)
    };
    let rules = distinct(networks.iter().map(|network| network.rule));
    match part {
        Part::Between => fisher_interval(r, rules.len(), 0, COVERAGE),
        Part::Within => {
            let seeds = distinct(networks.iter().map(|network| network.seed));
            let each: Result<Vec<f64>, _> = seeds.iter().map(|seed| without(&|of| of.seed != *seed)).collect();
            jackknife_interval(r, &each?, COVERAGE)
        }
        Part::Partial => {
            let each: Result<Vec<f64>, _> = rules.iter().map(|rule| without(&|of| of.rule != *rule)).collect();
            jackknife_interval(r, &each?, COVERAGE)
        }
    }
}

/// Worlds and architectures on which networks were attacked.
fn panels(results: &Results<'_>) -> Vec<(String, String)> {
    let attacked = results.groups.iter().filter(|(group, courses)| {
        (group.role == "rule" || group.role == "control") && courses.iter().any(super::courses::Course::is_attacked)
    });
    distinct(attacked.map(|(group, _)| (group.world.clone(), group.network.clone())))
}

/// Lines of `measures.csv`: observer `all rules`.
pub fn rows(results: &Results<'_>) -> Vec<MeasureRow> {
    let mut rows = Vec::new();
    for (world, network) in panels(results) {
        for &estimand in attacks::estimands(results.experiment) {
            let entering = entering(results, (&world, &network), estimand);
            let (observer, role) = (OBSERVER.to_owned(), ROLE.to_owned());
            let group = Group { world: world.clone(), network: network.clone(), observer, role };
            for part in PARTS {
                let mut estimate = estimate(&entering.networks, part);
                estimate.excluded = entering.left_out;
                rows.push(row(&group, part.measure(), estimand.name(), "ratio", &estimate));
            }
        }
    }
    rows
}

/// One sentence a world, architecture and estimand.
pub fn sentences(results: &Results<'_>) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for (world, network) in panels(results) {
        for &estimand in attacks::estimands(results.experiment) {
            let entering = entering(results, (&world, &network), estimand);
            let topic = format!("{world} · {network} · illusion and attacks");
            sentences.push(sentence(&entering, topic, (estimand, results.inference())));
        }
    }
    sentences
}

fn sentence(entering: &Entering, topic: String, (estimand, inference): (Estimand, bool)) -> Sentence {
    let place = match estimand {
        Estimand::EqualSteps => "at equal steps",
        Estimand::Matched => "where hard-set d′ is equal",
        Estimand::MatchedAccuracy => "where accuracy is equal",
        Estimand::Plateau => "at the plateau",
    };
    if entering.networks.is_empty() {
        let why = "not measurable, since of no network both can be said: each is below the gate, has a failed check or lacks a value";
        let text =
            format!("Correlation of the illusion's d′ with ε50 {place}: {why} (n = 0 of {}).", entering.left_out);
        return Sentence { topic, text, kind: SentenceKind::NotEstablished };
    }
    let found = PARTS.map(|part| (part, estimate(&entering.networks, part)));
    let parts: Vec<String> = found.iter().map(|(part, estimate)| words(*part, estimate)).collect();
    let left_out = match entering.left_out {
        0 => String::new(),
        count => format!(" {count} networks are left out: below the gate, with a failed check, or without a value."),
    };
    // All three on one side of 0: a relation between rules alone may be one of competence, or of three rules.
    let beyond = |side: f64| {
        let excludes =
            |estimate: &Estimate| estimate.interval.is_some_and(|(low, high)| (side * low).min(side * high) > 0.0);
        found.iter().all(|(_, estimate)| excludes(estimate))
    };
    let claimed = inference && (beyond(1.0) || beyond(-1.0));
    Sentence {
        topic,
        text: format!(
            "Correlation of the illusion's d′ with ε50 {place}: {}. Below 0, who has more of the illusion gives way to smaller \
             changes.{left_out}",
            parts.join("; ")
        ),
        kind: if claimed { SentenceKind::Supported } else { SentenceKind::NotEstablished },
    }
}

fn words(part: Part, estimate: &Estimate) -> String {
    let n = format!("n = {} {}", estimate.n, part.unit());
    match (estimate.value, estimate.interval) {
        (Some(r), Some(interval)) => {
            format!("{} r = {}, {n}", part.words(), interval_text(r, Some(interval), "ratio"))
        }
        (Some(r), None) => format!("{} r = {}, {n} ({})", part.words(), interval_text(r, None, "ratio"), estimate.note),
        (None, _) => format!("{} not measurable ({}), {n}", part.words(), estimate.note),
    }
}

#[cfg(test)]
mod tests;
