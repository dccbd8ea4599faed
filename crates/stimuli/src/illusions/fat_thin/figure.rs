//! One fat or thin figure: its parameters, its geometry and its scene.

use crate::StimulusError;
use crate::error::require;
use crate::figures::{BowedSquare, Pacman};
use crate::geometry::{Point, radians};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use std::f64::consts::{FRAC_PI_4, PI};

/// Half the width of a drawn contour, degrees.
pub const CONTOUR_HALF_WIDTH_DEG: f64 = 0.1;
/// How far a misaligned cut is moved toward the center or away from it, as a share of the inducer's radius.
pub const MISALIGNMENT: f64 = 0.4;
/// Largest turn of the whole figure, degrees: a fat figure turned by 90° is thin.
pub const LARGEST_TURN_DEG: f64 = 17.0;
/// Bars across the gaps: half their length and half their width, degrees.
const BAR_DEG: [f64; 2] = [0.2, 0.06];
/// Least half width of the gap mask, degrees.
const GAP_HALF_WIDTH_DEG: f64 = 0.2;
/// Clear space between the masks, degrees.
const CLEARANCE_DEG: f64 = 0.04;

/// Which of the two figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The upper and lower sides bulge, the others pinch.
    Thin,
    /// The left and right sides bulge, the others pinch.
    Fat,
}

impl Form {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Thin => Self::Fat,
            Self::Fat => Self::Thin,
        }
    }

    fn sign(self) -> f64 {
        match self {
            Self::Thin => -1.0,
            Self::Fat => 1.0,
        }
    }
}

/// Lighter or darker than the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// Darker.
    Dark,
    /// Lighter.
    Light,
}

impl Polarity {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Dark,
        }
    }

    /// −1 or 1.
    pub fn sign(self) -> f64 {
        match self {
            Self::Dark => -1.0,
            Self::Light => 1.0,
        }
    }
}

/// Polarity of a drawn contour against that of the inducers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relative {
    /// The inducers' polarity.
    Same,
    /// The opposite.
    Opposite,
}

/// A physically present contour, drawn in the gaps only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contour {
    /// Whose contour.
    pub form: Form,
    /// Contrast relative to the inducers', 0 to 1.
    pub contrast: f64,
    /// Its polarity.
    pub polarity: Relative,
}

/// How the figure is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variant {
    /// Straight 90° mouths, turned by ±α in alternation. Primary.
    Illusory,
    /// Discs without what the bowed square covers.
    IllusoryCurved,
    /// As illusory, each cut disc then turned by 180° about its own center.
    Local,
    /// As curved, each cut disc then turned by 180° about its own center.
    LocalCurved,
    /// As illusory, the cuts moved toward the center and away from it in alternation.
    Misaligned,
    /// Full discs: no shape.
    Discs,
    /// As illusory, two inducers dark and two light.
    MixedPolarity,
    /// Full discs, and the bowed square's real contour in the gaps only.
    RealContour {
        /// Contrast relative to the inducers', 0 to 1.
        contrast: f64,
        /// Polarity against the inducers'.
        polarity: Relative,
    },
    /// The bowed square's outline alone, gaps inked, no inducers.
    RealShape,
    /// The bowed square filled, no inducers.
    RealFilled,
    /// As illusory, a short bar across each gap.
    IllusoryBar,
    /// As misaligned, a short bar across each gap.
    MisalignedBar,
}

impl Variant {
    /// Its name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Illusory => "illusory",
            Self::IllusoryCurved => "illusory_curved",
            Self::Local => "local",
            Self::LocalCurved => "local_curved",
            Self::Misaligned => "misaligned",
            Self::Discs => "discs",
            Self::MixedPolarity => "mixed_polarity",
            Self::RealContour { .. } => "real_contour",
            Self::RealShape => "real_shape",
            Self::RealFilled => "real_filled",
            Self::IllusoryBar => "illusory_bar",
            Self::MisalignedBar => "misaligned_bar",
        }
    }
}

