//! The results folder: cells that are finished stay finished, whatever happens to the process.
//!
//! A cell is one file, `cells/<id>.csv`. Its first line names the format, the cell and the SHA-256 of everything after
//! it; the file is written aside, synced and renamed, so that a name that exists is a cell that is whole. A file that
//! is damaged or belongs to something else is reported and left alone.

use crate::identity::sha256_hex;
use crate::rows::{
    AdversarialRow, AlignmentRow, AttackCheckRow, BrightnessRow, ColorRow, CourseRow, CraftedRow, EvidenceRow, FlowRow,
    LayerRow, MotionRow, PaintedRow, PaintingRow, RecipeRow, SCHEMA, TrainingRow, TrialRow,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What one cell produced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellOutput {
    /// Blocks shown.
    pub trials: Vec<TrialRow>,
    /// Competence along training.
    pub training: Vec<TrainingRow>,
    /// Agreement with the true gradient along training.
    pub alignment: Vec<AlignmentRow>,
    /// What layers tell.
    pub layers: Vec<LayerRow>,
    /// Answers on their way to being settled.
    pub course: Vec<CourseRow>,
    /// What attacks did.
    pub adversarial: Vec<AdversarialRow>,
    /// Whether attacks can be believed.
    pub attack_checks: Vec<AttackCheckRow>,
    /// Pictures that attacks made, kept for other networks and for the report.
    pub crafted: Vec<CraftedRow>,
    /// Parameters at the last checkpoint, where other networks' pictures are to be shown; see `models::named`.
    pub parameters: Option<Vec<u8>>,
    /// Evidence of single twins, where the battery keeps it.
    pub evidence: Vec<EvidenceRow>,
    /// What a network that gives pictures makes of the church.
    pub colors: Vec<ColorRow>,
    /// What it makes of displays of brightness.
    pub brightness: Vec<BrightnessRow>,
    /// What turns in its predictions.
    pub motion: Vec<MotionRow>,
    /// Where places of the disk went in them.
    pub flow: Vec<FlowRow>,
    /// How good its pictures are, and how nearly linear.
    pub painting: Vec<PaintingRow>,
    /// Pictures that it gave, kept for the report.
    pub painted: Vec<PaintedRow>,
    /// Epochs of a recipe.
    pub recipe: Vec<RecipeRow>,
    /// Why the cell ended early, if it did: a result like any other, not computed again.
    pub ended: Option<String>,
}

/// What can be wrong with a results folder.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("{path}: {doing}: {source}; {}", mend(source))]
    Io {
        /// Where.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// The content does not match its checksum, or cannot be read as a cell.
    #[error("{path}: damaged cell file ({why}); delete it and run again, only this cell is computed anew")]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What does not match.
        why: String,
    },
    /// A whole file that is not what its name says.
    #[error("{path}: foreign file ({why}); move it out of this folder and run again")]
    Foreign {
        /// Where.
        path: PathBuf,
        /// What it is.
        why: String,
    },
}

/// What to do about a refusal of the file system.
fn mend(refusal: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match refusal.kind() {
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "a file stands where a folder must be: choose another folder"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "make it writable, or choose another folder",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room and run again: finished cells are kept",
        ErrorKind::NotFound => "make the folder first, or choose another",
        // Kinds are an open set; whatever else happens, what is finished is on disk.
        _ => "mend this and run again: finished cells are kept",
    }
}

impl StoreError {
    /// A refusal of the file system, with where and at what.
    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, doing, source }
    }

    fn damaged(path: &Path, why: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_path_buf(), why: why.into() }
    }
}

