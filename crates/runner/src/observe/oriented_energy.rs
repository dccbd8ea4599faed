//! Baseline `oriented_energy`: gradient energy by place and orientation, and a linear readout trained on real pictures.
//!
//! Gradients are central differences. Their size is shared between the two nearest of 8 orientations (180° in all, so that
//! polarity does not count) and summed over 4 × 4 cells; the 128 numbers are divided by their Euclidean norm. One decoder a
//! class, this class against all others, gives the outputs: ridge regression on the world's real pictures. It stands for
//! descriptors of oriented gradients.

use super::{Baseline, Fixed, How, Observer, ObserverError, Practice, Presentation, practice_pictures};
use crate::experiment::Role;
use trompe_psychophysics::ridge::{Decoder, Offset, fit};

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "oriented_energy",
    title: "gradient energy in 8 orientations of 4 × 4 cells, linear readout trained on real pictures",
    role: Role::Baseline,
    how: How::Fixed,
    illusions: &["abutting", "digits", "kanizsa"],
    max_seeds: 5,
    build: Some(build),
};

const ORIENTATIONS: usize = 8;
/// Cells along each side.
const CELLS: usize = 4;
/// Real pictures of each class that the readout is trained on.
const PRACTICE: usize = 512;
struct OrientedEnergy(Vec<Decoder>);

fn build(mut practice: Practice<'_>) -> Result<Fixed, ObserverError> {
    let classes = practice.world.classes().len();
    let (mut features, mut labels) = (Vec::new(), Vec::new());
    for real in practice_pictures(&mut practice, PRACTICE)? {
        features.extend(energies(&real.pixels, real.size));
        labels.push(real.class);
    }
    let decoder = |class: usize| {
        let targets: Vec<f64> = labels.iter().map(|&label| if label == class { 1.0 } else { 0.0 }).collect();
        fit(&features, &targets, Offset::Fitted)
    };
    Ok(Fixed::Blind(Box::new(OrientedEnergy((0..classes).map(decoder).collect::<Result<_, _>>()?))))
}

impl Observer for OrientedEnergy {
    fn answer(&mut self, shown: &Presentation<'_>) -> Result<Vec<f32>, ObserverError> {
        let size = [shown.shape[2], shown.shape[3]];
        let pictures = shown.pixels.chunks_exact(shown.stride());
        let outputs = pictures.flat_map(|picture| {
            let energies = energies(picture, size);
            self.0.iter().map(move |decoder| decoder.evidence(&energies) as f32)
        });
        Ok(outputs.collect())
    }
}

/// Energies `[CELLS, CELLS, ORIENTATIONS]` of a picture `[height, width]`, of unit norm; zero in a flat picture.
fn energies(picture: &[f32], [height, width]: [usize; 2]) -> Vec<f32> {
    let mut energies = vec![0.0f32; CELLS * CELLS * ORIENTATIONS];
    for row in 1..height - 1 {
        for column in 1..width - 1 {
            let at = row * width + column;
            let across = f64::from(picture[at + 1] - picture[at - 1]);
            let down = f64::from(picture[at + width] - picture[at - width]);
            let size = (across * across + down * down).sqrt() as f32;
            // Half a turn is the whole range.
            let turn = libm::atan2(down, across) / std::f64::consts::PI + 1.0;
            let place = turn * ORIENTATIONS as f64;
            let (first, share) = (place.floor(), (place - place.floor()) as f32);
            let cell = (row * CELLS / height * CELLS + column * CELLS / width) * ORIENTATIONS;
            let bin = first as usize % ORIENTATIONS;
            energies[cell + bin] += size * (1.0 - share);
            energies[cell + (bin + 1) % ORIENTATIONS] += size * share;
        }
    }
    let norm = energies.iter().map(|energy| energy * energy).sum::<f32>().sqrt();
    let scale = if norm > 0.0 { 1.0 / norm } else { 0.0 };
    energies.iter().map(|energy| energy * scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Oracle: a grating's gradient is across its lines; contrast and polarity do not count.
    #[test]
    fn the_energy_of_a_wave_lies_in_its_orientation() {
        let wave = |degrees: f64, contrast: f64| -> Vec<f32> {
            let turn = degrees.to_radians();
            let at = |at: usize| {
                let (x, y) = ((at % 32) as f64, (at / 32) as f64);
                (0.5 + contrast * libm::sin(0.5 * (x * libm::cos(turn) + y * libm::sin(turn)))) as f32
            };
            (0..32 * 32).map(at).collect()
        };
        let by_orientation = |picture: &[f32]| -> Vec<f32> {
            let energies = energies(picture, [32, 32]);
            (0..ORIENTATIONS).map(|at| energies.iter().skip(at).step_by(ORIENTATIONS).sum()).collect()
        };
        for (degrees, bin) in [(0.0, 0), (45.0, 2), (90.0, 4), (135.0, 6)] {
            let found = by_orientation(&wave(degrees, 0.2));
            let total: f32 = found.iter().sum();
            assert!(found[bin] > 0.95 * total, "{degrees}: {found:?}");
            let inverted = by_orientation(&wave(degrees, -0.1));
            assert!(found.iter().zip(&inverted).all(|(one, other)| (one - other).abs() < 1e-3 * total), "{degrees}");
        }
        // Negative control: another orientation has its energy elsewhere.
        let found = by_orientation(&wave(90.0, 0.2));
        assert!(found[0] < 0.01 * found[4], "{found:?}");
    }
}
