//! What several rules do alike: the training pass, the chain of adjoints, and plain answers.

use super::door::{Proposal, Trainee};
use super::error::RuleError;
use crate::kernels;
use crate::loss::LossReport;
use crate::place::to_f64;
use crate::rules::{Budget, Inference, Phase, PhaseKind, Response};
use crate::{Batch, Gradient, Loss, Mode, Network, Rng, Tensor, Trace};

/// A forward pass in training mode and the loss of its output.
pub(crate) struct Pass {
    pub(crate) trace: Trace,
    pub(crate) loss: LossReport,
}

/// The forward pass with which every learning step begins.
pub(crate) fn training_pass(on: &mut dyn Trainee, loss: Loss, batch: &Batch, rng: &mut Rng) -> Result<Pass, RuleError> {
    let trace = on.network().forward(&batch.inputs, Mode::Train(rng))?;
    let loss = loss.evaluate(trace.output(), &batch.targets)?;
    if !loss.value.is_finite() {
        return Err(RuleError::NotFinite { what: "loss", layer: None });
    }
    on.observe(&trace);
    Ok(Pass { trace, loss })
}

/// Gradients of all blocks, the error going back through `feedback` of each block; entry 0 is never used.
///
/// ```text
/// δ_L = respond_L*(e);   δ_l = respond_l*(B_{l+1}ᵀ δ_{l+1});   g_l = mean δ_l previous_lᵀ
/// ```
pub(crate) fn chained(network: &Network, pass: &Pass, feedback: &[Tensor<4>]) -> Vec<Gradient> {
    let mut gradients = Vec::with_capacity(network.block_count());
    let mut gradient = pass.loss.gradient.clone();
    for block in network.blocks().rev() {
        let index = block.index();
        let error = block.adjoint_to_pre(&gradient, &pass.trace.blocks[index]);
        gradients.push(block.adjoint_weight(pass.trace.before(index), &error));
        if index > 0 {
            gradient = block.adjoint_to_input(&error, Some(&feedback[index - 1]));
        }
    }
    gradients.reverse();
    gradients
}

/// The exact gradient of the last block.
pub(crate) fn readout(network: &Network, pass: &Pass) -> Gradient {
    let last = network.block(network.block_count() - 1);
    let error = last.adjoint_to_pre(&pass.loss.gradient, &pass.trace.blocks[last.index()]);
    last.adjoint_weight(pass.trace.before(last.index()), &error)
}

/// Hands gradients of all blocks through the door; returns the blocks whose gradient is exactly zero.
pub(crate) fn hand_over(on: &mut dyn Trainee, gradients: Vec<Gradient>) -> Result<Vec<usize>, RuleError> {
    let silent = (0..gradients.len()).filter(|index| is_zero(&gradients[*index])).collect();
    on.apply(Proposal::Gradient(gradients.into_iter().map(Some).collect()))?;
    Ok(silent)
}

/// Whether a gradient is exactly zero.
pub(crate) fn is_zero(gradient: &Gradient) -> bool {
    // The biases come first because they are few: the weights are looked at only where these are zero.
    to_f64(&gradient.bias).iter().all(|value| *value == 0.0) && kernels::sum_of_squares(&gradient.weight) == 0.0
}

/// One phase of one kind over the whole budget.
pub(crate) fn one_phase(kind: PhaseKind, budget: Budget) -> Vec<Phase> {
    vec![Phase { kind, steps: budget.steps }]
}

/// The answer of a rule without dynamics.
pub(crate) fn feedforward(
    rule: &'static str,
    network: &Network,
    inputs: &Tensor<4>,
    inference: Inference,
) -> Result<Response, RuleError> {
    match inference {
        Inference::Feedforward => {
            let trace = network.forward(inputs, Mode::Evaluate)?;
            let layers: Vec<_> = trace.blocks.iter().map(|block| block.output().clone()).collect();
            Ok(Response { output: trace.output().clone(), layers, course: None, reconstruction: None })
        }
        Inference::Settled => Err(RuleError::NoSettling { rule }),
    }
}
