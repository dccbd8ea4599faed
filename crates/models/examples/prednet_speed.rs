//! How long PredNet takes on one thread, in CPU-like wall time of the fastest of several steps:
//! `cargo run --release --example prednet_speed`.

use std::time::Instant;

use rand_chacha::rand_core::SeedableRng;
use trompe_models::reference::prednet::{PredNet, PredNetError, PredNetSpec};
use trompe_models::rng::uniform;
use trompe_models::{Place, Precision, Rng, Tensor};

/// The allocator of the program, which training time depends on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seconds of the fastest of so many calls.
fn fastest(calls: usize, mut body: impl FnMut() -> Result<(), PredNetError>) -> Result<f64, PredNetError> {
    let mut least = f64::INFINITY;
    for _ in 0..calls {
        let start = Instant::now();
        body()?;
        least = least.min(start.elapsed().as_secs_f64());
    }
    Ok(least)
}

fn measure(name: &str, spec: &PredNetSpec, (side, batch, frames): (usize, usize, usize)) -> Result<(), PredNetError> {
    let place = Place::flex(Precision::F32);
    let mut rng = Rng::seed_from_u64(1);
    let mut network = PredNet::new(spec.clone(), &place, &mut rng)?;
    let shape = [batch, spec.channels[0], side, side];
    let mut frame = || -> Tensor<4> {
        let codes: Vec<f64> = (0..shape.iter().product()).map(|_| uniform(&mut rng)).collect();
        place.tensor(&codes, shape)
    };
    let clip: Vec<Tensor<4>> = (0..frames).map(|_| frame()).collect();
    let learning = fastest(5, || network.train_step(&clip).map(drop))?;
    let mut state = network.start(1, [128, 128])?;
    let large = place.full(0.5, [1, spec.channels[0], 128, 128]);
    let step = fastest(10, || network.step(&mut state, Some(&large)).map(drop))?;
    let macs = spec.macs_per_step([side, side]) as f64;
    // Forward, and both adjoints; the last frame is only looked at.
    let performed = 3.0 * macs * (batch * (frames - 1)) as f64;
    println!(
        "{name}: {} parameters, {:.0} million multiply-accumulates a frame of {side} px; a training step of {batch} clips of {frames} \
         frames {:.0} ms ({:.1} GMAC/s); a frame of 128 px {:.1} ms",
        spec.parameters(),
        macs / 1e6,
        1e3 * learning,
        performed / learning / 1e9,
        1e3 * step,
    );
    Ok(())
}

fn main() -> Result<(), PredNetError> {
    let quarter = PredNetSpec::default();
    measure("a quarter of the channels", &quarter, (64, 4, 10))?;
    measure("a quarter of the channels", &quarter, (32, 8, 10))?;
    let wide = PredNetSpec { channels: vec![3, 8, 16, 32], representations: vec![8, 16, 16, 32], ..quarter };
    measure("more representations below", &wide, (64, 4, 10))?;
    measure("more representations below", &wide, (32, 8, 10))
}
