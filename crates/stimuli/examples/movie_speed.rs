//! How long one core takes for a clip: `cargo run --release --example movie_speed`.

use std::time::Instant;
use trompe_stimuli::movies::{self, Recipe};
use trompe_stimuli::{Settings, StimulusError, stream};

fn main() -> Result<(), StimulusError> {
    let recipe = Recipe::read(&Settings::new())?;
    for (size, frames, clips) in [(32, 4, 400), (64, 24, 40)] {
        let mut rng = stream(1);
        let start = Instant::now();
        for _ in 0..clips {
            movies::draw(&recipe, size, frames, &mut rng)?;
        }
        let each = start.elapsed().as_secs_f64() * 1e3 / f64::from(clips);
        println!("{frames} frames of {size} x {size}: {each:.1} ms");
    }
    Ok(())
}