/// A run's folder.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// Opens the folder, making it where it is not; refuses early where it cannot be written.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let cells = folder.join("cells");
        fs::create_dir_all(&cells).map_err(StoreError::io(&cells, "cannot make the results folder"))?;
        let probe = cells.join(format!(".write-test-{}", std::process::id()));
        fs::write(&probe, b"").map_err(StoreError::io(&cells, "cannot write the results folder"))?;
        fs::remove_file(&probe).map_err(StoreError::io(&probe, "cannot remove a test file"))?;
        Ok(Self { folder: folder.to_path_buf() })
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a cell is kept.
    pub fn cell_path(&self, id: &str) -> PathBuf {
        self.folder.join("cells").join(format!("{id}.csv"))
    }

    /// The finished cell of that id, `None` where there is none.
    pub fn load(&self, id: &str) -> Result<Option<CellOutput>, StoreError> {
        let path = self.cell_path(id);
        match fs::read(&path) {
            Ok(bytes) => parse_cell(&path, id, &bytes).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Io { path, doing: "cannot read a cell", source }),
        }
    }

    /// Whether the cell is there, by its name alone: what is there was renamed whole.
    pub fn has(&self, id: &str) -> bool {
        self.cell_path(id).is_file()
    }

    /// The first line of a cell file, which has its checksum, after the content was held against it; `None` where there
    /// is no such cell.
    pub fn headline(&self, id: &str) -> Result<Option<String>, StoreError> {
        let path = self.cell_path(id);
        match fs::read(&path) {
            Ok(bytes) => whole(&path, id, &bytes).map(|(head, _)| Some(head)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Io { path, doing: "cannot read a cell", source }),
        }
    }

    /// Keeps a finished cell.
    pub fn save(&self, id: &str, output: &CellOutput) -> Result<(), StoreError> {
        let path = self.cell_path(id);
        let body = cell_body(&path, output)?;
        let mut bytes = format!("trompe-cell,{SCHEMA},{id},{}\n", sha256_hex(&body)).into_bytes();
        bytes.extend_from_slice(&body);
        write_whole(&path, &bytes)
    }

    /// Writes any other file of the run whole or not at all.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(StoreError::io(parent, "cannot make a folder"))?;
        }
        write_whole(&path, bytes)?;
        Ok(path)
    }

    /// Removes what an earlier report left in a folder of this one: files of other names.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn keep_only(&self, folder: &str, names: &[String]) -> Result<(), StoreError> {
        let folder = self.folder.join(folder);
        let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
        for entry in entries {
            let path = entry.map_err(StoreError::io(&folder, "cannot list"))?.path();
            let kept = path.file_name().is_some_and(|name| names.iter().any(|kept| **kept == *name));
            if path.is_file() && !kept {
                fs::remove_file(&path).map_err(StoreError::io(&path, "cannot remove"))?;
            }
        }
        Ok(())
    }

    /// Files in `cells/` that are no cell of this plan, after leftovers of killed processes were removed.
    pub fn foreign(&self, ids: &std::collections::BTreeSet<String>) -> Result<Vec<PathBuf>, StoreError> {
        let cells = self.folder.join("cells");
        let mut foreign = Vec::new();
        let entries = fs::read_dir(&cells).map_err(StoreError::io(&cells, "cannot list the cells"))?;
        for entry in entries {
            let path = entry.map_err(StoreError::io(&cells, "cannot list the cells"))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let known = name.strip_suffix(".csv").is_some_and(|id| ids.contains(id));
            if !known && !name.ends_with(".tmp") && !name.starts_with(".write-test-") {
                foreign.push(path);
            }
        }
        foreign.sort();
        Ok(foreign)
    }
}

/// Written aside, synced, renamed: readers see the old file or the new one.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let aside = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = File::create(&aside).map_err(StoreError::io(&aside, "cannot write"))?;
    file.write_all(bytes).map_err(StoreError::io(&aside, "cannot write"))?;
    file.sync_all().map_err(StoreError::io(&aside, "cannot sync"))?;
    drop(file);
    fs::rename(&aside, path).map_err(StoreError::io(path, "cannot rename"))
}

