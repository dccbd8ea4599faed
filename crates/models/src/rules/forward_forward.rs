//! Forward-Forward: every hidden layer learns to be active for inputs with their true label, and quiet for a wrong one.
//!
//! The label stands in the input, written over its first C numbers. No error is sent; a layer compares its own activity in
//! two forward passes with a threshold:
//!
//! ```text
//! x⁺, x⁻, x°  = input with the true label, with a label drawn from the C − 1 others, with 1/C for every class
//! h_l         = f(W_l ĥ_{l−1} + b_l),   ĥ = h / √mean(h²) is all that the next layer gets (rms_norm)
//! a_l         = k (mean(h_l²) − θ),     k = 1 (`goodness` = "mean") or the number of units ("sum")
//! loss_l      = mean over the 2 N passes of −log σ(a_l⁺), −log(1 − σ(a_l⁻))
//! ∂loss/∂h    = −(1 − σ(a⁺)) · 2 k h⁺ / units,   + σ(a⁻) · 2 k h⁻ / units;   then f′, and never across a border
//! ```
//!
//! "sum" with θ = 1 is logit = Σ h² − units. The last block is a readout, trained by its exact gradient on the activity
//! under the neutral label x°; what it reads is what the network answers from, with no label in it:
//!
//! | `answer`   | evidence |
//! |---|---|
//! | `readout`  | the last block's output for x° |
//! | `goodness` | per class, Σ k mean(h_l²) over the hidden layers but the first, with this class's label in the input: C passes |
//!
//! The pixels under the label are lost to the network, in training and in answering alike.
//!
//! A layer tells labels apart only as far as they stand out of the input. Where all inputs share a level far from 0 (dark
//! grounds at −2), that level takes up the activity, and the rule learned less on MNIST than a readout of frozen layers;
//! with the ground at 0 and labels of 0 and 1 it learned more.
//!
//! # Units
//! A label pixel is `label_low` for a class that is not meant, `label_high` for one that is, and in between by 1/C in x°:
//! give the range of the inputs, here (code − 0.5) × 4.
//!
//! # Source
//! `hinton2022`, section 3; hyperparameters as in two public reimplementations that state their errors: 3 × 1000 units,
//! "sum" with θ = 1, 1.45 % on MNIST; 2 × 500 units, "mean" with θ = 2, 6.84 %.

use super::common::chain::{feedforward, hand_over, one_phase, readout, training_pass};
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingError, SettingInfo,
    SettingKind, SettingRange, SettingValue, Setup, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels::record;
use crate::place::{like, to_f64};
use crate::rng::below;
use crate::{
    Activation, Batch, Block, BlockMode, BlockTrace, Gradient, LayerSpec, Loss, LossError, Named, Network,
    NetworkError, Rng, Targets, Tensor, Trace, kernels,
};

const ID: &str = "forward_forward";

