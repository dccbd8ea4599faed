//! The church: one pink church that looks purple, pink or orange behind stripes (Munker's figure).
//!
//! Horizontal bars alternate between a *front* layer, which covers the church, and a *back* layer, over which the
//! church is drawn. What is visible of the church has the same color in all three figures; its look follows the bars in
//! front: purple behind blue ones, orange behind yellow ones, pink behind gray ones. Without stripes, on a uniform
//! ground, it moves the other way (simultaneous contrast).
//!
//! The church stands on a grid of 128 units: nave 52–100 × 64–108 with a door 71–81 × 88–108, roof with its top at (76,
//! 44), tower 28–52 × 48–108, spire with its top at (40, 20), cross 38.5–41.5 × 8–20 and 35–45 × 11.5–14.5. Its area is
//! 4225 of 16384 units. House, tree, square and disc have the same area. Color sets stand in [`Colors`].
//!
//! Contexts: `munker`; `front_only` and `back_only`, with the other layer gray; `interrupted`, whose colored bars in
//! front turn gray 4 units from the church; `remote`, colored bars beyond a gray zone (the bounding box and 12 units
//! more), gray bars within; `uniform` and `uniform_gap`, no bars; `remote_uniform`, a uniform ground beyond the same gray zone; `confetti`, nine discs of radius 12 in one of
//! Novick's colors on red, green and blue bars in turn, each disc behind the bars of one color and before the others.
//! `bars = "gray"` makes every inducer gray at any strength: with a `difference`, the trap that is truly recolored.
//!
//! # Units
//! `strength` from −1 to 1: share of the way from gray to the bars' colors in linear light; above 0 blue bars in front
//! (people: toward purple), below 0 yellow ones (toward orange), 0 gray ones; in confetti, red and blue change places
//! below 0. `difference` is a real recoloring of the target in ΔE (CIE 1976), away from the far color (yellow) toward
//! the near one (blue) in the a*b* plane at constant lightness. Masks: `target_1` what is visible of the target (in
//! confetti `target_1` to `_3`, by the bars in front: first, second, third color), `outside` the canvas beyond 4 units;
//! with `bar_masks`, `front_bars` and `back_bars`, what is seen of either layer where it has its color. Bars of whole
//! pixels have whole pixels: no row mixes two layers. Slanted and round outlines mix with what lies behind, so who
//! measures the target takes its whole pixels ([`crate::Mask::whole_pixels`]).
//!
//! # Errors
//! A recoloring that leaves the sRGB gamut, bars that are not from 1 unit to half the canvas wide, a set that is not
//! there.
//!
//! # Source
//! munker1970; Novick's figures with bars in front; monnier2003. The article's picture itself was not found.
//!
//! # Departures
//! The silhouettes are this project's own. Colors are the poster's: pink (235,140,165), blue (40,60,220), yellow
//! (250,215,40), gray (140,140,140). Novick's targets are his, the red, green and blue of the confetti's bars are not
//! known and are this project's.

mod bars;
mod colors;
mod silhouette;

pub use bars::profile;
pub use colors::{BLUE, CONFETTI_BARS, Colors, DRAWN, GRAY, NOVICK, TARGET, YELLOW};
pub use silhouette::AREA;

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::color;
use crate::error::require;
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::{Reader, Settings, word};
use bars::Bars;
use silhouette::{CONFETTI_RADIUS, GRID, SILHOUETTES, Silhouette, cell, confetti, place};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "church",
    title: "One church in three colors (Munker)",
    asks: Attribute::Color,
    human: "The pink church looks purple behind blue bars and orange behind yellow ones: toward the bars in front, for fine \
            stripes; the effect turns round near 4 cycles per degree (Smith, Jin and Pokorny 2001). On a uniform ground it moves \
            away from the ground's color.",
    source: "Munker 1970; Monnier and Shevell 2003; Smith, Jin and Pokorny 2001",
    departures: "Own silhouettes and colors; the original picture was not found.",
    build,
};

/// Clear space round the church in the variants that keep colors away from it, units.
const CLEARANCE: f64 = 4.0;
/// Width of the gray zone round the bounding box in `remote`, units.
const ZONE: f64 = 12.0;

/// Contexts by name; the first is the default.
const CONTEXTS: &[(&str, Context)] = &[
    ("munker", Context::Munker),
    ("front_only", Context::FrontOnly),
    ("back_only", Context::BackOnly),
    ("interrupted", Context::Interrupted),
    ("remote", Context::Remote),
    ("remote_uniform", Context::RemoteUniform),
    ("uniform", Context::Uniform),
    ("uniform_gap", Context::UniformGap),
    ("confetti", Context::Confetti),
];

/// What surrounds the church.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    /// Colored bars in front and behind.
    Munker,
    /// Colored bars in front, gray behind.
    FrontOnly,
    /// Gray bars in front, colored behind.
    BackOnly,
    /// As Munker, but the colored bars in front turn gray within 4 units of the church.
    Interrupted,
    /// As Munker, but all bars are gray within a wide zone.
    Remote,
    /// As uniform, gray within the same zone: the picture's mean changes, nothing near the church does.
    RemoteUniform,
    /// A uniform ground, no bars.
    Uniform,
    /// As uniform, with a gray rim of 4 units.
    UniformGap,
    /// Discs behind bars of three colors.
    Confetti,
}

