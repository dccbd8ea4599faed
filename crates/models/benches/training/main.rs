//! Training speed of every rule beside the speed of matrix products, in one run on one thread: `cargo bench`.
//!
//! After criterion's own report a table tells, for each rule and network, images per second (of the fastest sample, which
//! other work on the machine disturbs least), multiply-accumulates per image, GFLOP/s, and their share of the faster of
//! two matrix products measured in the same run. The last column is the time per performed multiply-accumulate, in units of
//! backpropagation's on the same network.
//!
//! Nominal multiply-accumulates are those of a forward pass (`NetworkSpec::forward_macs`) times the rule's
//! `forward_equivalents`; performed ones are counted in the engine (`audit::costs`), and GFLOP/s are worked out from these. A
//! multiply-accumulate is two operations.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput};
use rand_chacha::rand_core::SeedableRng;
use trompe_models::audit;
use trompe_models::kernels;
use trompe_models::optimizer::AdamSettings;
use trompe_models::rng::{below, normals};
use trompe_models::rules::{self, RuleEntry, RuleError, Settings};
use trompe_models::{
    Activation, Batch, Initialization, LayerSpec, Learner, LearnerSpec, Loss, Network, NetworkSpec, OptimizerSpec,
    Place, Precision, Rng, Targets, Tensor,
};

/// The allocator of the program, which training time depends on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 64;
const STATE_STEPS: usize = 8;
/// Different batches, so that no rule learns them by heart and works on vanishing errors.
const BATCHES: usize = 48;
const PRODUCTS: [usize; 2] = [256, 512];
const RELU: Activation = Activation::Relu;

/// Seconds per iteration of every sample that criterion took, by group and function.
#[derive(Default)]
struct Samples(RefCell<BTreeMap<(String, String), Vec<f64>>>);

impl Samples {
    /// Measures `body` under criterion and keeps what it measured.
    fn bench(&self, criterion: &mut Criterion, group: &str, (name, elements): (&str, u64), mut body: impl FnMut()) {
        let mut benches = criterion.benchmark_group(group);
        benches.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(elements));
        benches.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                let start = Instant::now();
                (0..iterations).for_each(|_| body());
                let time = start.elapsed();
                let key = (group.to_owned(), name.to_owned());
                self.0.borrow_mut().entry(key).or_default().push(time.as_secs_f64() / iterations as f64);
                time
            });
        });
        benches.finish();
    }

    /// The least, or nothing where a filter on the command line left the function out.
    fn fastest(&self, group: &str, name: &str) -> Option<f64> {
        let samples = self.0.borrow();
        samples.get(&(group.to_owned(), name.to_owned()))?.iter().copied().min_by(f64::total_cmp)
    }
}

struct Arena {
    name: &'static str,
    spec: NetworkSpec,
}

fn arenas() -> [Arena; 2] {
    let conv =
        |channels, kernel| LayerSpec::Conv { channels, kernel, stride: 2, padding: kernel / 2, activation: RELU };
    let dense = |units, activation| LayerSpec::Dense { units, activation };
    let last = Activation::Identity;
    let convolutional = vec![conv(16, 5), conv(32, 3), conv(64, 3), dense(2, last)];
    let perceptron = vec![dense(512, RELU), dense(512, RELU), dense(10, last)];
    [
        Arena { name: "cnn 1x32x32", spec: NetworkSpec { input: [1, 32, 32], layers: convolutional } },
        Arena { name: "mlp 784-512-512-10", spec: NetworkSpec { input: [1, 28, 28], layers: perceptron } },
    ]
}

fn random<const D: usize>(place: &Place, shape: [usize; D], rng: &mut Rng) -> Tensor<D> {
    place.tensor(&normals(shape.iter().product(), rng), shape)
}

