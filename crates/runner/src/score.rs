//! From outputs to numbers: evidence of pictures, summaries of blocks, competence on the real task.

use crate::battery::{Block, Reading};
use crate::observe::{Observer, ObserverError};
use crate::validation::{Render, Validation, ValidationSet};
use trompe_psychophysics::detection;

/// Summary of one block for one inducer polarity. `None` means not measurable; never a substitute number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Twins, or figures in a reliance block.
    pub n: usize,
    /// See `TrialRow`.
    pub auc: Option<f64>,
    /// See `TrialRow`.
    pub d_prime: Option<f64>,
    /// See `TrialRow`.
    pub two_afc: Option<f64>,
    /// See `TrialRow`.
    pub correct: Option<f64>,
    /// Share of positive members with evidence above 0.
    pub chosen_positive: Option<f64>,
    /// Share of negative members with evidence above 0.
    pub chosen_negative: Option<f64>,
    /// Mean evidence of positive members.
    pub positive: Option<f64>,
    /// Mean evidence of negative members.
    pub negative: Option<f64>,
    /// See `TrialRow::evidence_sd`.
    pub sd: Option<f64>,
}

/// Evidence for the positive class: one number a picture, from class outputs `[n, classes]`.
pub fn evidence(outputs: &[f32], classes: usize, reading: Reading) -> Vec<f32> {
    outputs
        .chunks_exact(classes)
        .map(|row| match reading {
            Reading::Difference { positive, negative } => row[positive] - row[negative],
            Reading::Margin { class } => row[class] - largest_other(row, class),
        })
        .collect()
}

fn largest_other(row: &[f32], class: usize) -> f32 {
    let others = row.iter().enumerate().filter(|(at, _)| *at != class);
    others.map(|(_, value)| *value).fold(f32::NEG_INFINITY, f32::max)
}

/// Summary of a block; `None` where no member has that polarity.
pub fn summarize(block: &Block, evidence: &[f32], polarity: &str) -> Option<Summary> {
    if block.is_reliance() {
        return Some(reliance(block, evidence));
    }
    let (positive, negative) = block.split(evidence);
    let chosen: Vec<usize> = (0..positive.len()).filter(|&twin| block.has_polarity(twin, polarity)).collect();
    if chosen.is_empty() {
        return None;
    }
    let pick = |values: &[f32]| -> Vec<f64> { chosen.iter().map(|&twin| f64::from(values[twin])).collect() };
    let (positive, negative) = (pick(&positive), pick(&negative));
    let auc = detection::auc(&positive, &negative).ok();
    let pairs: Vec<(f64, f64)> = positive.iter().copied().zip(negative.iter().copied()).collect();
    let all: Vec<f64> = positive.iter().chain(&negative).copied().collect();
    Some(Summary {
        n: chosen.len(),
        auc,
        d_prime: auc.and_then(|auc| detection::d_prime_from_auc(auc, chosen.len()).ok()),
        two_afc: detection::two_afc(&pairs).ok(),
        correct: detection::proportion_correct(&positive, &negative, 0.0).ok(),
        chosen_positive: above_zero(&positive),
        chosen_negative: above_zero(&negative),
        positive: mean(&positive),
        negative: mean(&negative),
        sd: standard_deviation(&all),
    })
}

fn above_zero(evidence: &[f64]) -> Option<f64> {
    mean(&evidence.iter().map(|evidence| f64::from(*evidence > 0.0)).collect::<Vec<_>>())
}

/// Root mean square over figures of the standard deviation over noise fields.
fn reliance(block: &Block, evidence: &[f32]) -> Summary {
    let fields = block.fields.max(1);
    let variances: Vec<f64> = evidence
        .chunks_exact(fields)
        .filter_map(|figure| {
            let values: Vec<f64> = figure.iter().map(|&value| f64::from(value)).collect();
            standard_deviation(&values).map(|sd| sd * sd)
        })
        .collect();
    Summary { n: variances.len(), sd: mean(&variances).map(f64::sqrt), ..Summary::default() }
}

/// Arithmetic mean; `None` of nothing or of what is not finite.
pub fn mean(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    mean.is_finite().then_some(mean)
}

/// Sample standard deviation (n − 1); `None` below two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let center = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - center) * (value - center)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt()).filter(|sd| sd.is_finite())
}

/// Competence on the real task, halves apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Competence {
    /// Plain accuracy, half A.
    pub accuracy_a: Option<f64>,
    /// Plain accuracy, half B.
    pub accuracy_b: Option<f64>,
    /// Hard d′, half A.
    pub hard_a: Option<f64>,
    /// Hard d′, half B.
    pub hard_b: Option<f64>,
    /// Hard accuracy, half B.
    pub hard_accuracy_b: Option<f64>,
    /// Hard d′ of outlined shapes, half B.
    pub outline: Option<f64>,
    /// Hard d′ of filled shapes, half B.
    pub filled: Option<f64>,
}