fn cell_body(path: &Path, output: &CellOutput) -> Result<Vec<u8>, StoreError> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).flexible(true).from_writer(Vec::new());
    let written: Result<(), csv::Error> = (|| {
        if let Some(reason) = &output.ended {
            writer.serialize(("ended", reason))?;
        }
        for row in &output.training {
            writer.serialize(("training", row))?;
        }
        for row in &output.alignment {
            writer.serialize(("alignment", row))?;
        }
        for row in &output.trials {
            writer.serialize(("trial", row))?;
        }
        for row in &output.layers {
            writer.serialize(("layer", row))?;
        }
        for row in &output.course {
            writer.serialize(("course", row))?;
        }
        for row in &output.adversarial {
            writer.serialize(("adversarial", row))?;
        }
        for row in &output.attack_checks {
            writer.serialize(("attack_check", row))?;
        }
        for row in &output.colors {
            writer.serialize(("color", row))?;
        }
        for row in &output.brightness {
            writer.serialize(("brightness", row))?;
        }
        for row in &output.motion {
            writer.serialize(("motion", row))?;
        }
        for row in &output.flow {
            writer.serialize(("flow", row))?;
        }
        for row in &output.painting {
            writer.serialize(("painting", row))?;
        }
        for row in &output.recipe {
            writer.serialize(("recipe", row))?;
        }
        for row in &output.painted {
            writer.serialize(("painted", &row.display, &row.context, row.side, BASE64.encode(&row.codes)))?;
        }
        for row in &output.crafted {
            let [clean, attacked] = [&row.clean, &row.attacked].map(|codes| BASE64.encode(floats_to_bytes(codes)));
            writer.serialize(("crafted", &row.made, clean, attacked))?;
        }
        if let Some(bytes) = &output.parameters {
            writer.serialize(("parameters", BASE64.encode(bytes)))?;
        }
        for row in &output.evidence {
            writer.serialize((
                "evidence",
                &row.block,
                row.checkpoint,
                BASE64.encode(floats_to_bytes(&row.positive)),
                BASE64.encode(floats_to_bytes(&row.negative)),
            ))?;
        }
        Ok(())
    })();
    written.map_err(|error| StoreError::damaged(path, error.to_string()))?;
    writer.into_inner().map_err(|error| StoreError::damaged(path, error.to_string()))
}

fn parse_cell(path: &Path, id: &str, bytes: &[u8]) -> Result<CellOutput, StoreError> {
    let (_, body) = whole(path, id, bytes)?;
    parse_body(body).map_err(|why| StoreError::damaged(path, why))
}

/// First line and body of a cell file that is what its name says, and whole.
fn whole<'b>(path: &Path, id: &str, bytes: &'b [u8]) -> Result<(String, &'b [u8]), StoreError> {
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let end = end.ok_or_else(|| StoreError::damaged(path, "it has no first line"))?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let body = &bytes[end + 1..];
    let fields: Vec<&str> = head.split(',').collect();
    let [format, schema, named, checksum] = fields.as_slice() else {
        return Err(StoreError::Foreign { path: path.into(), why: "its first line is not a cell's".into() });
    };
    if *format != "trompe-cell" || *named != id {
        let why = format!("it says it is `{format}` `{named}`, expected `trompe-cell` `{id}`");
        return Err(StoreError::Foreign { path: path.into(), why });
    }
    if *schema != SCHEMA.to_string() {
        let why = format!("format {schema}, this program writes format {SCHEMA}");
        return Err(StoreError::Foreign { path: path.into(), why });
    }
    if sha256_hex(body) != *checksum {
        return Err(StoreError::damaged(path, "its checksum does not match its content"));
    }
    Ok((head, body))
}

