//! A whole part of an experiment: several networks, each on one thread, some at a time.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use rand_chacha::rand_core::SeedableRng;
use trompe_models::{Batch, Place, Precision, Rng, Targets};

use crate::processor_seconds;
use crate::workloads::{BATCH, Workload};

/// Batches of the pictures and labels that `compare.py` wrote.
fn batches(folder: &Path) -> Vec<Batch> {
    let place = Place::flex(Precision::F32);
    let read = |name: &str| std::fs::read(folder.join(name)).expect("compare.py has written the pictures");
    let (bytes, labels) = (read("pictures.f32"), read("labels.u8"));
    let number = |bytes: &[u8; 4]| f32::from_le_bytes(*bytes);
    let pixels: Vec<f32> = bytes.as_chunks().0.iter().map(number).collect();
    let size = pixels.len() / labels.len();
    let pairs = pixels.chunks_exact(BATCH * size).zip(labels.chunks_exact(BATCH));
    let batch = |(pixels, labels): (&[f32], &[u8])| Batch {
        inputs: place.tensor_f32(pixels, [BATCH, 1, 32, 32]),
        targets: Targets::Labels(labels.iter().map(|label| usize::from(*label)).collect()),
    };
    pairs.map(batch).collect()
}

/// Trains `networks` for `steps` each, `threads` at a time, and prints the time and the mean of the last losses.
pub(crate) fn train(folder: &Path, [networks, steps, threads]: [usize; 3]) {
    let (start, batches, next) = (Instant::now(), batches(folder), AtomicUsize::new(0));
    let workload = Workload::named("w5").expect("it is in the list");
    let one = |seed: usize| {
        let mut learner = workload.learner(false, seed as u64);
        let mut rng = Rng::seed_from_u64(seed as u64);
        let losses = (0..steps).map(|step| {
            learner.step(&batches[step % batches.len()], &mut rng).expect("training does not diverge").loss
        });
        losses.last().unwrap_or(f64::NAN)
    };
    let work = || {
        let seeds = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let losses: Vec<f64> = seeds.take_while(|seed| *seed < networks).map(one).collect();
        (losses, processor_seconds(start))
    };
    let mut processor = processor_seconds(start);
    let mut losses = Vec::new();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            let (own, seconds) = worker.join().expect("training does not panic");
            losses.extend(own);
            processor += seconds;
        }
    });
    let loss = losses.iter().sum::<f64>() / losses.len() as f64;
    println!("wall_s={} cpu_s={processor} loss={loss}", start.elapsed().as_secs_f64());
}
