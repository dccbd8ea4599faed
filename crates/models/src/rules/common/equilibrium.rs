//! States that settle on symmetric weights: the dynamics of equilibrium propagation.
//!
//! ```text
//! a_l = activity of block l (below), r_l = tail_l(a_l), r_0 = input
//! u_l = maxpool_l(W_l r_{l−1} + b_l)                                 drive from below
//! Φ   = Σ_l a_l · u_l                                                one W_l for both directions:
//! ∂Φ/∂a_l = u_l + tail_l*(W_{l+1}ᵀ maxpool_{l+1}*(a_{l+1}))          winners of the present drive u_{l+1}
//! prototypical   a = s,     s ← f(∂Φ/∂a − β ∂C/∂a)
//! energy         a = f(s),  s ← s + dt (f′(s) ⊙ (∂Φ/∂a − β ∂C/∂a) − s)
//! ```
//!
//! All states move at once. The drive of the first block never changes and is worked out once.
//!
//! The energy is ½‖s‖² − Φ in the energy form. In the prototypical form it is Σ G(s) − Φ with G′ = f⁻¹ (`hopfield1984`): its
//! stationary points are the fixed points, but simultaneous steps need not go down it.
//!
//! The cost C is the loss of the network's output. With squared error the output block settles too. With cross-entropy
//! the last block is a readout outside the settling states: it reads them, and they feel it only through the nudge.

use super::error::RuleError;
use super::stage::{Drive, Stage};
use crate::kernels::{self, record};
use crate::loss::LossReport;
use crate::{Activation, BlockMode, BlockTrace, Gradient, Loss, Network, Targets, Tensor, Trace};

/// How states move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// A state becomes f of all that drives it.
    Prototypical,
    /// A state goes down the energy.
    Energy {
        /// dt.
        step: f64,
    },
}

/// A pull of the states toward the right answers.
#[derive(Clone, Copy, Debug)]
pub struct Nudge<'a> {
    /// β; negative away from them.
    pub strength: f64,
    /// The right answers.
    pub targets: &'a Targets,
}

/// Where states are after some steps.
#[derive(Clone, Debug)]
pub struct Settled {
    /// One per settling block, `[n, c, h, w]`.
    pub states: Vec<Tensor<4>>,
    /// Root mean square of the last step of the states, the largest over blocks (divided by dt in the energy form): 0 at a
    /// fixed point.
    pub residual: f64,
}

/// The settling blocks of a network with one batch of inputs.
#[derive(Clone, Debug)]
pub struct Dynamics<'a> {
    network: &'a Network,
    forward: &'a Trace,
    loss: Loss,
    form: Form,
    stages: Vec<Stage<'a>>,
    /// The first block's drive.
    first: Drive,
}

/// How many blocks settle.
pub(crate) fn settling_blocks(network: &Network, loss: Loss) -> usize {
    match loss {
        Loss::CrossEntropy => network.block_count() - 1,
        Loss::SquaredError => network.block_count(),
    }
}

/// States that have not run away.
fn finite(states: Vec<Tensor<4>>) -> Result<Vec<Tensor<4>>, RuleError> {
    match states.iter().all(kernels::is_finite) {
        true => Ok(states),
        false => Err(RuleError::NotFinite { what: "settling states", layer: None }),
    }
}

impl<'a> Dynamics<'a> {
    /// The dynamics of a network that the rule supports, from a forward pass: its inputs and dropout masks.
    pub fn new(network: &'a Network, forward: &'a Trace, loss: Loss, form: Form) -> Self {
        let settling = network.blocks().zip(&forward.blocks).take(settling_blocks(network, loss));
        let stages: Vec<_> = settling.map(|(block, pass)| Stage::new(block, pass)).collect();
        let first = stages[0].pooled(forward.blocks[0].pre_activation().clone());
        Self { network, forward, loss, form, stages, first }
    }

