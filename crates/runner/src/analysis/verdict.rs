//! What the evidence about one observer allows to be said. Pure logic; the order of the questions is the argument.
//!
//! 1. Was it measured, and is it competent at the real task?
//! 2. Does it tell the illusory figures apart at all?
//! 3. Beyond every baseline, which never learned (or never learned features)?
//! 4. More than a control with the same ink that implies no such shape?
//! 5. Does it rely on relatable edges and on the gap, more than observers do that cannot complete? Only then is the pattern
//!    one of completion.

use super::estimates::Estimate;
use crate::battery::Words;

/// Evidence about one observer in one world on one architecture.
#[derive(Clone, Debug, Default)]
pub struct ObserverEvidence {
    /// Share of its seeds that passed the gate; `None` for observers that do not learn.
    pub gate: Option<f64>,
    /// The primary outcome: d′ on the illusory figure.
    pub illusory: Option<Estimate>,
    /// Name of the strongest baseline, and the outcome minus that baseline's.
    pub over_baseline: Option<(String, Estimate)>,
    /// What is left over the battery's control; see [`Marks`](crate::battery::Marks).
    pub over_control: Option<Estimate>,
    /// What relatable edges add.
    pub relatability: Option<Estimate>,
    /// Gap reliance.
    pub reliance: Option<Estimate>,
    /// Whether the battery has no marks of completion.
    pub without_marks: bool,
}

/// The bounds inside which an effect counts as none: declared margins, raised to what observers that cannot complete show.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// On d′ (relatability).
    pub d_prime: f64,
    /// On gap reliance.
    pub reliance: f64,
    /// Share of seeds that must pass the gate.
    pub gate_share: f64,
}

/// What may be said of an observer.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Something needed has no value.
    NotMeasured(&'static str),
    /// Too few of its networks can do the real task.
    GateFailed {
        /// Share that can.
        share: f64,
    },
    /// The interval of illusory d′ includes 0.
    NoPreference,
    /// A preference, but a baseline has it too.
    NoMoreThanBaseline {
        /// Which.
        name: String,
    },
    /// A preference that the local control shows as well.
    LocalCue,
    /// Beyond baselines and local cues, in a battery that cannot tell completion from matching of cues.
    Preference,
    /// Beyond baselines and local cues, without the marks of completion.
    CueMatching {
        /// Whether relatable edges matter beyond the bound.
        relatable: bool,
        /// Whether the gap matters beyond the bound.
        gap: bool,
    },
    /// Relatable edges and the gap both matter.
    CompletionPattern,
}

/// Judges one observer.
pub fn judge(evidence: &ObserverEvidence, bounds: Bounds) -> Verdict {
    if let Some(share) = evidence.gate.filter(|share| *share < bounds.gate_share) {
        return Verdict::GateFailed { share };
    }
    let Some(illusory) = evidence.illusory.as_ref().and_then(Estimate::low) else {
        return Verdict::NotMeasured("the illusory figure");
    };
    if illusory <= 0.0 {
        return Verdict::NoPreference;
    }
    let Some((name, over)) = &evidence.over_baseline else {
        return Verdict::NotMeasured("a baseline");
    };
    match over.low() {
        None => return Verdict::NotMeasured("the difference from the strongest baseline"),
        Some(low) if low <= 0.0 => return Verdict::NoMoreThanBaseline { name: name.clone() },
        Some(_) => {}
    }
    match evidence.over_control.as_ref().and_then(Estimate::low) {
        None => return Verdict::NotMeasured("the control"),
        Some(low) if low <= 0.0 => return Verdict::LocalCue,
        Some(_) => {}
    }
    if evidence.without_marks {
        return Verdict::Preference;
    }
    let beyond =
        |estimate: &Option<Estimate>, bound: f64| estimate.as_ref().and_then(Estimate::low).map(|low| low > bound);
    match (beyond(&evidence.relatability, bounds.d_prime), beyond(&evidence.reliance, bounds.reliance)) {
        (Some(true), Some(true)) => Verdict::CompletionPattern,
        (relatable, gap) => Verdict::CueMatching { relatable: relatable.unwrap_or(false), gap: gap.unwrap_or(false) },
    }
}

