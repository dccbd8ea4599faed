//! What a learning step costs, counted in the engine.

use crate::kernels::record::Operation;
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
