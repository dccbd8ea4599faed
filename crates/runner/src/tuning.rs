//! A search for rates and decays, read from its finished cells: the table of all networks, and the best of each observer.
//! Pure. Competence on half A is all that is read; nothing was shown.

use crate::experiment::{Experiment, TuningSpec};
use crate::plan::{Answerer, Cell, Plan, RESULTS_VERSION, Tuned};
use crate::rows::{SCHEMA, TuningRow};
use crate::store::CellOutput;
use serde::Serialize;
use std::collections::BTreeMap;

/// The whole outcome, as `tuned.toml` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Search {
    /// Version of the tables.
    pub schema: u32,
    /// Version of the computation.
    pub results_version: u32,
    /// Experiment id.
    pub experiment: String,
    /// Identity of the resolved experiment.
    pub hash: String,
    /// Seeds of the search: no experiment that uses its outcome may use them.
    pub seeds: Vec<u64>,
    /// Learning steps of each network.
    pub steps: usize,
    /// Rates that were tried.
    pub rates: Vec<f64>,
    /// Decays that were tried with each.
    pub decays: Vec<f64>,
    /// What it cost.
    pub cost: Cost,
    /// The best of each observer on each network in each world.
    pub observer: Vec<Best>,
}

/// What networks cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Networks that were trained, those that ended early included.
    pub networks: usize,
    /// Planned multiply-accumulates.
    pub macs: f64,
    /// CPU seconds, of the networks whose time is known.
    pub seconds: f64,
}

/// Where an observer did best.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Best {
    /// World name.
    pub world: String,
    /// Network name.
    pub network: String,
    /// Observer name, as in the file.
    pub name: String,
    /// Rule id.
    pub rule: String,
    /// The best rate.
    pub learning_rate: f64,
    /// The best decay.
    pub weight_decay: f64,
    /// Mean accuracy over its seeds, half A; a network that ended early counts as chance.
    pub accuracy_a: f64,
    /// Mean hard d′ over its seeds, half A; a network that ended early counts as 0.
    pub hard_d_prime_a: f64,
    /// Networks of this rate and decay that ended early.
    pub ended: usize,
    /// Which of `learning_rate` and `weight_decay` is the lowest or highest that was tried, so that the best may lie
    /// beyond. Two decays have no inside and are not named.
    pub border: Vec<String>,
    /// Networks that should have been trained and failed, over the whole grid; rates and decays that lack one are not
    /// chosen.
    pub missing: usize,
    /// What the search cost for this observer.
    pub cost: Cost,
}

/// One row for each planned network that is there, in the plan's order.
pub fn rows(
    experiment: &Experiment,
    plan: &Plan,
    cells: &BTreeMap<String, CellOutput>,
    seconds: &BTreeMap<String, f64>,
) -> Vec<TuningRow> {
    let row = |cell: &Cell| {
        let (tuned, output) = (tuned(cell)?, cells.get(&cell.id)?);
        let last = output.training.last();
        Some(TuningRow {
            world: experiment.worlds[cell.world].name.clone(),
            network: cell.network_name.clone(),
            observer: tuned.of.clone(),
            rule: tuned.spec.rule.clone(),
            rate: tuned.spec.optimizer.learning_rate,
            decay: tuned.spec.optimizer.weight_decay,
            seed: cell.seed,
            accuracy_a: last.and_then(|row| row.accuracy_a),
            hard_d_prime_a: last.and_then(|row| row.hard_d_prime_a),
            ended: output.ended.clone().unwrap_or_default(),
            seconds: seconds.get(&cell.id).copied(),
            macs: cell.macs,
        })
    };
    plan.cells.iter().filter_map(row).collect()
}

fn tuned(cell: &Cell) -> Option<&Tuned> {
    match &cell.answerer {
        Answerer::Tuned(tuned) => Some(tuned),
        Answerer::Learner(_)
        | Answerer::Untrained(_)
        | Answerer::Fixed(_)
        | Answerer::Imported(_)
        | Answerer::Reference(_) => None,
    }
}

