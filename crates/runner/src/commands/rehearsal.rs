//! What only shows when an experiment is put together: options that contradict each other, figures that do not fit the
//! canvas. Two twins of every block are drawn and every cell is planned, so that nothing of this ends a run that has begun.

use crate::bridge;
use crate::experiment::{BatterySpec, ChurchSpec, Experiment, Place};
use crate::painting;
use crate::plan::Plan;

/// A part of the experiment that cannot be built.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfit {
    /// Where it is written.
    pub place: Place,
    /// Why it cannot be built.
    pub why: String,
    /// How to mend it.
    pub mend: &'static str,
}

/// Puts the experiment together on a small scale.
///
/// # Errors
///
/// The first part that cannot be built.
pub fn rehearse(experiment: &Experiment) -> Result<(), Unfit> {
    bridge::check_device(&experiment.device).map_err(|why| {
        let place = Place { table: "device", entry: 0, key: None };
        Unfit { place, why, mend: "write a device that this build has" }
    })?;
    worlds(experiment)?;
    pictures(experiment)?;
    networks(experiment)
}

fn worlds(experiment: &Experiment) -> Result<(), Unfit> {
    for (entry, spec) in experiment.worlds.iter().enumerate() {
        let built = match experiment.battery.gives_pictures() {
            true => painting::PictureWorld::build(spec, experiment.battery.size_px).map(drop),
            false => bridge::world(spec).map(drop),
        };
        built.map_err(|why| {
            let place = Place { table: "world", entry, key: Some("settings") };
            Unfit { place, why, mend: "change the option that is named, or leave it out: every option has a default" }
        })?;
    }
    Ok(())
}

/// Draws what is shown, two of everything.
fn pictures(experiment: &Experiment) -> Result<(), Unfit> {
    if let Some(church) = &experiment.battery.church {
        let few = ChurchSpec { color_sets: church.color_sets.min(1), ..church.clone() };
        let place = Place { table: "battery", entry: 0, key: None };
        let mend = "change `canvas_px` or `bars` in [battery] until every display can be drawn";
        painting::draw_displays(&few).map_err(|why| Unfit { place, why, mend })?;
        return canvases(experiment);
    }
    if experiment.battery.gives_pictures() {
        return canvases(experiment);
    }
    let mut few = experiment.clone();
    few.competence.images = 2;
    if let Some(attacked) = &mut few.adversarial {
        attacked.pictures = 1;
    }
    few.battery.twins = 2;
    few.battery.noise_figures = 2;
    few.battery.noise_fields = few.battery.noise_fields.min(2);
    let Err(why) = bridge::shared_worlds(&few) else { return Ok(()) };
    let battery = |key| Place { table: "battery", entry: 0, key };
    Err(match why.strip_prefix("battery: ") {
        Some(why) => Unfit {
            place: battery(None),
            why: format!("these figures cannot be drawn: {why}"),
            mend: "change `size_px`, the support ratios or the turns in [battery] until every figure fits",
        },
        None => Unfit {
            place: battery(Some("size_deg")),
            why,
            mend: "write the side of the world's scene as `size_deg`, or leave `size_deg` out",
        },
    })
}

/// Networks that give pictures must give them on every canvas that they are shown.
fn canvases(experiment: &Experiment) -> Result<(), Unfit> {
    for (entry, network) in experiment.networks.iter().enumerate() {
        for side in experiment.battery.canvases() {
            let battery = BatterySpec { size_px: side, ..experiment.battery.clone() };
            let spec = bridge::network_spec(network, &experiment.worlds[0], &battery);
            let given = spec.and_then(|spec| spec.check().map_err(|error| error.to_string()));
            let why = match given.map(|shapes| shapes.last().copied()) {
                Ok(Some([_, height, width])) if (height, width) == (side, side) => continue,
                Ok(shape) => format!("on a canvas of {side} px the network gives pictures of {shape:?}"),
                Err(why) => why,
            };
            let place = Place { table: "network", entry, key: None };
            return Err(Unfit { place, why, mend: "choose strides and `upsample` whose product divides every canvas" });
        }
    }
    Ok(())
}

/// Plans every cell, which follows a picture through every network.
fn networks(experiment: &Experiment) -> Result<(), Unfit> {
    let planned = Plan::of(experiment).map(drop);
    planned.map_err(|error| {
        let named = |name: &str| error.place.contains(&format!("network `{name}`"));
        let entry = experiment.networks.iter().position(|network| named(&network.name)).unwrap_or_default();
        let place = Place { table: "network", entry, key: None };
        Unfit { place, why: error.to_string(), mend: "change the layers, or the observers that use them" }
    })
}
