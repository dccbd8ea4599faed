//! Pictures attacked per second, in one thread: `cargo bench --bench attacks`.
//!
//! The fat/thin network (48 × 48 pixels, three convolutions, two classes) with random weights, random pictures, f32. Each
//! line: the rule, its way of inference, how its gradient is worked out, then pictures per second by FGSM, by PGD with 40
//! steps from one start, and of answers alone.

use std::time::Instant;

use rand_chacha::rand_core::SeedableRng;
use trompe_models::attack::{Attack, Encoding, Goal, Norm, Pictures, Tested, read};
use trompe_models::rng::uniform;
use trompe_models::rules::{Inference, Reach, Settings};
use trompe_models::{
    Activation, Initialization, LayerSpec, Learner, LearnerSpec, Loss, Network, NetworkSpec, OptimizerSpec, Place,
    Precision, Rng, Scheme,
};

/// The allocator of the program, on which time depends.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COUNT: usize = 64;
const SIDE: usize = 48;
const UNIT: Encoding = Encoding { center: 0.5, gain: 4.0, low: 0.0, high: 1.0 };

fn learner(rule: &str, activation: Activation) -> Learner {
    let conv = |channels, kernel| LayerSpec::Conv { channels, kernel, stride: 2, padding: kernel / 2, activation };
    let last = LayerSpec::Dense { units: 2, activation: Activation::Identity };
    let spec = NetworkSpec { input: [1, SIDE, SIDE], layers: vec![conv(16, 5), conv(32, 3), conv(64, 3), last] };
    let place = Place::flex(Precision::F32);
    let start = Initialization { scheme: Scheme::FanIn, output_scale: 1.0 };
    let mut rng = Rng::seed_from_u64(1);
    let network = Network::build(&spec, &place, start, &mut rng).expect("the network is sound");
    let optimizer = OptimizerSpec::Sgd { rate: 0.1, momentum: 0.0, weight_decay: 0.0 };
    let spec = LearnerSpec { rule: rule.to_owned(), settings: Settings::new(), optimizer, loss: Loss::CrossEntropy };
    Learner::new(network, &spec, &mut rng).expect("the rule trains it")
}

fn pictures() -> Pictures {
    let mut rng = Rng::seed_from_u64(2);
    let codes = (0..COUNT * SIDE * SIDE).map(|_| uniform(&mut rng)).collect();
    Pictures::new(codes, [1, SIDE, SIDE], (0..COUNT).map(|index| index % 2).collect()).expect("as many pixels")
}

/// Pictures per second of the fastest of three.
fn speed(mut body: impl FnMut()) -> f64 {
    let seconds = (0..3).map(|_| {
        let start = Instant::now();
        body();
        start.elapsed().as_secs_f64()
    });
    COUNT as f64 / seconds.fold(f64::INFINITY, f64::min)
}

fn row(name: &str, tested: &Tested<'_>) {
    let (pictures, mut rng) = (pictures(), Rng::seed_from_u64(3));
    let goal = Goal::Untargeted;
    let mut run =
        |attack: Attack| speed(|| drop(attack.run(tested, &UNIT, &pictures, &mut rng).expect("the pictures fit")));
    let fgsm = run(Attack::fgsm(0.1, goal));
    let pgd = run(Attack { starts: 1, ..Attack::pgd(Norm::Largest, 0.1, goal) });
    let answers = speed(|| drop(read(tested, &UNIT, &pictures, goal).expect("the pictures fit")));
    println!("{name:58} {:>9} {fgsm:10.0} {pgd:10.1} {answers:10.0}", format!("{:?}", tested.way()));
}

/// Rows whose name has the text of the first argument that is no flag.
fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let row = |name: &str, tested: &Tested<'_>| {
        if name.contains(&wanted) {
            row(name, tested)
        }
    };
    println!("{:58} {:>9} {:>10} {:>10} {:>10}", "pictures per second", "way", "FGSM", "PGD-40", "answers");
    let plain = learner("backprop", Activation::Relu);
    let tested = plain.tested(Inference::Feedforward, Reach::All).expect("it answers so");
    row("backprop feedforward", &tested);
    row("backprop by the graph", &tested.by_graph());
    let settling = learner("equilibrium_propagation", Activation::HardSigmoid);
    let tested = |inference, reach| settling.tested(inference, reach).expect("it answers so");
    row("equilibrium_propagation feedforward", &tested(Inference::Feedforward, Reach::All));
    row("equilibrium_propagation settled, 30 steps", &tested(Inference::Settled, Reach::All));
    row("equilibrium_propagation settled, last 3 of 30 steps", &tested(Inference::Settled, Reach::Last(3)));
}
