//! The dynamics of predictive coding's states, for the rules that share them: one state per hidden block, in the form
//! that is described at `predictive_coding`.
//!
//! ```text
//! μ_l = block_l(x_{l−1}),  ε_l = x_l − μ_l,  x_0 = input
//! one step:  x_l ← x_l + γ (−ε_l + J_{l+1}ᵀ ε_{l+1})              all l < L at once
//! ```
//!
//! What has not moved is not computed: the drive of the first block is that of the forward pass for as long as its
//! weights stay, and errors that are exactly zero are absent.

use super::error::{Reason, RuleError};
use crate::kernels;
use crate::rules::{Course, Response, SettingDefault, SettingInfo, SettingKind, SettingRange};
use crate::{Block, BlockMode, BlockTrace, Gradient, LayerSpec, Loss, Mode, Network, Targets, Tensor, Trace};

/// γ as a setting.
pub(crate) const STATE_STEP: SettingInfo = SettingInfo {
    key: "state_step",
    kind: SettingKind::Number,
    default: SettingDefault::Number(0.1),
    range: SettingRange::AboveUpTo(0.0, 2.0),
    help: "step size of the states",
};

/// T as a setting.
pub(crate) const STATE_STEPS: SettingInfo = SettingInfo {
    key: "state_steps",
    kind: SettingKind::Count,
    default: SettingDefault::Number(8.0),
    range: SettingRange::FromTo(1.0, 100_000.0),
    help: "steps of the states per learning step",
};

/// The dynamics of the states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settling {
    /// γ, the step size.
    pub step: f64,
    /// T, how many steps.
    pub steps: usize,
}

/// What holds the output while states settle.
#[derive(Clone, Copy, Debug)]
pub enum OutputTerm<'a> {
    /// Nothing.
    Free,
    /// precision · loss of the output's prediction.
    Cost {
        /// The loss.
        loss: Loss,
        /// The right answers.
        targets: &'a Targets,
        /// Its factor; may be negative.
        precision: f64,
    },
    /// ½‖x_L − μ_L‖² with this x_L, `[n, ..]` of the output's shape.
    Held(&'a Tensor<4>),
}

/// Where states came to rest.
#[derive(Clone, Debug)]
pub struct Settled {
    /// x_l of the hidden blocks, `[n, c, h, w]`.
    pub states: Vec<Tensor<4>>,
    /// The predictions μ_l of all blocks from these states, as traces.
    pub predictions: Vec<BlockTrace>,
    /// ε_l of all blocks, the output's last; nothing where it is exactly zero.
    pub errors: Vec<Option<Tensor<4>>>,
    /// Energies and outputs on the way.
    pub course: Course,
}

/// A settling that has not begun.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The network.
    pub network: &'a Network,
    /// Its forward pass: the first block's prediction, and the dropout masks of all.
    pub forward: &'a Trace,
    /// What holds the output.
    pub output: OutputTerm<'a>,
    /// Whether [`Settled::course`] is kept.
    pub recorded: bool,
}

impl Start<'_> {
    /// Settles from the forward pass.
    ///
    /// # Errors
    /// [`RuleError::Loss`] if the targets do not fit, [`RuleError::NotFinite`] if states run away.
    pub fn settle(&self, settling: Settling) -> Result<Settled, RuleError> {
        self.run(Moving::at(self.forward), settling)
    }

    /// Settles from given states of the hidden blocks.
    ///
    /// # Errors
    /// As [`Start::settle`].
    ///
    /// # Panics
    /// If there is not one state of the right shape per hidden block.
    pub fn settle_from(&self, states: Vec<Tensor<4>>, settling: Settling) -> Result<Settled, RuleError> {
        assert_eq!(states.len() + 1, self.network.block_count(), "there must be one state per hidden block");
        let moved = vec![true; states.len()];
        self.run(Moving { states, moved, ..Moving::at(self.forward) }, settling)
    }

    fn run(&self, mut moving: Moving, settling: Settling) -> Result<Settled, RuleError> {
        let learned = vec![false; self.network.block_count()];
        let mut course = Course { energies: Vec::new(), outputs: Vec::new() };
        for step in 0..=settling.steps {
            moving.look(self.network, &self.forward.inputs, &learned, self.output)?;
            if self.recorded {
                course.energies.push(moving.energy(self.output)?);
                course.outputs.push(moving.output().clone());
            }
            if step < settling.steps {
                moving.advance(self.network, settling.step);
            }
        }
        moving.check()?;
        let Moving { states, predictions, errors, .. } = moving;
        Ok(Settled { states, predictions, errors, course })
    }
}

