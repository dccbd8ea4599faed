//! Denoising: a picture with noise, to be drawn without.
//!
//! # Units
//! Independent normal noise of standard deviation 25/255 is added to the codes; it is not clipped.
//!
//! # Source
//! gomezvilla2019.

use super::{Posed, TaskEntry, codes};
use crate::draws::add_noise;

/// The list entry.
pub const ENTRY: TaskEntry = TaskEntry {
    id: "denoise",
    title: "Take noise away",
    source: "gomezvilla2019",
    pose: |picture, rng| {
        let target = codes(picture.lit.iter().copied());
        let mut input = target.clone();
        add_noise(&mut input, NOISE_SD, rng);
        Ok(Posed { input, target })
    },
};

/// Standard deviation of the noise, in codes from 0 to 1.
pub const NOISE_SD: f64 = 25.0 / 255.0;