/// Reads the rows of a search. `chance` is the accuracy of guessing in each world.
pub fn search(
    experiment: &Experiment,
    spec: &TuningSpec,
    plan: &Plan,
    rows: &[TuningRow],
    chance: &BTreeMap<String, f64>,
) -> Search {
    let mut planned: Vec<((&str, &str, &str), usize)> = Vec::new();
    for cell in &plan.cells {
        let Some(tuned) = tuned(cell) else { continue };
        let key = (experiment.worlds[cell.world].name.as_str(), cell.network_name.as_str(), tuned.of.as_str());
        match planned.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => planned.push((key, 1)),
        }
    }
    let best = |(key, count): &((&str, &str, &str), usize)| {
        let own: Vec<&TuningRow> = rows
            .iter()
            .filter(|row| (row.world.as_str(), row.network.as_str(), row.observer.as_str()) == *key)
            .collect();
        best(&own, spec, *count, chance.get(key.0).copied().unwrap_or_default())
    };
    Search {
        schema: SCHEMA,
        results_version: RESULTS_VERSION,
        experiment: experiment.id.clone(),
        hash: plan.hash.clone(),
        seeds: experiment.seeds.clone(),
        steps: experiment.training.steps,
        rates: spec.rates.clone(),
        decays: spec.decays.clone(),
        cost: cost(&rows.iter().collect::<Vec<_>>()),
        observer: planned.iter().filter_map(best).collect(),
    }
}

fn cost(rows: &[&TuningRow]) -> Cost {
    Cost {
        networks: rows.len(),
        macs: rows.iter().map(|row| row.macs).sum(),
        seconds: rows.iter().filter_map(|row| row.seconds).fold(0.0, |sum, seconds| sum + seconds),
    }
}

/// One rate and decay over its seeds.
struct Candidate {
    rate: f64,
    decay: f64,
    accuracy: f64,
    hard: f64,
    ended: usize,
}

fn best(own: &[&TuningRow], spec: &TuningSpec, planned: usize, chance: f64) -> Option<Best> {
    let seeds = planned / (spec.rates.len() * spec.decays.len()).max(1);
    let candidates = spec.grid().filter_map(|(rate, decay)| {
        let rows: Vec<&&TuningRow> = own.iter().filter(|row| row.rate == rate && row.decay == decay).collect();
        (!rows.is_empty() && rows.len() == seeds).then(|| candidate(&rows, (rate, decay), chance))
    });
    // Where no network survives, there is no rate: chance must not win over networks that do a little worse than it. The
    // first of equals stays: the lower rate, then the lower decay.
    let survives = |candidate: &Candidate| candidate.ended < seeds;
    let better = |one: Candidate, other: Candidate| {
        let numbers = other.accuracy.total_cmp(&one.accuracy).then(other.hard.total_cmp(&one.hard));
        let order = survives(&other).cmp(&survives(&one)).then(numbers);
        if order.is_gt() { other } else { one }
    };
    let chosen = candidates.reduce(better)?;
    let first = own.first()?;
    let at_end = |value: f64, tried: &[f64]| tried.first() == Some(&value) || tried.last() == Some(&value);
    let mut border = Vec::new();
    if spec.rates.len() > 1 && at_end(chosen.rate, &spec.rates) {
        border.push("learning_rate".to_owned());
    }
    if spec.decays.len() > 2 && at_end(chosen.decay, &spec.decays) {
        border.push("weight_decay".to_owned());
    }
    Some(Best {
        world: first.world.clone(),
        network: first.network.clone(),
        name: first.observer.clone(),
        rule: first.rule.clone(),
        learning_rate: chosen.rate,
        weight_decay: chosen.decay,
        accuracy_a: chosen.accuracy,
        hard_d_prime_a: chosen.hard,
        ended: chosen.ended,
        border,
        missing: planned.saturating_sub(own.len()),
        cost: cost(own),
    })
}

