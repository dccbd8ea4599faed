//! Declared contrasts: one observer against another, paired by seed, with a test of difference and one of
//! equivalence. The primary family (illusory d′ at matched competence, first world and network) is corrected by Holm,
//! everything else is exploratory and corrected by Benjamini–Hochberg. A pilot gets intervals and nothing else.

use super::courses::{At, Course, Group};
use super::estimates::{Estimate, SeedValue, of_seeds, paired};
use super::{ESTIMANDS, Estimand, Results, attacks, crossed, levels, matching};
use crate::battery;
use crate::measures;
use crate::rows::{MeasureRow, TrainingRow};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
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
    /// Where d′ on the hard set is equal something is found that is not found where accuracy is equal.
    OneAxis,
    /// On fresh pictures competence was not equal within the margin, so that nothing follows from the comparison.
    NotMatched,
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
            Self::OneAxis => "found at equal d′ on the hard set but not at equal accuracy: not established",
            Self::NotMatched => "competence was not equal within its margin on fresh pictures: not established",
            Self::NotComparable => "not comparable: too few networks reach the common competence",
            Self::NoInference => "pilot: no inference",
        }
    }
}

/// One observer against another.
#[derive(Clone, Debug)]
pub struct Contrast {
    /// The observer's group.
    pub group: Group,
    /// The observer whose value is subtracted.
    pub against: String,
    /// Where it is read.
    pub estimand: Estimand,
    /// An outcome of the battery, or a check of the match.
    pub measure: &'static str,
    /// The difference.
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

/// A column of the training table.
type Column = fn(&TrainingRow) -> Option<f64>;

/// Margins of the checks that the match held on half B: hard d′, and half a point of accuracy.
const MATCH_CHECKS: [(&str, f64, Column); 2] =
    [("match_hard_d_prime", 0.1, |row| row.hard_d_prime_b), ("match_accuracy", 0.005, |row| row.accuracy_b)];

/// All contrasts of a run, primary family first; computed on all cores.
pub fn all(results: &Results<'_>) -> Vec<Contrast> {
    let pairs: Vec<(&Group, Group)> = results.groups.keys().flat_map(|group| declared(results, group)).collect();
    let mut contrasts: Vec<Contrast> =
        pairs.into_par_iter().flat_map_iter(|(group, reference)| of_pair(results, group, &reference)).collect();
    correct(results, &mut contrasts);
    confirm(results, &mut contrasts);
    contrasts.sort_by_key(|contrast| !contrast.primary);
    contrasts
}

/// A group with each group that the file contrasts it with, of the same world and architecture.
fn declared<'a>(results: &'a Results<'_>, group: &'a Group) -> Vec<(&'a Group, Group)> {
    let contrasts = results.experiment.analysis.contrasts.iter().filter(|contrast| contrast.observer == group.observer);
    let other = |against: &str| {
        let same =
            |other: &&Group| other.observer == against && other.world == group.world && other.network == group.network;
        results.groups.keys().find(same).cloned()
    };
    contrasts.filter_map(|contrast| Some((group, other(&contrast.against)?))).collect()
}

/// One observer against another: outcomes at every estimand, and the checks of the match.
fn of_pair(results: &Results<'_>, group: &Group, reference: &Group) -> Vec<Contrast> {
    let mut contrasts = Vec::new();
    let both = (results.groups[group].as_slice(), results.groups[reference].as_slice());
    for estimand in ESTIMANDS {
        for (measure, margin) in outcomes(results) {
            let sides = (results.get(group, estimand, measure), results.get(reference, estimand, measure));
            let (Some(one), Some(other)) = sides else { continue };
            let difference = paired(&one.values, &other.values);
            let mut contrast = compare(results, (group, reference, estimand), measure, margin, &difference);
            let at = |course: &Course<'_>| results.at(group, course, estimand);
            let name = format!("contrast|{}|{}|{}|{}", group.observer, reference.observer, estimand.name(), measure);
            let interval = crossed::difference(results.experiment, both, measure, &at, &name);
            contrast.estimate.interval = interval.or(contrast.estimate.interval);
            contrasts.push(contrast);
        }
    }
    for &estimand in levels::estimands(results.experiment) {
        let sides = (levels::interaction(results, group, estimand), levels::interaction(results, reference, estimand));
        let (Some(one), Some(other)) = sides else { continue };
        let margin = results.experiment.analysis.margin_d_prime;
        let difference = paired(&one, &other);
        contrasts.push(compare(results, (group, reference, estimand), levels::INTERACTION, margin, &difference));
    }
    for &estimand in attacks::estimands(results.experiment) {
        let sides = (attacks::values(results, group, estimand), attacks::values(results, reference, estimand));
        let (Some(one), Some(other)) = sides else { continue };
        let margin = results.experiment.analysis.margin_epsilon.unwrap_or_default();
        let difference = attacks::uncensored(paired(&one, &other));
        contrasts.push(compare(results, (group, reference, estimand), attacks::EPSILON50, margin, &difference));
    }
    for (estimand, (measure, margin, read)) in checks_of(results) {
        let values = |courses: &[Course<'_>]| -> Vec<SeedValue> {
            let point = |course: &Course<'_>| -> Result<f64, _> {
                let at: At = results.at(group, course, estimand)?;
                matching::competence_at(course, at, read)
            };
            courses.iter().map(|course| (course.seed, point(course))).collect()
        };
        let difference = paired(&values(both.0), &values(both.1));
        contrasts.push(compare(results, (group, reference, estimand), measure, margin, &difference));
    }
    contrasts
}