    /// All states 0.
    pub fn rest(&self) -> Vec<Tensor<4>> {
        let inputs = &self.forward.inputs;
        let options = (&inputs.device(), inputs.dtype());
        let zeros = |stage: &Stage<'_>| {
            let state = Tensor::zeros(stage.shape(inputs.dims()[0]), options);
            record::derive([], &state);
            state
        };
        self.stages.iter().map(zeros).collect()
    }

    /// `steps` steps from given states.
    ///
    /// # Errors
    /// [`RuleError::Loss`] if the targets do not fit, [`RuleError::NotFinite`] if states run away.
    pub fn settle(&self, from: Vec<Tensor<4>>, steps: usize, nudge: Option<Nudge<'_>>) -> Result<Settled, RuleError> {
        let (mut states, mut residual) = (from, f64::NAN);
        for step in 1..=steps {
            let next = self.advance(&states, nudge)?;
            if step == steps {
                residual = self.change(&states, &next);
            }
            states = next;
        }
        Ok(Settled { states: finite(states)?, residual })
    }

    /// `steps` steps from given states with the last block's held where it is told.
    ///
    /// # Errors
    /// [`RuleError::NotFinite`] if states run away.
    pub fn settle_clamped(
        &self,
        from: Vec<Tensor<4>>,
        steps: usize,
        held: &Tensor<4>,
    ) -> Result<Vec<Tensor<4>>, RuleError> {
        let (mut states, last) = (from, self.stages.len() - 1);
        states[last] = held.clone();
        for _ in 0..steps {
            states = self.advance(&states, None)?;
            states[last].clone_from(held);
        }
        finite(states)
    }

    /// One step of all states.
    ///
    /// # Errors
    /// [`RuleError::Loss`] if the targets do not fit.
    pub fn advance(&self, states: &[Tensor<4>], nudge: Option<Nudge<'_>>) -> Result<Vec<Tensor<4>>, RuleError> {
        let activities = self.activities(states);
        let reads = self.reads(&activities);
        let drives = self.drives(&reads);
        let mut next = Vec::with_capacity(states.len());
        for (index, (stage, state)) in self.stages.iter().zip(states).enumerate() {
            let own = &drives[index].value;
            let pull = match (self.stages.get(index + 1), nudge) {
                (Some(above), _) => {
                    let unpooled = above.unpool(&activities[index + 1], &drives[index + 1]);
                    kernels::add_scaled(own, 1.0, &stage.unread(&above.down(&unpooled)))
                }
                (None, Some(nudge)) => {
                    kernels::add_scaled(own, -nudge.strength, &stage.unread(&self.slope(&reads[index], nudge.targets)?))
                }
                (None, None) => own.clone(),
            };
            next.push(self.moved(stage, state, (&activities[index], pull)));
        }
        Ok(next)
    }

    fn moved(&self, stage: &Stage<'_>, state: &Tensor<4>, (activity, pull): (&Tensor<4>, Tensor<4>)) -> Tensor<4> {
        match self.form {
            Form::Prototypical => stage.activate(&pull),
            Form::Energy { step } => {
                let kind = stage.activation();
                let next = kernels::relax(state, &kernels::through(kind, state, activity, &pull), step);
                // Outside its bounds the slope is 0, and a state there would feel nothing.
                if kind == Activation::HardSigmoid { stage.activate(&next) } else { next }
            }
        }
    }

    /// a_l.
    fn activities(&self, states: &[Tensor<4>]) -> Vec<Tensor<4>> {
        match self.form {
            Form::Prototypical => states.to_vec(),
            Form::Energy { .. } => self.stages.iter().zip(states).map(|(stage, state)| stage.activate(state)).collect(),
        }
    }

    /// r_l.
    fn reads(&self, activities: &[Tensor<4>]) -> Vec<Tensor<4>> {
        self.stages.iter().zip(activities).map(|(stage, activity)| stage.read(activity)).collect()
    }

    fn drives(&self, reads: &[Tensor<4>]) -> Vec<Drive> {
        let later = self.stages[1..].iter().zip(reads).map(|(stage, below)| stage.drive(below));
        core::iter::once(self.first.clone()).chain(later).collect()
    }

    /// ∂C/∂r of the last settling block.
    fn slope(&self, read: &Tensor<4>, targets: &Targets) -> Result<Tensor<4>, RuleError> {
        let (output, readout) = self.beyond(read);
        let gradient = self.loss.gradient(&output, targets)?;
        Ok(match readout {
            None => gradient,
            Some(trace) => {
                let block = self.network.block(self.stages.len());
                block.adjoint_to_input(&block.adjoint_to_pre(&gradient, &trace), None)
            }
        })
    }

    /// The output that stands at the last settling block, through the readout where there is one.
    fn beyond(&self, read: &Tensor<4>) -> (Tensor<4>, Option<BlockTrace>) {
        match self.loss {
            Loss::SquaredError => (read.clone(), None),
            Loss::CrossEntropy => {
                let last = self.stages.len();
                let trace = self.network.block(last).predict(read, BlockMode::Again(&self.forward.blocks[last]));
                (trace.output().clone(), Some(trace))
            }
        }
    }

    fn change(&self, before: &[Tensor<4>], after: &[Tensor<4>]) -> f64 {
        let step = match self.form {
            Form::Prototypical => 1.0,
            Form::Energy { step } => step,
        };
        let size = |(before, after): (&Tensor<4>, &Tensor<4>)| {
            let square = kernels::sum_of_squares(&kernels::subtract(after, before));
            libm::sqrt(square / before.dims().iter().product::<usize>() as f64) / step
        };
        before.iter().zip(after).map(size).fold(0.0, f64::max)
    }

    /// What every block of the network answers in these states, the output last.
    pub fn answers(&self, states: &[Tensor<4>]) -> Vec<Tensor<4>> {
        let mut answers = self.reads(&self.activities(states));
        let (output, readout) = self.beyond(&answers[answers.len() - 1]);
        if readout.is_some() {
            answers.push(output);
        }
        answers
    }

    /// r of the last settling block.
    fn last_read(&self, states: &[Tensor<4>]) -> Tensor<4> {
        let last = self.stages.len() - 1;
        let activities = self.activities(states);
        self.stages[last].read(&activities[last])
    }

    /// The network's output in these states.
    pub fn output(&self, states: &[Tensor<4>]) -> Tensor<4> {
        self.beyond(&self.last_read(states)).0
    }

    /// The energy of each batch's states, summed over samples; the readout and the nudge have no part in it.
    pub fn energy(&self, states: &[Tensor<4>]) -> f64 {
        let activities = self.activities(states);
        let drives = self.drives(&self.reads(&activities));
        let terms = self.stages.iter().zip(states).zip(activities.iter().zip(&drives));
        let term = |((stage, state), (activity, drive)): ((&Stage<'_>, &Tensor<4>), (&Tensor<4>, &Drive))| {
            let held = match self.form {
                Form::Prototypical => kernels::holding_energy(stage.activation(), activity),
                Form::Energy { .. } => 0.5 * kernels::sum_of_squares(state),
            };
            held - kernels::dot(activity, &drive.value)
        };
        terms.map(term).sum()
    }

    /// Loss of the answer in these states; and, where there is a readout, its gradient.
    ///
    /// # Errors
    /// [`RuleError::Loss`] if the targets do not fit.
    pub fn read_out(
        &self,
        states: &[Tensor<4>],
        targets: &Targets,
    ) -> Result<(LossReport, Option<Gradient>), RuleError> {
        let read = self.last_read(states);
        let (output, readout) = self.beyond(&read);
        let report = self.loss.evaluate(&output, targets)?;
        let gradient = readout.map(|trace| {
            let block = self.network.block(self.stages.len());
            block.adjoint_weight(&read, &block.adjoint_to_pre(&report.gradient, &trace))
        });
        Ok((report, gradient))
    }

    /// The contrast of two states of nudges β₊ and β₋, `-(∂Φ/∂θ(plus) − ∂Φ/∂θ(minus)) / (β₊ − β₋)` with `apart` = β₊ − β₋:
    /// one gradient per settling block, the mean over the batch.
    pub fn contrast(&self, plus: &[Tensor<4>], minus: &[Tensor<4>], apart: f64) -> Vec<Gradient> {
        let (plus, minus) = (self.activities(plus), self.activities(minus));
        // The first block reads the same input in both, through the same winners: one product does for two.
        let difference = self.stages[0].unpool(&kernels::subtract(&plus[0], &minus[0]), &self.first);
        let first = self.stages[0].product(&self.forward.inputs, &difference);
        let scaled = |gradient: &Gradient| Gradient {
            weight: kernels::scale(&gradient.weight, -1.0 / apart),
            bias: kernels::scale(&gradient.bias, -1.0 / apart),
        };
        let mut gradients = vec![scaled(&first)];
        for index in 1..self.stages.len() {
            let (up, down) = (self.product(&plus, index), self.product(&minus, index));
            gradients.push(scaled(&Gradient {
                weight: kernels::subtract(&up.weight, &down.weight),
                bias: kernels::subtract(&up.bias, &down.bias),
            }));
        }
        gradients
    }

    /// ∂Φ/∂θ of a block beyond the first.
    fn product(&self, activities: &[Tensor<4>], index: usize) -> Gradient {
        let stage = &self.stages[index];
        let below = self.stages[index - 1].read(&activities[index - 1]);
        match stage.is_pooled() {
            true => stage.product(&below, &stage.unpool(&activities[index], &stage.drive(&below))),
            false => stage.product(&below, &activities[index]),
        }
    }
}