/// Where the figure stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Offset of the figure's center from the canvas's, degrees.
    pub center: Point,
    /// Distance between neighboring inducers, degrees.
    pub side_deg: f64,
    /// Turn of the whole, degrees, within ±[`LARGEST_TURN_DEG`].
    pub turn_deg: f64,
}

/// A figure. Gray levels and contrasts are sRGB codes from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Side of the square canvas, degrees.
    pub size_deg: f64,
    /// How it is made.
    pub variant: Variant,
    /// Fat or thin.
    pub form: Form,
    /// Turn of the mouths, or angle of the bow at the corners, degrees, 0 to below 45.
    pub alpha_deg: f64,
    /// Share of each side that lies within the inducers, 0 (no inducers) to below 1.
    pub support_ratio: f64,
    /// Where it stands.
    pub pose: Pose,
    /// Gray level of the ground.
    pub background: f64,
    /// Difference in gray level between ground and inducers, above 0.
    pub inducer_contrast: f64,
    /// Polarity of the inducers, clockwise from the lower left; all equal but in the mixed variant.
    pub polarity: [Polarity; 4],
}

impl Figure {
    /// Radius of the inducers, degrees.
    pub fn radius_deg(&self) -> f64 {
        self.support_ratio * self.pose.side_deg / 2.0
    }

    /// Where the inducers stand, clockwise from the lower left.
    pub fn centers(&self) -> [Point; 4] {
        let square = self.bowed(self.form);
        [0, 1, 2, 3].map(|k| square.corner(k))
    }

    /// The bowed square that a form implies at this α.
    pub fn bowed(&self, form: Form) -> BowedSquare {
        BowedSquare {
            center: self.pose.center,
            side: self.pose.side_deg,
            turn: radians(self.pose.turn_deg),
            bow: form.sign() * libm::tan(radians(self.alpha_deg)),
        }
    }

    /// The straight-mouthed inducers of this form: turned by ±α in alternation, cuts moved by ± `moved` radii.
    pub fn mouths(&self, moved: f64) -> [Pacman; 4] {
        let square = self.bowed(self.form);
        let radius = self.radius_deg();
        [0, 1, 2, 3].map(|k| {
            let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
            let (center, inward) = (square.corner(k), square.inward(k));
            Pacman {
                center,
                radius,
                apex: center + Point::polar(sign * moved * radius, inward),
                axis: inward - sign * self.form.sign() * radians(self.alpha_deg),
                half_mouth: FRAC_PI_4,
            }
        })
    }

    /// How far the cuts of mouths that face the center are moved, in radii; `None` where no mouth does.
    pub fn cut_shift(&self) -> Option<f64> {
        match self.variant {
            Variant::Illusory | Variant::IllusoryCurved | Variant::MixedPolarity | Variant::IllusoryBar => Some(0.0),
            Variant::Misaligned | Variant::MisalignedBar => Some(MISALIGNMENT),
            Variant::Local
            | Variant::LocalCurved
            | Variant::Discs
            | Variant::RealContour { .. }
            | Variant::RealShape
            | Variant::RealFilled => None,
        }
    }

    /// Paths of the inducers, clockwise from the lower left; none where the variant has none.
    pub fn inducers(&self) -> Vec<Path> {
        let (square, radius) = (self.bowed(self.form), self.radius_deg());
        if radius == 0.0 {
            return Vec::new();
        }
        let straight = |moved: f64| self.mouths(moved).iter().map(Pacman::path).collect();
        match self.variant {
            Variant::Illusory | Variant::MixedPolarity | Variant::IllusoryBar => straight(0.0),
            Variant::Misaligned | Variant::MisalignedBar => straight(MISALIGNMENT),
            Variant::Local => self.mouths(0.0).iter().map(|mouth| mouth.turned(PI).path()).collect(),
            Variant::IllusoryCurved => (0..4).map(|k| square.cut_disc(k, radius)).collect(),
            Variant::LocalCurved => (0..4).map(|k| square.cut_disc(k, radius).turned(square.corner(k), PI)).collect(),
            Variant::Discs | Variant::RealContour { .. } => self.discs(0.0),
            Variant::RealShape | Variant::RealFilled => Vec::new(),
        }
    }

