//! Baselines `odog`, `lodog`, `flodog`: oriented filters of fixed sizes, made equal across orientations, that learn nothing. They are shown the
//! brightness set only, at the 32 pixels a degree for which they were made.
//!
//! # Source
//! blakeslee1999 (ODOG), robinson2007 (LODOG, FLODOG); see `trompe_psychophysics::odog`.

use super::{Built, Entry};
use crate::experiment::Role;
use trompe_psychophysics::odog::Model;

const fn entry(
    id: &'static str,
    title: &'static str,
    build: for<'a> fn(&'a crate::painting::SharedWorld) -> Built<'a>,
) -> Entry {
    Entry { id, title, role: Role::Baseline, build }
}

/// Made equal over the whole picture.
pub const ENTRY: Entry = entry("odog", "oriented filters made equal over the whole picture (brightness)", |_| {
    Built::Brightness(Model::Odog)
});
/// Made equal in a neighborhood.
pub const LODOG: Entry =
    entry("lodog", "oriented filters made equal in a neighborhood (brightness)", |_| Built::Brightness(Model::Lodog));
/// Made equal in a neighborhood, filter by filter.
pub const FLODOG: Entry =
    entry("flodog", "oriented filters made equal filter by filter (brightness)", |_| Built::Brightness(Model::Flodog));
