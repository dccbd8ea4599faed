//! The crossed bootstrap: seeds and twins are resampled together, because every network is shown the same twins.

use super::courses::{At, Course};
use super::estimates::{BOOTSTRAP_FROM, COVERAGE};
use crate::battery;
use crate::experiment::Experiment;
use crate::identity::stream;
use trompe_psychophysics::{CrossedDesign, NotMeasurable, PresortedEvidence, crossed_bootstrap};

type Locate<'a> = &'a dyn Fn(&Course<'_>) -> Result<At, NotMeasurable>;

/// Measures whose blocks keep single twins, and how they follow from the blocks' AUC and d′.
enum Formula {
    DPrime(&'static str),
    Auc(&'static str),
    AucDifference(&'static str, &'static str),
    DPrimeDifference(&'static str, &'static str),
    /// d′, averaged over the classes of a battery of polygons.
    ClassDPrime(&'static str),
}

fn formula(measure: &str) -> Option<Formula> {
    match measure {
        "illusory_d_prime" => Some(Formula::DPrime("illusory")),
        "illusory_auc" => Some(Formula::Auc("illusory")),
        "configural_index" => Some(Formula::AucDifference("illusory", "local")),
        "relatability_effect" => Some(Formula::DPrimeDifference("illusory", "misaligned")),
        "in_over_rotated_d_prime" => Some(Formula::ClassDPrime("in_rotated")),
        "in_over_misaligned_d_prime" => Some(Formula::ClassDPrime("in_misaligned")),
        _ => None,
    }
}

/// One course: its blocks at the two checkpoints around its point, ready for weighted AUC.
struct Resampled {
    blocks: Vec<[PresortedEvidence; 2]>,
    weight: f64,
}

fn prepare(course: &Course<'_>, blocks: &[String], at: At) -> Option<Resampled> {
    let sorted = |block: &str, checkpoint: usize| -> Option<PresortedEvidence> {
        let row = course.evidence(checkpoint, block)?;
        let widen = |values: &[f32]| -> Vec<f64> { values.iter().map(|&value| f64::from(value)).collect() };
        PresortedEvidence::new(&widen(&row.positive), &widen(&row.negative)).ok()
    };
    let both = |block: &String| Some([sorted(block, at.before)?, sorted(block, at.after)?]);
    Some(Resampled { blocks: blocks.iter().map(both).collect::<Option<_>>()?, weight: at.weight })
}

impl Resampled {
    fn value(&self, formula: &Formula, twins: &[u32]) -> Result<f64, NotMeasurable> {
        let side = |end: usize| -> Result<f64, NotMeasurable> {
            let auc = |block: usize| self.blocks[block][end].weighted_auc(twins);
            let d_prime = |block: usize| self.blocks[block][end].weighted_d_prime(twins);
            match formula {
                Formula::DPrime(_) => d_prime(0),
                Formula::Auc(_) => auc(0),
                Formula::AucDifference(_, _) => Ok(auc(0)? - auc(1)?),
                Formula::DPrimeDifference(_, _) => Ok(d_prime(0)? - d_prime(1)?),
                Formula::ClassDPrime(_) => {
                    let sum: Result<f64, _> = (0..self.blocks.len()).map(d_prime).sum();
                    Ok(sum? / self.blocks.len() as f64)
                }
            }
        };
        let before = side(0)?;
        if self.weight == 0.0 { Ok(before) } else { Ok(before * (1.0 - self.weight) + side(1)? * self.weight) }
    }
}

fn blocks_of(experiment: &Experiment, formula: &Formula) -> Vec<String> {
    let primary = battery::level(experiment.battery.primary_alpha_deg);
    let turned = |condition: &&str| format!("{condition}_{primary}");
    match formula {
        Formula::DPrime(one) | Formula::Auc(one) => [one].map(turned).to_vec(),
        Formula::AucDifference(one, other) | Formula::DPrimeDifference(one, other) => [one, other].map(turned).to_vec(),
        Formula::ClassDPrime(one) => battery::SHAPES.map(|shape| format!("{one}_{}", shape.id())).to_vec(),
    }
}

/// 95 % interval of the mean over seeds; `None` where single twins are not kept or seeds are too few.
pub fn interval(
    experiment: &Experiment,
    courses: &[Course<'_>],
    measure: &str,
    at: Locate<'_>,
    name: &str,
) -> Option<(f64, f64)> {
    if experiment.battery.gives_pictures() {
        let ready: Vec<Vec<f64>> =
            courses.iter().filter_map(|course| sets(experiment, course, measure, at(course).ok()?)).collect();
        return over_sets(experiment, &ready, name);
    }
    let formula = formula(measure)?;
    let blocks = blocks_of(experiment, &formula);
    let ready: Vec<Resampled> =
        courses.iter().filter_map(|course| prepare(course, &blocks, at(course).ok()?)).collect();
    let statistic = |seed: usize, twins: &[u32]| ready[seed].value(&formula, twins);
    crossed(experiment, ready.len(), &statistic, name)
}

/// 95 % interval of the mean paired difference over seeds that both sides have.
pub fn difference(
    experiment: &Experiment,
    (one, other): (&[Course<'_>], &[Course<'_>]),
    measure: &str,
    at: Locate<'_>,
    name: &str,
) -> Option<(f64, f64)> {
    if experiment.battery.gives_pictures() {
        let mut ready: Vec<Vec<f64>> = Vec::new();
        for course in one {
            let Some(against) = other.iter().find(|against| against.seed == course.seed) else { continue };
            let (Ok(here), Ok(there)) = (at(course), at(against)) else { continue };
            let both = (sets(experiment, course, measure, here), sets(experiment, against, measure, there));
            if let (Some(here), Some(there)) = both {
                ready.push(here.iter().zip(&there).map(|(here, there)| here - there).collect());
            }
        }
        return over_sets(experiment, &ready, name);
    }
    let formula = formula(measure)?;
    let blocks = blocks_of(experiment, &formula);
    let mut pairs: Vec<(Resampled, Resampled)> = Vec::new();
    for course in one {
        let Some(against) = other.iter().find(|against| against.seed == course.seed) else { continue };
        let (Ok(here), Ok(there)) = (at(course), at(against)) else { continue };
        let ready = (prepare(course, &blocks, here), prepare(against, &blocks, there));
        if let (Some(here), Some(there)) = ready {
            pairs.push((here, there));
        }
    }
    let statistic = |seed: usize, twins: &[u32]| {
        let (here, there) = &pairs[seed];
        Ok(here.value(&formula, twins)? - there.value(&formula, twins)?)
    };
    crossed(experiment, pairs.len(), &statistic, name)
}

/// Values of a measure set of colors by set of colors, at the point of a course.
fn sets(experiment: &Experiment, course: &Course<'_>, measure: &str, at: At) -> Option<Vec<f64>> {
    let read = |checkpoint: usize| crate::measures::by_set(&course.point(&experiment.battery, checkpoint), measure);
    let before = read(at.before)?;
    if at.before == at.after {
        return Some(before);
    }
    let after = read(at.after)?;
    Some(before.iter().zip(&after).map(|(one, other)| one * (1.0 - at.weight) + other * at.weight).collect())
}

/// Seeds and sets of colors are resampled together: sets are a sample of those that could be asked about.
fn over_sets(experiment: &Experiment, ready: &[Vec<f64>], name: &str) -> Option<(f64, f64)> {
    let count = ready.first().map(Vec::len).filter(|&count| count > 1)?;
    if !ready.iter().all(|values| values.len() == count) {
        return None;
    }
    let statistic = |seed: usize, sets: &[u32]| {
        let weighted = ready[seed].iter().zip(sets).map(|(value, &times)| value * f64::from(times));
        Ok(weighted.sum::<f64>() / sets.iter().map(|&times| f64::from(times)).sum::<f64>())
    };
    crossed_over(experiment, (ready.len(), count), &statistic, name)
}

/// A statistic of one seed, given how often each twin was drawn.
type Statistic<'a> = dyn Fn(usize, &[u32]) -> Result<f64, NotMeasurable> + 'a;

fn crossed(experiment: &Experiment, seeds: usize, statistic: &Statistic<'_>, name: &str) -> Option<(f64, f64)> {
    crossed_over(experiment, (seeds, experiment.battery.twins), statistic, name)
}

fn crossed_over(
    experiment: &Experiment,
    (seeds, twins): (usize, usize),
    statistic: &Statistic<'_>,
    name: &str,
) -> Option<(f64, f64)> {
    if seeds < BOOTSTRAP_FROM {
        return None;
    }
    let mut rng = stream(&["crossed bootstrap", name]);
    let design = CrossedDesign { seeds, twins, draws: experiment.analysis.bootstrap, coverage: COVERAGE };
    let mean = |drawn: &[usize], twins: &[u32]| {
        let mut counts = vec![0u32; seeds];
        drawn.iter().for_each(|&seed| counts[seed] += 1);
        let mut sum = 0.0;
        for (seed, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            sum += f64::from(count) * statistic(seed, twins)?;
        }
        Ok(sum / drawn.len() as f64)
    };
    crossed_bootstrap(design, &mut rng, mean).ok().map(|bootstrap| bootstrap.interval)
}
