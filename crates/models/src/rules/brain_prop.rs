//! BrainProp, attention-gated reinforcement: the network tries one answer, is told whether it was right, and only the unit that stood for
//! the answer sends attention back.
//!
//! The outputs are the values of actions, one a class. With probability 1 − ε the action of the largest value is taken, else one is drawn by
//! softmax of the values (max-Boltzmann). The reward is 1 for the right class, else 0; all that learns is what the chosen unit predicted:
//!
//! ```text
//! a      = arg max q, or with probability ε a draw from softmax(q)
//! e      = (q_a − r) onehot(a)                       one number, that of the chosen unit; r = 1 if a is the label, else 0
//! δ_L = respond_L*(e);  δ_l = respond_l*(B_{l+1}ᵀ δ_{l+1});  g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! ```
//!
//! | `feedback` | B_l |
//! |---|---|
//! | `transposed` | W_l: forward and attention synapses are each other's mirror at every time |
//! | `learned`    | weights of its own that learn from the same product and decay as W_l, so that what they differ by fades, as in `kolen_pollack` |
//!
//! The update is the gradient of ½ (r − q_a)² with the choice held: the squared error's, masked to one output. Were all actions equally likely,
//! its mean would be 1/C of the whole gradient of the squared error with one-hot targets. The error of the reward is one number for the whole
//! network, and attention does not depend on it, so a synapse multiplies what it can have: activity before it, attention after it, and reward.
//!
//! Values of answers that are never tried are never corrected; the squared error of all outputs, or a softmax of them, need not fall to 0.
//!
//! # Shapes
//! e `[n, classes, 1, 1]`; B_l as W_l, `[out, in, k, k]`, none for the first block.
//!
//! # Errors
//! [`RuleError::NotFinite`] where a value of an action is no number.
//!
//! # Source
//! `pozzi2020`; after `roelfsema2005`, whose output units compete by chance alone and whose error is weighted by another function.

use super::common::chain::{Pass, chained, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::Feedback;
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Setup, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels::record;
use crate::loss::{LossReport, classify, softmax};
use crate::place::{like, to_f64};
use crate::rng::uniform;
use crate::{Batch, Loss, Named, Network, Rng, Targets, Tensor};

const ID: &str = "brain_prop";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "exploration",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.02),
        range: SettingRange::FromTo(0.0, 1.0),
        help: "share of answers that are drawn by softmax of the values, the others take the largest",
    },
    SettingInfo {
        key: "feedback",
        kind: SettingKind::Text,
        default: SettingDefault::Text("transposed"),
        range: SettingRange::OneOf(&["transposed", "learned"]),
        help: "attention goes back through the forward weights, or through weights of its own that learn as these do",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["q_agrel"],
    title: "BrainProp",
    family: Family::FeedbackPath,
    summary: "One answer is tried and rewarded if right; the error of its value goes back from its unit alone.",
    claims: Claims {
        gradient: GradientClaim::Approximate,
        transport: Transport::Full,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: true,
        third_factor: "reward prediction error, one number for all, and attention that the chosen output unit sends \
                       through the weights of all higher layers",
        signed_error: false,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "pozzi2020", place: "the learning rule, and the authors' code; after roelfsema2005" },
    departures: "Units have biases. The chosen unit is masked by its place, where the published code masks by value, \
                 so that a unit of value exactly 0 learns nothing there. The experiment's loss is reported, and not \
                 learned from. Weights start as the experiment says. With feedback = \"learned\" decay is the \
                 optimizer's, as in kolen_pollack.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, rng| Ok(Box::new(BrainProp::new(settings, setup, rng))),
};

#[derive(Clone, Debug)]
struct BrainProp {
    loss: Loss,
    exploration: f64,
    attention: Attention,
}

/// The way of attention.
#[derive(Clone, Debug)]
enum Attention {
    Transposed,
    Learned(Feedback),
}

