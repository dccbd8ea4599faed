//! A recording of what a piece of work consists of: each operation, its products, its bytes, what it waited for, and how to
//! do it again.
//!
//! Nothing is recorded, and nothing paid but one look at a flag, outside of [`record`]. Within it, an operation knows its
//! operands by the addresses of their data; the recording holds all of them, so no address is used twice. What an operation
//! reads that is neither a source nor the outcome of a recorded operation came about unseen: it is taken to have waited for
//! everything before it, so that an unseen path can make a rule look less local than it is, never more.
//!
//! The recording belongs to the thread that asked for it and ends with the call: no work outside can see it.

use core::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use burn::tensor::Tensor;

use super::door;

/// What an operation does for a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The linear part, upward.
    Drive,
    /// From the pre-activation to the output.
    Respond,
    /// From the output back to the pre-activation.
    ToPre,
    /// From the pre-activation back to the input.
    ToInput,
    /// The adjoint in the weights.
    Weights,
    /// The optimizer's step.
    Update,
}

/// One operation of a recording.
#[derive(Clone)]
pub struct Operation {
    /// The block for which it was done and what it did there; nothing for work of the rule's own.
    pub of: Option<(usize, Role)>,
    /// Multiply-accumulates of matrix products, for the whole batch.
    pub macs: u64,
    /// Bytes read and written.
    pub bytes: u64,
    /// Bytes written.
    pub made: u64,
    /// Earlier operations whose outcomes it read, in order, each once.
    pub after: Vec<usize>,
    /// Does it again, on the same operands; nothing for what is only noted.
    pub again: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// Operations in the order in which they were done.
#[derive(Clone, Default)]
pub struct Recording {
    /// The operations.
    pub operations: Vec<Operation>,
    /// Where each known piece of data came from: an operation, or nothing for a source.
    origins: BTreeMap<usize, Origin>,
    /// Kept so that no address is used again.
    held: Vec<Arc<dyn Send + Sync>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Source,
    Operation(usize),
    /// Came about unseen when so many operations had been done.
    Unseen(usize),
}

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    static OF: Cell<Option<(usize, Role)>> = const { Cell::new(None) };
    static CURRENT: RefCell<Recording> = RefCell::new(Recording::default());
}

/// Runs `body` and records the operations that this thread does in it. What an `earlier` recording of the same work, which is
/// still held, met unseen at the same addresses was there before both, and waits for nothing.
///
/// # Panics
/// If a recording is going on already.
pub fn record<R>(earlier: Option<&Recording>, body: impl FnOnce() -> R) -> (R, Recording) {
    assert!(!ON.get(), "a recording is going on already");
    let lasting = earlier.iter().flat_map(|earlier| earlier.origins.iter());
    let lasting = lasting.filter(|(_, origin)| matches!(origin, Origin::Unseen(_)));
    let origins = lasting.map(|(address, _)| (*address, Origin::Source)).collect();
    CURRENT.with_borrow_mut(|current| *current = Recording { origins, ..Recording::default() });
    ON.set(true);
    let _off = Off;
    let result = body();
    (result, CURRENT.with_borrow_mut(core::mem::take))
}

/// Ends a recording, also where its body panics.
struct Off;

impl Drop for Off {
    fn drop(&mut self) {
        ON.set(false);
    }
}

/// Says for whom operations are done until it is dropped.
#[must_use]
pub(crate) struct Scope(Option<(usize, Role)>);

impl Drop for Scope {
    fn drop(&mut self) {
        OF.set(self.0);
    }
}

/// See [`Scope`].
pub(crate) fn within(block: usize, role: Role) -> Scope {
    Scope(OF.replace(Some((block, role))))
}

/// What an operation read: the operations it waited for, and bytes.
pub(crate) struct Read {
    after: Vec<usize>,
    bytes: usize,
}

/// Looks at what is about to be read; nothing outside of a recording.
#[inline]
pub(crate) fn read(operands: &[&dyn Known]) -> Option<Read> {
    ON.get().then(|| CURRENT.with_borrow_mut(|current| current.read(operands)))
}

/// Notes what came of what was read.
#[inline]
pub(crate) fn came(read: Option<Read>, outcome: &impl Outcome) {
    if let (Some(read), Some(made)) = (read, outcome.made()) {
        CURRENT.with_borrow_mut(|current| current.push(read, made));
    }
}

/// Tells of an operation that was just noted how many multiply-accumulates it took, and how to do it again.
#[inline]
pub(crate) fn note<const D: usize, F: Fn() + Send + Sync + 'static>(
    macs: u64,
    made: &Tensor<D>,
    again: impl FnOnce() -> F,
) {
    if ON.get() {
        CURRENT.with_borrow_mut(|current| current.describe(macs, made, Arc::new(again())));
    }
}

