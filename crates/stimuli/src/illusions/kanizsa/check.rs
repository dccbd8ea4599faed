//! What must hold for a figure to be drawn.

use super::figure::Figure;
use super::member::{Contour, Member, Shape};
use crate::StimulusError;
use crate::error::require;
use crate::illusions::fat_thin::MISALIGNMENT;

impl Figure {
    /// Checks every parameter.
    ///
    /// # Errors
    /// [`StimulusError::OutOfRange`] with the name of the parameter; [`StimulusError::UnknownChoice`] for six discs that
    /// would imply anything but the triangle.
    pub fn check(&self) -> Result<(), StimulusError> {
        let ratio = self.support_ratio;
        require("support_ratio", ratio, (0.0..1.0).contains(&ratio), "from 0 to below 1: inducers must not touch")?;
        require("size_deg", self.size_deg, self.size_deg.is_finite() && self.size_deg > 0.0, "finite and above 0")?;
        require("center_x_deg", self.center.x, self.center.x.is_finite(), "finite")?;
        require("center_y_deg", self.center.y, self.center.y.is_finite(), "finite")?;
        let radius = self.circumradius_deg;
        require("circumradius_deg", radius, radius.is_finite() && radius > 0.0, "finite and above 0")?;
        require("turn_deg", self.turn_deg, self.turn_deg.is_finite(), "finite")?;
        self.check_member()?;
        self.check_grays()?;
        self.check_room()
    }

    fn check_member(&self) -> Result<(), StimulusError> {
        match self.member {
            Member::Turned(degrees) => require("turned_by_deg", degrees, degrees.is_finite(), "finite"),
            Member::Misaligned(share) => {
                require("misaligned_by", share, (0.0..=MISALIGNMENT).contains(&share), "from 0 to 0.4 of the radius")
            }
            Member::Contour(contour) => self.check_contour(contour),
            Member::Count | Member::CountRotated if self.shape == Shape::Triangle => {
                let holds = 2.0 * self.radius_deg() < self.circumradius_deg;
                require("support_ratio", self.support_ratio, holds, "below 0.577: six discs must not touch")
            }
            Member::Count | Member::CountRotated => Err(StimulusError::UnknownChoice {
                owner: "kanizsa".to_owned(),
                key: "shape".to_owned(),
                value: self.shape.id().to_owned(),
                allowed: "triangle, which the six discs imply".to_owned(),
            }),
            Member::Rotated | Member::MixedRotated | Member::FragmentsRotated => {
                let wrong = self.turns[..self.count()].iter().copied().find(|turn| !turn.is_finite());
                wrong.map_or(Ok(()), |turn| require("turns", turn, false, "finite"))
            }
            Member::In
            | Member::Out
            | Member::Discs
            | Member::Closed
            | Member::Scrambled
            | Member::Mixed
            | Member::RealDiscs
            | Member::RealShape
            | Member::Fragments
            | Member::Occluded => Ok(()),
        }
    }

    /// Checks a contour in the gaps.
    pub(super) fn check_contour(&self, contour: Contour) -> Result<(), StimulusError> {
        let contrast = contour.contrast;
        require("difference", contrast, (0.0..=1.0).contains(&contrast), "from 0 to 1 of the inducers' contrast")?;
        let level = self.gray_level(self.contour_polarity(contour), contrast);
        require("difference", contrast, within_gray(level), "small enough for gray levels from 0 to 1")
    }

    fn check_grays(&self) -> Result<(), StimulusError> {
        let contrast = self.inducer_contrast;
        require("background", self.background, (0.0..=1.0).contains(&self.background), "from 0 to 1")?;
        require("inducer_contrast", contrast, contrast > 0.0, "above 0")?;
        let both = self.member.alternates() || self.member == Member::Occluded;
        let polarities = if both { vec![self.polarity, self.polarity.other()] } else { vec![self.polarity] };
        for polarity in polarities {
            let holds = within_gray(self.gray_level(polarity, 1.0));
            require("inducer_contrast", contrast, holds, "small enough for gray levels from 0 to 1")?;
        }
        Ok(())
    }

    fn check_room(&self) -> Result<(), StimulusError> {
        let [x, y] = self.reach();
        let holds = x.max(y) + self.radius_deg() <= self.size_deg / 2.0 + 1e-9;
        require("circumradius_deg", self.circumradius_deg, holds, "small enough for the discs to lie on the canvas")
    }
}

fn within_gray(level: f64) -> bool {
    (-1e-9..=1.0 + 1e-9).contains(&level)
}
