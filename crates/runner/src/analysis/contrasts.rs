//! Declared contrasts: each observer against the reference, paired by seed, with a test of difference and one of
//! equivalence. The primary family (illusory d′ at matched competence, first world and network) is corrected by Holm,
//! everything else is exploratory and corrected by Benjamini–Hochberg. A pilot gets intervals and nothing else.

use super::courses::{At, Course, Group};
use super::estimates::{Estimate, SeedValue, of_seeds, paired};
use super::{ESTIMANDS, Estimand, Results, crossed, matching};
use crate::rows::{MeasureRow, TrainingRow};
use trompe_psychophysics::{Margin, Verdict, benjamini_hochberg, holm, sign_flip, tost};

/// What a contrast concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The corrected p is below the level.
    Different,
    /// Both one-sided tests reject: the difference lies within the margin.
    Equivalent,
    /// Neither.
    NotEstablished,
    /// Too few networks of one side reach the criterion.
    NotComparable,
    /// A pilot: nothing is tested.
    NoInference,
}

impl Conclusion {
    /// In words, for tables.
    pub fn words(self) -> &'static str {
        match self {
            Self::Different => "different",
            Self::Equivalent => "equivalent within the margin",
            Self::NotEstablished => "neither a difference nor equivalence is established",
            Self::NotComparable => "not comparable: too few networks reach the common competence",
            Self::NoInference => "pilot: no inference",
        }
    }
}

/// One observer against the reference.
#[derive(Clone, Debug)]
pub struct Contrast {
    /// The observer's group.
    pub group: Group,
    /// Where it is read.
    pub estimand: Estimand,
    /// `illusory_d_prime`, `illusory_auc`, or a check of the match.
    pub measure: &'static str,
    /// Observer minus reference.
    pub estimate: Estimate,
    /// Exact sign-flip p.
    pub p: Option<f64>,
    /// Corrected within its family.
    pub p_adjusted: Option<f64>,
    /// Whether it belongs to the primary family.
    pub primary: bool,
    /// Margin of equivalence.
    pub margin: f64,
    /// What follows.
    pub conclusion: Conclusion,
}

/// Margins of the checks that the match held on half B: hard d′, and half a point of accuracy.
const MATCH_CHECKS: [(&str, f64, fn(&TrainingRow) -> Option<f64>); 2] =
    [("match_hard_d_prime", 0.1, |row| row.hard_d_prime_b), ("match_accuracy", 0.005, |row| row.accuracy_b)];

/// All contrasts of a run, primary family first.
pub fn all(results: &Results<'_>) -> Vec<Contrast> {
    let mut contrasts = Vec::new();
    let outcomes = outcomes(results);
    for (group, courses) in &results.groups {
        let declared = results.experiment.analysis.contrasts.contains(&group.observer);
        let Some(reference) = reference_of(results, group).filter(|_| declared) else { continue };
        for estimand in ESTIMANDS {
            for (measure, margin) in &outcomes {
                if let (Some(one), Some(other)) =
                    (results.get(group, estimand, measure), results.get(&reference, estimand, measure))
                {
                    let difference = paired(&one.values, &other.values);
                    let mut contrast = compare(results, (group, estimand), measure, *margin, &difference);
                    let both = (courses.as_slice(), results.groups[&reference].as_slice());
                    let at = |course: &Course<'_>| results.at(group, course, estimand);
                    let name = format!("contrast|{}|{}|{}", group.observer, estimand.name(), measure);
                    let interval = crossed::difference(results.experiment, both, measure, &at, &name);
                    contrast.estimate.interval = interval.or(contrast.estimate.interval);
                    contrasts.push(contrast);
                }
            }
        }
        for (measure, margin, read) in MATCH_CHECKS {
            let values = |group: &Group| -> Vec<SeedValue> {
                let point = |course: &Course<'_>| -> Result<f64, _> {
                    let at: At = results.at(group, course, Estimand::Matched)?;
                    matching::competence_at(course, at, read)
                };
                results.groups[group].iter().map(|course| (course.seed, point(course))).collect()
            };
            let difference = paired(&values(group), &values(&reference));
            contrasts.push(compare(results, (group, Estimand::Matched), measure, margin, &difference));
        }
    }
    correct(results, &mut contrasts);
    contrasts.sort_by_key(|contrast| !contrast.primary);
    contrasts
}

