//! A layered network with symmetric weights that settles, one sample, in plain 64-bit arithmetic: the second opinion on
//! equilibrium propagation. Every layer has states, the output's included.

use trompe_models::{Activation, Network, to_f64};

use super::mlp::{Hidden, Mlp};
use super::unrolled::Unrolled;

/// How states move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moves {
    Prototypical,
    Energy(f64),
}

/// Weights as matrices, and each layer's nonlinearity.
pub struct Hopfield {
    pub mlp: Mlp,
    kinds: Vec<Activation>,
    moves: Moves,
}

pub type Layers = Vec<Vec<f64>>;

fn value(kind: Activation, z: f64) -> f64 {
    match kind {
        Activation::Identity => z,
        Activation::Tanh => z.tanh(),
        Activation::Sigmoid => 1.0 / (1.0 + (-z).exp()),
        Activation::HardSigmoid => z.clamp(0.0, 1.0),
        Activation::Relu | Activation::LeakyRelu { .. } => panic!("no bounded nonlinearity"),
    }
}

/// f′, from f(z).
pub fn slope(kind: Activation, a: f64) -> f64 {
    match kind {
        Activation::Identity => 1.0,
        Activation::Tanh => 1.0 - a * a,
        Activation::Sigmoid => a * (1.0 - a),
        Activation::HardSigmoid | Activation::Relu | Activation::LeakyRelu { .. } => panic!("no smooth nonlinearity"),
    }
}

/// ∫ f⁻¹ by the trapezoid rule from 0 (from ½ for the sigmoid, where f⁻¹ is 0).
fn held(kind: Activation, a: f64) -> f64 {
    let (start, inverse): (f64, fn(f64) -> f64) = match kind {
        Activation::Identity => (0.0, |a| a),
        Activation::Tanh => (0.0, f64::atanh),
        Activation::Sigmoid => (0.5, |a| (a / (1.0 - a)).ln()),
        Activation::HardSigmoid | Activation::Relu | Activation::LeakyRelu { .. } => panic!("no smooth nonlinearity"),
    };
    let pieces = 4000;
    let step = (a - start) / f64::from(pieces);
    let inner: f64 = (1..pieces).map(|piece| inverse(start + step * f64::from(piece))).sum();
    step * (inner + 0.5 * (inverse(start) + inverse(a)))
}

impl Hopfield {
    /// Of a network whose blocks are linear parts with their nonlinearity.
    pub fn of(network: &Network, moves: Moves) -> Self {
        let kinds = network.blocks().map(|block| block.layers()[0].spec().activation()).collect();
        Self { mlp: Unrolled::of(network, Hidden::Tanh).mlp, kinds, moves }
    }

    pub fn rest(&self) -> Layers {
        self.mlp.biases.iter().map(|bias| vec![0.0; bias.len()]).collect()
    }

    pub fn activities(&self, states: &Layers) -> Layers {
        let pairs = self.kinds.iter().zip(states);
        match self.moves {
            Moves::Prototypical => states.clone(),
            Moves::Energy(_) => pairs.map(|(kind, state)| state.iter().map(|s| value(*kind, *s)).collect()).collect(),
        }
    }

    pub fn output(&self, states: &Layers) -> Vec<f64> {
        self.activities(states).pop().expect("an output")
    }

    /// One step of all states; `nudge` is β and the target.
    pub fn advance(&self, input: &[f64], states: &Layers, nudge: Option<(f64, &[f64])>) -> Layers {
        let activities = self.activities(states);
        let last = states.len() - 1;
        let layer = |index: usize| -> Vec<f64> {
            let below = if index == 0 { input } else { &activities[index - 1] };
            let mut pull = self.mlp.drive(index, below);
            if index < last {
                let from_above = self.mlp.weights[index + 1].transposed().apply(&activities[index + 1]);
                pull.iter_mut().zip(from_above).for_each(|(pull, above)| *pull += above);
            } else if let Some((strength, target)) = nudge {
                let errors = activities[index].iter().zip(target).map(|(a, y)| a - y);
                pull.iter_mut().zip(errors).for_each(|(pull, error)| *pull -= strength * error);
            }
            let units = states[index].iter().zip(&activities[index]).zip(pull);
            units
                .map(|((s, a), pull)| match self.moves {
                    Moves::Prototypical => value(self.kinds[index], pull),
                    Moves::Energy(step) => s + step * (slope(self.kinds[index], *a) * pull - s),
                })
                .collect()
        };
        (0..states.len()).map(layer).collect()
    }

    pub fn settle(&self, input: &[f64], from: &Layers, steps: usize) -> Layers {
        (0..steps).fold(from.clone(), |states, _| self.advance(input, &states, None))
    }

    /// The energy, by the definition of its terms.
    pub fn energy(&self, input: &[f64], states: &Layers) -> f64 {
        let activities = self.activities(states);
        let mut energy = 0.0;
        for (index, activity) in activities.iter().enumerate() {
            let below = if index == 0 { input } else { &activities[index - 1] };
            let drive = self.mlp.drive(index, below);
            energy -= activity.iter().zip(drive).map(|(a, u)| a * u).sum::<f64>();
            energy += match self.moves {
                Moves::Prototypical => activity.iter().map(|a| held(self.kinds[index], *a)).sum::<f64>(),
                Moves::Energy(_) => states[index].iter().map(|s| 0.5 * s * s).sum::<f64>(),
            };
        }
        energy
    }
}

/// ½ Σ (a − y)².
pub fn half_squared(output: &[f64], target: &[f64]) -> f64 {
    output.iter().zip(target).map(|(a, y)| 0.5 * (a - y).powi(2)).sum()
}

/// Central differences of `value` in all weights of all blocks: `value` gets a changed network.
pub fn differences(network: &Network, value: impl Fn(&Network) -> Vec<f64>) -> Vec<Vec<Vec<f64>>> {
    let step = 1e-5;
    let block = |block: usize| {
        let count = to_f64(&network.block(block).parameters().weight).len();
        let at = |index: usize, step: f64| value(&super::with_weight(network, block, |values| values[index] += step));
        let weight = |index: usize| -> Vec<f64> {
            at(index, step).iter().zip(at(index, -step)).map(|(up, down)| (up - down) / (2.0 * step)).collect()
        };
        (0..count).map(weight).collect()
    };
    (0..network.block_count()).map(block).collect()
}