impl Settled {
    /// Descent direction of the energy in the weights, times `factor`, per block.
    pub fn gradients(&self, network: &Network, inputs: &Tensor<4>, factor: f64) -> Vec<Gradient> {
        let gradients = gradients(network, inputs, (&self.states, &self.predictions, &self.errors), factor);
        let pairs = gradients.into_iter().zip(network.blocks());
        pairs.map(|(gradient, block)| gradient.unwrap_or_else(|| nothing(block))).collect()
    }
}

/// The gradient of a block without an error.
pub(crate) fn nothing(block: Block<'_>) -> Gradient {
    let parameters = block.parameters();
    Gradient { weight: parameters.weight.zeros_like(), bias: parameters.bias.zeros_like() }
}

/// Descent direction of the energy in the weights, times `factor`; nothing where the error is exactly zero.
fn gradients(
    network: &Network,
    inputs: &Tensor<4>,
    (states, predictions, errors): (&[Tensor<4>], &[BlockTrace], &[Option<Tensor<4>>]),
    factor: f64,
) -> Vec<Option<Gradient>> {
    let gradient = |block: Block<'_>| {
        let index = block.index();
        let below = if index == 0 { inputs } else { &states[index - 1] };
        let error = block.adjoint_to_pre(errors[index].as_ref()?, &predictions[index]);
        let Gradient { weight, bias } = block.adjoint_weight(below, &error);
        Some(Gradient { weight: kernels::scale(&weight, -factor), bias: kernels::scale(&bias, -factor) })
    };
    network.blocks().map(gradient).collect()
}

/// States on their way.
#[derive(Clone, Debug)]
pub(crate) struct Moving {
    states: Vec<Tensor<4>>,
    /// Whether state l may differ from the forward pass.
    moved: Vec<bool>,
    predictions: Vec<BlockTrace>,
    errors: Vec<Option<Tensor<4>>>,
}

impl Moving {
    /// States at a forward pass.
    pub(crate) fn at(forward: &Trace) -> Self {
        let hidden = forward.blocks.len() - 1;
        let states = forward.blocks[..hidden].iter().map(|block| block.output().clone()).collect();
        let errors = vec![None; hidden + 1];
        Self { states, moved: vec![false; hidden], predictions: forward.blocks.clone(), errors }
    }

    /// Predictions and errors of the states as they are. `learned[l]` tells whether the weights of block l have changed
    /// since the last look.
    pub(crate) fn look(
        &mut self,
        network: &Network,
        inputs: &Tensor<4>,
        learned: &[bool],
        output: OutputTerm<'_>,
    ) -> Result<(), RuleError> {
        for block in network.blocks() {
            let index = block.index();
            let (below, moved) = match index.checked_sub(1) {
                Some(below) => (&self.states[below], self.moved[below]),
                None => (inputs, false),
            };
            if moved || learned[index] {
                self.predictions[index] = block.predict(below, BlockMode::Again(&self.predictions[index]));
            }
        }
        self.compare(output)
    }