impl BrainProp {
    fn new(settings: &CheckedSettings, setup: Setup<'_>, rng: &mut Rng) -> Self {
        let attention = match settings.text("feedback") {
            "transposed" => Attention::Transposed,
            "learned" => Attention::Learned(Feedback::draw(setup.network, rng)),
            other => unreachable!("checked settings hold no feedback {other}"),
        };
        Self { loss: setup.loss, exploration: settings.number("exploration"), attention }
    }

    /// The action that each sample takes.
    fn choose(&self, values: &Tensor<4>, rng: &mut Rng) -> Result<Vec<usize>, RuleError> {
        let greedy = classify(values).into_iter().collect::<Option<Vec<usize>>>();
        let mut chosen = greedy.ok_or(RuleError::NotFinite { what: "value of an action", layer: None })?;
        if self.exploration > 0.0 {
            let shares = to_f64(&softmax(values));
            let classes = shares.len() / chosen.len();
            for (action, shares) in chosen.iter_mut().zip(shares.chunks_exact(classes)) {
                // Both numbers are drawn whatever comes of the first, so that no sample's choice shifts the next one's.
                let (explores, drawn) = (uniform(rng), uniform(rng));
                if explores < self.exploration {
                    *action = sampled(shares, drawn);
                }
            }
        }
        Ok(chosen)
    }
}

/// The first action up to which the shares sum to more than `drawn`.
fn sampled(shares: &[f64], drawn: f64) -> usize {
    let mut sum = 0.0;
    let reached = shares.iter().position(|share| {
        sum += share;
        drawn < sum
    });
    reached.unwrap_or(shares.len() - 1)
}

/// q_a − r at the chosen unit of each sample, 0 at the others.
fn reward_error(values: &Tensor<4>, chosen: &[usize], targets: &Targets) -> Result<Tensor<4>, RuleError> {
    let rewards = to_f64(&targets.as_outputs(values)?);
    let predicted = to_f64(values);
    let classes = predicted.len() / chosen.len();
    let mut errors = vec![0.0; predicted.len()];
    for (sample, action) in chosen.iter().enumerate() {
        let unit = sample * classes + action;
        errors[unit] = predicted[unit] - rewards[unit];
    }
    let errors = like(values, &errors, values.dims());
    record::derive([values], &errors);
    Ok(errors)
}

impl LearningRule for BrainProp {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        if let Targets::Images(_) = batch.targets {
            return Err(RuleError::Unsupported { rule: ID, reason: Reason::NeedsLabels });
        }
        let Pass { trace, loss: LossReport { value: loss, .. } } = training_pass(on, self.loss, batch, rng)?;
        let chosen = self.choose(trace.output(), rng)?;
        let gradient = reward_error(trace.output(), &chosen, &batch.targets)?;
        let silent = match &mut self.attention {
            Attention::Transposed => {
                let gradients = on.network().backward(&trace, &gradient).gradients;
                hand_over(on, gradients)?
            }
            Attention::Learned(feedback) => {
                let pass = Pass { trace, loss: LossReport { value: loss, gradient } };
                let gradients = chained(on.network(), &pass, &feedback.0);
                let silent = hand_over(on, gradients.clone())?;
                feedback.reciprocate(on, gradients)?;
                silent
            }
        };
        Ok(StepReport { loss, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, task: Task, _: &Network) -> Result<(), Reason> {
        match task {
            Task::Classification => Ok(()),
            Task::Images => Err(Reason::NeedsLabels),
        }
    }

    fn claims(&self, listed: Claims) -> Claims {
        let claims = Claims { draws_noise: self.exploration > 0.0, ..listed };
        match self.attention {
            Attention::Transposed => claims,
            Attention::Learned(_) => Claims {
                transport: Transport::None,
                third_factor: "reward prediction error, one number for all, and attention that the chosen output \
                               unit sends through learned feedback weights of all higher layers",
                ..claims
            },
        }
    }

    fn parameters(&self) -> Named {
        match &self.attention {
            Attention::Transposed => Named::new(),
            Attention::Learned(feedback) => feedback.named(),
        }
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        match &mut self.attention {
            Attention::Transposed => super::common::feedback::restore(ID, saved, Vec::new()),
            Attention::Learned(feedback) => feedback.restore(ID, saved),
        }
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
