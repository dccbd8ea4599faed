//! `[[network]]`: layers, and whether each of them fits the map it gets.

use super::diagnostics::listed;
use super::known::{Bounds, Known};
use super::observers::names;
use super::source::{Names, Section, Value};
use crate::experiment::{LayerEntry, NetworkEntry};

const KINDS: [&str; 9] =
    ["conv", "dense", "max_pool", "avg_pool", "layer_norm", "rms_norm", "upsample", "readout", "picture"];

/// Reads one network. `size_px` is the side of the image, where that is known; `pictures` says whether it is to give pictures.
pub(super) fn network(
    mut section: Section<'_>,
    (size_px, pictures, worlds): (Option<usize>, bool, &Names),
    known: &Known,
) -> Option<NetworkEntry> {
    let name = section.need("name").and_then(|value| value.text());
    let written = section.need("layers").and_then(|value| value.list("a list of tables"));
    let worlds = section.or("worlds", Vec::new(), |value| names(value, "world", worlds));
    let max_seeds = section.or("max_seeds", None, |value| value.count().map(Some));
    let added = section.get("residual");
    let residual = added.as_ref().map_or(Some(false), Value::flag);
    if let Some(value) = added.filter(|_| !pictures) {
        value.disagrees("only networks that give pictures can be `residual`", "leave it out");
    }
    section.finish();
    let written = written?;
    let layers: Vec<Option<LayerEntry>> =
        written.iter().enumerate().map(|(at, value)| layer(value, at + 1, known)).collect();
    order(&written, &layers, pictures);
    if let Some(size_px) = size_px {
        fit(&written, &layers, size_px, pictures);
    }
    let layers = layers.into_iter().collect::<Option<_>>()?;
    Some(NetworkEntry { name: name?, layers, worlds: worlds?, max_seeds: max_seeds?, residual: residual? })
}

fn layer(value: &Value<'_>, number: usize, known: &Known) -> Option<LayerEntry> {
    let mut section = value.table(format!("layer {number}"))?;
    let found: Vec<&str> =
        KINDS.iter().copied().filter(|kind| section.entries.iter().any(|entry| entry.key == *kind)).collect();
    let &[kind] = found.as_slice() else {
        let what = if found.is_empty() { "names no kind".into() } else { format!("names several: {}", listed(&found)) };
        let misspelled = section.entries.iter().find_map(|entry| super::nearest(&entry.key, KINDS));
        let help = match misspelled.filter(|_| found.is_empty()) {
            Some(kind) => format!("did you mean `{kind}`?"),
            None => format!("write exactly one of {}", listed(&KINDS)),
        };
        value.wrong(format!("layer {number} {what}"), Some(help));
        return None;
    };
    let layer = match kind {
        "conv" => conv(&mut section, known),
        "dense" => dense(&mut section, known),
        "max_pool" => pool(&mut section, kind).map(|(size, stride)| LayerEntry::MaxPool { size, stride }),
        "avg_pool" => pool(&mut section, kind).map(|(size, stride)| LayerEntry::AvgPool { size, stride }),
        "layer_norm" => lone(&mut section, kind, LayerEntry::LayerNorm),
        "rms_norm" => lone(&mut section, kind, LayerEntry::RmsNorm),
        "upsample" => section.need(kind).and_then(|value| value.count()).map(|factor| LayerEntry::Upsample { factor }),
        "picture" => picture(&mut section),
        _ => lone(&mut section, "readout", LayerEntry::Readout),
    };
    section.finish();
    layer
}

fn activation(section: &mut Section<'_>, known: &Known) -> Option<String> {
    let names: Vec<&str> = known.activations.iter().map(String::as_str).collect();
    section.or("activation", "relu".into(), |value| value.choice("activation", &names))
}

fn conv(section: &mut Section<'_>, known: &Known) -> Option<LayerEntry> {
    let channels = section.need("conv").and_then(|value| value.count());
    let kernel = section.need("kernel").and_then(|value| value.count());
    let stride = section.or("stride", 1, Value::count);
    let padding = section.or("padding", 0, |value| value.whole(Bounds::NOT_NEGATIVE));
    let activation = activation(section, known);
    if let (Some(kernel), Some(padding)) = (kernel, padding)
        && padding >= kernel
        && let Some(value) = section.get("padding")
    {
        let message =
            format!("padding {padding} must be below the kernel's side, {kernel}: windows would hold border only");
        value.disagrees(message, format!("write a padding of at most {}", kernel - 1));
    }
    Some(LayerEntry::Conv {
        channels: channels?,
        kernel: kernel?,
        stride: stride?,
        padding: padding?,
        activation: activation?,
    })
}

fn dense(section: &mut Section<'_>, known: &Known) -> Option<LayerEntry> {
    let units = section.need("dense").and_then(|value| value.count());
    let activation = activation(section, known);
    Some(LayerEntry::Dense { units: units?, activation: activation? })
}

fn pool(section: &mut Section<'_>, kind: &str) -> Option<(usize, usize)> {
    let size = section.need(kind).and_then(|value| value.count());
    let stride = match section.get("stride") {
        Some(value) => value.count(),
        None => size,
    };
    Some((size?, stride?))
}

