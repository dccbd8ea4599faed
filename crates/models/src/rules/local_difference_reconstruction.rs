//! Local difference reconstruction: difference target propagation whose feedback learns each block's transposed slope, not its inverse.
//!
//! Targets come down as in difference target propagation (`common::targets`). Each mirror learns under two noises, ξ at its block's input and ξ′ at
//! its output, from what they change in its answer:
//!
//! ```text
//! t_L = s_L − β ∂loss/∂s_L,   t_{l−1} = s_{l−1} + G_l(t_l) − G_l(s_l)
//! g_l = 1/β · ∂/∂W_l of ½ ‖s_l − t_l‖², mean over the batch
//!
//! G_l(y) = B_lᵀ respond_lᵀ(f_l(y))
//! feedback loss of block l = − ξ · (G_l(F_l(x + ξ)) − G_l(F_l(x))) + ½ ‖G_l(y + ξ′) − G_l(y)‖², mean over the batch
//! x = s_{l−1},  y = F_l(x),  ξ and ξ′ normal of deviation `noise`, independent
//! ```
//!
//! For small noise the mean of the first term is −σ² tr(J_G J_F), that of the second ½ σ² ‖J_G‖²: the least is where J_G is as near to J_Fᵀ as it can
//! be, and in linear blocks B_l = W_l. Targets that are near then bring down the gradient itself. `common::targets` has the mirrors' details, and how
//! they learn.
//!
//! Where a block bends, J_Fᵀ has the slope at the pre-activation and J_G that at the output: they agree for rectifiers, leaky ones too; for tanh and
//! sigmoids they differ. Targets that are far cross bends.
//!
//! # Shapes
//! B_l as W_l, `[out, in, k, k]`; none for the first block. A bias would drop out of every difference, so there is none.
//!
//! # Errors
//! [`RuleError::NotFinite`] if feedback diverges.
//!
//! # Source
//! `ernoult2022`.

use super::common::chain::{feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::Feedback;
use super::common::targets::{self, FEEDBACK_RATE, FEEDBACK_STEPS, Mirrored, NOISE, NUDGING};
use super::{
    Auxiliary, Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause,
    Phase, PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Block, BlockTrace, Loss, Named, Network, Rng, Tensor, Trace, kernels};

const ID: &str = "local_difference_reconstruction";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["l_drl"],
    title: "Local difference reconstruction (L-DRL)",
    family: Family::FeedbackPath,
    summary: "Targets come down by a feedback network that learns, from noise at both ends of each block, its \
              transposed slope.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::None,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::Symmetric,
        mixes_samples: false,
        draws_noise: true,
        third_factor: "a target that came down through learned feedback of all higher blocks; in feedback learning \
                       the noise itself",
        signed_error: true,
        stores: "activity of all blocks; in feedback learning the activity of one block without noise",
        parallel: false,
        needs_targets: true,
    },
    source: Source {
        key: "ernoult2022",
        place: "local difference reconstruction loss; the published code for mirrors",
    },
    departures: "Updates are divided by the nudging, so that a rate means the same as elsewhere. Feedback learns \
                 after the forward weights in each step, by its own rate over the curvature, where the published one learns before, by an optimizer with a rate and a number \
                 of steps for each layer, the layers one after the other. Maxima go back to where the pass found \
                 them, under noise too. Averages are shared out over their window, where the published code copies \
                 them; normalization is passed by.",
    answers: &[Inference::Feedforward],
    settings: &[FEEDBACK_RATE, FEEDBACK_STEPS, NOISE, NUDGING],
    forward_equivalents: |settings, _| 4.0 + 5.0 * settings.number("feedback_steps"),
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, rng| {
        Ok(Box::new(LocalDifferenceReconstruction {
            loss: setup.loss,
            nudging: settings.number("nudging"),
            noise: settings.number("noise"),
            rate: settings.number("feedback_rate"),
            steps: settings.count("feedback_steps"),
            feedback: Feedback::draw(setup.network, rng),
        }))
    },
};

#[derive(Clone, Debug)]
struct LocalDifferenceReconstruction {
    loss: Loss,
    nudging: f64,
    noise: f64,
    rate: f64,
    steps: usize,
    /// B of all blocks but the first.
    feedback: Feedback,
}

impl LocalDifferenceReconstruction {
    /// Change of B of one block, whose output without noise is given.
    fn change(&self, network: &Network, own: Mirrored<'_>, output: &Tensor<4>, rng: &mut Rng) -> Tensor<4> {
        let weights = &self.feedback.0[own.block.index() - 1];
        let below = targets::noise(network, own.below, self.noise, rng);
        let above = targets::noise(network, output, self.noise, rng);
        let still = own.read(output);
        let moved = own.output(&kernels::add_scaled(own.below, 1.0, &below));
        let by_input = kernels::subtract(&own.read(&moved), &still);
        let by_output = kernels::subtract(&own.read(&kernels::add_scaled(output, 1.0, &above)), &still);
        let answer = own.block.adjoint_to_input(&by_output, Some(weights));
        let slope = kernels::subtract(&own.products(&answer, &by_output), &own.products(&below, &by_input));
        let along = own.block.adjoint_to_input(&by_output, Some(&slope));
        let stride = own.stride(kernels::sum_of_squares(&slope), &by_output, &along, self.rate);
        kernels::scale(&slope, stride)
    }

    /// Feedback learns on the batch that left this trace.
    fn learn_feedback(&mut self, on: &mut dyn Trainee, trace: &Trace, rng: &mut Rng) -> Result<(), RuleError> {
        if !self.learns() {
            return Ok(());
        }
        let outputs: Vec<_> = targets::mirrored(on.network(), trace).map(|own| own.output(own.below)).collect();
        for _ in 0..self.steps {
            let network = on.network();
            let blocks = targets::mirrored(network, trace).zip(&outputs);
            let changes: Vec<_> = blocks.map(|(own, output)| self.change(network, own, output, rng)).collect();
            let pairs = self.feedback.0.iter_mut().zip(changes);
            let own = pairs.map(|(value, change)| Auxiliary::Own { value, change });
            on.apply(Proposal::Auxiliary(own.collect()))?;
        }
        Ok(())
    }

    fn learns(&self) -> bool {
        self.rate > 0.0 && self.steps > 0
    }
}

impl LearningRule for LocalDifferenceReconstruction {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let down = |block: Block<'_>, own: &BlockTrace, step: &Tensor<4>| {
            targets::difference(block, own, &self.feedback.0[block.index() - 1], step)
        };
        let gradients = targets::toward_targets(on.network(), &pass, self.nudging, down);
        let silent = hand_over(on, gradients)?;
        self.learn_feedback(on, &pass.trace, rng)?;
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, _: &Network) -> Result<(), Reason> {
        Ok(())
    }

    fn claims(&self, listed: Claims) -> Claims {
        Claims { draws_noise: self.learns(), ..listed }
    }

    fn parameters(&self) -> Named {
        self.feedback.named()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        self.feedback.restore(ID, saved)
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
