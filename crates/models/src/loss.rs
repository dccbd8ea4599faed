//! What a network is trained for: losses, targets and batches.
//!
//! Values are means over the batch, or one per sample by [`Loss::each`]; gradients at the output are per sample, **not**
//! divided by the batch size, because the weight adjoint takes the mean.
//!
//! ```text
//! cross-entropy    −log softmax(a)_label                 gradient softmax(a) − one-hot
//! squared error    ½ Σ (a − t)²                          gradient a − t
//! ```

use burn::tensor::Tensor;

use crate::kernels;
use crate::place::{like, to_f64};

/// The right answers to a batch.
#[expect(clippy::large_enum_variant, reason = "one per batch; a tensor is a handle, and callers take it as it is")]
#[derive(Clone, Debug)]
pub enum Targets {
    /// A class per sample, from 0.
    Labels(Vec<usize>),
    /// An image per sample, `[n, channels, height, width]`.
    Images(Tensor<4>),
}

/// Inputs with their right answers.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `[n, channels, height, width]`.
    pub inputs: Tensor<4>,
    /// One per input.
    pub targets: Targets,
}

/// A loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Cross-entropy of the softmax of the outputs; labels only.
    CrossEntropy,
    /// Half the squared distance from the image, or from the one-hot code of the label.
    SquaredError,
}

/// Why a loss has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LossError {
    /// Cross-entropy was asked of images.
    #[error("cross-entropy must have labels, got images")]
    NeedsLabels,
    /// There are more or fewer targets than outputs.
    #[error("there must be {must} targets, one per output, got {got}")]
    Count {
        /// Outputs.
        must: usize,
        /// Targets.
        got: usize,
    },
    /// A label is beyond the last class.
    #[error("label of sample {sample} must be less than {classes}, got {got}")]
    Label {
        /// Index within the batch.
        sample: usize,
        /// Classes.
        classes: usize,
        /// The label.
        got: usize,
    },
    /// Images have another shape than outputs.
    #[error("target images must be of the outputs' shape {must:?}, got {got:?}")]
    Shape {
        /// The outputs' shape.
        must: [usize; 4],
        /// The images' shape.
        got: [usize; 4],
    },
}

/// A loss's value and its gradient.
#[derive(Clone, Debug)]
pub struct LossReport {
    /// Mean over the batch.
    pub value: f64,
    /// At the output, per sample, of the outputs' shape.
    pub gradient: Tensor<4>,
}

impl Batch {
    /// How many samples there are.
    pub fn size(&self) -> usize {
        self.inputs.dims()[0]
    }
}

impl Targets {
    /// The targets as outputs should be: images as they are, labels as one-hot codes.
    ///
    /// # Errors
    /// [`LossError::Count`], [`LossError::Label`] or [`LossError::Shape`] if they do not fit the outputs.
    pub fn as_outputs(&self, outputs: &Tensor<4>) -> Result<Tensor<4>, LossError> {
        let must = outputs.dims();
        match self {
            Self::Images(images) if images.dims() == must => Ok(images.clone()),
            Self::Images(images) => Err(LossError::Shape { must, got: images.dims() }),
            Self::Labels(labels) => {
                let classes = check(labels, outputs)?;
                let mut codes = vec![0.0; labels.len() * classes];
                labels.iter().enumerate().for_each(|(sample, label)| codes[sample * classes + label] = 1.0);
                Ok(like(outputs, &codes, must))
            }
        }
    }
}

impl Loss {
    /// Value and gradient at `outputs` `[n, ..]`.
    ///
    /// # Errors
    /// A [`LossError`] if the targets do not fit the outputs or the loss.
    pub fn evaluate(&self, outputs: &Tensor<4>, targets: &Targets) -> Result<LossReport, LossError> {
        let report = self.evaluate_now(outputs, targets)?;
        kernels::record::derive([outputs], &report.gradient);
        Ok(report)
    }

    fn evaluate_now(&self, outputs: &Tensor<4>, targets: &Targets) -> Result<LossReport, LossError> {
        match self {
            Self::CrossEntropy => cross_entropy(outputs, targets),
            Self::SquaredError => {
                let gradient = kernels::subtract(outputs, &targets.as_outputs(outputs)?);
                let value = 0.5 * kernels::sum_of_squares(&gradient) / outputs.dims()[0] as f64;
                Ok(LossReport { value, gradient })
            }
        }
    }

