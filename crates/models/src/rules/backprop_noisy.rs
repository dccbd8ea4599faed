//! Noisy backpropagation: the gradient of each hidden block, turned away from itself by a chosen angle.
//!
//! ```text
//! g      the gradient of one hidden block, weights and biases as one vector
//! n      independent normal numbers of its shape, drawn for each block in each step
//! u      = (n − (n·g / g·g) g) / ‖..‖                              a random direction at right angles to g
//! g′     = ρ ‖g‖ (cos θ · g / ‖g‖ + sin θ · u)                     length ρ ‖g‖, at θ to g
//! ```
//!
//! The last block follows its exact gradient. What a rule whose proposals lie at θ to the gradient owes to that angle alone,
//! and not to where its error comes from, this control shows. The mean of g′ over draws is ρ cos θ · g: it is descent with
//! noise, while a biased rule errs in the same direction again and again.
//!
//! # Shapes
//! As the weights.
//!
//! # Source
//! `rumelhart1986` for the gradient; the turning is a control of this project.

use super::common::chain::{feedforward, hand_over, one_phase, training_pass};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind, SettingRange, Source,
    StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Gradient, Loss, Named, Network, Place, Rng, Tensor, kernels};

const ID: &str = "backprop_noisy";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &[],
    title: "Noisy backpropagation",
    family: Family::Control,
    summary: "The exact gradient of each hidden block, turned by a random vector to a chosen angle at a chosen length.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::Full,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        // The turn is as long as the batch's gradient.
        mixes_samples: true,
        draws_noise: true,
        third_factor: "error chained through the weights of all higher layers; the length of the block's own gradient",
        signed_error: true,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "rumelhart1986", place: "equations 4 to 7, turned by a random vector" },
    departures: "The turning is this project's: a control, not a hypothesis. At an angle of 90 degrees nothing is left \
                 of the gradient in hidden blocks, and at 0 nothing is drawn.",
    answers: &[Inference::Feedforward],
    settings: &[
        SettingInfo {
            key: "angle_deg",
            kind: SettingKind::Number,
            default: SettingDefault::Number(45.0),
            range: SettingRange::FromTo(0.0, 90.0),
            help: "angle of each hidden block's proposal to its gradient",
        },
        SettingInfo {
            key: "norm_ratio",
            kind: SettingKind::Number,
            default: SettingDefault::Number(1.0),
            range: SettingRange::AboveUpTo(0.0, 100.0),
            help: "length of each hidden block's proposal over that of its gradient",
        },
    ],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        let angle = settings.number("angle_deg").to_radians();
        let (along, across) = (libm::cos(angle), libm::sin(angle));
        let turn = Turn { along, across, ratio: settings.number("norm_ratio") };
        Ok(Box::new(BackpropNoisy { loss: setup.loss, turn }))
    },
};

#[derive(Clone, Debug)]
struct BackpropNoisy {
    loss: Loss,
    turn: Turn,
}

/// By how much gradients are turned and stretched.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// cos θ.
    along: f64,
    /// sin θ.
    across: f64,
    /// ρ.
    ratio: f64,
}

impl Turn {
    /// g′ of g; a gradient of zeros, which has no direction, stays.
    fn applied(self, gradient: &Gradient, place: &Place, rng: &mut Rng) -> Gradient {
        let square = dot(gradient, gradient);
        if self.across == 0.0 {
            // Not even a factor of 1 or an added 0: the bits are backpropagation's.
            return if self.ratio == 1.0 { gradient.clone() } else { sum(gradient, self.ratio - 1.0, gradient) };
        }
        let noise = normal_like(gradient, place, rng);
        if square > 0.0 {
            let sideways = sum(&noise, -dot(&noise, gradient) / square, gradient);
            let stretch = libm::sqrt(square / dot(&sideways, &sideways));
            let (along, across) = (self.ratio * self.along, self.ratio * self.across * stretch);
            sum(&scaled(gradient, along), across, &sideways)
        } else {
            gradient.clone()
        }
    }
}

fn dot(first: &Gradient, second: &Gradient) -> f64 {
    kernels::dot(&first.weight, &second.weight) + kernels::dot(&first.bias, &second.bias)
}

/// first + factor · second.
fn sum(first: &Gradient, factor: f64, second: &Gradient) -> Gradient {
    Gradient {
        weight: kernels::add_scaled(&first.weight, factor, &second.weight),
        bias: kernels::add_scaled(&first.bias, factor, &second.bias),
    }
}

fn scaled(gradient: &Gradient, factor: f64) -> Gradient {
    Gradient { weight: kernels::scale(&gradient.weight, factor), bias: kernels::scale(&gradient.bias, factor) }
}

fn normal_like(gradient: &Gradient, place: &Place, rng: &mut Rng) -> Gradient {
    Gradient {
        weight: kernels::normal_noise(place, gradient.weight.dims(), rng),
        bias: kernels::normal_noise(place, gradient.bias.dims(), rng),
    }
}

impl LearningRule for BackpropNoisy {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let network = on.network();
        let mut gradients = network.backward(&pass.trace, &pass.loss.gradient).gradients;
        let hidden = gradients.len() - 1;
        for gradient in &mut gradients[..hidden] {
            *gradient = self.turn.applied(gradient, network.place(), rng);
        }
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, _: &Network) -> Result<(), Reason> {
        Ok(())
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
