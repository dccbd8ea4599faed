//! Multiply-accumulates per image that a learning step of each rule performs, counted from its equations.
//!
//! The nominal count of the list (`forward_equivalents`) charges every rule in whole forward passes. This one leaves out
//! what rules leave out: the adjoint of the first layer's input, and, while states settle, drives and errors that cannot
//! have changed yet. So it is what a share of the machine's peak must be worked out from.

use trompe_models::rules::RuleEntry;
use trompe_models::{Learner, NetworkSpec};

/// The costs of one network.
pub(crate) struct Costs {
    /// Multiply-accumulates of each block, forward.
    blocks: Vec<f64>,
    /// Elements of what the rule owns (feedback weights, heads), each used once per image in one product.
    owned: f64,
    state_steps: usize,
}

impl Costs {
    /// The costs of a learner; `state_steps` are those of a rule that settles.
    pub(crate) fn of(spec: &NetworkSpec, learner: &Learner, state_steps: usize) -> Self {
        let macs = spec.forward_macs().expect("a sound network");
        let blocks = learner.network().blocks().map(|block| macs[block.layer_index()] as f64).collect();
        let saved = learner.save();
        let weights = saved.iter().filter(|(name, _)| name.starts_with("rule.") && !name.ends_with("bias"));
        let owned = weights.map(|(_, array)| array.shape.iter().product::<usize>() as f64).sum();
        Self { blocks, owned, state_steps }
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
            "direct_feedback_alignment" => 2.0 * forward + self.owned,
            "local_loss" => 2.0 * forward + 3.0 * self.owned,
            // Two passes, the weight gradient of every block, and the projection of the error.
            "modulated_input" => 3.0 * forward + self.owned,
            "random_features" => forward + last,
            // A clean pass, two noisy ones whose first drive is the clean one's, and the weight gradient.
            "node_perturbation" => 2.0 * forward + 2.0 * (forward - self.blocks[0]),
            // A clean pass; for each of eight draws two noisy passes that share the noise's own drive of the first block.
            // The noise itself, a few operations per weight and batch, is left out.
            "weight_perturbation" => forward + 8.0 * (2.0 * forward - self.blocks[0]),
            "predictive_coding" => 2.0 * forward + self.settling(),
            _ => return None,
        })
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
}
