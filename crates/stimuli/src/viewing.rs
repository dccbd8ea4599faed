//! How large a scene is shown: any two of size in degrees, size in pixels and pixels per degree give the third.

use crate::StimulusError;
use crate::error::require;

/// Canvas in pixels, and pixels per degree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewing {
    size_px: [usize; 2],
    ppd: f64,
}

impl Viewing {
    /// Height and width in pixels, and pixels per degree.
    ///
    /// # Errors
    /// `size_px` or `ppd` out of range.
    pub fn from_px_and_ppd(size_px: [usize; 2], ppd: f64) -> Result<Self, StimulusError> {
        for side in size_px {
            require("size_px", side as f64, (1..=8192).contains(&side), "from 1 to 8192")?;
        }
        require("ppd", ppd, ppd.is_finite() && ppd > 0.0, "finite and above 0")?;
        Ok(Self { size_px, ppd })
    }

    /// Height and width in pixels and in degrees; both must give the same pixels per degree.
    ///
    /// # Errors
    /// As above, or pixels that would not be square.
    pub fn from_px_and_deg(size_px: [usize; 2], size_deg: [f64; 2]) -> Result<Self, StimulusError> {
        let ppd = size_px[0] as f64 / size_deg[0];
        let other = size_px[1] as f64 / size_deg[1];
        require("size_deg", size_deg[1], (ppd - other).abs() <= 1e-9 * ppd.abs(), "in proportion to size_px")?;
        Self::from_px_and_ppd(size_px, ppd)
    }

    /// Height and width in degrees, and pixels per degree; both sides must be whole pixels.
    ///
    /// # Errors
    /// As above, or a side that is no whole number of pixels.
    pub fn from_deg_and_ppd(size_deg: [f64; 2], ppd: f64) -> Result<Self, StimulusError> {
        let side = |deg: f64| -> Result<usize, StimulusError> {
            let px = deg * ppd;
            let whole = px.round();
            let fits = (px - whole).abs() < 1e-6 && (1.0..=8192.0).contains(&whole);
            require("size_deg", deg, fits, "a whole number of pixels from 1 to 8192 at this ppd")?;
            Ok(whole as usize)
        };
        Self::from_px_and_ppd([side(size_deg[0])?, side(size_deg[1])?], ppd)
    }

    /// A square canvas.
    ///
    /// # Errors
    /// As above.
    pub fn square(size_px: usize, size_deg: f64) -> Result<Self, StimulusError> {
        Self::from_px_and_deg([size_px; 2], [size_deg; 2])
    }

    /// Height and width in pixels.
    pub fn size_px(&self) -> [usize; 2] {
        self.size_px
    }

    /// Height and width in degrees.
    pub fn size_deg(&self) -> [f64; 2] {
        self.size_px.map(|side| side as f64 / self.ppd)
    }

    /// Pixels per degree.
    pub fn ppd(&self) -> f64 {
        self.ppd
    }
}
