//! What is attacked: a function from inputs to evidence, with its derivative.
//!
//! A network in the hands of its rule is differentiated in one of two ways:
//!
//! - *adjoints*: where the answer is the network's forward pass at what the rule shows it, by the engine's own adjoints. That
//!   it is, bit for bit, is found out with probes when the subject is made, not believed;
//! - *graph*: everything else (settled states, answers that are made of several passes or heads) by burn's automatic
//!   differentiation: the rule's own code runs on tensors that keep a graph, and the kernels become burn's operations.
//!
//! Tests compare the two where both exist, and each with central differences.

use crate::rules::{Inference, LearningRule, Reach, RuleError};
use crate::{Learner, Mode, Network, Place, Tensor};

/// From outputs `[n, ..]` to the gradient of a sum over samples at them, of their shape.
pub type Slope<'a> = &'a dyn Fn(&Tensor<4>) -> Result<Tensor<4>, RuleError>;

/// An answer and a gradient.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// `[n, classes, 1, 1]` evidence.
    pub output: Tensor<4>,
    /// At the inputs, of their shape.
    pub gradient: Tensor<4>,
}

/// A function that can be attacked. Samples must not depend on each other.
pub trait Subject {
    /// Where its tensors live.
    fn place(&self) -> &Place;

    /// Evidence `[n, classes, 1, 1]` for inputs `[n, channels, height, width]`.
    ///
    /// # Errors
    /// A [`RuleError`] if the inputs do not fit.
    fn answer(&self, inputs: &Tensor<4>) -> Result<Tensor<4>, RuleError>;

    /// The evidence, and the gradient at the inputs that a slope at the evidence makes.
    ///
    /// # Errors
    /// A [`RuleError`] if the inputs do not fit, or from the slope.
    fn pull(&self, inputs: &Tensor<4>, slope: Slope<'_>) -> Result<Pulled, RuleError>;
}

/// How a derivative is worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the engine's adjoints.
    Adjoints,
    /// By burn's automatic differentiation.
    Graph,
}

/// A network as it is tested: answering by its rule in a way of inference.
#[derive(Clone, Copy)]
pub struct Tested<'a> {
    rule: &'a dyn LearningRule,
    network: &'a Network,
    inference: Inference,
    reach: Reach,
    way: Way,
    /// Whether the rule writes something over the inputs.
    writes: bool,
}

impl Learner {
    /// The function that is tested, `respond` at a way of inference, to be attacked. `reach` is how far back through
    /// settling its gradient goes; it makes no difference to a forward pass.
    ///
    /// # Errors
    /// [`RuleError::NoSettling`] where the rule has no dynamics, [`RuleError::NoPartialGradient`] where they cannot be cut.
    pub fn tested(&self, inference: Inference, reach: Reach) -> Result<Tested<'_>, RuleError> {
        Tested::new(self.rule(), self.network(), inference, reach)
    }
}

impl<'a> Tested<'a> {
    /// A network in the hands of a rule.
    ///
    /// # Errors
    /// As [`Learner::tested`].
    pub fn new(
        rule: &'a dyn LearningRule,
        network: &'a Network,
        inference: Inference,
        reach: Reach,
    ) -> Result<Self, RuleError> {
        let probe = probe(network);
        let answer = rule.evidence(network, &probe, inference, reach)?;
        let shown = rule.shown(&probe);
        // States that settle may answer as the forward pass does where units saturate, and not beside.
        let way = match inference {
            Inference::Settled => Way::Graph,
            Inference::Feedforward => {
                let plain = network.forward(&shown, Mode::Evaluate)?;
                if same_bits(&answer, plain.output()) { Way::Adjoints } else { Way::Graph }
            }
        };
        Ok(Self { rule, network, inference, reach, way, writes: !same_bits(&shown, &probe) })
    }

    /// How its derivative is worked out.
    pub fn way(&self) -> Way {
        self.way
    }

    /// The same, differentiated by burn's graph whatever is known of it: the cross-check.
    #[must_use]
    pub fn by_graph(self) -> Self {
        Self { way: Way::Graph, ..self }
    }

    fn by_adjoints(&self, inputs: &Tensor<4>, slope: Slope<'_>) -> Result<Pulled, RuleError> {
        let trace = self.network.forward(&self.rule.shown(inputs), Mode::Evaluate)?;
        let output = trace.output().clone();
        let at_shown = self.network.input_gradient(&trace, &slope(&output)?);
        let gradient = if self.writes { self.past_writing(inputs, at_shown) } else { at_shown };
        Ok(Pulled { output, gradient })
    }

    /// From the gradient at what is shown to the gradient at the inputs.
    fn past_writing(&self, inputs: &Tensor<4>, at_shown: Tensor<4>) -> Tensor<4> {
        let leaf = inputs.clone().autodiff().require_grad();
        let shown = self.rule.shown(&leaf);
        pulled_back(&leaf, shown, at_shown)
    }

    fn through_graph(&self, inputs: &Tensor<4>, slope: Slope<'_>) -> Result<Pulled, RuleError> {
        let leaf = inputs.clone().autodiff().require_grad();
        let evidence = self.rule.evidence(self.network, &leaf, self.inference, self.reach)?;
        let output = evidence.clone().inner();
        let at_output = slope(&output)?;
        Ok(Pulled { output, gradient: pulled_back(&leaf, evidence, at_output) })
    }
}

impl Subject for Tested<'_> {
    fn place(&self) -> &Place {
        self.network.place()
    }

    fn answer(&self, inputs: &Tensor<4>) -> Result<Tensor<4>, RuleError> {
        self.rule.evidence(self.network, inputs, self.inference, self.reach)
    }

    fn pull(&self, inputs: &Tensor<4>, slope: Slope<'_>) -> Result<Pulled, RuleError> {
        match self.way {
            Way::Adjoints => self.by_adjoints(inputs, slope),
            Way::Graph => self.through_graph(inputs, slope),
        }
    }
}

/// The gradient at `leaf` of ⟨value, slope⟩.
fn pulled_back(leaf: &Tensor<4>, value: Tensor<4>, slope: Tensor<4>) -> Tensor<4> {
    // The second sum is 0. It keeps the leaf in the graph where a cut has left no way to it: the gradient is then 0.
    let sum = (value * slope).sum() + (leaf.clone() * 0.0).sum();
    leaf.grad(&sum.backward()).expect("the leaf is in the graph, by the second sum")
}

/// Two inputs without symmetry, the same for every network of this shape.
fn probe(network: &Network) -> Tensor<4> {
    let [channels, height, width] = network.spec().input;
    let count = 2 * channels * height * width;
    let values: Vec<f64> = (0..count).map(|index| 2.0 * libm::sin(1.0 + 2.4 * index as f64)).collect();
    network.place().tensor(&values, [2, channels, height, width])
}

fn same_bits(first: &Tensor<4>, second: &Tensor<4>) -> bool {
    let bits = |tensor: &Tensor<4>| crate::to_f64(tensor).into_iter().map(f64::to_bits).collect::<Vec<_>>();
    first.dims() == second.dims() && bits(first) == bits(second)
}
