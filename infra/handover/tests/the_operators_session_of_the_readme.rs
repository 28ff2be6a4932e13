//! The operator's session in the README is real: its commands, run one after another against the real `handover dev`,
//! print what it shows. Ids, links and ports are those of the run.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed"
)]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One block of the session: shell lines without output, or a command with what it prints.
enum Block<'a> {
    Acts(&'a str),
    Shows { command: &'a str, prints: &'a str },
}

/// The blocks in order, without the first, which starts the machine.
fn session(readme: &str) -> Vec<Block<'_>> {
    let section = readme.split("## An operator's session\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut blocks = Vec::new();
    for part in section.split("```").skip(3).step_by(2) {
        let (kind, text) = part.split_once('\n').unwrap();
        match kind {
            "sh" => blocks.push(Block::Acts(text)),
            "console" => blocks.extend(text.split("$ ").skip(1).map(|shown| {
                let (command, prints) = shown.split_once('\n').unwrap();
                Block::Shows { command, prints }
            })),
            other => panic!("a block of {other}"),
        }
    }
    blocks
}

/// A machine that begins when the README's does, in a folder of its own; both are gone afterwards.
struct Dev {
    folder: PathBuf,
    process: Child,
    ports: [String; 2],
}

impl Dev {
    fn start(arguments: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("handover-session-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_handover"))
            .current_dir(&folder)
            .args(arguments.split_whitespace())
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let urls = lines.by_ref().filter(|line| line.trim_start().starts_with("http://")).take(2);
        let port =
            |line: String| line.split_whitespace().next().unwrap().rsplit(':').next().unwrap().to_owned();
        let ports: Vec<String> = urls.map(port).collect();
        std::thread::spawn(move || lines.for_each(drop));
        Self { folder, process, ports: ports.try_into().unwrap() }
    }

    /// What a line of the shell prints, with the command of this house under its name.
    fn prints(&self, line: &str) -> String {
        let line = line
            .replace(":9000", &format!(":{}", self.ports[0]))
            .replace(":9001", &format!(":{}", self.ports[1]));
        let here = PathBuf::from(env!("CARGO_BIN_EXE_handover"));
        let path = format!("{}:{}", here.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", &line])
            .current_dir(&self.folder)
            .env("PATH", path)
            .env("HANDOVER_URL", format!("http://127.0.0.1:{}", self.ports[0]))
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The id that a text shows first.
fn id_in(text: &str) -> &str {
    let is_id = |word: &&str| word.len() == 36 && word.matches('-').count() == 4;
    text.split_whitespace().find(is_id).unwrap()
}

#[test]
fn the_commands_of_the_session_print_what_is_shown() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let starts = readme.split("## An operator's session\n\n```sh\ncargo run -- ").nth(1).unwrap();
    let dev = Dev::start(starts.lines().next().unwrap());
    let mut ids: Option<(String, String)> = None;
    let mut compared = 0;
    for block in session(&readme) {
        let translate = |text: &str| match &ids {
            Some((shown, real)) => text.replace(shown, real),
            None => text.to_owned(),
        };
        let (command, prints) = match block {
            Block::Acts(lines) => {
                dev.prints(&translate(lines));
                continue;
            }
            Block::Shows { command, prints } => (translate(command), prints),
        };
        let mut printed = dev.prints(&command);
        if ids.is_none() {
            ids = Some((id_in(prints).to_owned(), id_in(&printed).to_owned()));
        }
        let expected = prints.replace(&ids.as_ref().unwrap().0, &ids.as_ref().unwrap().1);
        // The functions run beside the answer, so what is looked at may come a moment later.
        let begun = Instant::now();
        while printed != expected && !command.contains("create") && begun.elapsed() < Duration::from_secs(60)
        {
            printed = dev.prints(&command);
        }
        assert_eq!(printed, expected, "{command}");
        compared += 1;
    }
    assert_eq!(compared, 6);
}
