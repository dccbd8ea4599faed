//! How many pictures of each world one core draws in a second: `cargo run --release --example speed`.

use std::time::Instant;
use trompe_stimuli::worlds::{self, Difficulty};
use trompe_stimuli::{Encoding, Settings, StimulusError, Viewing, add_noise, encode, render, stream};

fn main() -> Result<(), StimulusError> {
    const N: usize = 20_000;
    let viewing = Viewing::square(32, 4.0)?;
    for entry in worlds::ALL {
        let world = (entry.build)(&Settings::default())?;
        let mut rng = stream(1);
        let mut steps = [0.0; 4];
        let mut sum = 0.0f64;
        for at in 0..N {
            let start = Instant::now();
            let sample = world.sample(at % world.classes().len(), Difficulty::Training, &mut rng)?;
            let composed = Instant::now();
            let stimulus = render(&sample.scene, viewing)?;
            let rendered = Instant::now();
            let mut pixels = encode(&stimulus.image, Encoding::Srgb);
            let encoded = Instant::now();
            add_noise(&mut pixels, sample.noise_sd, &mut rng);
            let done = Instant::now();
            sum += f64::from(pixels[0]);
            let marks = [start, composed, rendered, encoded, done];
            for (step, pair) in steps.iter_mut().zip(marks.windows(2)) {
                *step += (pair[1] - pair[0]).as_secs_f64();
            }
        }
        let [compose, render, encode, noise] = steps.map(|seconds| seconds / N as f64 * 1e6);
        let per_second = 1e6 / (compose + render + encode + noise);
        println!(
            "{:12} {per_second:8.0} images/s  compose {compose:.1} render {render:.1} encode {encode:.1} noise {noise:.1} µs  ({sum:.1})",
            entry.id
        );
    }
    Ok(())
}
