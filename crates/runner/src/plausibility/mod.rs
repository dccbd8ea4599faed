//! Outcome against ledger: do rules that need less of what a neuron does not have give networks that are more susceptible? Pure.
//!
//! Each line of the ledger, as interventions found it or as it was counted, puts the rules of an experiment into levels, from what is
//! furthest from a neuron (or dearest) to what is nearest (or cheapest). Per seed, the mean outcome of each level is taken where
//! competence is equal.
//!
//! ```text
//! three levels or more    Page's trend over seeds: one-sided, z by the normal approximation
//! two levels              exact sign flips of the differences of seeds: two-sided
//! partial                 over networks, outcome with score, competence held constant; the interval leaves out one rule at a time
//! ```
//!
//! p values are corrected together over all lines and illusions (Benjamini–Hochberg). All of it is exploratory: rules are few, were
//! not drawn at random and differ in more than one line at once.
//!
//! # Source
//! `page1963` for the trend.

mod scores;

pub use scores::{LINES, Line};

use crate::ledger::Account;
use crate::rows::NetworkRow;
use std::collections::{BTreeMap, BTreeSet};
use trompe_psychophysics::{
    NotMeasurable, benjamini_hochberg, jackknife_interval, page_trend, partial, pearson, sign_flip,
};

/// Coverage of intervals.
const COVERAGE: f64 = 0.95;
/// Level of a corrected p.
pub const ALPHA: f64 = 0.05;

/// Networks of one experiment, in one world, of one architecture and measure, where competence is equal.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    /// Rules that pass the gate, in the experiment's order.
    pub rules: Vec<Rule>,
    /// Rules that do not, or of which no value is known.
    pub left_out: Vec<String>,
}

/// A rule with its networks.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Name of the observer.
    pub observer: String,
    /// What it needs and costs.
    pub account: Account,
    /// Outcome and competence by seed.
    pub seeds: BTreeMap<u64, (f64, f64)>,
}

/// Rules at one level of a line.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What they have in common, in words.
    pub words: String,
    /// Their observers.
    pub rules: Vec<String>,
    /// Mean outcome over seeds.
    pub mean: f64,
}

/// How a trend was tested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// Page's trend: z and one-sided p.
    Page {
        /// In standard deviations.
        z: f64,
        /// One-sided.
        p: f64,
    },
    /// Sign flips: mean difference, nearer less further, and two-sided p.
    Flip {
        /// Mean over seeds.
        difference: f64,
        /// Two-sided.
        p: f64,
    },
}

impl Test {
    /// The p value.
    pub fn p(self) -> f64 {
        match self {
            Self::Page { p, .. } | Self::Flip { p, .. } => p,
        }
    }

    /// Whether outcomes rise toward a neuron.
    pub fn rises(self) -> bool {
        match self {
            Self::Page { z, .. } => z > 0.0,
            Self::Flip { difference, .. } => difference > 0.0,
        }
    }
}

/// One line of the ledger against one outcome.
#[derive(Clone, Debug)]
pub struct Trend {
    /// Which line.
    pub line: Line,
    /// Levels, the furthest from a neuron first.
    pub levels: Vec<Level>,
    /// Seeds in which every rule has a value.
    pub seeds: usize,
    /// The test, or why there is none.
    pub test: Result<Test, NotMeasurable>,
    /// p corrected over all lines and illusions.
    pub p_adjusted: Option<f64>,
    /// Correlation of outcome and score over networks, competence held constant; with its interval.
    pub partial: Result<(f64, Option<(f64, f64)>), NotMeasurable>,
    /// Networks behind it.
    pub networks: usize,
    /// Rules without an answer in this line.
    pub silent: Vec<String>,
}

impl Trend {
    /// Whether it stands: a corrected p below [`ALPHA`], and an interval of the correlation above 0.
    pub fn is_established(&self) -> bool {
        let small = self.p_adjusted.is_some_and(|p| p < ALPHA) && self.test.is_ok_and(Test::rises);
        small && self.partial.is_ok_and(|(_, interval)| interval.is_some_and(|(low, _)| low > 0.0))
    }
}

/// Networks of the rules that pass the gate, with their accounts.
///
/// `rows` are those of one world, network, measure and estimand; `passes` says of an observer whether enough of its networks do the
/// real task.
pub fn networks<'a>(
    rows: impl Iterator<Item = &'a NetworkRow>,
    accounts: &[Account],
    passes: impl Fn(&str) -> bool,
) -> Networks {
    let mut networks = Networks::default();
    let mut order: Vec<&str> = Vec::new();
    let mut seeds: BTreeMap<&str, BTreeMap<u64, (f64, f64)>> = BTreeMap::new();
    for row in rows {
        if !order.contains(&row.observer.as_str()) {
            order.push(&row.observer);
        }
        if let Some(pair) = row.value.zip(row.competence) {
            seeds.entry(&row.observer).or_default().insert(row.seed, pair);
        }
    }
    for observer in order {
        let account = accounts.iter().find(|account| account.observer == observer);
        match (account, seeds.remove(observer)) {
            (Some(account), Some(seeds)) if passes(observer) => {
                networks.rules.push(Rule { observer: observer.to_owned(), account: account.clone(), seeds });
            }
            (_, _) => networks.left_out.push(observer.to_owned()),
        }
    }
    networks
}