    fn discs(&self, margin: f64) -> Vec<Path> {
        self.centers().iter().map(|&center| Path::disc(center, self.radius_deg() + margin)).collect()
    }

    fn gray(&self, contrast: f64, polarity: Polarity) -> Fill {
        Fill::gray_level(self.background + polarity.sign() * contrast * self.inducer_contrast)
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// [`StimulusError::OutOfRange`] with the name of the parameter.
    pub fn check(&self) -> Result<(), StimulusError> {
        let pose = self.pose;
        require("size_deg", self.size_deg, self.size_deg.is_finite() && self.size_deg > 0.0, "finite and above 0")?;
        require("alpha_deg", self.alpha_deg, (0.0..45.0).contains(&self.alpha_deg), "from 0 to below 45")?;
        require("center_x_deg", pose.center.x, pose.center.x.is_finite(), "finite")?;
        require("center_y_deg", pose.center.y, pose.center.y.is_finite(), "finite")?;
        require("side_deg", pose.side_deg, pose.side_deg.is_finite() && pose.side_deg > 0.0, "finite and above 0")?;
        require("turn_deg", pose.turn_deg, pose.turn_deg.abs() <= LARGEST_TURN_DEG, "within ±17")?;
        let ratio = self.support_ratio;
        require("support_ratio", ratio, (0.0..1.0).contains(&ratio), "from 0 to below 1: inducers must not touch")?;
        require("background", self.background, (0.0..=1.0).contains(&self.background), "from 0 to 1")?;
        require("inducer_contrast", self.inducer_contrast, self.inducer_contrast > 0.0, "above 0")?;
        for polarity in self.polarity {
            let level = self.background + polarity.sign() * self.inducer_contrast;
            let holds = (-1e-9..=1.0 + 1e-9).contains(&level);
            require("inducer_contrast", self.inducer_contrast, holds, "small enough for gray levels from 0 to 1")?;
        }
        self.check_room()
    }

    fn check_room(&self) -> Result<(), StimulusError> {
        let reach = self.centers().iter().fold(0.0f64, |reach, center| reach.max(center.x.abs()).max(center.y.abs()))
            + self.radius_deg();
        let holds = reach <= self.size_deg / 2.0 + 1e-9;
        require("side_deg", self.pose.side_deg, holds, "small enough for the inducers to lie on the canvas")
    }

    /// The scene.
    ///
    /// # Errors
    /// As [`Figure::check`].
    pub fn compose(&self) -> Result<Scene, StimulusError> {
        self.compose_with(None)
    }

    /// The scene with a contour drawn in the gaps, whatever the variant; for psychometric curves and planted observers.
    ///
    /// # Errors
    /// As [`Figure::check`]; a contrast outside 0 to 1.
    pub fn compose_with(&self, contour: Option<Contour>) -> Result<Scene, StimulusError> {
        self.check()?;
        let mut scene = Scene::new([self.size_deg; 2], Fill::gray_level(self.background));
        if let Variant::RealContour { contrast, polarity } = self.variant {
            self.draw_contour(Contour { form: self.form, contrast, polarity }, &mut scene)?;
        }
        if let Some(contour) = contour {
            self.draw_contour(contour, &mut scene)?;
        }
        for (path, polarity) in self.inducers().into_iter().zip(self.polarity) {
            scene.paint(path, self.gray(1.0, polarity));
        }
        self.draw_extras(&mut scene);
        self.name_regions(&mut scene);
        self.describe(&mut scene);
        Ok(scene)
    }

    /// The contour over the whole way, then the ground again where the inducers will stand.
    fn draw_contour(&self, contour: Contour, scene: &mut Scene) -> Result<(), StimulusError> {
        let contrast = contour.contrast;
        require("contour_contrast", contrast, (0.0..=1.0).contains(&contrast), "from 0 to 1 of the inducers'")?;
        if contrast == 0.0 {
            return Ok(());
        }
        let polarity = match contour.polarity {
            Relative::Same => self.polarity[0],
            Relative::Opposite => self.polarity[0].other(),
        };
        let level = self.background + polarity.sign() * contrast * self.inducer_contrast;
        require("contour_contrast", contrast, (-1e-9..=1.0 + 1e-9).contains(&level), "within gray levels from 0 to 1")?;
        let path = self.bowed(contour.form).path().outlined(CONTOUR_HALF_WIDTH_DEG);
        scene.paint(path, self.gray(contrast, polarity));
        for disc in self.discs(0.0) {
            scene.paint(disc, Fill::gray_level(self.background));
        }
        Ok(())
    }

    /// Real shapes and bars.
    fn draw_extras(&self, scene: &mut Scene) {
        let square = self.bowed(self.form);
        let ink = self.gray(1.0, self.polarity[0]);
        match self.variant {
            Variant::RealShape => scene.paint(square.path().outlined(CONTOUR_HALF_WIDTH_DEG), ink),
            Variant::RealFilled => scene.paint(square.path(), ink),
            Variant::IllusoryBar | Variant::MisalignedBar => {
                for k in 0..4 {
                    let across = Point::polar(1.0, square.outward(k));
                    let middle = square.center + across * (square.side / 2.0);
                    scene.paint(Path::bar(middle - across * BAR_DEG[0], middle + across * BAR_DEG[0], BAR_DEG[1]), ink);
                }
            }
            Variant::Illusory
            | Variant::IllusoryCurved
            | Variant::Local
            | Variant::LocalCurved
            | Variant::Misaligned
            | Variant::Discs
            | Variant::MixedPolarity
            | Variant::RealContour { .. } => {}
        }
    }

    /// Gap, inducers and outside: the same for the fat and the thin figure of a twin.
    fn name_regions(&self, scene: &mut Scene) {
        let bulge = self.bowed(self.form).height(0).abs();
        let half_width = GAP_HALF_WIDTH_DEG.max(bulge + CONTOUR_HALF_WIDTH_DEG);
        let straight = BowedSquare { bow: 0.0, ..self.bowed(self.form) }.path();
        let without = |start: Path, band: Option<Path>, discs: Vec<Path>| -> Vec<MaskStep> {
            std::iter::once(MaskStep::Add(start)).chain(band.into_iter().chain(discs).map(MaskStep::Remove)).collect()
        };
        let cleared = self.discs(CLEARANCE_DEG);
        scene.region(MaskName::Gap, without(straight.clone().outlined(half_width), None, cleared.clone()));
        if self.support_ratio > 0.0 {
            scene.region(MaskName::Inducer, self.discs(0.0).into_iter().map(MaskStep::Add).collect());
        }
        let band = straight.outlined(half_width + CLEARANCE_DEG);
        scene.region(MaskName::Outside, without(scene.field(), Some(band), cleared));
    }

    fn describe(&self, scene: &mut Scene) {
        scene.note("illusion", "fat_thin");
        scene.note("variant", self.variant.id());
        scene.note("form", if self.form == Form::Fat { "fat" } else { "thin" });
        scene.note("alpha_deg", self.alpha_deg);
        scene.note("support_ratio", self.support_ratio);
        scene.note("side_deg", self.pose.side_deg);
        scene.note("turn_deg", self.pose.turn_deg);
        scene.note("center_x_deg", self.pose.center.x);
        scene.note("center_y_deg", self.pose.center.y);
        scene.note("background", self.background);
        scene.note("inducer_contrast", self.inducer_contrast);
        let mixed = self.polarity.iter().any(|&one| one != self.polarity[0]);
        let name = |polarity: Polarity| if polarity == Polarity::Light { "light" } else { "dark" };
        scene.note("polarity", if mixed { "mixed" } else { name(self.polarity[0]) });
        if let Variant::RealContour { contrast, polarity } = self.variant {
            scene.note("contour_contrast", contrast);
            scene.note("contour_polarity", if polarity == Relative::Same { "same" } else { "opposite" });
        }
    }
}
