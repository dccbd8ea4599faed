//! The copy of the workspace in which faults are made.

use super::list::Mutant;
use std::fs;
use std::path::{Path, PathBuf};

/// A copy that is kept between calls: a file is written only where it differs, so that nothing is built twice.
pub struct Workshop {
    folder: PathBuf,
}

impl Workshop {
    /// Makes the copy equal to the sources; what a killed call left broken is mended by that.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn sync(root: &Path, folder: &Path) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(named(folder))?;
        mirror(root, folder, Path::new(""))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs `work` with the fault in its file, and mends the file.
    ///
    /// # Errors
    /// The fault does not apply, the file system refuses, or `work` fails.
    pub fn with_fault<T>(&self, mutant: &Mutant, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        let path = self.folder.join(&mutant.file);
        let sound = fs::read_to_string(&path).map_err(named(&path))?;
        fs::write(&path, mutant.applied(&sound)?).map_err(named(&path))?;
        let done = work();
        fs::write(&path, sound).map_err(named(&path))?;
        done
    }
}

fn named(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

/// Whether a path from the root is part of what is tested: no build products, no history, no results but the published.
fn belongs(path: &Path) -> bool {
    let mut parts = path.iter().map(|part| part.to_string_lossy());
    match (parts.next().as_deref(), parts.next().as_deref()) {
        (Some("target" | ".git"), _) => false,
        (Some("results"), Some(name)) => matches!(name, "README.md" | "reference"),
        (Some(_) | None, _) => true,
    }
}

fn mirror(from: &Path, to: &Path, path: &Path) -> Result<(), String> {
    let names = |folder: &Path| -> Result<Vec<PathBuf>, String> {
        let entries = fs::read_dir(folder).map_err(named(folder))?;
        let names: Result<Vec<PathBuf>, _> =
            entries.map(|entry| entry.map(|entry| path.join(entry.file_name()))).collect();
        names.map_err(named(folder))
    };
    let wanted: Vec<PathBuf> = names(&from.join(path))?.into_iter().filter(|name| belongs(name)).collect();
    for stray in names(&to.join(path))?.iter().filter(|name| !wanted.contains(name)) {
        let stray = to.join(stray);
        let removed = if stray.is_dir() { fs::remove_dir_all(&stray) } else { fs::remove_file(&stray) };
        removed.map_err(named(&stray))?;
    }
    for name in &wanted {
        let (source, copy) = (from.join(name), to.join(name));
        if source.is_dir() {
            fs::create_dir_all(&copy).map_err(named(&copy))?;
            mirror(from, to, name)?;
        } else {
            let bytes = fs::read(&source).map_err(named(&source))?;
            if !fs::read(&copy).is_ok_and(|before| before == bytes) {
                fs::write(&copy, bytes).map_err(named(&copy))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_follows_the_sources_and_is_broken_only_while_work_is_done() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let (root, copy) = (folder.path().join("root"), folder.path().join("root/target/mutants/tree"));
        for (path, text) in
            [("crates/x.rs", "a - b"), ("target/x", ""), (".git/x", ""), ("results/q/x", ""), ("results/README.md", "")]
        {
            fs::create_dir_all(root.join(path).parent().expect("a parent")).expect("a folder");
            fs::write(root.join(path), text).expect("a file");
        }
        let workshop = Workshop::sync(&root, &copy).expect("a copy");
        let read = || fs::read_to_string(copy.join("crates/x.rs")).expect("a copy");
        assert_eq!(read(), "a - b");
        assert!(!copy.join("target").exists() && !copy.join(".git").exists() && !copy.join("results/q").exists());
        let mutant = Mutant {
            file: "crates/x.rs".into(),
            title: "a sign".into(),
            find: " - ".into(),
            replace: " + ".into(),
            package: "p".into(),
            target: "t".into(),
            test: "t".into(),
        };
        assert_eq!(workshop.with_fault(&mutant, || Ok(read())).expect("work"), "a + b");
        assert_eq!(read(), "a - b");
        assert!(workshop.with_fault(&mutant, || Err::<(), _>("no".into())).is_err());
        assert_eq!(read(), "a - b", "mended although the work failed");
        // What is gone from the sources goes from the copy; what a killed call left is mended.
        fs::write(copy.join("crates/x.rs"), "a + b").expect("a file");
        fs::write(copy.join("crates/stray.rs"), "").expect("a file");
        Workshop::sync(&root, &copy).expect("a copy");
        assert!(read() == "a - b" && !copy.join("crates/stray.rs").exists());
    }
}
