//! Our side of the comparison with PyTorch that `compare.py` runs; one line of `name=value` pairs per call.
//!
//! ```text
//! peer step w1|w2|w3|w5 SECONDS [adamw]       training steps by backpropagation, one thread
//! peer product SECONDS                        the machine's matrix products
//! peer whole FOLDER NETWORKS STEPS THREADS    networks trained side by side, on pictures from a folder
//! ```

mod whole;
mod workloads;

use std::hint::black_box;
use std::time::Instant;

use trompe_models::rng::{below, normals};
use trompe_models::{Place, Precision, Rng, Tensor, kernels};

use rand_chacha::rand_core::SeedableRng;
use workloads::{BATCH, Workload};

/// The allocator of the program, which training time depends on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sides of the square products.
const PRODUCTS: [usize; 3] = [256, 512, 1024];
/// Share of the time that is spent before measuring.
const WARM_UP: f64 = 0.2;

/// Seconds that this thread has computed; wall time since `start` where the system does not tell.
fn processor_seconds(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |told| told as f64 * 1e-9)
}

/// What a stretch of work took.
struct Took {
    count: usize,
    processor: f64,
    wall: f64,
}

/// Runs `body` for about `seconds` of wall time, after warming up.
fn measure(seconds: f64, mut body: impl FnMut()) -> Took {
    let run = |seconds: f64, body: &mut dyn FnMut()| {
        let start = Instant::now();
        let (before, mut count) = (processor_seconds(start), 0);
        while count < 3 || start.elapsed().as_secs_f64() < seconds {
            body();
            count += 1;
        }
        Took { count, processor: processor_seconds(start) - before, wall: start.elapsed().as_secs_f64() }
    };
    run(WARM_UP * seconds, &mut body);
    run(seconds, &mut body)
}

fn step(workload: &Workload, seconds: f64, adam: bool) {
    let (batches, mut rng) = (workload.batches(), Rng::seed_from_u64(3));
    let mut learner = workload.learner(adam, 1);
    let mut loss = 0.0;
    let took = measure(seconds, || {
        let batch = &batches[below(batches.len(), &mut rng)];
        loss = learner.step(batch, &mut rng).expect("training does not diverge").loss;
    });
    let images = (took.count * BATCH) as f64;
    let (processor, wall) = (images / took.processor, images / took.wall);
    println!("images_per_cpu_s={processor} images_per_wall_s={wall} macs={} loss={loss}", workload.macs());
}

fn product(seconds: f64) {
    let place = Place::flex(Precision::F32);
    let mut rng = Rng::seed_from_u64(4);
    for size in PRODUCTS {
        let [left, right]: [Tensor<4>; 2] =
            [(); 2].map(|()| place.tensor(&normals(size * size, &mut rng), [size, size, 1, 1]));
        let took = measure(seconds, || drop(black_box(kernels::dense(&left, &right, None))));
        let operations = 2.0 * (size * size * size * took.count) as f64;
        print!("gflops_{size}={} ", operations / took.processor / 1e9);
    }
    println!();
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<f64>().expect("a number");
    match words[..] {
        ["step", name, seconds, ref more @ ..] => {
            let workload = Workload::named(name).expect("a workload of the list");
            step(&workload, number(seconds), more.contains(&"adamw"));
        }
        ["product", seconds] => product(number(seconds)),
        ["whole", folder, networks, steps, threads] => {
            whole::train(folder.as_ref(), [networks, steps, threads].map(|word| number(word) as usize));
        }
        _ => println!("Nothing measured: benches/peer/compare.py calls this program beside PyTorch."),
    }
}