const MUST: &str = "needs dense, rectified hidden layers, each followed by rms_norm, and a dense last layer";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "goodness",
        kind: SettingKind::Text,
        default: SettingDefault::Text("mean"),
        range: SettingRange::OneOf(&["mean", "sum"]),
        help: "a layer's goodness: the mean or the sum of its units' squares, above threshold (times their number)",
    },
    SettingInfo {
        key: "threshold",
        kind: SettingKind::Number,
        default: SettingDefault::Number(2.0),
        range: SettingRange::AboveUpTo(0.0, 1000.0),
        help: "mean square at which a layer is undecided; the sum is compared with this times the units",
    },
    SettingInfo {
        key: "label_low",
        kind: SettingKind::Number,
        default: SettingDefault::Number(-2.0),
        range: SettingRange::FromTo(-1000.0, 1000.0),
        help: "label pixel of a class that is not meant: the least of the inputs' range",
    },
    SettingInfo {
        key: "label_high",
        kind: SettingKind::Number,
        default: SettingDefault::Number(2.0),
        range: SettingRange::FromTo(-1000.0, 1000.0),
        help: "label pixel of the class that is meant: the most of the inputs' range",
    },
    SettingInfo {
        key: "answer",
        kind: SettingKind::Text,
        default: SettingDefault::Text("readout"),
        range: SettingRange::OneOf(&["readout", "goodness"]),
        help: "what the network answers: its readout under a neutral label, or the goodness under each label",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["ff"],
    title: "Forward-Forward",
    family: Family::LocalLoss,
    summary: "Each hidden layer learns to be active for inputs with their true label in them and quiet for a wrong one.",
    claims: Claims {
        gradient: GradientClaim::Local,
        transport: Transport::None,
        error_path: ErrorPath::Own,
        locking: Locking::None,
        // Each pass teaches by itself; which one comes first does not matter.
        pause: Pause::None,
        lateral: Lateral::Symmetric,
        mixes_samples: false,
        draws_noise: true,
        third_factor: "goodness of the own layer, one number, and whether the label in the input is the true one",
        signed_error: false,
        stores: "activity of one layer in two passes",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "hinton2022", place: "sections 2 and 3.3: supervised, label in the input" },
    departures: "All layers and the readout learn in the same step. The input itself is not normalized; label pixels have \
                 the inputs' range. Negatives are drawn from the other classes evenly, not by the network's confusions. The \
                 readout reads the last hidden layer, not all layers but the first. No peer normalization, no gradient \
                 through silent units. The neutral label takes a third pass, for the readout.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    // Three forward passes, and two sets of weight gradients.
    forward_equivalents: |_, _| 5.0,
    settled_equivalents: |_| 1.0,
    check: |_, settings| {
        let [low, high] = ["label_low", "label_high"].map(|key| settings.number(key));
        let (key, must) = ("label_high".to_owned(), "other than label_low".to_owned());
        if low != high { Ok(()) } else { Err(SettingError::Value { key, must, got: SettingValue::Number(high) }) }
    },
    build: |settings, setup, _| Ok(Box::new(ForwardForward::new(settings, setup))),
};

/// Labels written over the first numbers of every input.
#[derive(Clone, Copy, Debug)]
struct LabelPixels {
    classes: usize,
    low: f64,
    high: f64,
}

impl LabelPixels {
    fn neutral(&self, inputs: &Tensor<4>) -> Tensor<4> {
        let even = 1.0 / self.classes as f64;
        self.over(inputs, vec![even; inputs.dims()[0] * self.classes])
    }

    fn labeled(&self, inputs: &Tensor<4>, labels: &[usize]) -> Tensor<4> {
        let mut codes = vec![0.0; labels.len() * self.classes];
        labels.iter().enumerate().for_each(|(sample, label)| codes[sample * self.classes + label] = 1.0);
        self.over(inputs, codes)
    }

    fn over(&self, inputs: &Tensor<4>, mut codes: Vec<f64>) -> Tensor<4> {
        let [count, channels, height, width] = inputs.dims();
        let size = channels * height * width;
        codes.iter_mut().for_each(|code| *code = self.low + (self.high - self.low) * *code);
        let pixels = like(inputs, &codes, [count, self.classes]);
        let rest = inputs.clone().reshape([count, size]).slice_dim(1, self.classes..size);
        let overlaid = Tensor::cat(vec![pixels, rest], 1).reshape([count, channels, height, width]);
        record::derive([inputs], &overlaid);
        overlaid
    }
}

/// One label per sample, evenly from the classes that are not the sample's.
fn wrong_labels(labels: &[usize], classes: usize, rng: &mut Rng) -> Vec<usize> {
    labels.iter().map(|label| (label + 1 + below(classes - 1, rng)) % classes).collect()
}

#[derive(Clone, Copy, Debug)]
enum Goodness {
    Mean,
    Sum,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Readout,
    Goodness,
}

/// Which label a pass has in its input.
#[derive(Clone, Copy, Debug)]
enum Sign {
    True,
    Wrong,
}

#[derive(Clone, Debug)]
struct ForwardForward {
    loss: Loss,
    label: LabelPixels,
    goodness: Goodness,
    threshold: f64,
    answer: Answer,
}

