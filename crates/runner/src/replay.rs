//! Does the operations of a recorded learning step again, each as soon as what it waits for is done, on one thread or
//! several: how much faster a rule's layers can really work side by side.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;
use trompe_models::kernels::record::Operation;

/// What is left to do.
struct Queue {
    ready: BinaryHeap<Reverse<usize>>,
    /// Per operation, how many it still waits for.
    waiting: Vec<usize>,
    left: usize,
}

/// Seconds that operations take on so many threads.
pub fn seconds(operations: &[Operation], threads: usize) -> f64 {
    let mut followers = vec![Vec::new(); operations.len()];
    for (index, operation) in operations.iter().enumerate() {
        operation.after.iter().for_each(|before| followers[*before].push(index));
    }
    let waiting: Vec<usize> = operations.iter().map(|operation| operation.after.len()).collect();
    let ready = (0..operations.len()).filter(|index| waiting[*index] == 0).map(Reverse).collect();
    let queue = Mutex::new(Queue { ready, waiting, left: operations.len() });
    let news = Condvar::new();
    let work = || {
        let mut guard = queue.lock().unwrap_or_else(PoisonError::into_inner);
        while guard.left > 0 {
            let Some(Reverse(index)) = guard.ready.pop() else {
                guard = news.wait(guard).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            if let Some(again) = &operations[index].again {
                drop(guard);
                again();
                guard = queue.lock().unwrap_or_else(PoisonError::into_inner);
            }
            guard.left -= 1;
            for follower in &followers[index] {
                guard.waiting[*follower] -= 1;
                if guard.waiting[*follower] == 0 {
                    guard.ready.push(Reverse(*follower));
                }
            }
            news.notify_all();
        }
    };
    let start = Instant::now();
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    start.elapsed().as_secs_f64()
}

/// How many times faster two threads are than one: the fastest of several runs of each, in turn.
pub fn speed_up(operations: &[Operation], rounds: usize) -> f64 {
    let mut best = [f64::INFINITY; 2];
    for _ in 0..rounds {
        for (best, threads) in best.iter_mut().zip([1, 2]) {
            *best = best.min(seconds(operations, threads));
        }
    }
    best[0] / best[1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    /// Operations that sleep, and note how many had begun when they did.
    fn sleeping(after: &[&[usize]]) -> Vec<Operation> {
        let operation = |after: &&[usize]| Operation {
            of: None,
            macs: 1,
            bytes: 0,
            made: 0,
            after: after.to_vec(),
            again: Some(Arc::new(|| std::thread::sleep(Duration::from_millis(20)))),
        };
        after.iter().map(operation).collect()
    }

    // Sleep needs no core: four independent operations take half the time on two threads, a chain of four all of it.
    #[test]
    fn independent_operations_run_side_by_side_and_chains_do_not() {
        let apart = speed_up(&sleeping(&[&[], &[], &[], &[]]), 6);
        let chain = speed_up(&sleeping(&[&[], &[0], &[1], &[2]]), 6);
        assert!(apart > 1.4, "independent operations: {apart}");
        assert!(chain < 1.2, "a chain: {chain}");
    }

    #[test]
    fn every_operation_is_done_once_and_after_what_it_waits_for() {
        let done: Arc<Vec<AtomicUsize>> = Arc::new((0..6).map(|_| AtomicUsize::new(0)).collect());
        let clock = Arc::new(AtomicUsize::new(1));
        let after: [&[usize]; 6] = [&[], &[0], &[0], &[1, 2], &[], &[3, 4]];
        let operation = |(index, after): (usize, &&[usize])| {
            let (done, clock) = (Arc::clone(&done), Arc::clone(&clock));
            let again = move || {
                let before = done[index].swap(clock.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                assert_eq!(before, 0, "operation {index} is done once");
            };
            Operation { of: None, macs: 0, bytes: 0, made: 0, after: after.to_vec(), again: Some(Arc::new(again)) }
        };
        let operations: Vec<Operation> = after.iter().enumerate().map(operation).collect();
        seconds(&operations, 2);
        let times: Vec<usize> = done.iter().map(|time| time.load(Ordering::SeqCst)).collect();
        assert!(times.iter().all(|time| *time > 0));
        for (index, before) in
            after.iter().enumerate().flat_map(|(index, after)| after.iter().map(move |b| (index, *b)))
        {
            assert!(times[before] < times[index], "{before} before {index}");
        }
    }
}