/// Whether the inducers have their colors, by name; the first is the default.
const PAINTS: &[(&str, bool)] = &[("colored", true), ("gray", false)];

/// What is painted and where.
#[derive(Clone, Copy, Debug)]
struct Church {
    context: Context,
    silhouette: Silhouette,
    colors: Colors,
    set: colors::Set,
    colored: bool,
    bar_masks: bool,
    size_deg: f64,
    bars: Bars,
}

impl Church {
    fn read(settings: &Settings) -> Result<Self, StimulusError> {
        let mut reader = Reader::new(settings, "church");
        let context = reader.choice("context", CONTEXTS)?;
        let silhouette = reader.choice("silhouette", SILHOUETTES)?;
        let (set, mut colors) = Colors::read(&mut reader)?;
        let novick = reader.number("novick", 0.0)?;
        let colored = reader.choice("bars", PAINTS)?;
        let swapped = reader.flag("swapped", false)?;
        let bar_masks = reader.flag("bar_masks", false)?;
        let size_deg = reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?;
        let bar_deg = reader.number("bar_deg", size_deg / 32.0)?;
        reader.finish()?;
        let known = novick.fract() == 0.0 && (0.0..NOVICK.len() as f64).contains(&novick);
        require("novick", novick, known, "a whole number from 0 to 4")?;
        let unit = size_deg / GRID;
        let holds = bar_deg >= unit * (1.0 - 1e-9) && bar_deg <= size_deg / 2.0;
        require("bar_deg", bar_deg, holds, "from 1/128 to 1/2 of size_deg")?;
        let mut layers = 2;
        if context == Context::Confetti {
            let [near, _, far] = CONFETTI_BARS.map(color::from_srgb8);
            colors = Colors { target: color::from_srgb8(NOVICK[novick as usize]), near, far, gray: colors.gray };
            layers = 3;
        }
        let bars = Bars { size_deg, bar_deg, first: usize::from(swapped), layers };
        Ok(Self { context, silhouette, colors, set, colored, bar_masks, size_deg, bars })
    }
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    Ok(Box::new(Church::read(settings)?))
}

/// The colors of the figure with these settings, so that what is measured can be set against what induces it.
///
/// # Errors
/// Settings that cannot be read.
pub fn colors(settings: &Settings) -> Result<Colors, StimulusError> {
    Ok(Church::read(settings)?.colors)
}

impl Church {
    /// The silhouette; all have the church's area.
    fn target(&self) -> Path {
        self.silhouette.path(self.size_deg)
    }

    /// The silhouette with the clearance round it.
    fn cleared(&self) -> Path {
        let drawn = if self.context == Context::Confetti { self.discs(|_| true) } else { self.target() };
        drawn.grown(CLEARANCE * self.size_deg / GRID)
    }

    /// The gray zone of `remote`.
    fn zone(&self) -> Path {
        let [across, down] = self.silhouette.bounds().map(|[low, high]| [low - ZONE, high + ZONE]);
        Path::rectangle(place([across[0], down[0]], self.size_deg), place([across[1], down[1]], self.size_deg))
    }

    /// Discs of the confetti behind bars of some colors.
    fn discs(&self, behind: impl Fn(usize) -> bool) -> Path {
        let radius = CONFETTI_RADIUS * self.size_deg / GRID;
        let chosen = confetti().filter(|&(_, front)| behind(front));
        let discs = chosen.map(|(center, _)| Path::disc(place(center, self.size_deg), radius));
        discs.reduce(|all, disc| all.with(&disc)).unwrap_or_else(|| Path::polygon(&[]))
    }

    fn inducers(&self, strength: f64) -> [[f64; 3]; 2] {
        self.colors.inducers(if self.colored { strength } else { 0.0 })
    }

    fn paint_bars(&self, scene: &mut Scene, target: Fill, [near, far]: [[f64; 3]; 2]) {
        let gray = self.colors.gray;
        let (front, back) = match self.context {
            Context::FrontOnly => (near, gray),
            Context::BackOnly => (gray, far),
            Context::Munker
            | Context::Interrupted
            | Context::Remote
            | Context::RemoteUniform
            | Context::Uniform
            | Context::UniformGap
            | Context::Confetti => (near, far),
        };
        scene.background = Fill::Color(back);
        if self.context == Context::Remote {
            scene.paint(self.zone(), Fill::Color(gray));
        }
        scene.paint(self.target(), target);
        scene.paint(self.bars.layer(0), Fill::Color(front));
        if let Some(hole) = self.hole() {
            scene.paint_within(self.bars.layer(0), Fill::Color(gray), hole);
        }
    }

