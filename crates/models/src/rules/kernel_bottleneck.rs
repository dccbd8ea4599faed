//! The kernelized bottleneck, pHSIC: every hidden block makes pairs of samples as alike as their labels are, and forgets the rest.
//!
//! Of each pair of samples m, n of a batch, a kernel k says how alike the block's outputs are, another how alike their labels are. The block goes
//! down an objective of its own, in which ⟨·⟩ is the mean over all N² pairs:
//!
//! ```text
//! K_mn = k(f_m, f_n),   L_mn = cos(y_m − mean, y_n − mean)       1 for one class, −1/(C − 1) for two
//! O    = ⟨(K − ⟨K⟩) K⟩ − γ ⟨(L − ⟨L⟩) K⟩                         pHSIC(f, f) − γ pHSIC(f, y)
//! G    = 2 (K − ⟨K⟩) − γ (L − ⟨L⟩)                               the third factor: one number a pair, for all synapses of the block
//! ∂O/∂f_m = 2/N² Σ_n G_mn ∂k(f_m, f_n)/∂f_m,   δ_l = respond_l*(N ∂O/∂h_l),   g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! ```
//!
//! | `kernel` | k(f_m, f_n) |
//! |---|---|
//! | `cosine`   | f_m · f_n / (‖f_m‖ ‖f_n‖) |
//! | `gaussian` | exp(−‖f_m − f_n‖² / 2σ²) |
//!
//! | `groups` | f, before the mean over its own numbers is taken off |
//! |---|---|
//! | 0 | the output's numbers |
//! | g | v^p of each of g equal runs of them (of channels with their pixels), v = (Σ (h − mean of the run)² + 1) / numbers of the run |
//!
//! No signal comes from above: the labels' likeness is told to all blocks alike, and all learn in the same step. The last block is trained by its
//! exact gradient. Two samples at γ = 2 under `cosine` are at rest where they are as alike as their labels; one sample alone teaches nothing.
//!
//! # Shapes
//! K, L, G `[n, n]`; f `[n, numbers or groups, 1, 1]`.
//!
//! # Source
//! `pogodin2020`.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, readout, training_pass};
use super::common::feedback::flat;
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingError, SettingInfo,
    SettingKind, SettingRange, SettingValue, Settings, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels::{self, record};
use crate::place::{like, to_f64};
use crate::{Batch, Block, Gradient, Loss, Named, Network, Rng, Targets, Tensor};

const ID: &str = "kernel_bottleneck";

/// Added to the sum of squares of a group.
const SMOOTHING: f64 = 1.0;

/// Lists whose squares sum to no more have no direction: their cosine to all is 0, without slope.
const FLOOR: f64 = 1e-16;

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "balance",
        kind: SettingKind::Number,
        default: SettingDefault::Number(2.0),
        range: SettingRange::AboveUpTo(0.0, 1000.0),
        help: "γ, weight of dependence on the labels against dependence on itself",
    },
    SettingInfo {
        key: "group_power",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.5),
        range: SettingRange::AboveUpTo(0.0, 2.0),
        help: "power of a group's variance; only with groups (published 0.8 beside divisive normalization)",
    },
    SettingInfo {
        key: "groups",
        kind: SettingKind::Count,
        default: SettingDefault::Number(0.0),
        range: SettingRange::FromTo(0.0, 1e6),
        help: "equal groups of units whose variances the kernel reads, 0 for the units themselves",
    },
    SettingInfo {
        key: "kernel",
        kind: SettingKind::Text,
        default: SettingDefault::Text("cosine"),
        range: SettingRange::OneOf(&["cosine", "gaussian"]),
        help: "how alike two outputs are: by their angle, or by their distance",
    },
    SettingInfo {
        key: "sigma",
        kind: SettingKind::Number,
        default: SettingDefault::Number(5.0),
        range: SettingRange::AboveUpTo(0.0, 1e6),
        help: "width of the kernel; only with kernel = \"gaussian\"",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["phsic"],
    title: "Kernelized bottleneck",
    family: Family::LocalLoss,
    summary: "Each hidden block makes pairs of samples as alike as their labels: pre, post and one number a pair, \
              nothing from above.",
    claims: Claims {
        gradient: GradientClaim::Local,
        transport: Transport::None,
        error_path: ErrorPath::Own,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::Symmetric,
        mixes_samples: true,
        draws_noise: false,
        third_factor: "one number for each pair of samples of the batch and all synapses of the block: how alike \
                       outputs are, less how alike labels are",
        signed_error: false,
        stores: "activity of one block, of all samples of a batch",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "pogodin2020", place: "pHSIC and its three-factor rule, and the authors' code" },
    departures: "Pairs are all those of a batch, as in the published experiments, not of successive samples. The \
                 kernel reads a block's output after its pooling, normalization and dropout, where the published \
                 code reads before the last two; divisive normalization is the network's own (layer_norm: one group, \
                 power 1/2), where the published one is of groups, power 0.2. What a kernel reads is always \
                 centered, in the published code beside groups only. Biases learn too; any optimizer.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents: |_, _| 2.0,
    settled_equivalents: |_| 1.0,
    check,
    build: |settings, setup, _| Ok(Box::new(KernelBottleneck::new(settings, setup.loss))),
};

