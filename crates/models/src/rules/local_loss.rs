//! Local losses: every hidden block is trained by a loss of its own, and no error crosses a block's border.
//!
//! | `heads`   | the block's own loss |
//! |---|---|
//! | `pred`    | that of a linear classifier, p_l = M_l pool(h_l) + c_l, on the output pooled to about 4 × 4; where images are to be given, that of a linear map of each place, p_l = M_l h_l + c_l |
//! | `sim`     | mean over pairs of samples of (S(F_l) − S(Y))²: samples of one class alike, others unlike; see below |
//! | `predsim` | (1 − b) pred + b sim, b = `similarity_weight` |
//!
//! ```text
//! δ_l = respond_l*(∂loss_l/∂h_l),  g_l = mean δ_l h_{l−1}ᵀ;   heads follow their own gradient
//! S   = pairwise cosine of the samples' feature lists, each list less its mean;  Y one-hot codes
//! F_l = N_l h_l on a dense block;  per-channel deviations over space of the 3 × 3 convolution N_l ∗ h_l on maps
//! ```
//!
//! All blocks learn in the same step; h_{l−1} is taken as it is, without gradient. The last block is trained by the
//! network's own loss, and the network answers with its own output.
//!
//! With `sim` and `predsim` samples of a batch speak with each other: an update is no mean over samples, and one sample
//! alone (similar to itself, always) teaches nothing by `sim`.
//!
//! Heads of `pred` start at zero, so that its first step trains heads only: it is reported as silent in all hidden blocks.
//! Images can be given with `pred` alone, and where every hidden map is as large as the image.
//!
//! # Shapes
//! M_l `[classes, c · ph · pw, 1, 1]` with ph, pw the windows of side max(1, min(h, w) / 4) that fit into the map, or
//! `[channels, c, 1, 1]` of images; N_l `[units, units, 1, 1]` or `[c, c, 3, 3]`.
//!
//! # Source
//! `nokland2019`, and the authors' code.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, readout, training_pass};
use super::common::feedback::{Slot, restore};
use super::common::heads::{self, Head, bias_name, weight_name};
use super::common::similarity::{SimilarityHead, similarities};
use super::{
    Auxiliary, Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule,
    Locking, Pause, Phase, PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingError,
    SettingInfo, SettingKind, SettingRange, Setup, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Array, Batch, Block, Gradient, Loss, Named, Network, Rng, Targets, Tensor, kernels};

const ID: &str = "local_loss";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "heads",
        kind: SettingKind::Text,
        default: SettingDefault::Text("pred"),
        range: SettingRange::OneOf(&["pred", "sim", "predsim"]),
        help: "the local loss: a classifier of the block's pooled output, a match of similarities between samples, or both",
    },
    SettingInfo {
        key: "similarity_weight",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.99),
        range: SettingRange::FromTo(0.0, 1.0),
        help: "share of the similarity loss, the rest is the classifier's; only with heads = \"predsim\"",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["local"],
    title: "Local losses",
    family: Family::LocalLoss,
    summary: "Each hidden block is trained by a head of its own, a linear classifier unless told otherwise; no error \
              crosses a block's border.",
    claims: Claims {
        gradient: GradientClaim::Local,
        transport: Transport::None,
        error_path: ErrorPath::Own,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error of the block's own classifier, through the classifier's weights",
        signed_error: true,
        stores: "activity of one block",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "nokland2019", place: "section 2, prediction and similarity-matching losses" },
    departures: "No batch normalization and no dropout of its own; any optimizer; losses read a block's output after its \
                 pooling and dropout, where the published code reads before them; classifiers start at zero, biases too, \
                 where the published code draws biases. A constant feature list has similarity 0 and no slope. With heads \
                 = \"sim\" or \"predsim\" the rule mixes samples. The paper classifies; heads that give an image at each \
                 place are this project's.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents: |settings, _| match Kind::of(settings) {
        Kind::Prediction => 2.0,
        // A similarity head is a layer as large as its block, with three products of its own.
        Kind::Similarity | Kind::Both(_) => 5.0,
    },
    settled_equivalents: |_| 1.0,
    check,
    build: |settings, setup, rng| Ok(Box::new(LocalLoss::new(Kind::of(settings), setup, rng))),
};

