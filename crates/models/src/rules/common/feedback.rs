//! Feedback weights that a rule owns: fixed or learned, of the forward weights' shape.

use super::chain::Pass;
use super::door::{Auxiliary, Proposal, Trainee};
use super::error::RuleError;
use crate::init::{even_deviation, normal_tensor};
use crate::kernels;
use crate::{Array, Block, Gradient, Initialization, Named, Network, Rng, Tensor};

/// Maps as lists, one a sample.
pub(crate) fn flat(maps: &Tensor<4>) -> Tensor<4> {
    let [count, channels, height, width] = maps.dims();
    maps.clone().reshape([count, channels * height * width, 1, 1])
}

/// Feedback weights of all blocks but the first, which none needs; or of all but the last, from the output directly.
#[derive(Clone, Debug)]
pub(crate) struct Feedback(pub(crate) Vec<Tensor<4>>);

impl Feedback {
    /// Drawn by the initializer of the forward weights, independent of them.
    pub(crate) fn draw(network: &Network, rng: &mut Rng) -> Self {
        Self::each(network, |shape, deviation| normal_tensor(network.place(), shape, deviation, rng))
    }

    /// The same in bulk, for a rule that draws anew at every step.
    pub(crate) fn noise(network: &Network, rng: &mut Rng) -> Self {
        Self::each(network, |shape, deviation| {
            kernels::scale(&kernels::normal_noise(network.place(), shape, rng), deviation)
        })
    }

    /// Made from each block's shape and the deviation of its first weights.
    fn each(network: &Network, mut draw: impl FnMut([usize; 4], f64) -> Tensor<4>) -> Self {
        let initialization = Initialization::default();
        let blocks = network.blocks().skip(1).map(|block| {
            let shape = block.parameters().weight.dims();
            draw(shape, initialization.deviation(block.layers()[0].spec(), shape))
        });
        Self(blocks.collect())
    }

    /// From the output to each hidden block, in one hop: `[outputs, units, 1, 1]` with Glorot's variance.
    pub(crate) fn direct(network: &Network, rng: &mut Rng) -> Self {
        let outputs: usize = network.output_shape().iter().product();
        let hidden = network.blocks().take(network.block_count() - 1);
        let weights = hidden.map(|block| {
            let units: usize = block.output_shape().iter().product();
            let deviation = libm::sqrt(2.0 / (outputs + units) as f64);
            normal_tensor(network.place(), [outputs, units, 1, 1], deviation, rng)
        });
        Self(weights.collect())
    }

    /// Updates where each hidden block gets `projected` `[n, outputs, 1, 1]` in one hop, in the place of the gradient at its output; the last
    /// block gets the gradient itself.
    pub(crate) fn in_one_hop(&self, network: &Network, pass: &Pass, projected: &Tensor<4>) -> Vec<Gradient> {
        let gradient = |block: Block<'_>| {
            let signal = match self.0.get(block.index()) {
                None => pass.loss.gradient.clone(),
                Some(weights) => kernels::dense_adjoint(projected, weights, block.output_shape()),
            };
            let error = block.adjoint_to_pre(&signal, &pass.trace.blocks[block.index()]);
            block.adjoint_weight(pass.trace.before(block.index()), &error)
        };
        network.blocks().map(gradient).collect()
    }

    /// Equal to the forward weights as they are now.
    pub(crate) fn mirror(network: &Network) -> Self {
        Self(network.blocks().skip(1).map(|block| block.parameters().weight.clone()).collect())
    }

    /// c · sign(W) with c = √(2 / (fan in + fan out)) of each block.
    pub(crate) fn uniform_signs(network: &Network) -> Self {
        let signs = |block: crate::Block<'_>| {
            let weight = &block.parameters().weight;
            kernels::signs(weight, even_deviation(block.layers()[0].spec(), weight.dims()))
        };
        Self(network.blocks().skip(1).map(signs).collect())
    }

    /// |M| ⊙ sign(W), with these weights as M.
    pub(crate) fn with_signs_of(&self, network: &Network) -> Self {
        let pairs = self.0.iter().zip(network.blocks().skip(1));
        Self(pairs.map(|(magnitude, block)| kernels::with_signs(magnitude, &block.parameters().weight)).collect())
    }

    /// Learns from the same products as the forward weights, given all blocks' gradients: whatever the two differ by fades with their decay.
    pub(crate) fn reciprocate(&mut self, on: &mut dyn Trainee, gradients: Vec<Gradient>) -> Result<(), RuleError> {
        let pairs = self.0.iter_mut().zip(gradients.into_iter().skip(1)).enumerate();
        let steps = pairs.map(|(position, (value, gradient))| Auxiliary::Weight {
            name: Self::name(position),
            value,
            gradient: gradient.weight,
        });
        on.apply(Proposal::Auxiliary(steps.collect()))
    }

    /// Name of the weights at a position.
    pub(crate) fn name(position: usize) -> String {
        format!("feedback_{position:02}")
    }

    /// As named arrays.
    pub(crate) fn named(&self) -> Named {
        self.0.iter().enumerate().map(|(position, weight)| (Self::name(position), Array::of(weight))).collect()
    }

    /// Takes saved arrays back.
    pub(crate) fn restore(&mut self, rule: &'static str, saved: &Named) -> Result<(), RuleError> {
        let mut slots: Vec<_> = self.0.iter_mut().enumerate().map(|(at, weight)| (Self::name(at), weight)).collect();
        restore(rule, saved, slots.iter_mut().map(|(name, weight)| (name.as_str(), Slot::Weight(weight))).collect())
    }
}

/// A parameter to be restored.
pub(crate) enum Slot<'a> {
    Weight(&'a mut Tensor<4>),
    Bias(&'a mut Tensor<1>),
}

/// Fills all slots from saved arrays, or none.
pub(crate) fn restore(rule: &'static str, saved: &Named, slots: Vec<(&str, Slot<'_>)>) -> Result<(), RuleError> {
    let misfit = |name: &str| RuleError::Restore { rule, name: name.to_owned() };
    if let Some(unknown) = saved.keys().find(|name| slots.iter().all(|(known, _)| known != name)) {
        return Err(misfit(unknown));
    }
    let fits = |(name, slot): &(&str, Slot<'_>)| {
        let shape = match slot {
            Slot::Weight(weight) => weight.dims().to_vec(),
            Slot::Bias(bias) => bias.dims().to_vec(),
        };
        saved.get(*name).is_some_and(|array| array.shape == shape)
    };
    if let Some((name, _)) = slots.iter().find(|slot| !fits(slot)) {
        return Err(misfit(name));
    }
    for (name, slot) in slots {
        let array = saved.get(name).ok_or_else(|| misfit(name))?;
        match slot {
            Slot::Weight(weight) => *weight = taken(array, weight).ok_or_else(|| misfit(name))?,
            Slot::Bias(bias) => *bias = taken(array, bias).ok_or_else(|| misfit(name))?,
        }
    }
    Ok(())
}

fn taken<const D: usize>(array: &Array, own: &Tensor<D>) -> Option<Tensor<D>> {
    let values: Vec<f64> = match &array.values {
        crate::Values::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
        crate::Values::F64(values) => values.clone(),
    };
    let fits = values.len() == own.dims().iter().product::<usize>();
    fits.then(|| crate::place::like(own, &values, own.dims()))
}