/// The checks that have a meaning: networks that give pictures have no hard set.
fn checks_of(results: &Results<'_>) -> impl Iterator<Item = (Estimand, (&'static str, f64, Column))> {
    let pictures = results.experiment.battery.gives_pictures();
    let of = move |(at, (id, ..)): &(Estimand, (&'static str, f64, Column))| {
        !pictures || (*at == Estimand::MatchedAccuracy && *id == MATCH_CHECKS[1].0)
    };
    matched_checks().filter(of)
}

/// Both checks at both matches. Each match is held to its own axis; the other column says how far the axes disagree.
fn matched_checks() -> impl Iterator<Item = (Estimand, (&'static str, f64, Column))> {
    let at = |estimand: Estimand| MATCH_CHECKS.map(|check| (estimand, check));
    at(Estimand::Matched).into_iter().chain(at(Estimand::MatchedAccuracy))
}

/// Lets a conclusion at matched competence stand only where the match held and both axes agree.
fn confirm(results: &Results<'_>, contrasts: &mut [Contrast]) {
    if !results.inference() {
        return;
    }
    let before = contrasts.to_vec();
    let of = |contrast: &Contrast, estimand: Estimand, measure: &str| {
        let same = |other: &&Contrast| other.is_of(contrast) && other.estimand == estimand && other.measure == measure;
        before.iter().find(same)
    };
    for contrast in contrasts.iter_mut().filter(|contrast| contrast.is_matched_outcome()) {
        let check = if contrast.estimand == Estimand::Matched { MATCH_CHECKS[0].0 } else { MATCH_CHECKS[1].0 };
        let held =
            of(contrast, contrast.estimand, check).is_some_and(|check| check.conclusion == Conclusion::Equivalent);
        let other = of(contrast, Estimand::MatchedAccuracy, contrast.measure);
        let agrees = contrast.estimand != Estimand::Matched || other.is_some_and(|other| contrast.agrees_with(other));
        contrast.conclusion = match contrast.conclusion {
            Conclusion::Different | Conclusion::Equivalent if !held => Conclusion::NotMatched,
            Conclusion::Different | Conclusion::Equivalent if !agrees => Conclusion::OneAxis,
            unchanged => unchanged,
        };
    }
}

fn outcomes(results: &Results<'_>) -> Vec<(&'static str, f64)> {
    let analysis = &results.experiment.analysis;
    let margin = |id: &str| match analysis.margin_of_pictures() {
        Some(margin) => margin,
        None if unit(id) == "d_prime" => analysis.margin_d_prime,
        None => analysis.margin_auc,
    };
    battery::kind(&results.experiment.battery).outcomes.iter().map(|id| (*id, margin(id))).collect()
}

/// Unit of an outcome or of a check of the match.
fn unit(id: &str) -> &'static str {
    let measured = measures::ALL.iter().find(|measure| measure.id == id).map(|measure| measure.unit);
    measured.unwrap_or(match id {
        "match_accuracy" => "share",
        attacks::EPSILON50 => attacks::UNIT,
        _ => "d_prime",
    })
}

fn compare(
    results: &Results<'_>,
    (group, against, estimand): (&Group, &Group, Estimand),
    measure: &'static str,
    margin: f64,
    difference: &[SeedValue],
) -> Contrast {
    let experiment = results.experiment;
    let both = format!("{}|{}", group.observer, against.observer);
    let name = format!("{}|{}|{both}|{}|{measure}", group.world, group.network, estimand.name());
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
    let primary = estimand == Estimand::primary(experiment)
        && outcomes(results).first().is_some_and(|(id, _)| *id == measure)
        && (&group.world, &group.network) == first;
    let (group, against) = (group.clone(), against.observer.clone());
    Contrast { group, against, estimand, measure, estimate, p, p_adjusted: None, primary, margin, conclusion }
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
    /// Whether it compares an illusion where competence is equal.
    fn is_matched_outcome(&self) -> bool {
        self.estimand.is_matched() && MATCH_CHECKS.iter().all(|(check, ..)| *check != self.measure)
    }

    /// Whether it compares the same two in the same place.
    fn is_of(&self, other: &Self) -> bool {
        self.group == other.group && self.against == other.against
    }

    /// Whether the other axis says the same: an interval that excludes 0 on the same side, or equivalence.
    fn agrees_with(&self, other: &Self) -> bool {
        let side = |estimate: &Estimate| match estimate.interval {
            Some((low, _)) if low > 0.0 => 1,
            Some((_, high)) if high < 0.0 => -1,
            Some(_) | None => 0,
        };
        match self.conclusion {
            Conclusion::Different => side(&other.estimate) != 0 && side(&other.estimate) == side(&self.estimate),
            Conclusion::Equivalent => other.conclusion == Conclusion::Equivalent,
            Conclusion::NotEstablished
            | Conclusion::OneAxis
            | Conclusion::NotMatched
            | Conclusion::NotComparable
            | Conclusion::NoInference => true,
        }
    }

    /// Its line of `measures.csv`.
    pub fn row(&self) -> MeasureRow {
        let measure = format!("contrast_{}", self.measure);
        let mut row = super::row(&self.group, &measure, self.estimand.name(), unit(self.measure), &self.estimate);
        row.against = self.against.clone();
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
