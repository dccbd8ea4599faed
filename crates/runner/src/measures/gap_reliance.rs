//! Gap reliance: does noise in the gap move the evidence, as it must where a contour is completed there?

use super::{Measure, Point};
use trompe_psychophysics::NotMeasurable;

/// (Variance by gap noise − variance by noise outside) / (sum over gap, inducer and outside), illusory figure.
///
/// The masks have equal area. −1 … 1; 0 where the gap counts no more than any other place, 1 where nothing else counts.
pub const FAT_THIN: Measure = Measure {
    id: "gap_reliance",
    title: "share of the noise-driven evidence that comes from the gap, minus the share from outside",
    unit: "ratio",
    range: super::SHARE_DIFFERENCE,
    illusion: "fat_thin",
    along_training: false,
    read,
};

/// The same for Kanizsa figures: variances are averaged over classes.
pub const KANIZSA: Measure = Measure { illusion: "kanizsa", ..FAT_THIN };

fn read(point: &Point<'_>) -> Result<f64, NotMeasurable> {
    let variance = |part: &str| point.noise_variance("reliance_illusory", part);
    let (gap, inducer, outside) = (variance("gap")?, variance("inducer")?, variance("outside")?);
    let sum = gap + inducer + outside;
    if sum.is_finite() && sum > 0.0 {
        Ok((gap - outside) / sum)
    } else {
        Err(NotMeasurable::Absent { what: "any effect of noise" })
    }
}
