//! Displays of brightness: how much lighter the one gray target is given than the other, which has the same gray. The brightness set,
//! of which people matched the targets, and a lightness set, of which people said which target is the lighter one.
//!
//! Gray levels are taken as sRGB codes, the same in all three colors. Effects of pictures are differences of mean codes over the two
//! targets; above 0 the target is lighter that people call lighter.

use super::{Filter, Painter};
use trompe_psychophysics::odog::{Bank, GROUND, Model, target_mean};
use trompe_stimuli::brightness::{self, Picture};
use trompe_stimuli::{Mask, StimulusError};

/// Pixels a degree for which filters of brightness were made.
const FILTERS_PPD: f64 = 32.0;

/// Source of people's matches, of the brightness set.
pub const MATCHED: &str = "robinson2007";
/// Source of people's judgments, of the lightness set.
pub const JUDGED: &str = "murray2020";

/// A display, ready to be shown.
pub struct Shown {
    /// Source of people's numbers.
    pub source: &'static str,
    /// Its condition there.
    pub id: String,
    /// What is shown; effects are averaged.
    pub given: Vec<Given>,
}

/// One picture of a display.
pub struct Given {
    /// Gray levels, and the two targets.
    pub picture: Picture,
    /// Code units that count as an effect of 1.
    pub unit: f64,
}

/// Draws the sets at so many pixels a degree; nothing at 0.
///
/// # Errors
/// A display that cannot be drawn, with its name.
pub fn draw(ppd: usize) -> Result<Vec<Shown>, String> {
    if ppd == 0 {
        return Ok(Vec::new());
    }
    let one = |source, id: &str, drawn: Result<Picture, StimulusError>| {
        let named = |why: String| format!("display `{id}` at {ppd} pixels a degree: {why}");
        let picture = drawn.map_err(|error| named(error.to_string()))?;
        if [&picture.lighter, &picture.darker].iter().any(|mask| mask.whole_pixels().is_empty()) {
            return Err(named("a target covers no whole pixel".into()));
        }
        Ok(Shown { source, id: id.to_owned(), given: vec![Given { picture, unit: 1.0 }] })
    };
    let matched = brightness::SET.iter().map(|entry| one(MATCHED, entry.id, entry.draw(ppd as f64)));
    let judged = brightness::MURRAY.iter().map(|pattern| one(JUDGED, pattern.id, pattern.draw(ppd as f64)));
    matched.chain(judged).collect()
}

impl Shown {
    /// The effect in what a painter gives, units.
    ///
    /// # Errors
    /// What the painter says.
    pub fn effect(&self, painter: &mut dyn Painter) -> Result<f64, String> {
        let effects: Result<Vec<f64>, String> = self.given.iter().map(|given| given.effect(painter)).collect();
        crate::score::mean(&effects?).ok_or_else(|| format!("display `{}` has no picture", self.id))
    }

    /// The effect of a linear filter.
    pub fn linear(&self, filter: &Filter) -> Option<f64> {
        let effects: Vec<f64> = self.given.iter().map(|given| given.linear(filter)).collect();
        crate::score::mean(&effects)
    }
}

impl Given {
    fn codes(&self) -> Vec<f32> {
        let gray = || self.picture.gray_levels.iter().map(|&level| level as f32);
        gray().chain(gray()).chain(gray()).collect()
    }

    /// What of the lighter target less that of the darker, units.
    fn apart(&self, mean: impl Fn(&Mask) -> f64) -> f64 {
        (mean(&self.picture.lighter) - mean(&self.picture.darker)) / self.unit
    }

    fn effect(&self, painter: &mut dyn Painter) -> Result<f64, String> {
        let side = self.picture.side_px;
        let painted = painter.paint(&self.codes(), [1, 3, side, side])?;
        Ok(self.apart(|mask| mean_code(|pixel, color| painted[color * side * side + pixel], &mask.whole_pixels())))
    }

    fn linear(&self, filter: &Filter) -> f64 {
        let (codes, side) = (self.codes(), self.picture.side_px);
        self.apart(|mask| {
            let pixels = mask.whole_pixels();
            let colors = filter.at(&codes, [side, side], &pixels);
            let all: Vec<usize> = (0..colors.len()).collect();
            mean_code(|pixel, color| colors[pixel][color], &all)
        })
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
pub fn filtered(model: Model) -> Result<Vec<(Shown, f64)>, String> {
    let failed = |error: trompe_psychophysics::NotMeasurable| error.to_string();
    let shown = draw(FILTERS_PPD as usize)?;
    let pictures = || shown.iter().filter_map(|shown| Some(&shown.given.first()?.picture));
    let side = pictures().next().map_or(0, |picture| picture.side_px);
    let bank = Bank::new(side, FILTERS_PPD).map_err(failed)?;
    let effect = |picture: &Picture| {
        let maps = bank.respond(&picture.gray_levels, GROUND, &[model]).map_err(failed)?;
        let mean = |mask: &Mask| target_mean(&maps[0], &mask.coverage).map_err(failed);
        Ok(mean(&picture.lighter)? - mean(&picture.darker)?)
    };
    let effects: Vec<f64> = pictures().map(effect).collect::<Result<_, String>>()?;
    Ok(shown.into_iter().zip(effects).collect())
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
            let effect = shown.effect(&mut Lighter(&shown.given[0].picture.lighter)).expect("a picture");
            assert!((effect - 0.1).abs() < 1e-6, "{}: {effect}", shown.id);
        }
    }
}
