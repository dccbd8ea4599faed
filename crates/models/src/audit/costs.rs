//! What a learning step costs, counted in the engine.

use crate::kernels::record::{Operation, Role};
use crate::learner::Rehearsal;

/// Counts of one learning step, per sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// Multiply-accumulates of matrix products.
    pub macs: f64,
    /// Bytes that operations read and wrote.
    pub bytes_moved: f64,
    /// Multiply-accumulates on the longest chain of operations that wait for each other: what is left on as many
    /// processors as there are operations.
    pub critical_macs: f64,
    /// Matrix products on the chain with most of them.
    pub depth: usize,
    /// Most bytes of activities and errors that are still to be read at any time, in an order of the operations that holds
    /// little: what the rule must hold, not what this engine happens to.
    pub bytes_held: f64,
}

/// The costs of a step that was taken apart.
pub fn costs(step: &Rehearsal) -> Costs {
    let operations = &step.recording.operations;
    let samples = step.samples as f64;
    let total = |of: fn(&Operation) -> u64| operations.iter().map(of).sum::<u64>() as f64 / samples;
    let critical = longest(operations, |operation| operation.macs as f64);
    let depth = longest(operations, |operation| f64::from(u8::from(operation.macs > 0)));
    Costs {
        macs: total(|operation| operation.macs),
        bytes_moved: total(|operation| operation.bytes),
        critical_macs: critical / samples,
        depth: depth as usize,
        bytes_held: held(operations) as f64 / samples,
    }
}

/// Operations in an order that holds little: of those that can be done, always the one that adds least.
fn held(operations: &[Operation]) -> u64 {
    let mut order = Thrifty::new(operations);
    let (mut now, mut most) = (0, 0);
    while let Some(index) = order.cheapest() {
        let (made, freed) = (order.made(index), order.freed(index));
        now += made;
        most = most.max(now);
        now -= freed;
        order.finish(index);
    }
    most
}

struct Thrifty<'a> {
    operations: &'a [Operation],
    /// Per operation, how many it waits for, and how many are still to read what it made.
    waiting: Vec<usize>,
    readers: Vec<usize>,
    followers: Vec<Vec<usize>>,
    ready: Vec<usize>,
}

impl<'a> Thrifty<'a> {
    fn new(operations: &'a [Operation]) -> Self {
        let mut followers = vec![Vec::new(); operations.len()];
        for (index, operation) in operations.iter().enumerate() {
            operation.after.iter().for_each(|before| followers[*before].push(index));
        }
        let waiting: Vec<usize> = operations.iter().map(|operation| operation.after.len()).collect();
        let readers = followers.iter().map(Vec::len).collect();
        let ready = (0..operations.len()).filter(|index| waiting[*index] == 0).collect();
        Self { operations, waiting, readers, followers, ready }
    }

    /// Takes the cheapest from those that can be done, the first among equals.
    fn cheapest(&mut self) -> Option<usize> {
        let cost = |index: &usize| (self.made(*index) as i64 - self.freed(*index) as i64, *index);
        let at = (0..self.ready.len()).min_by_key(|at| cost(&self.ready[*at]))?;
        Some(self.ready.swap_remove(at))
    }

    /// Activities and errors only.
    fn made(&self, index: usize) -> u64 {
        let operation = &self.operations[index];
        if matches!(operation.of, Some((_, Role::Weights | Role::Update))) { 0 } else { operation.made }
    }

    /// What nobody reads any more once an operation is done; its own outcome too, if nobody ever does.
    fn freed(&self, index: usize) -> u64 {
        let read = self.operations[index].after.iter().filter(|before| self.readers[**before] == 1);
        let own = if self.readers[index] == 0 { self.made(index) } else { 0 };
        read.map(|before| self.made(*before)).sum::<u64>() + own
    }

    fn finish(&mut self, index: usize) {
        self.operations[index].after.iter().for_each(|before| self.readers[*before] -= 1);
        for follower in core::mem::take(&mut self.followers[index]) {
            self.waiting[follower] -= 1;
            if self.waiting[follower] == 0 {
                self.ready.push(follower);
            }
        }
    }
}

/// The largest sum of weights along operations of which each waits for the one before.
fn longest(operations: &[Operation], weight: impl Fn(&Operation) -> f64) -> f64 {
    let mut ends: Vec<f64> = Vec::with_capacity(operations.len());
    for operation in operations {
        let start = operation.after.iter().map(|before| ends[*before]).fold(0.0, f64::max);
        ends.push(start + weight(operation));
    }
    ends.into_iter().fold(0.0, f64::max)
}
