//! Pictures in code units, their encoding for the network, and what is read of them.

use super::climb::Goal;
use super::{AttackError, Subject};
use crate::loss::classify;
use crate::place::{Place, Precision, like};
use crate::{Tensor, to_f64};

/// Pictures answered at a time.
const CHUNK: usize = 64;

/// How codes become a network's inputs, (code − center) · gain, and where codes lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Encoding {
    /// The code that becomes 0.
    pub center: f64,
    /// Inputs per code unit.
    pub gain: f64,
    /// Least code.
    pub low: f64,
    /// Largest code.
    pub high: f64,
}

impl Encoding {
    /// Inputs `[n, channels, height, width]` of codes, worked out at the precision of the place.
    ///
    /// # Panics
    /// If the number of codes is not the product of `shape`.
    pub fn inputs(&self, place: &Place, codes: &[f64], shape: [usize; 4]) -> Tensor<4> {
        match place.precision() {
            Precision::F32 => {
                let (center, gain) = (self.center as f32, self.gain as f32);
                let inputs: Vec<f32> = codes.iter().map(|code| (*code as f32 - center) * gain).collect();
                place.tensor_f32(&inputs, shape)
            }
            Precision::F64 => {
                let inputs: Vec<f64> = codes.iter().map(|code| (code - self.center) * self.gain).collect();
                place.tensor(&inputs, shape)
            }
        }
    }
}

/// Pictures with their right answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    codes: Vec<f64>,
    shape: [usize; 3],
    labels: Vec<usize>,
}

impl Pictures {
    /// Pictures of `shape` = `[channels, height, width]`, their codes in row-major order, one label per picture.
    ///
    /// # Errors
    /// [`AttackError::Count`] if there are no pictures, or not as many codes as pixels.
    pub fn new(codes: Vec<f64>, shape: [usize; 3], labels: Vec<usize>) -> Result<Self, AttackError> {
        let must = labels.len() * shape.iter().product::<usize>();
        match codes.len() == must && must > 0 {
            true => Ok(Self { codes, shape, labels }),
            false => Err(AttackError::Count { what: "pixels", must, got: codes.len() }),
        }
    }

    /// The same from pixels of single precision.
    ///
    /// # Errors
    /// As [`Pictures::new`].
    pub fn from_f32(codes: &[f32], shape: [usize; 3], labels: Vec<usize>) -> Result<Self, AttackError> {
        Self::new(codes.iter().copied().map(f64::from).collect(), shape, labels)
    }

    /// Codes of all pictures in row-major order, exact numbers of the precision in which they were answered.
    pub fn codes(&self) -> &[f64] {
        &self.codes
    }

    /// `[channels, height, width]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The right answers.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// How many pictures there are.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// Numbers of one picture.
    pub fn stride(&self) -> usize {
        self.shape.iter().product()
    }

    /// Some of the pictures, in the order of the indices.
    ///
    /// # Panics
    /// If there is no such picture.
    #[must_use]
    pub fn take(&self, indices: &[usize]) -> Self {
        let stride = self.stride();
        let codes = indices.iter().flat_map(|index| &self.codes[index * stride..][..stride]).copied().collect();
        Self { codes, shape: self.shape, labels: indices.iter().map(|index| self.labels[*index]).collect() }
    }

    /// Other codes under the same labels.
    pub(super) fn with_codes(&self, codes: Vec<f64>) -> Self {
        Self { codes, shape: self.shape, labels: self.labels.clone() }
    }

    /// Pictures whose codes are numbers of the place's precision, every one of them in range.
    pub(super) fn checked(&self, place: &Place, encoding: &Encoding) -> Result<Self, AttackError> {
        let Encoding { low, high, .. } = *encoding;
        match self.codes.iter().position(|code| !(low..=high).contains(code)) {
            Some(pixel) => Err(AttackError::Range { pixel, low, high, got: self.codes[pixel] }),
            None => Ok(self.with_codes(self.codes.iter().map(|code| rounded(place, *code)).collect())),
        }
    }

    /// Calls `visit(range of pictures, inputs)` for one chunk after the other.
    pub(super) fn each_chunk(
        &self,
        place: &Place,
        encoding: &Encoding,
        mut visit: impl FnMut(core::ops::Range<usize>, Tensor<4>) -> Result<(), AttackError>,
    ) -> Result<(), AttackError> {
        let [channels, height, width] = self.shape;
        for start in (0..self.count()).step_by(CHUNK) {
            let range = start..(start + CHUNK).min(self.count());
            let codes = &self.codes[range.start * self.stride()..range.end * self.stride()];
            visit(range.clone(), encoding.inputs(place, codes, [range.len(), channels, height, width]))?;
        }
        Ok(())
    }
}

