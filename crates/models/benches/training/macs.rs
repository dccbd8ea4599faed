//! Multiply-accumulates per image that a learning step of each rule performs, counted from its equations.
//!
//! The nominal count of the list (`forward_equivalents`) charges every rule in whole forward passes. This one leaves out
//! what rules leave out: the adjoint of the first layer's input, and, while states settle, drives and errors that cannot
//! have changed yet. So it is what a share of the machine's peak must be worked out from.

use trompe_models::rules::{RuleEntry, Settings};
use trompe_models::{Learner, NetworkSpec};

use super::BATCH;

/// The costs of one network.
pub(crate) struct Costs {
    /// Multiply-accumulates of each block, forward.
    blocks: Vec<f64>,
    /// Products of the units of each block with each other, once per position, and of these with the weights, once per batch.
    products: Vec<f64>,
    /// Elements of what the rule owns (feedback weights, heads), each used once per image in one product.
    owned: f64,
    state_steps: usize,
}

impl Costs {
    /// The costs of a learner; `state_steps` are those of a rule that settles.
    pub(crate) fn of(spec: &NetworkSpec, learner: &Learner, state_steps: usize) -> Self {
        let macs = spec.forward_macs().expect("a sound network");
        let blocks = learner.network().blocks().map(|block| macs[block.layer_index()] as f64).collect();
        let products = learner.network().blocks().map(|block| {
            let [units, height, width] = block.pre_activation_shape();
            let [_, fan, rows, columns] = block.parameters().weight.dims();
            (units * units) as f64 * ((height * width) as f64 + (fan * rows * columns) as f64 / BATCH as f64)
        });
        let products = products.collect();
        let saved = learner.save();
        let weights = saved.iter().filter(|(name, _)| name.starts_with("rule.") && !name.ends_with("bias"));
        let owned = weights.map(|(_, array)| array.shape.iter().product::<usize>() as f64).sum();
        Self { blocks, products, owned, state_steps }
    }

    fn forward(&self) -> f64 {
        self.blocks.iter().sum()
    }

    /// Multiply-accumulates per image of a learning step, or nothing for a rule that is not counted here yet.
    pub(crate) fn performed(&self, rule: &RuleEntry) -> Option<f64> {
        let forward = self.forward();
        let last = self.blocks.last().copied().unwrap_or_default();
        Some(match rule.id {
            "backprop" | "feedback_alignment" | "kolen_pollack" | "sham_feedback" => 3.0 * forward - self.blocks[0],
            // Each error is computed once.
            "fixed_prediction_coding" | "zero_divergence_inference" => 3.0 * forward - self.blocks[0],
            "direct_feedback_alignment" => 2.0 * forward + self.owned,
            "local_loss" | "mono_forward" => 2.0 * forward + 3.0 * self.owned,
            "competitive_forward_forward" => 2.0 * forward,
            // Three passes through the hidden layers, two sets of their gradients; the readout's both once.
            "forward_forward" => 5.0 * forward - 3.0 * last,
            "backprop"
            | "backprop_noisy"
            | "batch_random_sign_feedback"
            | "feedback_alignment"
            | "fixed_random_sign_feedback"
            | "kolen_pollack"
            | "sham_feedback"
            | "uniform_sign_feedback" => 3.0 * forward - self.blocks[0],
            "deep_supervision" => 3.0 * forward - self.blocks[0] + 3.0 * self.owned,
            // Sweep by sweep what backpropagation does once, at the default of one.
            "dual_propagation" => 3.0 * forward - self.blocks[0],
            "direct_feedback_alignment" => 2.0 * forward + self.owned,
            "local_loss" => 2.0 * forward + 3.0 * self.owned,
            // One batch of noise per step, the default: answer and covariance of all blocks but the first.
            "weight_mirror" => 3.0 * forward - self.blocks[0] + 2.0 * (forward - self.blocks[0]),
            "random_features" => forward + last,
            "krotov_hopfield" | "soft_hebb" => 2.0 * forward,
            // The drive of the mean, once per batch, is left out.
            "sanger" => 2.0 * forward + self.products[..self.products.len() - 1].iter().sum::<f64>(),
            // Two passes, the weight gradient of every block, and the projection of the error.
            "modulated_input" => 3.0 * forward + self.owned,
            "random_features" => forward + last,
            // A clean pass, two noisy ones whose first drive is the clean one's, and the weight gradient.
            "node_perturbation" => 2.0 * forward + 2.0 * (forward - self.blocks[0]),
            // A clean pass; for each of eight draws two noisy passes that share the noise's own drive of the first block.
            // The noise itself, a few operations per weight and batch, is left out.
            "weight_perturbation" => forward + 8.0 * (2.0 * forward - self.blocks[0]),
            "predictive_coding" => 2.0 * forward + self.settling(),
            "incremental_predictive_coding" => forward + self.incremental(),
            // The first block's drive never changes, and nothing goes back through it.
            "error_optimized_predictive_coding" => {
                2.0 * forward + 2.0 * self.state_steps as f64 * (forward - self.blocks[0])
            }
            "equilibrium_propagation" => self.equilibrium(rule),
            _ => return None,
        })
    }