/// What an experiment may give a rule; all at their defaults, written out where the cost depends on them.
fn settings(rule: &RuleEntry) -> Settings {
    match rule.id {
        "predictive_coding" => Settings::new()
            .with_text("output", "energy_nudge")
            .with_number("nudging", 0.3)
            .with_number("state_step", 0.1)
            .with_number("state_steps", STATE_STEPS as f64),
        "incremental_predictive_coding" => Settings::new().with_number("state_steps", STATE_STEPS as f64),
        "error_optimized_predictive_coding" => Settings::new().with_number("error_steps", STATE_STEPS as f64),
        _ => Settings::new(),
    }
}

/// The same network, each hidden layer divided by its root mean square before the next one reads it.
fn normalized(spec: &NetworkSpec) -> NetworkSpec {
    let last = spec.layers.len() - 1;
    let with = |(index, layer): (usize, &LayerSpec)| {
        [Some(layer.clone()), (index < last).then_some(LayerSpec::RmsNorm)].into_iter().flatten()
    };
    NetworkSpec { input: spec.input, layers: spec.layers.iter().enumerate().flat_map(with).collect() }
}

/// The same network with bounded hidden units.
fn bounded(spec: &NetworkSpec) -> NetworkSpec {
    let mut spec = spec.clone();
    for layer in &mut spec.layers {
        if let LayerSpec::Dense { activation, .. } | LayerSpec::Conv { activation, .. } = layer
            && *activation == RELU
        {
            *activation = Activation::Sigmoid;
        }
    }
    spec
}

impl Arena {
    /// The rule on this network, or on the same with bounded or with normalized hidden layers; nothing where it can train
    /// none of them.
    fn learner(&self, rule: &RuleEntry) -> Option<Learner> {
        [self.spec.clone(), bounded(&self.spec), normalized(&self.spec)]
            .iter()
            .find_map(|network| Self::learner_on(network, rule))
    }

    fn learner_on(network: &NetworkSpec, rule: &RuleEntry) -> Option<Learner> {
        let place = Place::flex(Precision::F32);
        let mut rng = Rng::seed_from_u64(1);
        let network = Network::build(network, &place, Initialization::default(), &mut rng).expect("a sound network");
        let adam = AdamSettings { weight_decay: 0.01, ..AdamSettings::with_rate(0.002) };
        let spec = LearnerSpec {
            rule: rule.id.to_owned(),
            settings: settings(rule),
            optimizer: OptimizerSpec::AdamW(adam),
            loss: Loss::CrossEntropy,
        };
        match Learner::new(network, &spec, &mut rng) {
            Ok(learner) => Some(learner),
            Err(RuleError::Unsupported { .. }) => None,
            Err(other) => panic!("{other}"),
        }
    }

    fn batches(&self) -> Vec<Batch> {
        let place = Place::flex(Precision::F32);
        let mut rng = Rng::seed_from_u64(2);
        let [channels, height, width] = self.spec.input;
        let classes = self.spec.check().expect("a sound network").last().map_or(0, |shape| shape[0]);
        let batch = |_| Batch {
            inputs: random(&place, [BATCH, channels, height, width], &mut rng),
            targets: Targets::Labels((0..BATCH).map(|sample| sample % classes).collect()),
        };
        (0..BATCHES).map(batch).collect()
    }

    fn bench(&self, criterion: &mut Criterion, samples: &Samples) {
        let batches = self.batches();
        for rule in rules::ALL {
            let Some(mut learner) = self.learner(rule) else { continue };
            let mut rng = Rng::seed_from_u64(3);
            samples.bench(criterion, self.name, (rule.id, BATCH as u64), || {
                let batch = &batches[below(BATCHES, &mut rng)];
                learner.step(batch, &mut rng).expect("training does not diverge");
            });
        }
    }

    /// Multiply-accumulates of training per image: nominal, and performed where they are counted.
    fn macs(&self, rule: &RuleEntry) -> (f64, Option<f64>) {
        let learner = self.learner(rule).expect("what was measured can be built");
        let forward: u64 = self.spec.forward_macs().expect("a sound network").iter().sum();
        let settings = rule.settings(&settings(rule)).expect("the settings are the rule's own");
        let passes = (rule.forward_equivalents)(&settings, learner.network().block_count());
        (forward as f64 * passes, self.performed(learner))
    }