impl Verdict {
    /// The verdict in words, to follow the observer's name.
    pub fn words(&self, of: &Words) -> String {
        match self {
            Self::NotMeasured(what) => format!("no statement: {what} was not measurable"),
            Self::GateFailed { share } => {
                format!("no statement: only {:.0} % of its networks pass the gate on the real task", share * 100.0)
            }
            Self::NoPreference => {
                format!("no illusory effect established: {} are not told apart", of.told)
            }
            Self::NoMoreThanBaseline { name } => {
                format!("tells {} apart, but no better than the baseline `{name}`: no illusion is claimed", of.told)
            }
            Self::LocalCue => {
                format!("tells {} apart, but {} has the effect as well: a local cue", of.told, of.control)
            }
            Self::Preference => format!(
                "classifies the illusory figures as the real ones, beyond every baseline and {}; whether a contour is completed \
                 is not asked here",
                of.control
            ),
            Self::CueMatching { relatable, gap } => {
                let why = match (relatable, gap) {
                    (false, false) => {
                        "neither relatable edges nor the gap matter more than to observers that cannot complete"
                    }
                    (true, false) => {
                        "relatable edges matter, but the gap no more than to observers that cannot complete"
                    }
                    (false, true) => {
                        "the gap matters, but relatable edges no more than to observers that cannot complete"
                    }
                    (true, true) => "both marks are there",
                };
                format!(
                    "classifies the illusory figures as the real ones, beyond every baseline and {}; {why}: the pattern of \
                     cue matching, not of completion",
                    of.control
                )
            }
            Self::CompletionPattern => {
                format!(
                    "classifies the illusory figures as the real ones, beyond every baseline and {}, and relies on \
                     relatable edges and on the gap more than any observer that cannot complete: the pattern of completion",
                    of.control
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(low: f64) -> Option<Estimate> {
        Some(Estimate::for_test(low + 0.1, low, low + 0.2))
    }

    fn full() -> ObserverEvidence {
        ObserverEvidence {
            gate: Some(1.0),
            illusory: estimate(1.0),
            over_baseline: Some(("template".into(), Estimate::for_test(1.0, 0.5, 1.5))),
            over_control: estimate(0.2),
            relatability: estimate(0.5),
            reliance: estimate(0.4),
            without_marks: false,
        }
    }

    const BOUNDS: Bounds = Bounds { d_prime: 0.25, reliance: 0.1, gate_share: 0.8 };

    #[test]
    fn completion_needs_every_mark() {
        assert_eq!(judge(&full(), BOUNDS), Verdict::CompletionPattern);
        type Break = fn(&mut ObserverEvidence);
        let broken: [(Break, Verdict); 8] = [
            (|evidence| evidence.without_marks = true, Verdict::Preference),
            (|evidence| evidence.gate = Some(0.5), Verdict::GateFailed { share: 0.5 }),
            (|evidence| evidence.illusory = estimate(-0.1), Verdict::NoPreference),
            (
                |evidence| evidence.over_baseline = Some(("template".into(), Estimate::for_test(0.1, -0.1, 0.3))),
                Verdict::NoMoreThanBaseline { name: "template".into() },
            ),
            (|evidence| evidence.over_control = estimate(-0.1), Verdict::LocalCue),
            (|evidence| evidence.relatability = estimate(0.2), Verdict::CueMatching { relatable: false, gap: true }),
            (|evidence| evidence.reliance = estimate(0.05), Verdict::CueMatching { relatable: true, gap: false }),
            (|evidence| evidence.illusory = None, Verdict::NotMeasured("the illusory figure")),
        ];
        for (break_it, expected) in broken {
            let mut evidence = full();
            break_it(&mut evidence);
            assert_eq!(judge(&evidence, BOUNDS), expected);
        }
    }

    #[test]
    fn absence_never_counts_as_completion() {
        let mut evidence = full();
        evidence.reliance = None;
        assert_eq!(judge(&evidence, BOUNDS), Verdict::CueMatching { relatable: true, gap: false });
    }
}
