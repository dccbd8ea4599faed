//! `[layers]`: what is read layer by layer, and when.

use super::known::Bounds;
use super::source::Value;
use super::tuning::ignored;
use crate::experiment::{LayersAt, LayersSpec};

/// Least number of pictures: two pairs to train a decoder on and two to test it.
const FEWEST: f64 = 8.0;

/// Reads `[layers]`, and where it stands.
pub(super) fn layers<'t>(value: &Value<'t>, tuned: bool) -> (Option<LayersSpec>, Value<'t>) {
    if tuned {
        ignored(value, "a search shows nothing, so that [layers] would be ignored");
    }
    (value.table("[layers]".into()).and_then(read), value.clone())
}

fn read(mut section: super::source::Section<'_>) -> Option<LayersSpec> {
    let layers = section.or("layers", LayersAt::Last, |value| {
        let at = value.choice("layers", &["last", "every"])?;
        Some(if at == "every" { LayersAt::Every } else { LayersAt::Last })
    });
    let pictures = section.or("pictures", 1024, pictures);
    let pairs = section.or("pairs", 250, |value| value.whole(Bounds::from_to(5.0, 1e5)));
    section.finish();
    Some(LayersSpec { layers: layers?, pictures: pictures?, pairs: pairs? })
}

fn pictures(value: &Value<'_>) -> Option<usize> {
    let pictures = value.whole(Bounds::from_to(FEWEST, 1e5))?;
    if pictures.is_multiple_of(4) {
        return Some(pictures);
    }
    let help = format!("write `pictures = {}`", pictures.next_multiple_of(4));
    value.wrong(format!("`pictures` are pairs in two halves: a multiple of 4, found {pictures}"), Some(help));
    None
}

/// Layers are asked about Kanizsa figures.
pub(super) fn check_illusion(place: &Value<'_>, illusion: &str) {
    if illusion != LayersSpec::BATTERY {
        let message = format!("[layers] asks about Kanizsa figures, and the battery is `{illusion}`");
        place.disagrees(message, format!("leave [layers] out, or choose `illusion = \"{}\"`", LayersSpec::BATTERY));
    }
}
