//! What `[battery]` says of Rotating Snakes.

use super::known::Bounds;
use super::source::Section;
use crate::experiment::SnakesSpec;

/// Reads the keys that belong to Rotating Snakes. `size_px` is the side of the frames that are trained on.
pub(super) fn snakes(section: &mut Section<'_>, size_px: Option<usize>) -> Option<SnakesSpec> {
    let canvas_px = section.or("canvas_px", 128, |value| value.whole(Bounds::from_to(64.0, 512.0)));
    let gray_levels = section.or("gray_levels", 11, |value| value.whole(Bounds::from_to(0.0, 21.0)));
    let scenes = section.or("scenes", 100, |value| value.whole(Bounds::from_to(0.0, 1e4)));
    let jitters = section.or("jitters", 16, |value| value.whole(Bounds::from_to(1.0, 1e3)));
    let closed = section.or("closed", 10, |value| value.whole(Bounds::from_to(4.0, 100.0)));
    let linear_pictures = section.or("linear_pictures", 256, |value| value.whole(Bounds::from_to(8.0, 1e5)));
    let written = section.get("linear_side");
    let linear_side = match &written {
        Some(value) => super::church::linear_side(value, size_px),
        None => Some(7.min(size_px.map_or(7, |size| (size / 2) | 1))),
    };
    Some(SnakesSpec {
        canvas_px: canvas_px?,
        gray_levels: gray_levels?,
        scenes: scenes?,
        jitters: jitters?,
        closed: closed?,
        linear_pictures: linear_pictures?,
        linear_side: linear_side?,
        readings: SnakesSpec::READINGS,
    })
}