/// Notes that data came from other data by operations that are not kernels.
#[inline]
pub(crate) fn derive<const N: usize, const D: usize>(operands: [&dyn Known; N], made: &Tensor<D>) {
    came(read(&operands), made);
}

/// Tells of an operation that was just noted that it read numbers of which nobody knows where they came from.
pub(crate) fn after_all<const D: usize>(made: &Tensor<D>) {
    if ON.get() {
        CURRENT.with_borrow_mut(|current| {
            if let Some(index) = current.origin(made) {
                current.operations[index].after = (0..index).collect();
            }
        });
    }
}

/// What a kernel gives.
pub(crate) trait Outcome {
    /// The data in it, if it is not numbers alone.
    fn made(&self) -> Option<&dyn Known>;
}

impl<const D: usize> Outcome for Tensor<D> {
    fn made(&self) -> Option<&dyn Known> {
        Some(self)
    }
}

impl<const D: usize, T> Outcome for (Tensor<D>, T) {
    fn made(&self) -> Option<&dyn Known> {
        Some(&self.0)
    }
}

impl Outcome for f64 {
    fn made(&self) -> Option<&dyn Known> {
        None
    }
}

impl Outcome for Vec<f64> {
    fn made(&self) -> Option<&dyn Known> {
        None
    }
}

impl Outcome for bool {
    fn made(&self) -> Option<&dyn Known> {
        None
    }
}

/// A tensor of any rank, to be known by its address.
pub(crate) trait Known {
    /// First address and bytes of its data.
    fn extent(&self) -> Option<(usize, usize)>;
    /// A handle that keeps the data.
    fn handle(&self) -> Arc<dyn Send + Sync>;
}

impl<const D: usize> Known for Tensor<D> {
    fn extent(&self) -> Option<(usize, usize)> {
        door::extent(self)
    }

    fn handle(&self) -> Arc<dyn Send + Sync> {
        Arc::new(self.clone())
    }
}

impl Recording {
    /// The operation from which a tensor came: nothing for a source. A tensor that came about unseen is said to come from
    /// the last operation.
    pub fn origin<const D: usize>(&self, tensor: &Tensor<D>) -> Option<usize> {
        let known = door::extent(tensor).and_then(|(address, _)| self.origins.get(&address).copied());
        match known {
            Some(Origin::Source) => None,
            Some(Origin::Operation(index)) => Some(index),
            Some(Origin::Unseen(_)) | None => self.operations.len().checked_sub(1),
        }
    }

    /// How many pieces of data were read that came about unseen.
    pub fn unseen(&self) -> usize {
        self.origins.values().filter(|origin| matches!(origin, Origin::Unseen(_))).count()
    }

    fn know(&mut self, tensor: &dyn Known, origin: Origin) -> usize {
        match tensor.extent() {
            Some((address, bytes)) => {
                self.origins.insert(address, origin);
                self.held.push(tensor.handle());
                bytes
            }
            None => 0,
        }
    }

    fn read(&mut self, operands: &[&dyn Known]) -> Read {
        let (mut after, mut bytes) = (Vec::new(), 0);
        for tensor in operands {
            let Some((address, size)) = tensor.extent() else { continue };
            bytes += size;
            let count = self.operations.len();
            if !self.origins.contains_key(&address) {
                self.know(*tensor, Origin::Unseen(count));
            }
            match self.origins[&address] {
                Origin::Source => {}
                Origin::Operation(index) => after.push(index),
                Origin::Unseen(before) => after.extend(0..before),
            }
        }
        after.sort_unstable();
        after.dedup();
        Read { after, bytes }
    }

    fn push(&mut self, Read { after, bytes }: Read, written: &dyn Known) {
        // An operation that hands an operand on has not made anything.
        let new = written.extent().is_some_and(|(address, _)| !self.origins.contains_key(&address));
        if new {
            let made = self.know(written, Origin::Operation(self.operations.len()));
            let bytes = (bytes + made) as u64;
            self.operations.push(Operation { of: OF.get(), macs: 0, bytes, made: made as u64, after, again: None });
        }
    }

    fn describe(&mut self, macs: u64, made: &dyn Known, again: Arc<dyn Fn() + Send + Sync>) {
        let origin = made.extent().and_then(|(address, _)| self.origins.get(&address).copied());
        if let Some(Origin::Operation(index)) = origin
            && let Some(operation) = self.operations.get_mut(index).filter(|operation| operation.again.is_none())
        {
            operation.macs = macs;
            operation.again = Some(again);
        }
    }
}
