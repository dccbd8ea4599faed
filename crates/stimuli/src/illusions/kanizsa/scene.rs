//! From figure to scene: what is painted in which order, the regions, and the parameters as text.

use super::CONTOUR_HALF_WIDTH_DEG;
use super::figure::Figure;
use super::member::{Contour, Member, Render};
use crate::StimulusError;
use crate::figures::Pacman;
use crate::geometry::Point;
use crate::illusions::fat_thin::{Polarity, Relative};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use std::f64::consts::PI;

/// Half the width of the line that closes a mouth, degrees; less in small discs.
const CLOSING_HALF_WIDTH_DEG: f64 = 0.04;
/// Half width of the gap mask, degrees.
const GAP_HALF_WIDTH_DEG: f64 = 0.12;
/// Clear space between discs and the masks of gap and outside, degrees; less where gaps are small.
const CLEARANCE_DEG: f64 = 0.04;

impl Figure {
    /// The scene.
    ///
    /// # Errors
    /// As [`Figure::check`].
    pub fn compose(&self) -> Result<Scene, StimulusError> {
        self.compose_with(None)
    }

    /// The scene with a real contour in the gaps, whatever the member; for psychometric curves and planted observers.
    ///
    /// # Errors
    /// As [`Figure::check`]; a contrast outside 0 to 1.
    pub fn compose_with(&self, contour: Option<Contour>) -> Result<Scene, StimulusError> {
        self.check()?;
        let mut scene = Scene::new([self.size_deg; 2], Fill::gray_level(self.background));
        let own = if let Member::Contour(own) = self.member { Some(own) } else { None };
        for contour in own.into_iter().chain(contour) {
            self.check_contour(contour)?;
            self.draw_contour(contour, &mut scene);
        }
        self.draw_real(&mut scene);
        for (path, disc) in self.inducers().into_iter().zip(self.discs()) {
            scene.paint(path, Fill::gray_level(disc.gray_level));
        }
        if self.member == Member::Closed {
            for mouth in self.discs().iter().filter_map(|disc| disc.mouth) {
                scene.paint(closing_arc(&mouth), self.fill(self.polarity, 1.0));
            }
        }
        self.name_regions(&mut scene);
        self.describe(&mut scene);
        scene.note("difference", contour.map_or(0.0, |contour| contour.contrast));
        Ok(scene)
    }

    fn fill(&self, polarity: Polarity, share: f64) -> Fill {
        Fill::gray_level(self.gray_level(polarity, share))
    }

    /// The contour over the whole way, then the ground again where discs are, or would be in the illusion.
    fn draw_contour(&self, contour: Contour, scene: &mut Scene) {
        if contour.contrast == 0.0 {
            return;
        }
        let fill = self.fill(self.contour_polarity(contour), contour.contrast);
        scene.paint(self.implied().outlined(CONTOUR_HALF_WIDTH_DEG), fill);
        if self.support_ratio > 0.0 {
            let discs = self.covers(0.0).into_iter().chain(self.corners(self.radius_deg()));
            discs.for_each(|disc| scene.paint(disc, Fill::gray_level(self.background)));
        }
    }

    /// The real shape, in members that have one; discs will lie in front of it.
    fn draw_real(&self, scene: &mut Scene) {
        let polarity = match self.member {
            Member::RealDiscs | Member::RealShape => self.polarity,
            Member::Occluded => self.polarity.other(),
            Member::In
            | Member::Out
            | Member::Rotated
            | Member::Turned(_)
            | Member::Discs
            | Member::Closed
            | Member::Misaligned(_)
            | Member::Scrambled
            | Member::Mixed
            | Member::MixedRotated
            | Member::Contour(_)
            | Member::Fragments
            | Member::FragmentsRotated
            | Member::Count
            | Member::CountRotated => return,
        };
        let path = match self.render {
            Render::Outline => self.implied().outlined(CONTOUR_HALF_WIDTH_DEG),
            Render::Filled => self.implied(),
        };
        scene.paint(path, self.fill(polarity, 1.0));
    }

    /// Where discs are, each grown by a margin; with those that moved to other places, also where the illusion has them.
    fn covers(&self, margin: f64) -> Vec<Path> {
        let radius = self.radius_deg() + margin;
        let mut discs: Vec<Path> = (0..self.count()).map(|k| Path::disc(self.placed(k), radius)).collect();
        if self.member == Member::Scrambled {
            discs.extend(self.corners(radius));
        }
        discs
    }

