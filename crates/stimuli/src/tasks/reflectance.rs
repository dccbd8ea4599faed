//! Reflectance: a picture under uneven light and shadows, to be drawn as its surfaces reflect.
//!
//! # Source
//! corney2007 (reflectance learned from dead leaves under uneven light); patel2023 (the same with rendered rooms).
//!
//! # Departures
//! Filters in front belong to the reflectance: what is to be drawn is the picture without light, not the surface
//! behind.

use super::{Posed, TaskEntry, codes};
use crate::StimulusError;

/// The list entry.
pub const ENTRY: TaskEntry = TaskEntry {
    id: "reflectance",
    title: "Take light and shadows away",
    source: "corney2007, patel2023",
    pose: |picture, _| {
        let known = picture.reflectance.as_ref().ok_or(StimulusError::NoReflectance("reflectance"))?;
        Ok(Posed { input: codes(picture.lit.iter().copied()), target: codes(known.iter().copied()) })
    },
};
