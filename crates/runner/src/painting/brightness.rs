//! The brightness set: how much lighter the one gray target is given than the other, which has the same gray.
//!
//! Gray levels are taken as sRGB codes, the same in all three colors. Effects of pictures are differences of mean codes over the two
//! targets; above 0 the target is lighter that people call lighter.

use super::{Filter, Painter};
use trompe_psychophysics::odog::{Bank, GROUND, Model, target_mean};
use trompe_stimuli::Mask;
use trompe_stimuli::brightness::{self, Picture};

/// Pixels a degree for which filters of brightness were made.
const FILTERS_PPD: f64 = 32.0;

/// A display, ready to be shown.
pub struct Shown {
    /// Name in the tables.
    pub id: &'static str,
    picture: Picture,
}

/// Draws the set at so many pixels a degree; nothing at 0.
///
/// # Errors
/// A display that cannot be drawn, with its name.
pub fn draw(ppd: usize) -> Result<Vec<Shown>, String> {
    if ppd == 0 {
        return Ok(Vec::new());
    }
    let one = |entry: &brightness::Entry| {
        let named = |why: String| format!("display `{}` at {ppd} pixels a degree: {why}", entry.id);
        let picture = entry.draw(ppd as f64).map_err(|error| named(error.to_string()))?;
        if [&picture.lighter, &picture.darker].iter().any(|mask| mask.whole_pixels().is_empty()) {
            return Err(named("a target covers no whole pixel".into()));
        }
        Ok(Shown { id: entry.id, picture })
    };
    brightness::SET.iter().map(one).collect()
}

impl Shown {
    fn codes(&self) -> Vec<f32> {
        let gray = || self.picture.gray_levels.iter().map(|&level| level as f32);
        gray().chain(gray()).chain(gray()).collect()
    }

    /// The effect in what a painter gives, code units.
    ///
    /// # Errors
    /// What the painter says.
    pub fn effect(&self, painter: &mut dyn Painter) -> Result<f64, String> {
        let side = self.picture.side_px;
        let painted = painter.paint(&self.codes(), [1, 3, side, side])?;
        let mean = |mask: &Mask| mean_code(|pixel, color| painted[color * side * side + pixel], &mask.whole_pixels());
        Ok(mean(&self.picture.lighter) - mean(&self.picture.darker))
    }

    /// The effect of a linear filter.
    pub fn linear(&self, filter: &Filter) -> f64 {
        let (codes, side) = (self.codes(), self.picture.side_px);
        let mean = |mask: &Mask| {
            let pixels = mask.whole_pixels();
            let colors = filter.at(&codes, [side, side], &pixels);
            let all: Vec<usize> = (0..colors.len()).collect();
            mean_code(|pixel, color| colors[pixel][color], &all)
        };
        mean(&self.picture.lighter) - mean(&self.picture.darker)
    }
}

fn mean_code(code: impl Fn(usize, usize) -> f32, pixels: &[usize]) -> f64 {
    let values = pixels.iter().flat_map(|&pixel| [0, 1, 2].map(|color| f64::from(code(pixel, color))));
    values.sum::<f64>() / (3 * pixels.len().max(1)) as f64
}

/// Effects of filters of brightness, in their own units.
///
/// # Errors
/// A display that cannot be drawn or filtered.
pub fn filtered(model: Model) -> Result<Vec<(&'static str, f64)>, String> {
    let failed = |error: trompe_psychophysics::NotMeasurable| error.to_string();
    let shown = draw(FILTERS_PPD as usize)?;
    let side = shown.first().map_or(0, |shown| shown.picture.side_px);
    let bank = Bank::new(side, FILTERS_PPD).map_err(failed)?;
    let one = |shown: &Shown| {
        let picture = &shown.picture;
        let maps = bank.respond(&picture.gray_levels, GROUND, &[model]).map_err(failed)?;
        let mean = |mask: &Mask| target_mean(&maps[0], &mask.coverage).map_err(failed);
        Ok((shown.id, mean(&picture.lighter)? - mean(&picture.darker)?))
    };
    shown.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Same;

    impl Painter for Same {
        fn paint(&mut self, codes: &[f32], _: [usize; 4]) -> Result<Vec<f32>, String> {
            Ok(codes.to_vec())
        }
    }

    #[test]
    fn pictures_as_they_are_have_no_effect_and_a_known_recoloring_is_found() {
        assert!(draw(8).is_err_and(|why| why.contains("no whole pixel")), "fine checks need more pixels");
        for shown in draw(16).expect("displays") {
            assert!(shown.effect(&mut Same).expect("a picture").abs() < 1e-6, "{}", shown.id);
            // The one target lighter by a tenth.
            struct Lighter<'a>(&'a Mask);
            impl Painter for Lighter<'_> {
                fn paint(&mut self, codes: &[f32], shape: [usize; 4]) -> Result<Vec<f32>, String> {
                    let mut codes = codes.to_vec();
                    for pixel in self.0.whole_pixels() {
                        (0..3).for_each(|color| codes[color * shape[2] * shape[3] + pixel] += 0.1);
                    }
                    Ok(codes)
                }
            }
            let effect = shown.effect(&mut Lighter(&shown.picture.lighter)).expect("a picture");
            assert!((effect - 0.1).abs() < 1e-6, "{}: {effect}", shown.id);
        }
    }
}
