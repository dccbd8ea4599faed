//! The free phase of networks that settle on symmetric weights, as an answer: what its states come to from rest.

use super::chain::feedforward;
use super::equilibrium::{Dynamics, Form, settling_blocks};
use super::error::{Reason, RuleError};
use super::settings::{CheckedSettings, SettingDefault, SettingInfo, SettingKind, SettingRange};
use super::stage;
use crate::rules::{Course, Inference, Reach, Response};
use crate::{Activation, Block, LayerSpec, Loss, Mode, Network, Tensor};

/// How often states step in the free phase.
pub(crate) const FREE_STEPS: SettingInfo = SettingInfo {
    key: "free_steps",
    kind: SettingKind::Count,
    default: SettingDefault::Number(30.0),
    range: SettingRange::FromTo(1.0, 100_000.0),
    help: "steps of the free phase",
};

/// Of a settled answer: a forward pass; up, down and the energy at every step.
pub(crate) fn settled_equivalents(settings: &CheckedSettings) -> f64 {
    1.0 + 3.0 * settings.count(FREE_STEPS.key) as f64
}

/// Settling from rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Free {
    /// The loss whose readout, if it has one, stands outside the settling states.
    pub loss: Loss,
    /// How states move.
    pub form: Form,
    /// How often.
    pub steps: usize,
}

impl Free {
    /// What the rule answers.
    ///
    /// # Errors
    /// [`RuleError::NotFinite`] and those of a pass through the network.
    pub fn respond(
        &self,
        rule: &'static str,
        network: &Network,
        inputs: &Tensor<4>,
        inference: Inference,
    ) -> Result<Response, RuleError> {
        match inference {
            Inference::Feedforward => feedforward(rule, network, inputs, inference),
            Inference::Settled => self.settle(network, inputs),
        }
    }

    /// The same to be differentiated.
    ///
    /// # Errors
    /// As [`Free::respond`].
    pub fn evidence(
        &self,
        rule: &'static str,
        network: &Network,
        inputs: &Tensor<4>,
        (inference, reach): (Inference, Reach),
    ) -> Result<Tensor<4>, RuleError> {
        match inference {
            Inference::Feedforward => Ok(feedforward(rule, network, inputs, inference)?.output),
            Inference::Settled => self.settled_output(network, inputs, reach),
        }
    }

    /// The settled answer with its course.
    fn settle(&self, network: &Network, inputs: &Tensor<4>) -> Result<Response, RuleError> {
        let forward = network.forward(inputs, Mode::Evaluate)?;
        let dynamics = Dynamics::new(network, &forward, self.loss, self.form);
        let mut states = dynamics.rest();
        let mut course = Course { energies: Vec::new(), outputs: Vec::new() };
        for step in 0..=self.steps {
            course.energies.push(dynamics.energy(&states));
            course.outputs.push(dynamics.output(&states));
            if step < self.steps {
                states = dynamics.advance(&states, None)?;
            }
        }
        let layers = dynamics.answers(&states);
        let output = layers[layers.len() - 1].clone();
        Ok(Response { output, layers, course: Some(course), reconstruction: None })
    }

    /// The output of [`Free::settle`] without its energies.
    fn settled_output(&self, network: &Network, inputs: &Tensor<4>, reach: Reach) -> Result<Tensor<4>, RuleError> {
        let forward = network.forward(inputs, Mode::Evaluate)?;
        let dynamics = Dynamics::new(network, &forward, self.loss, self.form);
        let mut states = dynamics.rest();
        for step in 0..self.steps {
            if reach == Reach::Last(self.steps - step) {
                states = states.into_iter().map(Tensor::detach).collect();
            }
            states = dynamics.advance(&states, None)?;
        }
        Ok(dynamics.output(&states))
    }
}

/// Whether a network can settle: a settling block at least, bounded activity, pools that can come to rest.
pub(crate) fn supports(network: &Network, loss: Loss) -> Result<(), Reason> {
    let (blocks, settling) = (network.block_count(), settling_blocks(network, loss));
    if settling == 0 {
        return Err(Reason::NoHiddenBlock { blocks });
    }
    stage::check(network)?;
    network.blocks().take(settling).try_for_each(|block| can_settle(block, block.index() + 1 == blocks))
}

/// Whether a block's states stay in bounds and can come to rest.
fn can_settle(block: Block<'_>, is_output: bool) -> Result<(), Reason> {
    let refused = |layer, name, must| Err(Reason::Layer { layer, name, must });
    let (bounded, not_negative, name) = match block.layers()[0].spec().activation() {
        Activation::Identity => (is_output, false, "linear"),
        Activation::Relu => (false, true, "relu"),
        Activation::LeakyRelu { .. } => (false, false, "leaky_relu"),
        Activation::Tanh => (true, false, "tanh"),
        Activation::Sigmoid => (true, true, "sigmoid"),
        Activation::HardSigmoid => (true, true, "hard_sigmoid"),
    };
    let pool = block.layers().iter().position(|layer| matches!(layer.spec(), LayerSpec::MaxPool { .. }));
    match pool {
        _ if !bounded => {
            let must = "needs bounded activity (tanh, sigmoid, hard_sigmoid) where states settle, because layers drive \
                        each other and would run away";
            refused(block.layer_index(), name, must)
        }
        Some(offset) if !not_negative => {
            let must = "needs activity of at least 0 (sigmoid, hard_sigmoid) before it, because the way down of negative \
                        activity lowers the unit that won: another wins, and states do not come to rest";
            refused(block.layer_index() + offset, "max_pool", must)
        }
        Some(_) | None => Ok(()),
    }
}