    /// The value alone.
    ///
    /// # Errors
    /// As [`Loss::evaluate`].
    pub fn value(&self, outputs: &Tensor<4>, targets: &Targets) -> Result<f64, LossError> {
        Ok(self.evaluate(outputs, targets)?.value)
    }

    /// The value of each sample: for rules that broadcast how much better or worse a sample got.
    ///
    /// # Errors
    /// As [`Loss::evaluate`].
    pub fn each(&self, outputs: &Tensor<4>, targets: &Targets) -> Result<Vec<f64>, LossError> {
        match self {
            Self::CrossEntropy => {
                let labels = labels_of(targets)?;
                let classes = check(labels, outputs)?;
                let mut values = to_f64(outputs);
                let samples = values.chunks_exact_mut(classes).zip(labels);
                Ok(samples.map(|(sample, label)| surprise(sample, *label)).collect())
            }
            Self::SquaredError => {
                let error = kernels::subtract(outputs, &targets.as_outputs(outputs)?);
                Ok(kernels::squares_of_samples(&error).into_iter().map(|square| 0.5 * square).collect())
            }
        }
    }

    /// The gradient alone.
    ///
    /// # Errors
    /// As [`Loss::evaluate`].
    pub fn gradient(&self, outputs: &Tensor<4>, targets: &Targets) -> Result<Tensor<4>, LossError> {
        Ok(self.evaluate(outputs, targets)?.gradient)
    }
}

/// Softmax over each sample's outputs, of their shape.
pub fn softmax(outputs: &Tensor<4>) -> Tensor<4> {
    if kernels::flex(outputs).is_none() {
        // By operations of the device, which may be one that is differentiated through.
        let samples = outputs.clone().reshape([outputs.dims()[0], units(outputs)]);
        let powers = (samples.clone() - samples.max_dim(1)).exp();
        return (powers.clone() / powers.sum_dim(1)).reshape(outputs.dims());
    }
    let mut values = to_f64(outputs);
    for sample in values.chunks_exact_mut(units(outputs)) {
        normalize(sample);
    }
    like(outputs, &values, outputs.dims())
}

/// The class with the largest output of each sample, the first among equals; nothing for a sample with a NaN.
pub fn classify(outputs: &Tensor<4>) -> Vec<Option<usize>> {
    let values = to_f64(outputs);
    values.chunks_exact(units(outputs)).map(largest).collect()
}

fn largest(sample: &[f64]) -> Option<usize> {
    if sample.iter().any(|value| value.is_nan()) {
        return None;
    }
    (0..sample.len()).reduce(|best, next| if sample[next] > sample[best] { next } else { best })
}

fn units(outputs: &Tensor<4>) -> usize {
    outputs.dims()[1..].iter().product()
}

fn check(labels: &[usize], outputs: &Tensor<4>) -> Result<usize, LossError> {
    let (count, classes) = (outputs.dims()[0], units(outputs));
    if labels.len() != count {
        return Err(LossError::Count { must: count, got: labels.len() });
    }
    match labels.iter().position(|label| *label >= classes) {
        Some(sample) => Err(LossError::Label { sample, classes, got: labels[sample] }),
        None => Ok(classes),
    }
}

/// Softmax in place; log Σ exp is returned.
fn normalize(sample: &mut [f64]) -> f64 {
    let top = sample.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    sample.iter_mut().for_each(|value| *value = libm::exp(*value - top));
    let sum: f64 = sample.iter().sum();
    sample.iter_mut().for_each(|value| *value /= sum);
    top + libm::log(sum)
}

/// −log softmax(sample)_label; the softmax stands in the sample's place.
fn surprise(sample: &mut [f64], label: usize) -> f64 {
    let answer = sample[label];
    normalize(sample) - answer
}

fn labels_of(targets: &Targets) -> Result<&[usize], LossError> {
    match targets {
        Targets::Labels(labels) => Ok(labels),
        Targets::Images(_) => Err(LossError::NeedsLabels),
    }
}