/// The last layer of a network that gives pictures, written by the side of its kernel.
fn picture(section: &mut Section<'_>) -> Option<LayerEntry> {
    let value = section.need("picture")?;
    let kernel = value.count()?;
    if kernel % 2 == 1 {
        return Some(LayerEntry::Picture { kernel });
    }
    value.wrong(format!("the kernel of `picture` must be odd, found {kernel}"), Some(format!("write {}", kernel + 1)));
    None
}

/// A layer without numbers, written `{ kind = true }`.
fn lone(section: &mut Section<'_>, kind: &str, layer: LayerEntry) -> Option<LayerEntry> {
    let value = section.need(kind)?;
    if value.flag()? {
        return Some(layer);
    }
    let help = match layer {
        LayerEntry::Readout => "every network ends in `{ readout = true }`",
        _ => "leave the layer out instead",
    };
    value.wrong(format!("`{kind}` can only be `true`"), Some(help.into()));
    None
}

/// The layer that answers is there, once, and last; networks that give pictures hold nothing that a canvas of another size
/// would change.
fn order(written: &[Value<'_>], layers: &[Option<LayerEntry>], pictures: bool) {
    let (name, such) = if pictures { ("picture", "{ picture = 5 }") } else { ("readout", "{ readout = true }") };
    let answers = |layer: &Option<LayerEntry>| match layer {
        Some(LayerEntry::Readout) => !pictures,
        Some(LayerEntry::Picture { .. }) => pictures,
        Some(_) | None => false,
    };
    let last = layers.len() - 1;
    for (at, (value, layer)) in written.iter().zip(layers).enumerate() {
        if answers(layer) && at < last {
            let message = format!("layer {} is the {name}, but layer {} follows", at + 1, at + 2);
            value.disagrees(message, format!("move `{such}` to the end"));
        }
        let strange = match layer {
            Some(LayerEntry::Readout | LayerEntry::Dense { .. } | LayerEntry::LayerNorm | LayerEntry::RmsNorm) => {
                pictures
            }
            Some(LayerEntry::Picture { .. } | LayerEntry::Upsample { .. }) => !pictures,
            Some(LayerEntry::Conv { .. } | LayerEntry::MaxPool { .. } | LayerEntry::AvgPool { .. }) | None => false,
        };
        if strange {
            let (message, help) = match pictures {
                true => (
                    format!("layer {} depends on the size of the picture, and canvases differ", at + 1),
                    "networks that give pictures are made of `conv`, pooling, `upsample` and `picture`",
                ),
                false => {
                    (format!("layer {} is for networks that give pictures", at + 1), "end in `{ readout = true }`")
                }
            };
            value.disagrees(message, help);
        }
    }
    if !layers.iter().any(answers) && layers[last].is_some() {
        let message = format!("layer {} is the last and must be the {name}", last + 1);
        written[last].disagrees(message, format!("add `{such}` at the end"));
    }
}

/// Follows the map through the layers; stops at the first that does not fit, since what comes after rests on it.
fn fit(written: &[Value<'_>], layers: &[Option<LayerEntry>], size_px: usize, pictures: bool) {
    let mut map = Some(size_px);
    for (at, (value, layer)) in written.iter().zip(layers).enumerate() {
        let Some(layer) = layer else { return };
        let number = at + 1;
        let next = match *layer {
            LayerEntry::Conv { kernel, stride, padding, .. } => {
                slide(value, Window { number, kind: "conv", size: kernel, stride, padding }, map).map(Some)
            }
            LayerEntry::MaxPool { size, stride } => {
                slide(value, Window { number, kind: "max_pool", size, stride, padding: 0 }, map).map(Some)
            }
            LayerEntry::AvgPool { size, stride } => {
                slide(value, Window { number, kind: "avg_pool", size, stride, padding: 0 }, map).map(Some)
            }
            LayerEntry::LayerNorm | LayerEntry::RmsNorm | LayerEntry::Picture { .. } => Some(map),
            LayerEntry::Upsample { factor } => Some(map.map(|side| side.saturating_mul(factor))),
            LayerEntry::Dense { .. } | LayerEntry::Readout => Some(None),
        };
        match next {
            Some(next) => map = next,
            None => return,
        }
    }
    if let (Some(value), Some(side)) = (written.last(), map.filter(|&side| pictures && side != size_px)) {
        let message =
            format!("the network gives pictures of {side} px, and they must be {size_px} px as its inputs are");
        value.disagrees(message, "enlarge what strides and pooling made small with `{ upsample = 2 }`");
    }
}

struct Window {
    number: usize,
    kind: &'static str,
    size: usize,
    stride: usize,
    padding: usize,
}

/// Side of the map that a sliding window leaves; nothing, and a mistake, where it does not fit.
fn slide(value: &Value<'_>, window: Window, map: Option<usize>) -> Option<usize> {
    let Window { number, kind, size, stride, padding } = window;
    let Some(side) = map else {
        let message = format!("layer {number} ({kind}) needs a map, but a layer before it has flattened it");
        value.disagrees(message, "put `conv` and pooling layers before `dense` and `readout`");
        return None;
    };
    let padded = side.saturating_add(padding.saturating_mul(2));
    if size <= padded {
        return Some((padded - size) / stride + 1);
    }
    let border = if padding > 0 { format!(", {padded} × {padded} with its padding") } else { String::new() };
    let message = format!(
        "layer {number} ({kind}): a window of {size} × {size} px does not fit the map it gets, {side} × {side} px{border}"
    );
    value.disagrees(message, format!("write a window of at most {padded}, or smaller strides in the layers before"));
    None
}
