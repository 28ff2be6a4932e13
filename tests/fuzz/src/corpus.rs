//! What stands in the tree to begin from.

use std::path::{Path, PathBuf};

/// A file of a corpus.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name, of which the part before the first `-` says how it is taken, where it is a whole request.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The files of a door in the order of their names.
///
/// # Panics
///
/// If there are none.
#[must_use]
pub fn of(door: &str) -> Vec<File> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    read(&here.join("corpus").join(door), &mut files);
    match door {
        // Written from Meta's documentation, one for each call and each error.
        "graph-answers" => read(&here.join("../../shared/graph/fixtures"), &mut files),
        // Recorded as one machine delivers them.
        "events" => read(&here.join("../../infra/events"), &mut files),
        _ => {}
    }
    files.retain(|file| !file.name.ends_with(".md") && !file.name.ends_with(".env"));
    assert!(!files.is_empty(), "{door} has no corpus");
    files
}

fn read(folder: &Path, files: &mut Vec<File>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.expect("an entry").path()).collect())
        .unwrap_or_default();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, files);
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push(File { name, bytes: std::fs::read(&path).expect("a file") });
        }
    }
}