fn cross_entropy(outputs: &Tensor<4>, targets: &Targets) -> Result<LossReport, LossError> {
    let labels = labels_of(targets)?;
    let classes = check(labels, outputs)?;
    let mut values = to_f64(outputs);
    let mut total = 0.0;
    for (sample, label) in values.chunks_exact_mut(classes).zip(labels) {
        total += surprise(sample, *label);
        sample[*label] -= 1.0;
    }
    let gradient = like(outputs, &values, outputs.dims());
    Ok(LossReport { value: total / labels.len() as f64, gradient })
}

#[cfg(test)]
mod tests {
    use super::{Loss, LossError, Targets};
    use crate::place::{Place, Precision};

    fn place() -> Place {
        Place::flex(Precision::F64)
    }

    fn near(ours: &[f64], expected: &[f64]) {
        assert_eq!(ours.len(), expected.len());
        let close = ours.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-14 * b.abs().max(1.0));
        assert!(close, "{ours:?} must be {expected:?}");
    }

    #[test]
    fn the_surprise_of_each_sample_is_that_worked_out_by_hand() {
        // Outputs log p: the loss is −log p of the label, whatever is added to all outputs of a sample.
        let log = |p: f64| libm::log(p);
        let rows = [[log(0.5), log(0.25), log(0.25)], [log(0.1) + 700.0, log(0.2) + 700.0, log(0.7) + 700.0]];
        let outputs = place().tensor(&rows.concat(), [2, 3, 1, 1]);
        let labels = Targets::Labels(vec![1, 0]);
        let each = Loss::CrossEntropy.each(&outputs, &labels).expect("the labels fit");
        near(&each, &[log(4.0), log(10.0)]);
    }

    #[test]
    fn the_squared_error_of_each_sample_is_that_worked_out_by_hand() {
        let outputs = place().tensor(&[1.0, 2.0, 0.0, -3.0], [2, 2, 1, 1]);
        let each = |targets| Loss::SquaredError.each(&outputs, &targets).expect("the targets fit");
        near(&each(Targets::Images(place().tensor(&[1.0, 0.0, 1.0, 1.0], [2, 2, 1, 1]))), &[2.0, 8.5]);
        near(&each(Targets::Labels(vec![0, 1])), &[2.0, 8.0]);
    }

    #[test]
    fn the_mean_over_samples_is_the_value_of_the_batch() {
        let outputs = place().tensor(&[0.3, -1.0, 2.0, 0.1, 0.7, -0.4], [3, 2, 1, 1]);
        for loss in [Loss::CrossEntropy, Loss::SquaredError] {
            let labels = Targets::Labels(vec![1, 0, 0]);
            let each = loss.each(&outputs, &labels).expect("the labels fit");
            let value = loss.value(&outputs, &labels).expect("the labels fit");
            near(&[each.iter().sum::<f64>() / 3.0], &[value]);
        }
    }

    #[test]
    fn what_is_no_number_spoils_its_own_sample_only() {
        let outputs = place().tensor(&[f64::NAN, 0.0, 0.0, 0.0], [2, 2, 1, 1]);
        for loss in [Loss::CrossEntropy, Loss::SquaredError] {
            let each = loss.each(&outputs, &Targets::Labels(vec![1, 0])).expect("the labels fit");
            assert!(each[0].is_nan() && each[1].is_finite(), "{each:?}");
        }
    }

    #[test]
    fn targets_that_do_not_fit_are_refused() {
        let outputs = place().tensor(&[0.0; 4], [2, 2, 1, 1]);
        let images = Targets::Images(outputs.clone());
        assert_eq!(Loss::CrossEntropy.each(&outputs, &images), Err(LossError::NeedsLabels));
        for loss in [Loss::CrossEntropy, Loss::SquaredError] {
            let count = loss.each(&outputs, &Targets::Labels(vec![0]));
            assert_eq!(count, Err(LossError::Count { must: 2, got: 1 }));
            let label = loss.each(&outputs, &Targets::Labels(vec![0, 2]));
            assert_eq!(label, Err(LossError::Label { sample: 1, classes: 2, got: 2 }));
        }
    }
}