fn parse_body(body: &[u8]) -> Result<CellOutput, String> {
    let mut output = CellOutput::default();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body);
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let table = record.get(0).unwrap_or_default().to_owned();
        let rest: csv::StringRecord = record.iter().skip(1).collect();
        let failed = |error: csv::Error| format!("a `{table}` row: {error}");
        match table.as_str() {
            "ended" => output.ended = rest.get(0).map(str::to_owned),
            "training" => output.training.push(rest.deserialize(None).map_err(failed)?),
            "alignment" => output.alignment.push(rest.deserialize(None).map_err(failed)?),
            "trial" => output.trials.push(rest.deserialize(None).map_err(failed)?),
            "layer" => output.layers.push(rest.deserialize(None).map_err(failed)?),
            "course" => output.course.push(rest.deserialize(None).map_err(failed)?),
            "adversarial" => output.adversarial.push(rest.deserialize(None).map_err(failed)?),
            "attack_check" => output.attack_checks.push(rest.deserialize(None).map_err(failed)?),
            "color" => output.colors.push(rest.deserialize(None).map_err(failed)?),
            "brightness" => output.brightness.push(rest.deserialize(None).map_err(failed)?),
            "motion" => output.motion.push(rest.deserialize(None).map_err(failed)?),
            "flow" => output.flow.push(rest.deserialize(None).map_err(failed)?),
            "painting" => output.painting.push(rest.deserialize(None).map_err(failed)?),
            "recipe" => output.recipe.push(rest.deserialize(None).map_err(failed)?),
            "painted" => output.painted.push(parse_painted(&rest)?),
            "crafted" => output.crafted.push(parse_crafted(&rest)?),
            "parameters" => {
                let bytes = BASE64.decode(rest.get(0).unwrap_or_default());
                output.parameters = Some(bytes.map_err(|error| format!("parameters: {error}"))?);
            }
            "evidence" => output.evidence.push(parse_evidence(&rest)?),
            other => return Err(format!("unknown table `{other}`")),
        }
    }
    Ok(output)
}

fn parse_evidence(record: &csv::StringRecord) -> Result<EvidenceRow, String> {
    let field = |index: usize| record.get(index).ok_or_else(|| format!("evidence has no field {index}"));
    Ok(EvidenceRow {
        block: field(0)?.to_owned(),
        checkpoint: field(1)?.parse().map_err(|error| format!("checkpoint: {error}"))?,
        positive: floats_from_base64(field(2)?)?,
        negative: floats_from_base64(field(3)?)?,
    })
}

fn parse_painted(record: &csv::StringRecord) -> Result<PaintedRow, String> {
    let field = |index: usize| record.get(index).ok_or_else(|| format!("a `painted` row has no field {index}"));
    let side: usize = field(2)?.parse().map_err(|error| format!("side: {error}"))?;
    let codes = BASE64.decode(field(3)?).map_err(|error| format!("a `painted` row: {error}"))?;
    if codes.len() != 3 * side * side {
        return Err(format!("a painted picture of side {side} has {} bytes", codes.len()));
    }
    Ok(PaintedRow { display: field(0)?.to_owned(), context: field(1)?.to_owned(), side, codes })
}

/// What was made stands first, then the codes of both pictures.
fn parse_crafted(record: &csv::StringRecord) -> Result<CraftedRow, String> {
    let split = record.len().checked_sub(2).ok_or("a `crafted` row is too short")?;
    let made: csv::StringRecord = record.iter().take(split).collect();
    let codes = |index: usize| floats_from_base64(record.get(index).unwrap_or_default());
    Ok(CraftedRow {
        made: made.deserialize(None).map_err(|error| format!("a `crafted` row: {error}"))?,
        clean: codes(split)?,
        attacked: codes(split + 1)?,
    })
}

fn floats_to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn floats_from_base64(text: &str) -> Result<Vec<f32>, String> {
    let bytes = BASE64.decode(text).map_err(|error| format!("evidence: {error}"))?;
    let (chunks, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(format!("evidence has {} bytes, not a multiple of 4", bytes.len()));
    }
    Ok(chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
}

/// Rows as CSV text with their header.
pub fn csv_text<Row: serde::Serialize>(rows: &[Row]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