/// Shows the validation sets to an observer.
pub fn competence(
    observer: &mut dyn Observer,
    validation: &Validation,
    classes: usize,
) -> Result<Competence, ObserverError> {
    let plain = observer.answer(&validation.plain.presentation())?;
    let hard = observer.answer(&validation.hard.presentation())?;
    Ok(competence_of([&plain, &hard], validation, classes))
}

/// Competence from the class outputs to the plain and to the hard pictures, `[n, classes]` each.
pub fn competence_of([plain, hard]: [&[f32]; 2], validation: &Validation, classes: usize) -> Competence {
    let half = |set: &ValidationSet, second: bool| -> Vec<usize> {
        let middle = set.labels.len() / 2;
        if second { (middle..set.labels.len()).collect() } else { (0..middle).collect() }
    };
    let (plain_set, hard_set) = (&validation.plain, &validation.hard);
    let rendered = |render: Render| -> Vec<usize> {
        half(hard_set, true).into_iter().filter(|&at| hard_set.renders[at] == render).collect()
    };
    Competence {
        accuracy_a: accuracy(plain, plain_set, &half(plain_set, false), classes),
        accuracy_b: accuracy(plain, plain_set, &half(plain_set, true), classes),
        hard_a: discrimination(hard, hard_set, &half(hard_set, false), classes),
        hard_b: discrimination(hard, hard_set, &half(hard_set, true), classes),
        hard_accuracy_b: accuracy(hard, hard_set, &half(hard_set, true), classes),
        outline: discrimination(hard, hard_set, &rendered(Render::Outline), classes),
        filled: discrimination(hard, hard_set, &rendered(Render::Filled), classes),
    }
}

/// Shows pictures of half A alone to an observer: what choices of rates rest on.
pub fn chosen_by(
    observer: &mut dyn Observer,
    half_a: &Validation,
    classes: usize,
) -> Result<Competence, ObserverError> {
    let plain = observer.answer(&half_a.plain.presentation())?;
    let hard = observer.answer(&half_a.hard.presentation())?;
    let all = |set: &ValidationSet| -> Vec<usize> { (0..set.labels.len()).collect() };
    Ok(Competence {
        accuracy_a: accuracy(&plain, &half_a.plain, &all(&half_a.plain), classes),
        hard_a: discrimination(&hard, &half_a.hard, &all(&half_a.hard), classes),
        ..Competence::default()
    })
}

/// Plain accuracy of half B, from the class outputs to all plain pictures, `[n, classes]`; and how many pictures it is of.
pub fn accuracy_b(plain: &[f32], validation: &Validation, classes: usize) -> (Option<f64>, usize) {
    let count = validation.plain.labels.len();
    let second: Vec<usize> = (count / 2..count).collect();
    (accuracy(plain, &validation.plain, &second, classes), second.len())
}

/// Share of pictures whose own class has the strictly largest output.
fn accuracy(outputs: &[f32], set: &ValidationSet, which: &[usize], classes: usize) -> Option<f64> {
    let right = |at: &&usize| {
        let row = &outputs[**at * classes..][..classes];
        row[set.labels[**at]] > largest_other(row, set.labels[**at])
    };
    (!which.is_empty()).then(|| which.iter().filter(right).count() as f64 / which.len() as f64)
}

/// d′ of each class's margin against all other classes, averaged over classes.
fn discrimination(outputs: &[f32], set: &ValidationSet, which: &[usize], classes: usize) -> Option<f64> {
    let mut sum = 0.0;
    for class in 0..classes {
        let margin = |at: usize| {
            let row = &outputs[at * classes..][..classes];
            f64::from(row[class] - largest_other(row, class))
        };
        let (own, other): (Vec<usize>, Vec<usize>) = which.iter().partition(|&&at| set.labels[at] == class);
        let own: Vec<f64> = own.into_iter().map(margin).collect();
        let other: Vec<f64> = other.into_iter().map(margin).collect();
        let auc = detection::auc(&own, &other).ok()?;
        sum += detection::d_prime_from_auc(auc, own.len()).ok()?;
    }
    Some(sum / classes as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_read_as_the_block_says() {
        let outputs = [1.0, 4.0, 2.0, 0.0, 3.0, 5.0];
        let difference = Reading::Difference { positive: 1, negative: 0 };
        assert_eq!(evidence(&outputs, 3, difference), [3.0, 3.0]);
        assert_eq!(evidence(&outputs, 3, Reading::Margin { class: 2 }), [-2.0, 2.0]);
    }

    #[test]
    fn standard_deviation_is_the_sample_one() {
        // By hand: mean 5, squares 9+1+1+1+0+0+4+16 = 32, 32/7.
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        assert!((standard_deviation(&values).expect("eight values") - (32.0f64 / 7.0).sqrt()).abs() < 1e-15);
        assert_eq!(standard_deviation(&[1.0]), None);
        assert_eq!(mean(&[]), None);
    }
}