fn check(given: &super::Settings, settings: &CheckedSettings) -> Result<(), SettingError> {
    let key = "similarity_weight";
    match Kind::of(settings) {
        Kind::Prediction | Kind::Similarity if given.contains(key) => {
            Err(SettingError::Meaningless { key, beside: "heads is not \"predsim\"" })
        }
        Kind::Prediction | Kind::Similarity | Kind::Both(_) => Ok(()),
    }
}

/// Which losses teach a block.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Prediction,
    Similarity,
    /// Both, with this share of the second.
    Both(f64),
}

impl Kind {
    fn of(settings: &CheckedSettings) -> Self {
        match settings.text("heads") {
            "pred" => Self::Prediction,
            "sim" => Self::Similarity,
            "predsim" => Self::Both(settings.number("similarity_weight")),
            other => unreachable!("checked settings hold no heads {other}"),
        }
    }

    /// Shares of the classifier's loss and of the similarity loss; nothing where there is no such head.
    fn shares(self) -> [Option<f64>; 2] {
        match self {
            Self::Prediction => [Some(1.0), None],
            Self::Similarity => [None, Some(1.0)],
            Self::Both(share) => [Some(1.0 - share), Some(share)],
        }
    }
}

#[derive(Clone, Debug)]
struct LocalLoss {
    loss: Loss,
    kind: Kind,
    /// One of each kind per hidden block, or none.
    classifiers: Vec<Head>,
    matchers: Vec<SimilarityHead>,
}

/// Gradients of all blocks and of all heads.
#[derive(Default)]
struct Gradients {
    blocks: Vec<Gradient>,
    classifiers: Vec<Gradient>,
    matchers: Vec<Tensor<4>>,
}

/// What the losses of a step are worked out from.
struct Lesson<'a> {
    pass: &'a Pass,
    targets: &'a Targets,
    /// Similarities of the targets, where they are wanted.
    wanted: Option<Tensor<4>>,
}

impl LocalLoss {
    fn new(kind: Kind, setup: Setup<'_>, rng: &mut Rng) -> Self {
        let network = setup.network;
        let hidden = || network.blocks().take(network.block_count() - 1);
        let [classifies, matches] = kind.shares().map(|share| share.is_some());
        Self {
            loss: setup.loss,
            kind,
            classifiers: hidden().filter(|_| classifies).map(|block| Head::new(network, block)).collect(),
            matchers: hidden().filter(|_| matches).map(|block| SimilarityHead::draw(network, block, rng)).collect(),
        }
    }

    fn gradients(&self, network: &Network, pass: &Pass, targets: &Targets) -> Result<Gradients, RuleError> {
        let wanted = match self.matchers.first() {
            Some(_) => Some(similarities(&targets.as_outputs(pass.trace.output())?)),
            None => None,
        };
        let lesson = Lesson { pass, targets, wanted };
        let mut gradients = Gradients::default();
        for block in network.blocks().take(network.block_count() - 1) {
            self.teach(block, &lesson, &mut gradients)?;
        }
        gradients.blocks.push(readout(network, pass));
        Ok(gradients)
    }

    /// Gradients for one block from its own input and output alone, and for its heads.
    fn teach(&self, block: Block<'_>, lesson: &Lesson<'_>, gradients: &mut Gradients) -> Result<(), RuleError> {
        let trace = &lesson.pass.trace.blocks[block.index()];
        let [classified, matched] = self.kind.shares();
        let mut at_output = None;
        if let (Some(share), Some(head)) = (classified, self.classifiers.get(block.index())) {
            let (back, Gradient { weight, bias }) = head.judge(self.loss, trace.output(), lesson.targets)?;
            at_output = Some(weighted(back, share));
            gradients.classifiers.push(Gradient { weight: weighted(weight, share), bias: weighted(bias, share) });
        }
        if let (Some(share), Some(head), Some(wanted)) = (matched, self.matchers.get(block.index()), &lesson.wanted) {
            let matched = head.matched(trace.output(), wanted);
            at_output = Some(match at_output {
                Some(sum) => kernels::add_scaled(&sum, share, &matched.output),
                None => weighted(matched.output, share),
            });
            gradients.matchers.push(weighted(matched.head, share));
        }
        let at_output = at_output.expect("a hidden block has a head of some kind");
        let delta = block.adjoint_to_pre(&at_output, trace);
        gradients.blocks.push(block.adjoint_weight(lesson.pass.trace.before(block.index()), &delta));
        Ok(())
    }