fn candidate(rows: &[&&TuningRow], (rate, decay): (f64, f64), chance: f64) -> Candidate {
    // What ended early answers no better than by guessing, whatever it reached before.
    let or = |row: &TuningRow, value: Option<f64>, guess: f64| {
        if row.ended.is_empty() { value.unwrap_or(guess) } else { guess }
    };
    let mean = |value: &dyn Fn(&TuningRow) -> f64| rows.iter().map(|row| value(row)).sum::<f64>() / rows.len() as f64;
    Candidate {
        rate,
        decay,
        accuracy: mean(&|row| or(row, row.accuracy_a, chance)),
        hard: mean(&|row| or(row, row.hard_d_prime_a, 0.0)),
        ended: rows.iter().filter(|row| !row.ended.is_empty()).count(),
    }
}

/// The table on standard output.
pub fn table(search: &Search) -> String {
    let width = |title: &str, names: &mut dyn Iterator<Item = usize>| names.fold(title.len(), usize::max);
    let names = width("observer", &mut search.observer.iter().map(|best| best.name.chars().count()));
    let networks = width("network", &mut search.observer.iter().map(|best| best.network.chars().count()));
    let worlds = width("world", &mut search.observer.iter().map(|best| best.world.chars().count()));
    let mut text = format!(
        "{}: {} rates × {} decays × {} seeds for each observer, {} steps; half A of the validation pictures, nothing shown\n\n",
        search.experiment,
        search.rates.len(),
        search.decays.len(),
        search.seeds.len(),
        search.steps
    );
    text += &format!(
        "  {:names$}  {:networks$}  {:worlds$}  {:>8} {:>7} {:>9} {:>8} {:>6} {:>9} {:>9} {:>8}\n",
        "observer", "network", "world", "rate", "decay", "accuracy", "hard d′", "ended", "networks", "GMAC", "CPU s"
    );
    for best in &search.observer {
        let mark = if best.border.is_empty() { "" } else { "  at the border" };
        text += &format!(
            "  {:names$}  {:networks$}  {:worlds$}  {:>8} {:>7} {:>9.4} {:>8.3} {:>6} {:>9} {:>9.1} {:>8.1}{mark}\n",
            best.name,
            best.network,
            best.world,
            best.learning_rate,
            best.weight_decay,
            best.accuracy_a,
            best.hard_d_prime_a,
            best.ended,
            best.cost.networks,
            best.cost.macs / 1e9,
            best.cost.seconds
        );
    }
    if search.observer.iter().any(|best| !best.border.is_empty()) {
        text += "\nat the border: the best is the lowest or highest that was tried; widen [tuning] before you use it\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> TuningSpec {
        TuningSpec { rates: vec![0.1, 0.2, 0.4], decays: vec![0.0, 0.5] }
    }

    fn row(rate: f64, decay: f64, seed: u64, accuracy: f64, hard: f64) -> TuningRow {
        TuningRow {
            world: "w".into(),
            network: "n".into(),
            observer: "o".into(),
            rule: "r".into(),
            rate,
            decay,
            seed,
            accuracy_a: Some(accuracy),
            hard_d_prime_a: Some(hard),
            ended: String::new(),
            seconds: Some(2.0),
            macs: 10.0,
        }
    }

    /// All of the grid on two seeds at accuracy 0.6 and hard d′ 1, but what is changed.
    fn grid(change: impl Fn(&mut TuningRow)) -> Vec<TuningRow> {
        let cells = spec()
            .grid()
            .collect::<Vec<_>>()
            .into_iter()
            .flat_map(|(rate, decay)| [0, 1].map(|seed| row(rate, decay, seed, 0.6, 1.0)));
        let mut rows: Vec<TuningRow> = cells.collect();
        rows.iter_mut().for_each(change);
        rows
    }

    fn chosen(rows: &[TuningRow]) -> Best {
        best(&rows.iter().collect::<Vec<_>>(), &spec(), 12, 0.5).expect("a best")
    }

    #[test]
    fn the_highest_mean_over_seeds_is_chosen_not_the_highest_network() {
        let rows = grid(|row| {
            row.accuracy_a = match (row.rate, row.decay, row.seed) {
                (0.1, 0.5, 0) => Some(0.99),
                (0.1, 0.5, 1) => Some(0.60),
                (0.2, 0.0, _) => Some(0.80),
                _ => row.accuracy_a,
            }
        });
        let best = chosen(&rows);
        // By hand: (0.99 + 0.60) / 2 = 0.795 is below 0.80.
        assert_eq!((best.learning_rate, best.weight_decay, best.accuracy_a), (0.2, 0.0, 0.8));
        assert!(best.border.is_empty() && best.ended == 0 && best.missing == 0);
        assert_eq!(best.cost, Cost { networks: 12, macs: 120.0, seconds: 24.0 });
    }

    #[test]
    fn equal_accuracies_are_told_apart_by_hard_d_prime_then_by_the_lower_rate() {
        let best = chosen(&grid(|row| {
            if row.rate == 0.2 && row.decay == 0.5 {
                row.hard_d_prime_a = Some(1.1);
            }
        }));
        assert_eq!((best.learning_rate, best.weight_decay), (0.2, 0.5));
        let best = chosen(&grid(|_| {}));
        assert_eq!((best.learning_rate, best.weight_decay), (0.1, 0.0));
    }

    #[test]
    fn a_seed_that_ended_early_counts_as_chance() {
        let rows = grid(|row| {
            if row.rate == 0.4 {
                row.accuracy_a = Some(0.9);
                if row.seed == 1 {
                    row.ended = "step 3: diverged".into();
                }
            }
        });
        // By hand: (0.9 + 0.5) / 2 = 0.7 is above 0.6, hard d′ (1 + 0) / 2.
        let best = chosen(&rows);
        assert_eq!((best.learning_rate, best.accuracy_a, best.hard_d_prime_a, best.ended), (0.4, 0.7, 0.5, 1));
        // Negative control: with chance at 0.2 the mean is 0.55, and another rate is better.
        let other = super::best(&rows.iter().collect::<Vec<_>>(), &spec(), 12, 0.2).expect("a best");
        assert_ne!(other.learning_rate, 0.4);
    }

    #[test]
    fn a_rate_that_no_network_survives_is_chosen_only_where_there_is_no_other() {
        let wild = |from: f64| {
            grid(move |row| {
                row.accuracy_a = Some(0.4);
                if row.rate >= from {
                    (row.accuracy_a, row.hard_d_prime_a) = (None, None);
                    row.ended = "step 2: diverged".into();
                }
            })
        };
        // 0.4 is below the chance of 0.5 that the diverged count as.
        let best = chosen(&wild(0.4));
        assert_eq!((best.learning_rate, best.accuracy_a, best.ended), (0.1, 0.4, 0));
        let best = chosen(&wild(0.0));
        assert_eq!((best.learning_rate, best.accuracy_a, best.ended), (0.1, 0.5, 2));
    }

    #[test]
    fn rates_at_the_border_are_flagged_and_two_decays_are_not() {
        for (rate, flagged) in [(0.1, true), (0.2, false), (0.4, true)] {
            let best = chosen(&grid(|row| {
                if row.rate == rate {
                    row.accuracy_a = Some(0.9);
                }
            }));
            assert_eq!(best.border, if flagged { vec!["learning_rate"] } else { Vec::new() }, "{rate}");
        }
        let single = TuningSpec { rates: vec![0.2], decays: vec![0.0, 0.1, 0.5] };
        let rows: Vec<TuningRow> = single.grid().map(|(rate, decay)| row(rate, decay, 0, 0.6 - decay, 1.0)).collect();
        let best = best(&rows.iter().collect::<Vec<_>>(), &single, 3, 0.5).expect("a best");
        assert_eq!(best.border, ["weight_decay"]);
    }

    #[test]
    fn what_lacks_a_seed_is_not_chosen_and_counted() {
        let mut rows = grid(|row| {
            if row.rate == 0.2 {
                row.accuracy_a = Some(0.9);
            }
        });
        rows.retain(|row| !(row.rate == 0.2 && row.decay == 0.0 && row.seed == 1));
        let best = chosen(&rows);
        assert_eq!((best.learning_rate, best.weight_decay, best.missing), (0.2, 0.5, 1));
        rows.retain(|row| row.seed == 0);
        assert!(super::best(&rows.iter().collect::<Vec<_>>(), &spec(), 12, 0.5).is_none(), "no rate has both seeds");
    }
}