    /// Discs of that radius on the corners.
    fn corners(&self, radius: f64) -> impl Iterator<Item = Path> {
        (0..self.shape.discs()).map(move |k| Path::disc(self.corner(k), radius))
    }

    /// Clear space round the discs: at most an eighth of a gap, so that something is left of it.
    fn clearance_deg(&self) -> f64 {
        let side = 2.0 * self.circumradius_deg * libm::sin(PI / self.shape.discs() as f64);
        CLEARANCE_DEG.min((1.0 - self.support_ratio) * side / 8.0)
    }

    fn name_regions(&self, scene: &mut Scene) {
        let without = |start: Path, removed: Vec<Path>| -> Vec<MaskStep> {
            std::iter::once(MaskStep::Add(start)).chain(removed.into_iter().map(MaskStep::Remove)).collect()
        };
        let band = |half_width: f64| self.implied().outlined(half_width);
        let cleared = self.covers(self.clearance_deg());
        scene.region(MaskName::Gap, without(band(GAP_HALF_WIDTH_DEG), cleared.clone()));
        if self.support_ratio > 0.0 {
            let discs = (0..self.count()).map(|k| Path::disc(self.placed(k), self.radius_deg()));
            scene.region(MaskName::Inducer, discs.map(MaskStep::Add).collect());
        }
        let wider = vec![band(GAP_HALF_WIDTH_DEG + CLEARANCE_DEG)];
        scene.region(MaskName::Outside, without(scene.field(), [wider, cleared].concat()));
    }

    fn describe(&self, scene: &mut Scene) {
        scene.note("illusion", "kanizsa");
        scene.note("shape", self.shape.id());
        scene.note("variant", self.member.id());
        scene.note("support_ratio", self.support_ratio);
        scene.note("strength", self.support_ratio);
        scene.note("radius_deg", self.radius_deg());
        scene.note("circumradius_deg", self.circumradius_deg);
        scene.note("turn_deg", self.turn_deg);
        scene.note("center_x_deg", self.center.x);
        scene.note("center_y_deg", self.center.y);
        scene.note("background", self.background);
        scene.note("inducer_contrast", self.inducer_contrast);
        let polarity = if self.polarity == Polarity::Light { "light" } else { "dark" };
        scene.note("polarity", if self.member.alternates() { "mixed" } else { polarity });
        self.describe_member(scene);
    }

    fn describe_member(&self, scene: &mut Scene) {
        let numbers = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value.to_string()).collect::<Vec<_>>();
        let n = self.count();
        if self.member.turned_at_random() {
            let turns = numbers(&mut self.turns[..n].iter().map(|turn| turn / PI * 180.0));
            scene.note("turns_deg", turns.join(" "));
        }
        match self.member {
            Member::Turned(degrees) => scene.note("turned_by_deg", degrees),
            Member::Misaligned(share) => scene.note("misaligned_by", share),
            Member::Scrambled => {
                let places = numbers(&mut self.places[..n].iter().flat_map(|place| [place.x, place.y]));
                scene.note("places_deg", places.join(" "));
            }
            Member::Contour(contour) => {
                scene.note("contour_contrast", contour.contrast);
                let same = contour.polarity == Relative::Same;
                scene.note("contour_polarity", if same { "same" } else { "opposite" });
            }
            Member::RealDiscs | Member::RealShape | Member::Occluded => {
                scene.note("render", if self.render == Render::Outline { "outline" } else { "filled" });
            }
            Member::In
            | Member::Out
            | Member::Rotated
            | Member::Discs
            | Member::Closed
            | Member::Mixed
            | Member::MixedRotated
            | Member::Fragments
            | Member::FragmentsRotated
            | Member::Count
            | Member::CountRotated => {}
        }
    }
}

/// The part of a disc's rim across its mouth, just inside the disc.
fn closing_arc(mouth: &Pacman) -> Path {
    let half_width = CLOSING_HALF_WIDTH_DEG.min(mouth.radius / 8.0);
    let radius = mouth.radius - half_width;
    let [from, _] = mouth.edges();
    Path::from(mouth.center + Point::polar(radius, from))
        .arc(mouth.center, radius, [from, 2.0 * mouth.half_mouth])
        .stroked(half_width)
}