/// A number rounded to a place's precision.
pub(super) fn rounded(place: &Place, value: f64) -> f64 {
    match place.precision() {
        Precision::F32 => f64::from(value as f32),
        Precision::F64 => value,
    }
}

/// What was read of one picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// What it is classified as; nothing where the evidence is not a number.
    pub class: Option<usize>,
    /// Softmax of the true class.
    pub of_label: f64,
    /// Softmax of the class toward which it is to go; nothing where there is none.
    pub of_target: Option<f64>,
    /// J, the objective that an attack raises: −log softmax of the label, or +log softmax of the target.
    pub objective: f64,
    /// Whether the goal is reached: classified as something else, or as the target.
    pub reached: bool,
}

/// Reads pictures; nothing is changed.
///
/// # Errors
/// [`AttackError::Rule`] if pictures do not fit the network; [`AttackError::Class`] if a label or the target does not.
pub fn read(
    subject: &dyn Subject,
    encoding: &Encoding,
    pictures: &Pictures,
    goal: Goal,
) -> Result<Vec<Reading>, AttackError> {
    let mut readings = Vec::with_capacity(pictures.count());
    pictures.each_chunk(subject.place(), encoding, |range, inputs| {
        readings.extend(of_outputs(&subject.answer(&inputs)?, &pictures.labels[range], goal)?);
        Ok(())
    })?;
    Ok(readings)
}

/// Readings of outputs.
pub(super) fn of_outputs(output: &Tensor<4>, labels: &[usize], goal: Goal) -> Result<Vec<Reading>, AttackError> {
    let classes = output.dims()[1..].iter().product::<usize>();
    let beyond = labels.iter().copied().chain(goal.target()).find(|class| *class >= classes);
    if let Some(got) = beyond {
        return Err(AttackError::Class { classes, got });
    }
    let evidence = to_f64(output);
    let rows = evidence.chunks_exact(classes).zip(labels).zip(classify(output));
    Ok(rows.map(|((row, label), class)| reading(row, *label, class, goal)).collect())
}

fn reading(evidence: &[f64], label: usize, class: Option<usize>, goal: Goal) -> Reading {
    let of_label = log_softmax(evidence, label);
    let of_target = goal.target().map(|target| log_softmax(evidence, target));
    Reading {
        class,
        of_label: libm::exp(of_label),
        of_target: of_target.map(libm::exp),
        objective: of_target.unwrap_or(-of_label),
        reached: class.is_some_and(|class| goal.reached(class, label)),
    }
}

fn log_softmax(evidence: &[f64], class: usize) -> f64 {
    let top = evidence.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    evidence[class] - top - libm::log(evidence.iter().map(|value| libm::exp(value - top)).sum())
}

/// ∂J/∂output of each sample as a direction and a factor, their product. The direction is of size 1 however sure the network
/// is; the factor, 1 − softmax of the class that counts, becomes as small as numbers can.
///
/// ```text
/// softmax − one-hot(label) = (1 − softmax_label) · (softmax over the other classes − one-hot(label))
/// ```
///
/// Zeros where a class is beyond those of the network: [`of_outputs`] refuses these.
pub(super) fn slope_of(output: &Tensor<4>, labels: &[usize], goal: Goal) -> (Tensor<4>, Vec<f64>) {
    let classes = output.dims()[1..].iter().product::<usize>();
    let (mut directions, mut factors) = (to_f64(output), Vec::with_capacity(labels.len()));
    for (row, label) in directions.chunks_exact_mut(classes).zip(labels) {
        let (class, sign) = match goal {
            Goal::Untargeted => (*label, 1.0),
            Goal::Targeted { class } => (class, -1.0),
        };
        factors.push(if class < classes { direction(row, class, sign) } else { 0.0 });
    }
    (like(output, &directions, output.dims()), factors)
}

/// From evidence to the direction, in its place; the factor is returned.
fn direction(evidence: &mut [f64], class: usize, sign: f64) -> f64 {
    let own = evidence[class];
    let others = || evidence.iter().enumerate().filter(|(index, _)| *index != class).map(|(_, value)| *value);
    let top = others().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = others().map(|value| libm::exp(value - top)).sum();
    evidence.iter_mut().for_each(|value| *value = sign * libm::exp(*value - top) / sum);
    evidence[class] = -sign;
    // Odds against the class, Σ exp(others) / exp(own), and the probability that they make.
    let odds = libm::exp(top - own) * sum;
    if odds.is_infinite() { 1.0 } else { odds / (1.0 + odds) }
}