    fn compare(&mut self, output: OutputTerm<'_>) -> Result<(), RuleError> {
        for (index, state) in self.states.iter().enumerate() {
            // Weights learn only where there is an error, so they need no part in this.
            let apart = self.moved[index] || index > 0 && self.moved[index - 1];
            self.errors[index] = apart.then(|| kernels::subtract(state, self.predictions[index].output()));
        }
        let answer = self.output();
        let last = match output {
            OutputTerm::Free => None,
            OutputTerm::Held(held) => Some(kernels::subtract(held, answer)),
            OutputTerm::Cost { loss, targets, precision } => {
                Some(kernels::scale(&loss.gradient(answer, targets)?, -precision))
            }
        };
        self.errors[self.states.len()] = last;
        Ok(())
    }

    /// Summed over the samples.
    fn energy(&self, output: OutputTerm<'_>) -> Result<f64, RuleError> {
        let half = |error: &Option<Tensor<4>>| error.as_ref().map_or(0.0, |error| 0.5 * kernels::sum_of_squares(error));
        let (last, hidden) = self.errors.split_last().expect("a network has a block");
        let hidden: f64 = hidden.iter().map(half).sum();
        let answer = self.output();
        Ok(hidden
            + match output {
                OutputTerm::Free => 0.0,
                OutputTerm::Held(_) => half(last),
                OutputTerm::Cost { loss, targets, precision } => {
                    precision * loss.value(answer, targets)? * answer.dims()[0] as f64
                }
            })
    }

    /// x_l ← x_l + γ (−ε_l + J_{l+1}ᵀ ε_{l+1}), all at once.
    pub(crate) fn advance(&mut self, network: &Network, step: f64) {
        for (index, state) in self.states.iter_mut().enumerate() {
            let above = self.errors[index + 1].as_ref().map(|error| {
                let block = network.block(index + 1);
                block.adjoint_to_input(&block.adjoint_to_pre(error, &self.predictions[index + 1]), None)
            });
            *state = match (&self.errors[index], above) {
                (Some(error), Some(above)) => kernels::settle(state, error, &above, step),
                (Some(error), None) => kernels::add_scaled(state, -step, error),
                (None, Some(above)) => kernels::add_scaled(state, step, &above),
                (None, None) => continue,
            };
            self.moved[index] = true;
        }
    }

    /// Descent direction of the energy in the weights; nothing where the error is exactly zero.
    pub(crate) fn gradients(&self, network: &Network, inputs: &Tensor<4>) -> Vec<Option<Gradient>> {
        gradients(network, inputs, (&self.states, &self.predictions, &self.errors), 1.0)
    }

    fn output(&self) -> &Tensor<4> {
        self.predictions.last().expect("a network has a block").output()
    }

    /// Whether the states are where numbers are.
    pub(crate) fn check(&self) -> Result<(), RuleError> {
        let finite = self.errors.iter().flatten().all(kernels::is_finite);
        if finite { Ok(()) } else { Err(RuleError::NotFinite { what: "settling states", layer: None }) }
    }
}

/// Settled inference: states that start at the forward pass, the output free. Nothing pulls them from there.
pub(crate) fn settle_freely(network: &Network, inputs: &Tensor<4>, settling: Settling) -> Result<Response, RuleError> {
    let forward = network.forward(inputs, Mode::Evaluate)?;
    let start = Start { network, forward: &forward, output: OutputTerm::Free, recorded: true };
    let Settled { states, predictions, course, .. } = start.settle(settling)?;
    let output = predictions.last().expect("a network has a block").output().clone();
    let layers = states.into_iter().chain([output.clone()]).collect();
    Ok(Response { output, layers, course: Some(course), reconstruction: None })
}

/// Whether the states of one sample are its own: no normalization over the batch.
pub(crate) fn unmixed(network: &Network) -> Result<(), Reason> {
    match network.layers().iter().position(|layer| matches!(layer.spec(), LayerSpec::BatchNorm)) {
        Some(layer) => Err(Reason::BatchStatistics { layer }),
        None => Ok(()),
    }
}