fn check(given: &Settings, settings: &CheckedSettings) -> Result<(), SettingError> {
    let meaningless =
        |key, beside| if given.contains(key) { Err(SettingError::Meaningless { key, beside }) } else { Ok(()) };
    match settings.count("groups") {
        0 => meaningless("group_power", "groups is 0")?,
        1 => {
            let (key, must) = ("groups".to_owned(), "0, or 2 and more, because one group is like itself".to_owned());
            return Err(SettingError::Value { key, must, got: SettingValue::Number(1.0) });
        }
        _ => {}
    }
    match settings.text("kernel") {
        "gaussian" => Ok(()),
        _ => meaningless("sigma", "kernel is not \"gaussian\""),
    }
}

/// How alike two lists of features are.
#[derive(Clone, Copy, Debug)]
enum Kernel {
    Cosine,
    Gaussian { sigma: f64 },
}

/// Groups of units of which a kernel reads a power of the variance.
#[derive(Clone, Copy, Debug)]
struct Grouping {
    groups: usize,
    power: f64,
}

/// Powers of groups' variances, and how they came about.
struct Grouped {
    /// `[n, groups, 1, 1]`.
    powers: Tensor<4>,
    /// What a unit of deviation counts for in its group's power, `[n, groups, 1, 1]`.
    slopes: Tensor<4>,
    /// Each number less its group's mean, of the output's shape.
    deviations: Tensor<4>,
}

impl Grouping {
    fn read(self, output: &Tensor<4>) -> Grouped {
        let shape @ [count, channels, height, width] = output.dims();
        let length = channels * height * width / self.groups;
        let runs = output.clone().reshape([count, self.groups, length, 1]);
        let deviations = (runs.clone() - runs.mean_dim(2)).reshape(shape);
        record::derive([output], &deviations);
        let squares = kernels::mean_squares(&deviations, self.groups);
        record::derive([&deviations], &squares);
        let variances: Vec<f64> = to_f64(&squares).iter().map(|square| square + SMOOTHING / length as f64).collect();
        let of = |f: &dyn Fn(f64) -> f64| {
            let values: Vec<f64> = variances.iter().map(|variance| f(*variance)).collect();
            let made = like(&squares, &values, squares.dims());
            record::derive([&squares], &made);
            made
        };
        let powers = of(&|variance| libm::pow(variance, self.power));
        let slopes = of(&|variance| 2.0 * self.power / length as f64 * libm::pow(variance, self.power - 1.0));
        Grouped { powers, slopes, deviations }
    }
}

impl Grouped {
    fn adjoint(&self, gradient: &Tensor<4>) -> Tensor<4> {
        let factors = kernels::multiply(gradient, &self.slopes);
        let adjoint = kernels::scale_runs(&self.deviations, &factors);
        record::derive([&self.deviations, &factors], &adjoint);
        adjoint
    }
}

#[derive(Clone, Debug)]
struct KernelBottleneck {
    loss: Loss,
    balance: f64,
    kernel: Kernel,
    grouping: Option<Grouping>,
}

impl KernelBottleneck {
    fn new(settings: &CheckedSettings, loss: Loss) -> Self {
        let kernel = match settings.text("kernel") {
            "cosine" => Kernel::Cosine,
            "gaussian" => Kernel::Gaussian { sigma: settings.number("sigma") },
            other => unreachable!("checked settings hold no kernel {other}"),
        };
        let groups = settings.count("groups");
        let grouping = (groups > 0).then(|| Grouping { groups, power: settings.number("group_power") });
        Self { loss, balance: settings.number("balance"), kernel, grouping }
    }

    /// K of a pair, from the products of centered lists, and what G of the pair pulls by: toward the other list, and off the own.
    fn pair(&self, product: f64, [own, other]: [f64; 2]) -> [f64; 3] {
        match self.kernel {
            Kernel::Cosine => {
                let inverse = |square: f64| if square > FLOOR { 1.0 / libm::sqrt(square) } else { 0.0 };
                let (own, other) = (inverse(own), inverse(other));
                let alike = product * own * other;
                [alike, own * other, alike * own * own]
            }
            Kernel::Gaussian { sigma } => {
                let square = sigma * sigma;
                let alike = libm::exp(-(own + other - 2.0 * product) / (2.0 * square));
                [alike, alike / square, alike / square]
            }
        }
    }