/// Every line of the ledger against every outcome, p values corrected together.
pub fn trends(parts: &[Networks]) -> Vec<Vec<Trend>> {
    let mut all: Vec<Vec<Trend>> =
        parts.iter().map(|networks| LINES.iter().map(|line| trend(networks, *line)).collect()).collect();
    let raw: Vec<f64> = all.iter().flatten().filter_map(|trend| trend.test.ok().map(Test::p)).collect();
    let mut adjusted = benjamini_hochberg(&raw).unwrap_or_default().into_iter();
    for trend in all.iter_mut().flatten().filter(|trend| trend.test.is_ok()) {
        trend.p_adjusted = adjusted.next();
    }
    all
}

fn trend(networks: &Networks, line: Line) -> Trend {
    let scored: Vec<(&Rule, f64)> =
        networks.rules.iter().filter_map(|rule| Some((rule, line.score(&rule.account)?))).collect();
    let silent = networks.rules.iter().filter(|rule| line.score(&rule.account).is_none());
    let seeds = complete(&scored);
    let levels = levels(&scored, &seeds, line);
    let blocks: Vec<Vec<f64>> = seeds.iter().map(|seed| of_levels(&scored, &levels, *seed)).collect();
    Trend {
        line,
        seeds: seeds.len(),
        test: test(&blocks, levels.len()),
        p_adjusted: None,
        partial: correlation(&scored),
        networks: scored.iter().map(|(rule, _)| rule.seeds.len()).sum(),
        silent: silent.map(|rule| rule.observer.clone()).collect(),
        levels,
    }
}

/// Seeds in which every rule has a value, so that no level changes its members from seed to seed.
fn complete(scored: &[(&Rule, f64)]) -> Vec<u64> {
    let mut seeds: BTreeSet<u64> = scored.iter().flat_map(|(rule, _)| rule.seeds.keys().copied()).collect();
    seeds.retain(|seed| scored.iter().all(|(rule, _)| rule.seeds.contains_key(seed)));
    seeds.into_iter().collect()
}

fn levels(scored: &[(&Rule, f64)], seeds: &[u64], line: Line) -> Vec<Level> {
    let mut sorted: Vec<&(&Rule, f64)> = scored.iter().collect();
    sorted.sort_by(|one, other| one.1.total_cmp(&other.1));
    let alike = sorted.chunk_by(|one, other| line.is_level(one.1, other.1));
    let level = |rules: &[&(&Rule, f64)]| {
        let values: Vec<f64> = rules.iter().flat_map(|(rule, _)| seeds.iter().map(|seed| rule.seeds[seed].0)).collect();
        Level {
            words: line.words(&rules[0].0.account),
            rules: rules.iter().map(|(rule, _)| rule.observer.clone()).collect(),
            mean: values.iter().sum::<f64>() / values.len() as f64,
        }
    };
    alike.map(level).collect()
}

/// Mean outcome of each level in one seed.
fn of_levels(scored: &[(&Rule, f64)], levels: &[Level], seed: u64) -> Vec<f64> {
    let of = |level: &Level| {
        let own = scored.iter().filter(|(rule, _)| level.rules.contains(&rule.observer));
        let values: Vec<f64> = own.map(|(rule, _)| rule.seeds[&seed].0).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    levels.iter().map(of).collect()
}

fn test(blocks: &[Vec<f64>], levels: usize) -> Result<Test, NotMeasurable> {
    match levels {
        0 | 1 => Err(NotMeasurable::TooFew { needed: 2, found: levels }),
        2 => {
            let differences: Vec<f64> = blocks.iter().map(|block| block[1] - block[0]).collect();
            sign_flip(&differences).map(|flips| Test::Flip { difference: flips.mean, p: flips.p })
        }
        _ => page_trend(blocks).map(|page| Test::Page { z: page.z, p: page.p }),
    }
}

/// Outcome with score over all networks, competence held constant; the interval leaves out one rule at a time.
fn correlation(scored: &[(&Rule, f64)]) -> Result<(f64, Option<(f64, f64)>), NotMeasurable> {
    if scored.len() < 3 {
        return Err(NotMeasurable::TooFew { needed: 3, found: scored.len() });
    }
    let of = |without: Option<usize>| {
        let (mut outcome, mut score, mut competence) = (Vec::new(), Vec::new(), Vec::new());
        for (_, (rule, level)) in scored.iter().enumerate().filter(|(at, _)| Some(*at) != without) {
            for (value, reached) in rule.seeds.values() {
                outcome.push(*value);
                score.push(*level);
                competence.push(*reached);
            }
        }
        // Held constant already where all networks reach one competence to the last digit.
        let constant = competence.windows(2).all(|pair| pair[0] == pair[1]);
        if constant { pearson(&outcome, &score) } else { partial(&outcome, &score, &competence) }
    };
    let r = of(None)?;
    let each: Result<Vec<f64>, _> = (0..scored.len()).map(|at| of(Some(at))).collect();
    let interval = each.and_then(|each| jackknife_interval(r, &each, COVERAGE));
    Ok((r, interval.ok()))
}

#[cfg(test)]
mod tests;
