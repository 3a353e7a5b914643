//! The architecture, held by reading the source: which module may name which, which words are
//! banned where, and that every file of a registry folder is in its registry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::project_file;

/// A source file: path below src with forward slashes, and its code without comments and strings.
struct Source {
    path: String,
    code: String,
}

impl Source {
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or("");
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

fn sources() -> Vec<Source> {
    let root = project_file("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 60, "only {} source files found", found.len());
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let relative = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            found.push(Source {
                path: relative,
                code: without_comments(&text),
            });
        }
    }
}

/// Code with `//` comments and the content of string literals removed.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let mut in_string = false;
        let mut previous = ' ';
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            if character == '"'
                && previous != '\\'
                && !(previous == '\'' && characters.peek() == Some(&'\''))
            {
                in_string = !in_string;
                code.push('"');
            } else if !in_string {
                if character == '/' && characters.peek() == Some(&'/') {
                    break;
                }
                code.push(character);
            }
            previous = if previous == '\\' && character == '\\' {
                ' '
            } else {
                character
            };
        }
        code.push('\n');
    }
    code
}

/// Whether `word` occurs with no letter, digit or underscore on either side.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let part =
            |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !part(before) && !part(after)
    })
}

#[test]
fn dependency_arrows_run_one_way() {
    // What each module may name, besides itself.
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("base", &[] as &[&str]),
        ("data", &["base"]),
        ("formats", &["base", "data"]),
        ("clean", &["base", "data"]),
        ("learn", &["base", "data"]),
        ("chart", &["base", "data"]),
        ("pipeline", &["base", "data", "clean", "learn"]),
        (
            "evaluate",
            &["base", "data", "clean", "learn", "chart", "pipeline"],
        ),
        (
            "export",
            &[
                "base", "data", "formats", "clean", "learn", "chart", "pipeline",
            ],
        ),
        ("jobs", &["base"]),
        ("gpu", &["base", "chart"]),
        (
            "project",
            &[
                "base", "data", "formats", "clean", "learn", "chart", "pipeline", "evaluate",
                "export",
            ],
        ),
        (
            "session",
            &[
                "base", "data", "formats", "clean", "learn", "chart", "pipeline", "evaluate",
                "export", "project", "jobs",
            ],
        ),
    ]);
    let modules = [
        "base", "data", "formats", "clean", "learn", "chart", "pipeline", "evaluate", "export",
        "project", "jobs", "session", "gpu", "cli", "ui",
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module().to_owned();
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let may: Vec<&str> = match module.as_str() {
            "cli" => modules
                .iter()
                .copied()
                .filter(|name| !matches!(*name, "ui" | "gpu"))
                .collect(),
            "ui" => modules
                .iter()
                .copied()
                .filter(|name| *name != "cli")
                .collect(),
            other => allowed
                .get(other)
                .unwrap_or_else(|| panic!("{other} is not in the map"))
                .to_vec(),
        };
        for name in modules {
            if name != module
                && !may.contains(&name)
                && source.code.contains(&format!("crate::{name}"))
            {
                wrong.push(format!("{} names {name}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn libraries_stay_behind_their_walls() {
    let rules: &[(&str, &[&str])] = &[
        ("egui", &["ui", "main"]),
        ("eframe", &["ui", "main"]),
        ("egui_plot", &["ui"]),
        ("rfd", &["ui"]),
        ("wgpu", &["ui", "gpu"]),
        ("polars", &["data", "formats", "clean", "learn", "chart"]),
        ("linfa", &["learn"]),
        ("linfa_bayes", &["learn"]),
        ("linfa_elasticnet", &["learn"]),
        ("linfa_linear", &["learn"]),
        ("linfa_logistic", &["learn"]),
        ("linfa_nn", &["learn"]),
        ("linfa_pls", &["learn"]),
        ("linfa_svm", &["learn"]),
        ("tract_onnx", &["export"]),
        ("resvg", &["chart"]),
        ("clap", &["cli"]),
        ("zip", &["project"]),
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        for (library, modules) in rules {
            let uses = source.code.contains(&format!("{library}::"))
                && names(&source.code, library)
                || names(&source.code, &format!("use {library}"));
            // `.zip(` on an iterator and modules called like a library are not the library.
            let own = source.code.contains(&format!("self::{library}"))
                || source.code.contains(&format!("mod {library}"));
            if uses && !own && !modules.contains(&source.module()) {
                wrong.push(format!("{} uses {library}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_window_never_waits() {
    let mut wrong = Vec::new();
    for source in sources() {
        if source.module() == "ui" {
            for word in [
                "std::fs",
                "File::open",
                ".exists()",
                ".metadata()",
                "canonicalize",
                "file::load",
                "journal::find",
                "journal::discard",
                "Settings::load",
                "samples::extract",
                "std::thread",
                "thread::sleep",
                ".collect_concurrently",
            ] {
                if source.code.contains(word) {
                    wrong.push(format!("{} uses {word}", source.path));
                }
            }
        }
        let may_start_threads = [
            "jobs/pool.rs",
            "chart/density.rs",
            "formats/delimited/rows.rs",
        ]
        .contains(&source.path.as_str());
        for word in ["thread::Builder", "thread::spawn", "thread::scope"] {
            if source.code.contains(word) && !may_start_threads {
                wrong.push(format!("{} starts threads", source.path));
            }
        }
        if source.code.contains("collect_concurrently") {
            wrong.push(format!("{} uses collect_concurrently", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn colours_are_made_in_the_theme_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        if source.path.starts_with("ui/") && !source.path.starts_with("ui/theme/") {
            // White is allowed: as the tint of a texture it means "as it is".
            for word in [
                "Color32::from_",
                "hex_color!",
                "Color32::BLACK",
                "Color32::RED",
                "Color32::GRAY",
            ] {
                if source.code.contains(word) {
                    wrong.push(format!("{} makes a colour with {word}", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Folder, files that are not entries, text before the entries, text after them.
const REGISTRIES: &[(&str, &[&str])] = &[
    ("formats", &["mod", "delimited"]),
    ("clean", &["mod", "formula", "recipe"]),
    ("learn", &["mod", "matrix"]),
    ("chart/marks", &["mod"]),
    ("evaluate/guardrails", &["mod"]),
    ("ui/panes", &["mod", "welcome", "import"]),
];

#[test]
fn every_file_of_a_registry_folder_is_registered_and_names_no_other() {
    let sources = sources();
    for (folder, helpers) in REGISTRIES {
        let modules: Vec<String> = sources
            .iter()
            .filter_map(|source| {
                let name = source
                    .path
                    .strip_prefix(folder)?
                    .strip_prefix('/')?
                    .strip_suffix(".rs")?;
                (!name.contains('/') && !helpers.contains(&name)).then(|| name.to_owned())
            })
            .collect();
        assert!(modules.len() >= 3, "{folder} has only {modules:?}");
        let registry = sources
            .iter()
            .find(|source| source.path == format!("{folder}/mod.rs"))
            .unwrap();
        for module in &modules {
            assert!(
                registry.code.contains(&format!("mod {module};")),
                "{folder}/{module}.rs is not declared"
            );
            assert!(
                registry.code.contains(&format!("{module}::")),
                "{folder}/{module}.rs is not in the registry"
            );
            let source = sources
                .iter()
                .find(|source| source.path == format!("{folder}/{module}.rs"))
                .unwrap();
            for other in &modules {
                assert!(
                    other == module || !source.code.contains(&format!("super::{other}")),
                    "{folder}/{module}.rs names {other}"
                );
            }
        }
    }
}

#[test]
fn the_project_speaks_of_itself_alone() {
    // Written in two halves, so that this file does not find itself.
    let words: Vec<String> = [
        ("/wo", "rk/"),
        ("assis", "tant"),
        ("TO", "DO"),
        ("FIX", "ME"),
        ("todo", "!("),
        ("unimpl", "emented!("),
    ]
    .iter()
    .map(|(first, second)| format!("{first}{second}"))
    .collect();
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "packaging"] {
        walk(&project_file(folder), &mut |path| {
            let Ok(text) = std::fs::read_to_string(path) else {
                return;
            };
            for word in &words {
                if text.contains(word.as_str()) {
                    wrong.push(format!("{} says {word}", path.display()));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, visit);
        } else if path.extension().is_some_and(|extension| {
            ["rs", "py", "sh", "md", "toml", "xml"].contains(&extension.to_string_lossy().as_ref())
        }) {
            visit(&path);
        }
    }
}