    fn learn_heads(&mut self, on: &mut dyn Trainee, gradients: Gradients) -> Result<(), RuleError> {
        if !self.classifiers.is_empty() {
            heads::learn(&mut self.classifiers, on, gradients.classifiers)?;
        }
        if self.matchers.is_empty() {
            return Ok(());
        }
        let pairs = self.matchers.iter_mut().zip(gradients.matchers).enumerate();
        let steps = pairs.map(|(index, (head, gradient))| Auxiliary::Weight {
            name: SimilarityHead::name(index),
            value: &mut head.weight,
            gradient,
        });
        on.apply(Proposal::Auxiliary(steps.collect()))
    }
}

/// A gradient times the share of its loss.
fn weighted<const D: usize>(gradient: Tensor<D>, share: f64) -> Tensor<D> {
    if share == 1.0 { gradient } else { kernels::scale(&gradient, share) }
}

impl LearningRule for LocalLoss {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        if let Targets::Images(_) = batch.targets {
            let unsupported = |reason| RuleError::Unsupported { rule: ID, reason };
            self.supports(Task::Images, on.network()).map_err(unsupported)?;
        }
        let pass = training_pass(on, self.loss, batch, rng)?;
        let mut gradients = self.gradients(on.network(), &pass, &batch.targets)?;
        let silent = hand_over(on, core::mem::take(&mut gradients.blocks))?;
        self.learn_heads(on, gradients)?;
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, task: Task, network: &Network) -> Result<(), Reason> {
        match (task, self.kind) {
            (Task::Images, Kind::Similarity | Kind::Both(_)) => Err(Reason::NeedsLabels),
            (Task::Images, Kind::Prediction) | (Task::Classification, _) => heads::supported(task, network),
        }
    }

    fn claims(&self, listed: Claims) -> Claims {
        let mixing =
            Claims { mixes_samples: true, stores: "activity of one block, of all samples of a batch", ..listed };
        match self.kind {
            Kind::Prediction => listed,
            Kind::Similarity => Claims {
                third_factor: "similarity of the block's output to those of all samples of the batch, less the labels' \
                               similarity, through the weights of the block's own head",
                ..mixing
            },
            Kind::Both(_) => Claims {
                third_factor: "errors of the block's own classifier and of the similarities between all samples of the \
                               batch, through the weights of the block's own heads",
                ..mixing
            },
        }
    }

    fn parameters(&self) -> Named {
        let mut named = heads::named(&self.classifiers);
        let matchers = self.matchers.iter().enumerate();
        named.extend(matchers.map(|(index, head)| (SimilarityHead::name(index), Array::of(&head.weight))));
        named
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        let (classifiers, matchers) = (self.classifiers.iter_mut(), self.matchers.iter_mut());
        let mut slots: Vec<(String, Slot<'_>)> = Vec::new();
        for (index, head) in classifiers.enumerate() {
            slots.push((weight_name(index), Slot::Weight(&mut head.weight)));
            slots.push((bias_name(index), Slot::Bias(&mut head.bias)));
        }
        slots.extend(
            matchers.enumerate().map(|(index, head)| (SimilarityHead::name(index), Slot::Weight(&mut head.weight))),
        );
        let names: Vec<String> = slots.iter().map(|(name, _)| name.clone()).collect();
        let slots = names.iter().map(String::as_str).zip(slots.into_iter().map(|(_, slot)| slot));
        restore(ID, saved, slots.collect())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