impl ForwardForward {
    fn new(settings: &CheckedSettings, setup: Setup<'_>) -> Self {
        let goodness = match settings.text("goodness") {
            "mean" => Goodness::Mean,
            "sum" => Goodness::Sum,
            other => unreachable!("checked settings hold no goodness {other}"),
        };
        let answer = match settings.text("answer") {
            "readout" => Answer::Readout,
            "goodness" => Answer::Goodness,
            other => unreachable!("checked settings hold no answer {other}"),
        };
        let classes = setup.network.output_shape().iter().product();
        let label = LabelPixels { classes, low: settings.number("label_low"), high: settings.number("label_high") };
        Self { loss: setup.loss, label, goodness, threshold: settings.number("threshold"), answer }
    }

    /// k mean(h²) of each sample, `[n, 1, 1, 1]`, from the activity before it is normalized.
    fn goodness(&self, activity: &Tensor<4>) -> Tensor<4> {
        kernels::scale(&kernels::mean_squares(activity, 1), self.factor(activity))
    }

    fn factor(&self, activity: &Tensor<4>) -> f64 {
        match self.goodness {
            Goodness::Mean => 1.0,
            Goodness::Sum => units(activity) as f64,
        }
    }

    /// ∂loss/∂h of one of the two passes, per sample.
    fn slope(&self, activity: &Tensor<4>, sign: Sign) -> Tensor<4> {
        let factor = self.factor(activity);
        let per_sample = to_f64(&self.goodness(activity)).into_iter().map(|goodness| {
            let above = goodness - factor * self.threshold;
            // σ(a) and σ(a) − 1, written so that neither vanishes by rounding.
            let error = match sign {
                Sign::True => -1.0 / (1.0 + libm::exp(above)),
                Sign::Wrong => 1.0 / (1.0 + libm::exp(-above)),
            };
            // Half of the mean over both passes, times the slope of the goodness.
            0.5 * error * 2.0 * factor / units(activity) as f64
        });
        let factors: Vec<f64> = per_sample.collect();
        let factors = like(activity, &factors, [factors.len(), 1, 1, 1]);
        record::derive([activity], &factors);
        kernels::scale_runs(activity, &factors)
    }

    /// A hidden layer's part of its own gradient that stems from one pass.
    fn part(&self, block: Block<'_>, previous: &Tensor<4>, trace: &BlockTrace, sign: Sign) -> Gradient {
        let slope = self.slope(activity(trace), sign);
        block.adjoint_weight(previous, &block.layers()[0].unfinish(&slope, &trace.layers[0]))
    }

    /// Gradients of the hidden layers, each from its own activity in the two passes.
    fn hidden(&self, network: &Network, neutral: &Trace, [mut good, mut bad]: [Tensor<4>; 2]) -> Vec<Gradient> {
        let learn = |block: Block<'_>| {
            let again = &neutral.blocks[block.index()];
            let [with, against] = [&good, &bad].map(|previous| block.predict(previous, BlockMode::Again(again)));
            let plus = self.part(block, &good, &with, Sign::True);
            let minus = self.part(block, &bad, &against, Sign::Wrong);
            (good, bad) = (with.output().clone(), against.output().clone());
            Gradient {
                weight: kernels::add_scaled(&plus.weight, 1.0, &minus.weight),
                bias: kernels::add_scaled(&plus.bias, 1.0, &minus.bias),
            }
        };
        network.blocks().take(network.block_count() - 1).map(learn).collect()
    }

    /// Goodness of the hidden layers but the first (of the only one, where there is one), `[n, classes, 1, 1]`.
    fn sweep(&self, network: &Network, inputs: &Tensor<4>) -> Tensor<4> {
        let hidden = network.block_count() - 1;
        let of_class = |class| {
            let mut activity = self.label.labeled(inputs, &vec![class; inputs.dims()[0]]);
            let mut sum: Option<Tensor<4>> = None;
            for block in network.blocks().take(hidden) {
                let trace = block.predict(&activity, BlockMode::Evaluate);
                if block.index() > 0 || hidden == 1 {
                    let own = self.goodness(self::activity(&trace));
                    sum = Some(sum.map_or(own.clone(), |sum| kernels::add_scaled(&sum, 1.0, &own)));
                }
                activity = trace.output().clone();
            }
            sum.expect("there is a hidden block, or the network is not supported")
        };
        Tensor::cat((0..self.label.classes).map(of_class).collect(), 1)
    }
}

