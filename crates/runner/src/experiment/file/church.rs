//! What `[battery]` says of the church.

use super::known::Bounds;
use super::source::{Section, Value};
use crate::experiment::ChurchSpec;

/// Units of the church's grid across the canvas: bars of whole units are whole pixels where the canvas is a multiple of it.
const GRID: usize = 128;

/// Reads the keys that belong to the church. `size_px` is the side of the pictures that are trained on.
pub(super) fn church(section: &mut Section<'_>, size_px: Option<usize>) -> Option<ChurchSpec> {
    let canvas_px = section.or("canvas_px", GRID, canvas);
    let (written, fine, coarse) = (section.get("bars"), section.get("fine_bar"), section.get("coarse_bar"));
    let bars = written.as_ref().map_or(Some(vec![1, 2, 3, 4, 6, 8, 12, 16, 24]), bars);
    let [fine_bar, coarse_bar] = [(&fine, 2), (&coarse, 8)].map(|(value, default)| {
        let width = value.as_ref().map_or(Some(default), Value::count);
        if let (Some(width), Some(bars)) = (width, &bars)
            && !bars.contains(&width)
            && let Some(place) = value.as_ref().or(written.as_ref())
        {
            place.disagrees(format!("a bar of {width} is not one of `bars`"), format!("choose one of {bars:?}"));
        }
        width
    });
    let color_sets = section.or("color_sets", 24, |value| value.whole(Bounds::from_to(0.0, 24.0)));
    let brightness_ppd = section.or("brightness_ppd", 0, |value| value.whole(Bounds::from_to(0.0, 32.0)));
    let figures = section.or("figures", 0, |value| value.whole(Bounds::from_to(0.0, 256.0)));
    let linear_pictures = section.or("linear_pictures", 256, |value| value.whole(Bounds::from_to(8.0, 1e5)));
    let written = section.get("linear_side");
    let linear_side = match &written {
        Some(value) => linear_side(value, size_px),
        // The largest odd side up to 13 that leaves half of a small picture.
        None => Some(13.min(size_px.map_or(13, |size| (size / 2) | 1))),
    };
    if let (Some(fine_bar), Some(coarse_bar)) = (fine_bar, coarse_bar)
        && fine_bar >= coarse_bar
        && let Some(place) = coarse.or(fine)
    {
        place.disagrees("coarse bars must be wider than fine ones", "raise `coarse_bar` or lower `fine_bar`");
    }
    Some(ChurchSpec {
        canvas_px: canvas_px?,
        bars: bars?,
        fine_bar: fine_bar?,
        coarse_bar: coarse_bar?,
        color_sets: color_sets?,
        brightness_ppd: brightness_ppd?,
        figures: figures?,
        linear_pictures: linear_pictures?,
        linear_side: linear_side?,
    })
}

fn canvas(value: &Value<'_>) -> Option<usize> {
    let side = value.whole(Bounds::from_to(1.0, 1024.0))?;
    if side % GRID == 0 {
        return Some(side);
    }
    let help = format!("write `canvas_px = {}`", side.next_multiple_of(GRID));
    value.wrong(
        format!("`canvas_px` must be a multiple of {GRID}, so that bars are whole pixels; found {side}"),
        Some(help),
    );
    None
}

fn bars(value: &Value<'_>) -> Option<Vec<usize>> {
    let bars = value.increasing(Bounds::from_to(1.0, 64.0))?;
    if bars.iter().all(|bar| bar.fract() == 0.0) {
        return Some(bars.into_iter().map(|bar| bar as usize).collect());
    }
    value.wrong("`bars` are widths in whole 128ths of the canvas", Some("write such as `[1, 2, 4, 8, 16]`".into()));
    None
}

pub(super) fn linear_side(value: &Value<'_>, size_px: Option<usize>) -> Option<usize> {
    let side = value.whole(Bounds::from_to(1.0, 63.0))?;
    if side % 2 == 0 {
        value.wrong(format!("`linear_side` must be odd, found {side}"), Some(format!("write {}", side + 1)));
        return None;
    }
    if let Some(size) = size_px
        && side >= size
    {
        let message = format!("kernels of {side} px leave no pixel of a picture of {size} px whose surround is whole");
        value.disagrees(message, "write a smaller `linear_side`");
    }
    Some(side)
}
