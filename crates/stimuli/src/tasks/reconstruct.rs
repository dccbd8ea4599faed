//! Reconstruction: a picture is its own target.
//!
//! # Source
//! The autoencoder's task; a network learns something only if it has a bottleneck.

use super::{Posed, TaskEntry, codes};

/// The list entry.
pub const ENTRY: TaskEntry = TaskEntry {
    id: "reconstruct",
    title: "Draw it again",
    source: "the autoencoder's task",
    pose: |picture, _| {
        let target = codes(picture.lit.iter().copied());
        Ok(Posed { input: target.clone(), target })
    },
};