/// The activity of a hidden layer before it is normalized.
fn activity(trace: &BlockTrace) -> &Tensor<4> {
    &trace.layers.first().expect("a block has a layer with weights").activation
}

fn units(activity: &Tensor<4>) -> usize {
    activity.dims()[1..].iter().product()
}

fn check_inputs(network: &Network, inputs: &Tensor<4>) -> Result<(), RuleError> {
    let (must, got) = (network.spec().input, inputs.dims());
    if got[1..] == must { Ok(()) } else { Err(NetworkError::Inputs { must, got }.into()) }
}

/// Labels that fit the classes and the inputs.
fn check_labels(batch: &Batch, classes: usize) -> Result<&[usize], RuleError> {
    let labels = match &batch.targets {
        Targets::Labels(labels) => labels,
        Targets::Images(_) => return Err(RuleError::Unsupported { rule: ID, reason: Reason::NeedsLabels }),
    };
    if labels.len() != batch.size() {
        return Err(LossError::Count { must: batch.size(), got: labels.len() }.into());
    }
    match labels.iter().position(|label| *label >= classes) {
        Some(sample) => Err(LossError::Label { sample, classes, got: labels[sample] }.into()),
        None => Ok(labels),
    }
}

/// The first layer of a hidden block that is not as the rule needs it.
fn misfit(block: Block<'_>) -> Option<usize> {
    let fits = |index: usize, spec: &LayerSpec| match index {
        0 => matches!(spec, LayerSpec::Dense { activation: Activation::Relu | Activation::LeakyRelu { .. }, .. }),
        1 => matches!(spec, LayerSpec::RmsNorm),
        _ => matches!(spec, LayerSpec::Dropout { .. }),
    };
    let layers = block.layers();
    let wrong = (0..layers.len()).find(|index| !fits(*index, layers[*index].spec()));
    wrong.or((layers.len() < 2).then_some(0)).map(|index| block.layer_index() + index)
}

impl LearningRule for ForwardForward {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        check_inputs(on.network(), &batch.inputs)?;
        let labels = check_labels(batch, self.label.classes)?;
        let neutral = Batch { inputs: self.label.neutral(&batch.inputs), targets: batch.targets.clone() };
        let pass = training_pass(on, self.loss, &neutral, rng)?;
        let wrong = wrong_labels(labels, self.label.classes, rng);
        let inputs = [labels, &wrong].map(|labels| self.label.labeled(&batch.inputs, labels));
        let network = on.network();
        let mut gradients = self.hidden(network, &pass.trace, inputs);
        gradients.push(readout(network, &pass));
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn shown(&self, inputs: &Tensor<4>) -> Tensor<4> {
        self.label.neutral(inputs)
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        check_inputs(network, inputs)?;
        let mut response = feedforward(ID, network, &self.label.neutral(inputs), inference)?;
        match self.answer {
            Answer::Readout => Ok(response),
            Answer::Goodness => {
                let evidence = self.sweep(network, inputs);
                if let Some(last) = response.layers.last_mut() {
                    *last = evidence.clone();
                }
                Ok(Response { output: evidence, ..response })
            }
        }
    }

    fn supports(&self, task: Task, network: &Network) -> Result<(), Reason> {
        match task {
            Task::Classification => {}
            Task::Images => return Err(Reason::NeedsLabels),
        }
        let (blocks, size) = (network.block_count(), network.spec().input.iter().product::<usize>());
        if blocks < 2 {
            return Err(Reason::NoHiddenBlock { blocks });
        }
        if self.label.classes < 2 || self.label.classes >= size {
            return Err(Reason::Task { must: "needs two classes or more, and more input pixels than classes" });
        }
        let last = network.block(blocks - 1);
        let dense = matches!(last.layers()[0].spec(), LayerSpec::Dense { .. });
        let wrong = network.blocks().take(blocks - 1).find_map(misfit);
        match wrong.or((!dense).then(|| last.layer_index())) {
            Some(layer) => Err(Reason::Layer { layer, name: network.layers()[layer].spec().name(), must: MUST }),
            None => Ok(()),
        }
    }

    fn parameters(&self) -> Named {
        Named::new()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        super::common::feedback::restore(ID, saved, Vec::new())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
