//! Heavy operations under burn's automatic differentiation, with this project's own adjoints: for reference networks, which are
//! trained through burn's graph. No learning rule uses them.
//!
//! On a graph over `flex` each is one node of the graph, whose backward pass calls the kernels beside; everywhere else it is made
//! of burn's own operations, which the tests compare it with. Its adjoint cannot be differentiated again.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;

use super::lstm::Gates;
use super::{Window, Winners};

/// The graph's form of a tensor over `flex`, or nothing where it is none.
macro_rules! tracked {
    ($tensor:expr) => {
        $tensor.clone().try_into_primitive::<Autodiff<Flex>>().ok()
    };
}

/// Hands a gradient to a parent that wants one.
macro_rules! register {
    ($grads:expr, $parent:expr, $gradient:expr) => {
        if let Some(parent) = $parent {
            let raw = $gradient.try_into_primitive::<Flex>().expect("kernels on flex give tensors of flex");
            $grads.register::<Flex>(parent.id, raw);
        }
    };
}

#[derive(Debug)]
struct Convolution;

impl Backward<Flex, 3> for Convolution {
    type State = (Tensor<4>, Tensor<4>, Window);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let errors = Tensor::<4>::from_primitive::<Flex>(grads.consume::<Flex>(&ops.node));
        let (inputs, weights, window) = ops.state;
        let [count, _, height, width] = inputs.dims();
        let [to_inputs, to_weights, to_bias] = ops.parents;
        register!(grads, to_inputs, super::convolve_adjoint(&errors, &weights, None, window, [height, width]));
        // These kernels give means over the batch.
        register!(grads, to_weights, super::correlate(&inputs, &errors, window) * count as f64);
        register!(grads, to_bias, super::channel_mean(&errors) * count as f64);
    }
}

/// [`super::convolve`], which keeps a graph where its operands do.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn convolve_tracked(inputs: &Tensor<4>, weights: &Tensor<4>, bias: &Tensor<1>, window: Window) -> Tensor<4> {
    let (Some(x), Some(w), Some(b)) = (tracked!(inputs), tracked!(weights), tracked!(bias)) else {
        return super::convolve(inputs, weights, Some(bias), window);
    };
    let (plain_inputs, plain_weights) = (inputs.clone().inner(), weights.clone().inner());
    let drive = super::convolve(&plain_inputs, &plain_weights, Some(&bias.clone().inner()), window);
    let drive = drive.try_into_primitive::<Flex>().expect("kernels on flex give tensors of flex");
    let prepared = Convolution.prepare::<NoCheckpointing>([x.node(), w.node(), b.node()]).compute_bound().stateful();
    Tensor::from_primitive::<Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(prepared) => prepared.finish((plain_inputs, plain_weights, window), drive),
        OpsKind::UnTracked(prepared) => prepared.finish(drive),
    })
}

#[derive(Debug)]
struct MaxPool;

impl Backward<Flex, 1> for MaxPool {
    type State = (Tensor<4>, Winners, Window);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let errors = Tensor::<4>::from_primitive::<Flex>(grads.consume::<Flex>(&ops.node));
        let (inputs, winners, window) = ops.state;
        let [parent] = ops.parents;
        register!(grads, parent, super::max_pool_adjoint(&inputs, &winners, window, &errors));
    }
}

/// [`super::max_pool`] without its winners, which keeps a graph where its operand does.
pub fn max_pool_tracked(inputs: &Tensor<4>, window: Window) -> Tensor<4> {
    let Some(x) = tracked!(inputs) else {
        return super::max_pool(inputs, window).0;
    };
    let plain = inputs.clone().inner();
    let (largest, winners) = super::max_pool(&plain, window);
    let largest = largest.try_into_primitive::<Flex>().expect("kernels on flex give tensors of flex");
    Tensor::from_primitive::<Autodiff<Flex>>(
        match MaxPool.prepare::<NoCheckpointing>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((plain, winners, window), largest),
            OpsKind::UnTracked(prepared) => prepared.finish(largest),
        },
    )
}

#[derive(Debug)]
struct Cell;

impl Backward<Flex, 2> for Cell {
    type State = Gates;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let errors = Tensor::<4>::from_primitive::<Flex>(grads.consume::<Flex>(&ops.node));
        let [to_drives, to_cells] = ops.parents;
        let [drives, cells] = ops.state.adjoint(&errors);
        register!(grads, to_drives, drives);
        register!(grads, to_cells, cells);
    }
}

/// What a long short-term memory holds and says next, which keeps a graph where its operands do.
///
/// ```text
/// drives [n, 4 c, h, w] = input gate, forget gate, output gate, candidate; cells [n, c, h, w]
/// c′ = σ(f) c + σ(i) tanh(g);   r = σ(o) tanh(c′);   both [n, c, h, w]
/// ```
///
/// # Panics
/// If the shapes do not fit each other.
pub fn lstm_tracked(drives: &Tensor<4>, cells: &Tensor<4>) -> [Tensor<4>; 2] {
    let channels = cells.dims()[1];
    let halves = |both: Tensor<4>| [both.clone().narrow(1, 0, channels), both.narrow(1, channels, channels)];
    let (Some(z), Some(c)) = (tracked!(drives), tracked!(cells)) else {
        return halves(Gates { drives: drives.clone(), cells: cells.clone() }.forward());
    };
    let gates = Gates { drives: drives.clone().inner(), cells: cells.clone().inner() };
    let both = gates.forward().try_into_primitive::<Flex>().expect("kernels on flex give tensors of flex");
    let prepared = Cell.prepare::<NoCheckpointing>([z.node(), c.node()]).compute_bound().stateful();
    halves(Tensor::from_primitive::<Autodiff<Flex>>(match prepared {
        OpsKind::Tracked(prepared) => prepared.finish(gates, both),
        OpsKind::UnTracked(prepared) => prepared.finish(both),
    }))
}