    /// The matrix A `[n, n, 1, 1]` with N ∂O/∂f = A f for centered lists f, from their products.
    fn pulls(&self, products: &Tensor<4>, labels: &[usize], classes: usize) -> Tensor<4> {
        let (count, values) = (labels.len(), to_f64(products));
        let pairs = || (0..count).flat_map(|m| (0..count).map(move |n| (m, n)));
        let pair = |(m, n)| self.pair(values[m * count + n], [m, n].map(|at| values[at * count + at]));
        let pulled: Vec<[f64; 3]> = pairs().map(pair).collect();
        let alike = centered(pulled.iter().map(|[alike, ..]| *alike).collect());
        let wanted = centered(pairs().map(|(m, n)| label_kernel(labels[m] == labels[n], classes)).collect());
        let mut matrix = vec![0.0; count * count];
        for (at, (m, _)) in pairs().enumerate() {
            let factor = 2.0 * alike[at] - self.balance * wanted[at];
            let [_, toward, off] = pulled[at].map(|pull| 2.0 / count as f64 * factor * pull);
            matrix[at] += toward;
            matrix[m * count + m] -= off;
        }
        let matrix = like(products, &matrix, products.dims());
        record::derive([products], &matrix);
        matrix
    }

    /// N ∂O/∂f, per sample, at the features that a kernel reads, `[n, f, 1, 1]`.
    fn at_features(&self, features: &Tensor<4>, labels: &[usize], classes: usize) -> Tensor<4> {
        let lists = without_mean(features);
        let pulls = self.pulls(&kernels::dense(&lists, &lists, None), labels, classes);
        // What is made of centered lists is centered: the way back through the mean leaves it as it is.
        kernels::dense_adjoint(&pulls, &lists, [lists.dims()[1], 1, 1])
    }

    /// The same at a block's output.
    fn at_output(&self, output: &Tensor<4>, labels: &[usize], classes: usize) -> Tensor<4> {
        match self.grouping {
            None => self.at_features(&flat(output), labels, classes).reshape(output.dims()),
            Some(grouping) => {
                let grouped = grouping.read(output);
                grouped.adjoint(&self.at_features(&grouped.powers, labels, classes))
            }
        }
    }

    fn gradients(&self, network: &Network, pass: &Pass, labels: &[usize]) -> Vec<Gradient> {
        let classes = network.output_shape().iter().product();
        let local = |block: Block<'_>| {
            let trace = &pass.trace.blocks[block.index()];
            let delta = block.adjoint_to_pre(&self.at_output(trace.output(), labels, classes), trace);
            block.adjoint_weight(pass.trace.before(block.index()), &delta)
        };
        let hidden = network.blocks().take(network.block_count() - 1);
        hidden.map(local).chain([readout(network, pass)]).collect()
    }

    /// Whether a hidden block's numbers make the groups.
    fn groups(&self, block: Block<'_>) -> Result<(), Reason> {
        let numbers: usize = block.output_shape().iter().product();
        match self.grouping {
            Some(Grouping { groups, .. }) if !numbers.is_multiple_of(groups) || numbers / groups < 2 => {
                Err(Reason::Layer {
                    layer: block.layer_index(),
                    name: block.layers()[0].spec().name(),
                    must: "needs hidden layers whose numbers make the equal groups of its setting \"groups\", two or \
                       more in each",
                })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// L of a pair: the cosine of centered one-hot codes.
fn label_kernel(same: bool, classes: usize) -> f64 {
    if same { 1.0 } else { -1.0 / (classes as f64 - 1.0) }
}

/// Pairs' numbers less their mean.
fn centered(pairs: Vec<f64>) -> Vec<f64> {
    let mean = pairs.iter().sum::<f64>() / pairs.len() as f64;
    pairs.into_iter().map(|value| value - mean).collect()
}

/// Lists `[n, f, 1, 1]`, each less its mean.
fn without_mean(lists: &Tensor<4>) -> Tensor<4> {
    let [_, width, ..] = lists.dims();
    let row = |value: f64| {
        let row = Tensor::full([1, width, 1, 1], value, (&lists.device(), lists.dtype()));
        // It is there before anything is computed.
        record::derive([], &row);
        row
    };
    let means = kernels::dense(lists, &row(1.0 / width as f64), None);
    kernels::subtract(lists, &kernels::dense_adjoint(&means, &row(1.0), [width, 1, 1]))
}

impl LearningRule for KernelBottleneck {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let Targets::Labels(labels) = &batch.targets else {
            return Err(RuleError::Unsupported { rule: ID, reason: Reason::NeedsLabels });
        };
        let pass = training_pass(on, self.loss, batch, rng)?;
        let gradients = self.gradients(on.network(), &pass, labels);
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, task: Task, network: &Network) -> Result<(), Reason> {
        match task {
            Task::Classification => {
                network.blocks().take(network.block_count() - 1).try_for_each(|block| self.groups(block))
            }
            Task::Images => Err(Reason::NeedsLabels),
        }
    }

    fn claims(&self, listed: Claims) -> Claims {
        match self.grouping {
            None => listed,
            Some(_) => Claims { lateral: Lateral::Ordered, ..listed },
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