    /// Two products per step and settling block beyond the first, whose drive is kept; two more at the readout while
    /// nudged. The weights take one product at the first block and two at each of the others.
    fn equilibrium(&self, rule: &RuleEntry) -> f64 {
        let settings = rule.settings(&Settings::new()).expect("defaults are sound");
        let last = self.blocks.last().copied().unwrap_or_default();
        let between = self.forward() - self.blocks[0] - last;
        let nudged = 2.0 * settings.number("nudged_steps");
        let settling = 2.0 * between * (settings.number("free_steps") + nudged) + 2.0 * last * nudged;
        self.forward() + settling + 2.0 * last + self.blocks[0] + 2.0 * between
    }

    /// Products while states settle from the forward pass: what has not moved is not computed.
    fn settling(&self) -> f64 {
        let hidden = self.blocks.len() - 1;
        let mut moved = vec![false; hidden];
        let mut sum = 0.0;
        for step in 0..=self.state_steps {
            sum += (0..hidden).filter(|below| moved[*below]).map(|below| self.blocks[below + 1]).sum::<f64>();
            if step < self.state_steps {
                let apart = |block: usize| block == hidden || moved[block] || block > 0 && moved[block - 1];
                let heard: Vec<bool> = (0..hidden).map(|block| apart(block + 1)).collect();
                sum += (0..hidden).filter(|block| heard[*block]).map(|block| self.blocks[block + 1]).sum::<f64>();
                moved = heard.iter().zip(&moved).map(|(heard, moved)| *heard || *moved).collect();
            }
        }
        sum
    }

    /// Products while states settle from the forward pass and weights learn at every step: drives of states or weights
    /// that have changed, slopes of the states, and gradients, each where there is an error.
    fn incremental(&self) -> f64 {
        let hidden = self.blocks.len() - 1;
        let (mut moved, mut learned) = (vec![false; hidden], vec![false; hidden + 1]);
        let mut sum = 0.0;
        for step in 0..self.state_steps {
            let below = |block: usize, moved: &[bool]| block > 0 && moved[block - 1];
            sum += self.chosen(|block| below(block, &moved) || learned[block]);
            let apart: Vec<bool> =
                (0..=hidden).map(|block| block == hidden || moved[block] || below(block, &moved)).collect();
            sum += self.chosen(|block| apart[block]);
            if step + 1 < self.state_steps {
                sum += self.chosen(|block| block > 0 && apart[block]);
                moved = (0..hidden).map(|block| moved[block] || apart[block + 1]).collect();
            }
            learned = apart;
        }
        sum
    }

    /// Of the blocks that are chosen.
    fn chosen(&self, chosen: impl Fn(usize) -> bool) -> f64 {
        (0..self.blocks.len()).filter(|block| chosen(*block)).map(|block| self.blocks[block]).sum()
    }
}
