//! The scenarios of a folder, one after the other: a line for each, and what does not hold below it.

use std::path::{Path, PathBuf};

use super::{Named, NotAsExpected, NotPlayable, data, play, scenario};

#[derive(Debug, thiserror::Error)]
#[error("{failed} of {all} scenarios did not end as they expect; play one by its name to see its story")]
struct SomeNotAsExpected {
    failed: usize,
    all: usize,
}

/// Every scenario of the folder, by name; nothing is played if one of them cannot be.
pub(super) fn read(folder: &Path) -> Result<Vec<Named>, NotPlayable> {
    let unread = |error: std::io::Error| NotPlayable::File(error.kind());
    let entries = std::fs::read_dir(folder).map_err(unread)?;
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(unread)).collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    if files.is_empty() {
        return Err(NotPlayable::Nothing);
    }
    let named = |file: PathBuf| {
        scenario(&file).map_err(|why| NotPlayable::InFolder(file.display().to_string(), Box::new(why)))
    };
    files.into_iter().map(named).collect()
}

/// Plays them all, whatever comes of each.
pub(super) fn run(scenarios: &[Named], json: bool) -> crate::Outcome {
    let mut failed = 0_usize;
    for Named { name, scenario } in scenarios {
        let rehearsal = play(scenario)?;
        if json {
            crate::print(&data::print(name, &rehearsal)?)?;
        }
        let title = rehearsal.title.clone();
        let broken: Vec<_> = rehearsal.verdicts.into_iter().filter(|verdict| !verdict.holds).collect();
        failed += usize::from(!broken.is_empty());
        if !json {
            let line = if broken.is_empty() {
                format!("holds  {name}: {title}\n")
            } else {
                format!("FAILS  {name}: {title}\n{}\n", NotAsExpected(broken))
            };
            crate::print(&line)?;
        }
    }
    let all = scenarios.len();
    if failed > 0 {
        return Err(SomeNotAsExpected { failed, all }.into());
    }
    if json { Ok(()) } else { crate::print(&format!("All {all} scenarios end as they say.\n")) }
}