fn outcomes(results: &Results<'_>) -> Vec<(&'static str, f64)> {
    let analysis = &results.experiment.analysis;
    match results.experiment.battery.illusion.as_str() {
        "kanizsa" => vec![("in_over_rotated_auc", analysis.margin_auc), ("in_over_discs_auc", analysis.margin_auc)],
        _ => vec![("illusory_d_prime", analysis.margin_d_prime), ("illusory_auc", analysis.margin_auc)],
    }
}

fn reference_of(results: &Results<'_>, group: &Group) -> Option<Group> {
    let wanted = |other: &&Group| {
        other.observer == results.experiment.analysis.reference
            && other.world == group.world
            && other.network == group.network
    };
    results.groups.keys().find(wanted).cloned()
}

fn compare(
    results: &Results<'_>,
    (group, estimand): (&Group, Estimand),
    measure: &'static str,
    margin: f64,
    difference: &[SeedValue],
) -> Contrast {
    let experiment = results.experiment;
    let name = format!("{}|{}|{}|{}|{measure}", group.world, group.network, group.observer, estimand.name());
    let estimate = of_seeds(difference, experiment.analysis.bootstrap, &name);
    let values: Vec<f64> = difference.iter().filter_map(|(_, value)| value.as_ref().ok().copied()).collect();
    let enough = values.len() as f64 >= experiment.competence.match_share * difference.len() as f64;
    let tested = results.inference() && enough && values.len() >= 3;
    let p = tested.then(|| sign_flip(&values).ok()).flatten().map(|test| test.p);
    let equivalent = tested
        && Margin::symmetric(margin)
            .and_then(|margin| tost(&values, margin, experiment.analysis.alpha))
            .is_ok_and(|test| test.verdict == Verdict::Equivalent);
    let conclusion = match (results.inference(), enough) {
        (_, false) => Conclusion::NotComparable,
        (false, true) => Conclusion::NoInference,
        (true, true) if equivalent => Conclusion::Equivalent,
        (true, true) => Conclusion::NotEstablished,
    };
    let first = (&experiment.worlds[0].name, &experiment.networks[0].name);
    let primary = estimand == Estimand::Matched
        && outcomes(results).first().is_some_and(|(id, _)| *id == measure)
        && (&group.world, &group.network) == first;
    Contrast { group: group.clone(), estimand, measure, estimate, p, p_adjusted: None, primary, margin, conclusion }
}

/// Corrects p within the two families and lets differences follow from corrected values only.
fn correct(results: &Results<'_>, contrasts: &mut [Contrast]) {
    for primary in [true, false] {
        let which: Vec<usize> =
            (0..contrasts.len()).filter(|&at| contrasts[at].primary == primary && contrasts[at].p.is_some()).collect();
        let raw: Vec<f64> = which.iter().filter_map(|&at| contrasts[at].p).collect();
        let adjusted = if primary { holm(&raw) } else { benjamini_hochberg(&raw) };
        let Ok(adjusted) = adjusted else { continue };
        for (&at, p) in which.iter().zip(adjusted) {
            contrasts[at].p_adjusted = Some(p);
            if p < results.experiment.analysis.alpha && contrasts[at].conclusion == Conclusion::NotEstablished {
                contrasts[at].conclusion = Conclusion::Different;
            }
        }
    }
}

impl Contrast {
    /// Its line of `measures.csv`.
    pub fn row(&self) -> MeasureRow {
        let measure = format!("contrast_{}", self.measure);
        let unit = match self.measure {
            "match_accuracy" => "share",
            "illusory_d_prime" | "match_hard_d_prime" => "d_prime",
            _ => "auc",
        };
        let mut row = super::row(&self.group, &measure, self.estimand.name(), unit, &self.estimate);
        row.p = self.p;
        row.p_adjusted = self.p_adjusted;
        let family = if self.primary { "primary" } else { "exploratory" };
        row.note = format!("{family}; margin ±{}; {}", self.margin, self.conclusion.words());
        if !self.estimate.note.is_empty() {
            row.note += &format!("; {}", self.estimate.note);
        }
        row
    }
}