    /// Those of a step that is not the first, which may do more.
    fn performed(&self, mut learner: Learner) -> Option<f64> {
        let (batch, mut rng) = (&self.batches()[0], Rng::seed_from_u64(4));
        (0..2).try_for_each(|_| learner.step(batch, &mut rng).map(drop)).ok()?;
        Some(audit::costs(&learner.rehearse(batch, &rng).ok()?).macs)
    }
}

fn operations(size: usize) -> u64 {
    2 * (size * size * size) as u64
}

fn product_name(size: usize) -> String {
    format!("{size}^3")
}

/// Square products by the kernel that dense layers use.
fn bench_products(criterion: &mut Criterion, samples: &Samples) {
    let place = Place::flex(Precision::F32);
    let mut rng = Rng::seed_from_u64(4);
    for size in PRODUCTS {
        let [left, right] = [(); 2].map(|()| random(&place, [size, size, 1, 1], &mut rng));
        samples.bench(criterion, "product", (&product_name(size), operations(size)), || {
            drop(std::hint::black_box(kernels::dense(&left, &right, None)));
        });
    }
}

/// GFLOP/s of the faster product.
fn peak(samples: &Samples) -> Option<f64> {
    let speed = |size| Some(operations(size) as f64 / samples.fastest("product", &product_name(size))? / 1e9);
    PRODUCTS.into_iter().filter_map(speed).reduce(f64::max)
}

fn print_table(arenas: &[Arena], samples: &Samples) {
    let peak = peak(samples);
    let told = peak.map_or_else(|| "not measured".to_owned(), |peak| format!("{peak:.1} GFLOP/s"));
    println!("\nMatrix products, the faster of {PRODUCTS:?} cubed: {told}. Batches of {BATCH}, 32 bits, one thread.");
    for arena in arenas {
        println!("\n{:<26}{HEADS}", arena.name);
        let reference = reference(arena, samples);
        for rule in rules::ALL {
            if let Some(seconds) = samples.fastest(arena.name, rule.id) {
                println!("{}", line(arena, rule, BATCH as f64 / seconds, [peak, reference]));
            }
        }
    }
}

const HEADS: &str = " images/s  nominal MACs  performed MACs  GFLOP/s  % of peak  time/MAC";

fn gigaflops(macs: f64, images_per_second: f64) -> f64 {
    2.0 * macs * images_per_second / 1e9
}

/// GFLOP/s of backpropagation, or nothing where it was not measured.
fn reference(arena: &Arena, samples: &Samples) -> Option<f64> {
    let rule = rules::ALL.iter().find(|rule| rule.id == "backprop")?;
    let seconds = samples.fastest(arena.name, rule.id)?;
    Some(gigaflops(arena.macs(rule).1?, BATCH as f64 / seconds))
}

/// A rule's line of the table; a cell is empty where something was not measured or counted.
fn line(arena: &Arena, rule: &RuleEntry, speed: f64, [peak, reference]: [Option<f64>; 2]) -> String {
    let (nominal, performed) = arena.macs(rule);
    let flops = performed.map(|macs| gigaflops(macs, speed));
    let share = flops.zip(peak).map(|(flops, peak)| 100.0 * flops / peak);
    let relative = flops.zip(reference).map(|(flops, reference)| reference / flops);
    let cell = |value: Option<f64>, digits: usize| value.map_or_else(String::new, |value| format!("{value:.digits$}"));
    let (macs, flops, share, relative) = (cell(performed, 0), cell(flops, 1), cell(share, 0), cell(relative, 2));
    format!("{:<26}{speed:>9.0}{nominal:>14.0}{macs:>16}{flops:>9}{share:>11}{relative:>10}", rule.id)
}

fn main() {
    let (samples, arenas) = (Samples::default(), arenas());
    let criterion = Criterion::default().without_plots().sample_size(20);
    let criterion = criterion.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    let mut criterion = criterion.configure_from_args();
    bench_products(&mut criterion, &samples);
    arenas.iter().for_each(|arena| arena.bench(&mut criterion, &samples));
    criterion.final_summary();
    print_table(&arenas, &samples);
}