    /// Where the bars in front have lost their color.
    fn hole(&self) -> Option<Path> {
        match self.context {
            Context::Interrupted => Some(self.cleared()),
            Context::Remote => Some(self.zone()),
            Context::Munker
            | Context::FrontOnly
            | Context::BackOnly
            | Context::RemoteUniform
            | Context::Uniform
            | Context::UniformGap
            | Context::Confetti => None,
        }
    }

    fn paint_uniform(&self, scene: &mut Scene, target: Fill, near: [f64; 3]) {
        scene.background = Fill::Color(near);
        match self.context {
            Context::UniformGap => scene.paint(self.cleared(), Fill::Color(self.colors.gray)),
            Context::RemoteUniform => scene.paint(self.zone(), Fill::Color(self.colors.gray)),
            Context::Munker
            | Context::FrontOnly
            | Context::BackOnly
            | Context::Interrupted
            | Context::Remote
            | Context::Uniform
            | Context::Confetti => {}
        }
        scene.paint(self.target(), target);
    }

    /// Bars, discs, and the bars in front of each disc once more within its cell.
    fn paint_confetti(&self, scene: &mut Scene, target: Fill, strength: f64) {
        let mut paints = CONFETTI_BARS.map(color::from_srgb8);
        if strength < 0.0 {
            paints.reverse();
        }
        let share = if self.colored { strength.abs() } else { 0.0 };
        let paints = paints.map(|paint| Fill::Color(self.colors.toward(paint, share)));
        scene.background = paints[0];
        for layer in [1, 2] {
            scene.paint(self.bars.layer(layer), paints[layer]);
        }
        scene.paint(self.discs(|_| true), target);
        for (center, front) in confetti() {
            let [low, high] = cell(center).map(|corner| place(corner, self.size_deg));
            scene.paint_within(self.bars.layer(front), paints[front], Path::rectangle(low, high));
        }
    }

    /// Whether a front layer covers the target and a back layer does not.
    fn layered(&self) -> bool {
        match self.context {
            Context::Munker | Context::FrontOnly | Context::BackOnly | Context::Interrupted | Context::Remote => true,
            Context::RemoteUniform | Context::Uniform | Context::UniformGap | Context::Confetti => false,
        }
    }

    /// Visible targets, and the rest.
    fn add_regions(&self, scene: &mut Scene) {
        let field = MaskStep::Add(scene.field());
        if self.context == Context::Confetti {
            for front in 0..3 {
                let discs = self.discs(|behind| behind == front);
                let visible = vec![MaskStep::Add(discs), MaskStep::Remove(self.bars.layer(front))];
                scene.region(MaskName::Target(front as u8 + 1), visible);
            }
        } else {
            let mut visible = vec![MaskStep::Add(self.target())];
            if self.layered() {
                visible.push(MaskStep::Remove(self.bars.layer(0)));
            }
            scene.region(MaskName::Target(1), visible);
        }
        scene.region(MaskName::Outside, vec![field, MaskStep::Remove(self.cleared())]);
        if self.bar_masks && self.layered() {
            self.add_bar_regions(scene);
        }
    }

    /// Bars where they are seen and have their color.
    fn add_bar_regions(&self, scene: &mut Scene) {
        let (front, hole) = (self.bars.layer(0), self.hole());
        let mut back =
            vec![MaskStep::Add(scene.field()), MaskStep::Remove(front.clone()), MaskStep::Remove(self.target())];
        if self.context == Context::Remote {
            back.extend(hole.clone().map(MaskStep::Remove));
        }
        let front = std::iter::once(MaskStep::Add(front)).chain(hole.map(MaskStep::Remove));
        scene.region(MaskName::FrontBars, front.collect());
        scene.region(MaskName::BackBars, back);
    }

    fn describe(&self, condition: &Condition, scene: &mut Scene) {
        scene.note("illusion", "church");
        scene.note("context", word(CONTEXTS, self.context));
        scene.note("silhouette", word(SILHOUETTES, self.silhouette));
        if self.set != colors::Set::Poster {
            scene.note("colors", word(colors::SETS, self.set));
        }
        if !self.colored {
            scene.note("bars", word(PAINTS, false));
        }
        scene.note("bar_deg", self.bars.bar_deg);
        scene.note("swapped", self.bars.first == 1);
        scene.note("strength", condition.strength);
        scene.note("difference", condition.difference);
    }
}

impl Illusion for Church {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        let strength = condition.strength;
        require("strength", strength, (-1.0..=1.0).contains(&strength), "from -1 to 1")?;
        let target = Fill::Color(self.colors.recolored(condition.difference)?);
        let [near, far] = self.inducers(strength);
        let mut scene = Scene::new([self.size_deg; 2], Fill::Color(near));
        match self.context {
            Context::Munker | Context::FrontOnly | Context::BackOnly | Context::Interrupted | Context::Remote => {
                self.paint_bars(&mut scene, target, [near, far]);
            }
            Context::RemoteUniform | Context::Uniform | Context::UniformGap => {
                self.paint_uniform(&mut scene, target, near)
            }
            Context::Confetti => self.paint_confetti(&mut scene, target, strength),
        }
        self.add_regions(&mut scene);
        self.describe(condition, &mut scene);
        Ok(scene)
    }
}
