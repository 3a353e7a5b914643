//! The built program, end to end.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{project_file, temporary_folder};

fn benchtop(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_benchtop"));
    command.env("BENCHTOP_HOME", home).stdin(Stdio::null());
    command
}

pub fn run(home: &Path, arguments: &[&str]) -> Output {
    benchtop(home)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{error}"))
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub fn sample(name: &str) -> String {
    path(&project_file(&format!("sample-data/{name}")))
}

/// Runs with --json, expects success and quiet progress, returns what was printed.
pub fn json(home: &Path, arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let output = run(home, &all);
    assert!(
        output.status.success(),
        "{arguments:?}: {}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    assert!(!text(&output.stderr).contains('\r'), "progress on a pipe");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stdout)))
}

/// Expects failure with this exit code; returns the error as JSON.
pub fn error(home: &Path, arguments: &[&str], code: i32) -> Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let output = run(home, &all);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    assert!(
        !output.stderr.is_empty(),
        "{arguments:?}: nothing on stderr"
    );
    let value: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", text(&output.stdout)));
    assert!(value["error"]["what"].is_string(), "{value}");
    value["error"].clone()
}

pub fn names(value: &Value) -> Vec<String> {
    let list = value.as_array().cloned().unwrap_or_default();
    list.iter()
        .filter_map(|entry| entry.as_str().map(str::to_owned))
        .collect()
}

#[test]
fn help_and_version_go_to_stdout() {
    let home = temporary_folder("cli-help");
    for arguments in [vec!["--help"], vec!["train", "--help"], vec!["--version"]] {
        let output = run(&home, &arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(
            !output.stdout.is_empty() && output.stderr.is_empty(),
            "{arguments:?}"
        );
    }
    assert!(text(&run(&home, &["--version"]).stdout).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn profile_describes_every_column() {
    let home = temporary_folder("cli-profile");
    let value = json(&home, &["profile", &sample("penguins.csv")]);
    assert_eq!(value["rows"], 344);
    let columns = value["columns"].as_array().cloned().unwrap_or_default();
    assert_eq!(columns.len(), 8);
    let sex = columns
        .iter()
        .find(|column| column["name"] == "sex")
        .cloned()
        .unwrap_or_default();
    assert_eq!(sex["blanks"], 11);
    assert_eq!(sex["distinct"], 2);
    let output = run(&home, &["profile", &sample("penguins.csv")]);
    let shown = text(&output.stdout);
    assert!(
        shown.contains("bill_length_mm") && shown.contains("Median"),
        "{shown}"
    );
}

#[test]
fn convert_keeps_every_value() {
    let home = temporary_folder("cli-convert");
    let parquet = path(&home.join("penguins.parquet"));
    let value = json(&home, &["convert", &sample("penguins.csv"), &parquet]);
    assert_eq!(
        (&value["rows"], &value["columns"]),
        (&344.into(), &8.into())
    );
    let back = path(&home.join("again.csv"));
    json(&home, &["convert", &parquet, &back]);
    let (first, second) = (
        json(&home, &["profile", &sample("penguins.csv")]),
        json(&home, &["profile", &back]),
    );
    assert_eq!(first["columns"], second["columns"]);
}

#[test]
fn wrong_requests_say_why_and_have_exit_codes() {
    let home = temporary_folder("cli-errors");
    let penguins = sample("penguins.csv");
    assert_eq!(
        error(&home, &["profile", "no-such-file.csv"], 3)["code"],
        "file_not_found"
    );
    assert_eq!(
        error(&home, &["no-such-file.csv"], 3)["code"],
        "file_not_found"
    );
    assert_eq!(
        error(&home, &["convert", &penguins, "out.docx"], 2)["code"],
        "unknown_extension"
    );
    assert_eq!(
        error(&home, &["convert", &penguins, &penguins], 2)["code"],
        "output_is_input"
    );
    assert_eq!(
        error(&home, &["train", &penguins], 2)["code"],
        "wrong_arguments"
    );
    assert_eq!(
        error(
            &home,
            &["train", &penguins, "--target", "species", "--folds", "1"],
            2
        )["code"],
        "wrong_arguments"
    );
    error(&home, &["train", &penguins, "--target", "nothing"], 3);
    assert_eq!(
        error(
            &home,
            &[
                "train",
                &penguins,
                "--target",
                "species",
                "--learner",
                "magic"
            ],
            2
        )["code"],
        "unknown_learner"
    );
    assert_eq!(
        error(
            &home,
            &[
                "train", &penguins, "--target", "species", "--set", "depth=3"
            ],
            2
        )["code"],
        "wrong_setting"
    );
    assert_eq!(
        error(
            &home,
            &["train", &penguins, "--target", "species", "--drop", "wings"],
            2
        )["code"],
        "missing_column"
    );
    assert_eq!(
        error(
            &home,
            &["predict", &penguins, &penguins, "--out", "x.csv"],
            3
        )["code"],
        "not_a_model"
    );
    assert_eq!(
        error(
            &home,
            &["chart", &penguins, "--x", "island", "--out", "x.gif"],
            2
        )["code"],
        "unknown_extension"
    );
    assert_eq!(
        error(&home, &["bench", "nothing"], 2)["code"],
        "unknown_benchmark"
    );
    let plain = run(&home, &["profile", "no-such-file.csv"]);
    assert!(plain.stdout.is_empty());
    assert!(
        text(&plain.stderr).contains("[file_not_found]"),
        "{}",
        text(&plain.stderr)
    );
}

#[test]
fn tune_finds_settings_and_saves_them() {
    let home = temporary_folder("cli-tune");
    let penguins = sample("penguins.csv");
    let model = path(&home.join("tuned.benchtop-model"));
    let tune = |search: &str, more: &[&str]| {
        let mut arguments = vec![
            "tune",
            &penguins,
            "--target",
            "species",
            "--learner",
            "decision_tree",
            "--trials",
            "14",
            "--metric",
            "log_loss",
            "--narrow",
            "max_depth=2..5",
            "--set",
            "prune=0.001",
            "--search",
            search,
        ];
        arguments.extend(more);
        json(&home, &arguments)
    };
    let found = tune("tpe", &["--save", &model]);
    let trials = found["trials"].as_array().cloned().unwrap_or_default();
    assert_eq!(trials.len(), 14);
    for trial in &trials {
        let depth = trial["params"]["max_depth"].as_i64().unwrap_or_default();
        assert!((2..=5).contains(&depth), "{trial}");
        assert_eq!(trial["params"]["prune"], 0.001);
        assert_eq!(trial["folds"].as_array().map(Vec::len), Some(5));
    }
    let score = |trial: &Value| trial["score"].as_f64().unwrap_or(f64::INFINITY);
    let lowest = trials.iter().map(score).fold(f64::INFINITY, f64::min);
    assert_eq!(score(&found["best"]), lowest);
    assert_eq!(found["importance"]["trials"], 14);
    assert!(
        found["caution"]
            .as_str()
            .is_some_and(|text| text.contains("best of 14"))
    );
    assert_eq!(found["saved"]["parity"]["largest_difference"], 0.0);
    let results = found["compared"]["results"].as_array().cloned();
    let tuned = results
        .unwrap_or_default()
        .into_iter()
        .find(|result| result["learner"] == "decision_tree")
        .unwrap_or_default();
    assert_eq!(
        tuned["params"]["max_depth"],
        found["best"]["params"]["max_depth"]
    );
    assert_eq!(tuned["scores"]["log_loss"]["mean"].as_f64(), Some(lowest));

    let again = tune("tpe", &[]);
    let path_of = |found: &Value| -> Vec<(Value, Value)> {
        let trials = found["trials"].as_array().cloned().unwrap_or_default();
        let pair = |trial: &Value| (trial["params"].clone(), trial["score"].clone());
        trials.iter().map(pair).collect()
    };
    assert_eq!(path_of(&found), path_of(&again));
    let nested = tune("halving", &["--nested", "--folds", "3"]);
    assert_eq!(nested["nested"]["folds"].as_array().map(Vec::len), Some(3));
    assert!(
        nested["nested"]["mean"]
            .as_f64()
            .is_some_and(|mean| mean > 0.0)
    );

    let text = run(
        &home,
        &[
            "tune",
            &penguins,
            "--target",
            "species",
            "--learner",
            "decision_tree",
            "--trials",
            "3",
        ],
    );
    let printed = self::text(&text.stdout);
    for part in [
        "own settings",
        "Best: trial",
        "--set decision_tree.",
        "Beside the yardsticks",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    assert!(self::text(&text.stderr).contains("the best so far"));
    let wrong = |more: &[&str]| {
        let mut arguments = vec![
            "tune",
            &penguins,
            "--target",
            "species",
            "--learner",
            "decision_tree",
        ];
        arguments.extend(more);
        error(&home, &arguments, 2)["code"].clone()
    };
    assert_eq!(wrong(&["--narrow", "depth=2..3"]), "unknown_parameter");
    assert_eq!(wrong(&["--narrow", "max_depth=5..3"]), "wrong_narrowing");
    assert_eq!(wrong(&["--search", "luck"]), "unknown_search");
    assert_eq!(wrong(&["--metric", "r_squared"]), "unknown_metric");
    assert_eq!(wrong(&["--minutes", "-1"]), "wrong_arguments");
}

#[test]
fn train_save_predict_export_belong_together() {
    let home = temporary_folder("cli-train");
    let penguins = sample("penguins.csv");
    let model = path(&home.join("penguins.benchtop-model"));
    let trained = json(
        &home,
        &[
            "train", &penguins, "--target", "species", "--folds", "4", "--save", &model,
        ],
    );
    assert_eq!(trained["task"]["kind"], "classes");
    assert_eq!(trained["rows"], 344);
    assert_eq!(trained["folds"], 4);
    assert_eq!(trained["seed"], 1);
    let metric = trained["metric"].as_str().unwrap_or_default().to_owned();
    let results = trained["results"].as_array().cloned().unwrap_or_default();
    for learner in [
        "guessing",
        "one_simple_rule",
        "logistic_regression",
        "decision_tree",
        "gradient_boosting",
    ] {
        let result = results.iter().find(|result| result["learner"] == learner);
        let score = result
            .map(|result| result["scores"][&metric].clone())
            .unwrap_or_default();
        assert_eq!(
            score["folds"].as_array().map(Vec::len),
            Some(4),
            "{learner}: {score}"
        );
        let (lower, mean, upper) = (
            score["lower"].as_f64(),
            score["mean"].as_f64(),
            score["upper"].as_f64(),
        );
        assert!(
            lower <= mean && mean <= upper && mean > Some(0.0),
            "{learner}: {score}"
        );
    }
    assert!(trained["recommended"].is_string());
    assert!(
        trained["baseline"]["mean"]
            .as_f64()
            .is_some_and(|mean| mean < 0.6)
    );
    assert_eq!(trained["saved"]["parity"]["largest_difference"], 0.0);

    let scored = path(&home.join("scored.csv"));
    let predicted = json(&home, &["predict", &model, &penguins, "--out", &scored]);
    assert_eq!(predicted["rows"], 344);
    let added = names(&predicted["columns_added"]);
    assert_eq!(added, ["prediction", "p_Adelie", "p_Chinstrap", "p_Gentoo"]);
    let lines = std::fs::read_to_string(&scored).unwrap_or_default();
    let mut lines = lines.lines();
    let heading = lines.next().unwrap_or_default();
    assert!(
        heading.ends_with("prediction,p_Adelie,p_Chinstrap,p_Gentoo"),
        "{heading}"
    );
    let source = std::fs::read_to_string(&penguins).unwrap_or_default();
    let mut right = 0;
    for (line, original) in lines.zip(source.lines().skip(1)) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(
            cells.first(),
            original.split(',').next().as_ref(),
            "row order"
        );
        right += usize::from(cells.first() == cells.get(8));
    }
    assert!(right > 320, "{right} of 344 right");

    let onnx = path(&home.join("penguins.onnx"));
    let exported = json(
        &home,
        &["export", &model, "--onnx", &onnx, "--check", &penguins],
    );
    assert_eq!(exported["parity"]["rows"], 344);
    assert_eq!(exported["parity"]["labels_equal"], true);
    assert_eq!(exported["made_up_rows"], false);
    let made_up = json(&home, &["export", &model, "--onnx", &onnx]);
    assert_eq!(made_up["made_up_rows"], true);
}

#[test]
fn the_same_seed_gives_the_same_numbers() {
    let home = temporary_folder("cli-seed");
    let arguments = [
        "train",
        &sample("fuel-economy.csv"),
        "--target",
        "highway_mpg",
        "--learner",
        "decision_tree",
    ];
    let scores = |seed: &str| {
        let mut all = arguments.to_vec();
        all.extend(["--seed", seed]);
        json(&home, &all)["results"]
            .as_array()
            .and_then(|results| {
                results
                    .iter()
                    .find(|result| result["learner"] == "decision_tree")
                    .cloned()
            })
            .map(|result| result["scores"].clone())
            .unwrap_or_default()
    };
    assert_eq!(scores("3"), scores("3"));
    assert_ne!(scores("3"), scores("4"));
}

#[test]
fn one_learner_that_fails_does_not_cost_the_others() {
    let home = temporary_folder("cli-failure");
    let value = json(
        &home,
        &[
            "train",
            &sample("fuel-economy.csv"),
            "--target",
            "highway_mpg",
            "--learner",
            "logistic_regression",
            "--learner",
            "decision_tree",
            "--set",
            "decision_tree.max_depth=3",
        ],
    );
    let results = value["results"].as_array().cloned().unwrap_or_default();
    let of = |learner: &str| {
        results
            .iter()
            .find(|result| result["learner"] == learner)
            .cloned()
            .unwrap_or_default()
    };
    assert!(of("logistic_regression")["error"]["what"].is_string());
    assert!(of("decision_tree")["scores"].is_object());
    assert_eq!(of("decision_tree")["params"]["max_depth"], 3);
    assert!(of("guessing")["scores"].is_object());
}

#[test]
fn a_test_file_is_scored_and_left_out_columns_are_named() {
    let home = temporary_folder("cli-test-file");
    let flights = sample("flights.csv");
    let value = json(
        &home,
        &[
            "train",
            &flights,
            "--target",
            "arr_delay",
            "--drop",
            "dep_delay",
            "--learner",
            "linear_regression",
            "--folds",
            "2",
            "--test",
            &flights,
        ],
    );
    let left_out = value["columns_left_out"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let reason = |name: &str| {
        left_out
            .iter()
            .find(|column| column["name"] == name)
            .map(|column| column["reason"].clone())
    };
    assert_eq!(reason("dep_delay"), Some("Asked to be left out".into()));
    assert!(!names(&value["columns_used"]).contains(&"dep_delay".to_owned()));
    assert!(
        value["test"]["rows"]
            .as_u64()
            .is_some_and(|rows| rows > 8_000)
    );
    assert!(value["test"]["scores"]["mean_absolute_error"].is_number());
}

#[test]
fn charts_are_drawn_as_svg_and_png() {
    let home = temporary_folder("cli-chart");
    let penguins = sample("penguins.csv");
    let svg = home.join("chart.svg");
    let value = json(
        &home,
        &[
            "chart",
            &penguins,
            "--x",
            "bill_length_mm",
            "--y",
            "bill_depth_mm",
            "--color",
            "species",
            "--out",
            &path(&svg),
        ],
    );
    assert_eq!(value["mark"], "scatter");
    let drawn = std::fs::read_to_string(&svg).unwrap_or_default();
    assert!(
        drawn.starts_with("<svg") || drawn.starts_with("<?xml"),
        "{}",
        drawn.chars().take(40).collect::<String>()
    );
    assert!(drawn.contains("Gentoo"));
    let png = home.join("chart.png");
    json(
        &home,
        &["chart", &penguins, "--x", "island", "--out", &path(&png)],
    );
    let bytes = std::fs::read(&png).unwrap_or_default();
    assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.len() > 2_000);
    assert_eq!(
        error(
            &home,
            &["chart", &penguins, "--x", "wings", "--out", &path(&svg)],
            2
        )["code"],
        "unknown_column"
    );
}

#[test]
fn learners_lists_settings_with_defaults() {
    let home = temporary_folder("cli-learners");
    let value = json(&home, &["learners"]);
    let learners = value["learners"].as_array().cloned().unwrap_or_default();
    assert!(learners.len() >= 6);
    for learner in &learners {
        for key in [
            "id",
            "name",
            "summary",
            "when_to_use",
            "when_not_to_use",
            "source",
        ] {
            assert!(
                learner[key].as_str().is_some_and(|text| !text.is_empty()),
                "{learner} {key}"
            );
        }
        for spec in learner["params"].as_array().cloned().unwrap_or_default() {
            // No columns are chosen until a person does.
            let has_default = !spec["default"].is_null() || spec["kind"] == "columns";
            assert!(spec["key"].is_string() && has_default, "{spec}");
        }
    }
    let shown = text(&run(&home, &["learners"]).stdout);
    assert!(shown.contains("--set decision_tree."), "{shown}");
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let home = temporary_folder("cli-pipe");
    let mut child = benchtop(&home)
        .args(["learners", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"));
    drop(child.stdout.take());
    let mut complaints = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        let _ = stderr.read_to_string(&mut complaints);
    }
    let status = child.wait().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((status.code(), complaints.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_behind() {
    let home = temporary_folder("cli-interrupt");
    let out = home.join("results");
    std::fs::create_dir_all(&out).unwrap_or_else(|error| panic!("{error}"));
    let model = out.join("never.benchtop-model");
    let mut child = benchtop(&home)
        .args([
            "train",
            &sample("doctor-visits.csv"),
            "--target",
            "visits",
            "--folds",
            "50",
            "--save",
            &path(&model),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"));
    std::thread::sleep(std::time::Duration::from_millis(400));
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    let status = child.wait().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(status.code(), Some(1));
    let left: Vec<_> = std::fs::read_dir(&out)
        .map(|files| files.filter_map(Result::ok).collect())
        .unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_project_is_repeated_and_on_new_data() {
    use benchtop::base::Params;
    use benchtop::project::Command as Change;
    use benchtop::session::Session;

    let home = temporary_folder("cli-run");
    let data = home.join("penguins.csv");
    std::fs::copy(project_file("sample-data/penguins.csv"), &data)
        .unwrap_or_else(|error| panic!("{error}"));
    let project = home.join("penguins.benchtop");
    let mut session = Session::inline();
    session.load_file(&data, "csv", Params::new());
    let table = session
        .active_id()
        .unwrap_or_else(|| panic!("{:?}", session.take_notices()));
    let changes = [
        Change::AddStep {
            table,
            at: 0,
            operation: "filter_rows".to_owned(),
            params: Params::new().with("condition", "island = 'Biscoe'"),
        },
        Change::SetTarget {
            table,
            target: Some("species".to_owned()),
        },
        Change::SetChart {
            table,
            chart: benchtop::chart::ChartSpec {
                x: Some("body_mass_g".to_owned()),
                ..Default::default()
            },
        },
    ];
    for change in changes {
        session
            .dispatch(change)
            .unwrap_or_else(|error| panic!("{}", error.report()));
    }
    session.save(&project, false);
    assert!(project.exists(), "{:?}", session.take_notices());

    let project = path(&project);
    let value = json(&home, &["run", &project]);
    assert_eq!(value["tables"][0]["rows_read"], 344);
    assert_eq!(value["tables"][0]["rows"], 168);
    assert_eq!(value["tables"][0]["steps"][0]["status"], "done");

    // New data with fewer rows, and everything written out.
    let fewer = home.join("fewer.csv");
    let whole = std::fs::read_to_string(&data).unwrap_or_default();
    let lines: Vec<&str> = whole.lines().take(300).collect();
    std::fs::write(&fewer, lines.join("\n")).unwrap_or_else(|error| panic!("{error}"));
    let out = home.join("out");
    let value = json(
        &home,
        &[
            "run",
            &project,
            "--data",
            &path(&fewer),
            "--retrain",
            "--export",
            &path(&out),
        ],
    );
    assert_eq!(value["tables"][0]["rows_read"], 299);
    assert!(
        value["tables"][0]["training"]["recommended"].is_string(),
        "{value}"
    );
    let files = names(&value["files"]);
    for ending in [".csv", ".svg", ".benchtop-model", ".onnx"] {
        let file = files.iter().find(|file| file.ends_with(ending));
        assert!(
            file.is_some_and(|file| Path::new(file).exists()),
            "{ending}: {files:?}"
        );
    }
}

#[test]
fn benchmarks_print_seconds_and_rows() {
    let home = temporary_folder("cli-bench");
    for (name, rows) in [
        ("csv_load", "2000"),
        ("profile", "2000"),
        ("brush_10m", "20000"),
        ("scroll_page_10m", "20000"),
    ] {
        let value = json(&home, &["bench", name, "--rows", rows]);
        assert_eq!(value["name"], name);
        assert_eq!(value["rows"].to_string(), rows);
        assert!(
            value["seconds"]
                .as_f64()
                .is_some_and(|seconds| seconds >= 0.0),
            "{value}"
        );
    }
}

#[test]
fn train_writes_every_curve_of_the_model_the_same_each_time() {
    let home = temporary_folder("cli-curves");
    let penguins = sample("penguins.csv");
    let train = |folder: &str, target: &str, learner: &str| {
        let folder = home.join(folder);
        let written = json(
            &home,
            &[
                "train",
                &penguins,
                "--target",
                target,
                "--learner",
                learner,
                "--curves",
                &path(&folder),
            ],
        );
        (folder, written["curves"].clone())
    };
    let (first, written) = train("first", "sex", "decision_tree");
    assert_eq!(written["learner"], "decision_tree");
    let files = names(&written["files"]);
    assert_eq!(
        files,
        [
            "comparison",
            "confusion",
            "roc",
            "precision_recall",
            "calibration",
            "gain",
            "lift",
            "threshold_costs",
            "learning_curve",
            "validation_curve"
        ]
    );
    let (second, _) = train("second", "sex", "decision_tree");
    for file in &files {
        for end in ["csv", "svg"] {
            let name = format!("{file}.{end}");
            let bytes = |folder: &Path| std::fs::read(folder.join(&name)).unwrap();
            assert!(bytes(&first) == bytes(&second), "{name}");
            assert!(bytes(&first).len() > 80, "{name}");
        }
    }
    let text = std::fs::read_to_string(first.join("calibration.csv")).unwrap();
    let head = "model,lowest_said,highest_said,rows,mean_said,came_true,lower,upper";
    assert_eq!(text.lines().next(), Some(head));
    assert!(text.contains("\nDecision tree,") && text.contains("\nGuessing,"));
    // Numbers have their own pictures; several classes one curve each.
    let (_, written) = train("numbers", "body_mass_g", "linear_regression");
    let files = names(&written["files"]);
    assert!(files.contains(&"predicted_actual".to_owned()));
    assert!(files.contains(&"residuals".to_owned()) && !files.contains(&"roc".to_owned()));
    let (_, written) = train("classes", "species", "decision_tree");
    assert!(names(&written["files"]).contains(&"roc_gentoo".to_owned()));
}

#[test]
fn train_cleans_with_the_steps_of_a_project() {
    let home = temporary_folder("cli-recipe");
    let model = path(&home.join("cleaned.benchtop-model"));
    let recipe = path(&project_file("tests/fixtures/projects/penguins.benchtop"));
    let train = |file: &str, more: &[&str]| {
        let mut arguments = vec!["train".to_owned(), sample(file)];
        let options = [
            "--target",
            "species",
            "--learner",
            "decision_tree",
            "--recipe",
        ];
        arguments.extend(options.map(str::to_owned));
        arguments.push(recipe.clone());
        arguments.extend(more.iter().map(|&word| word.to_owned()));
        arguments
    };
    let arguments = train("penguins.csv", &["--save", &model]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let value = json(&home, &arguments);
    let steps = value["steps"].as_array().cloned().unwrap_or_default();
    assert_eq!(steps.len(), 9);
    assert!(
        steps.iter().all(|step| step["status"] == "done"),
        "{steps:?}"
    );
    let used = names(&value["columns_used"]);
    assert!(used.contains(&"flipper".to_owned()), "{used:?}");
    assert!(!used.contains(&"body_mass_g".to_owned()), "{used:?}");
    // Raw columns go in: the steps are part of the model, and choose no rows when it predicts.
    let out = path(&home.join("scored.csv"));
    let scored = json(
        &home,
        &["predict", &model, &sample("penguins.csv"), "--out", &out],
    );
    assert_eq!(scored["rows"], 344);

    let arguments = train("wine.csv", &[]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let refused = error(&home, &arguments, 3);
    assert_eq!(refused["code"], "missing_column", "{refused}");
}

#[test]
fn what_a_model_knows_is_printed_and_written() {
    let home = temporary_folder("cli-inspect");
    let penguins = sample("penguins.csv");
    let model = path(&home.join("line.benchtop-model"));
    let trained = json(
        &home,
        &[
            "train",
            &penguins,
            "--target",
            "body_mass_g",
            "--learner",
            "linear_regression",
            "--coefficients",
            "--save",
            &model,
        ],
    );
    let rows = trained["coefficients"]["rows"].as_array().unwrap();
    assert!(rows.len() > 5, "{trained}");
    let csv = home.join("coefficients.csv");
    let found = json(&home, &["inspect", &model, "--coefficients", &path(&csv)]);
    assert_eq!(
        found["coefficients"]["rows"],
        trained["coefficients"]["rows"]
    );
    assert_eq!(found["coefficients"]["statistic"], "t");
    let written = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(written.lines().count(), rows.len() + 1);
    let first: Vec<&str> = written.lines().nth(1).unwrap().split(',').collect();
    assert_eq!(first[1].parse::<f64>().unwrap(), rows[0]["estimate"]);
    let shown = run(&home, &["inspect", &model]);
    let shown = text(&shown.stdout);
    for part in [
        "95 % interval",
        "Std. error",
        "flipper_length_mm",
        "From theory",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // A path is asked of a model that has none, and then of one that has.
    let out = path(&home.join("path.csv"));
    let refused = error(&home, &["inspect", &model, "--path", &out], 2);
    assert_eq!(refused["code"], "no_penalty_path", "{refused}");
    let lasso = path(&home.join("lasso.benchtop-model"));
    let arguments = ["train", &penguins, "--target", "body_mass_g"];
    let rest = ["--learner", "lasso", "--coefficients", "--save", &lasso];
    let told = json(&home, &[&arguments[..], &rest[..]].concat());
    assert!(told["coefficients"]["rows"].is_null(), "{told}");
    assert!(told["coefficients"]["why"].is_string());
    let found = json(&home, &["inspect", &lasso, "--path", &out]);
    let penalties = found["path"]["penalties"].as_array().unwrap().len();
    let written = std::fs::read_to_string(home.join("path.csv")).unwrap();
    assert_eq!(written.lines().count(), penalties + 1);
}

#[test]
fn a_repeated_project_writes_its_trees_for_lightgbm() {
    use benchtop::base::Params;
    use benchtop::project::Command as Change;
    use benchtop::session::Session;

    let home = temporary_folder("cli-run-trees");
    let data = home.join("penguins.csv");
    std::fs::copy(project_file("sample-data/penguins.csv"), &data).unwrap();
    let project = home.join("trees.benchtop");
    let mut session = Session::inline();
    session.load_file(&data, "csv", Params::new());
    let table = session.active_id().unwrap();
    let target = Some("species".to_owned());
    session
        .dispatch(Change::SetTarget { table, target })
        .unwrap();
    for learner in benchtop::learn::REGISTRY {
        if learner.capabilities().yardstick {
            continue;
        }
        let (learner, ticked) = (learner.id().to_owned(), learner.id() == "random_forest");
        session
            .dispatch(Change::TickLearner {
                table,
                learner,
                ticked,
            })
            .unwrap();
    }
    session.save(&project, false);
    let out = home.join("out");
    let arguments = ["run", &path(&project), "--retrain", "--export", &path(&out)];
    let value = json(&home, &arguments);
    let files = names(&value["files"]);
    for ending in ["-lightgbm.txt", "-lightgbm.columns.json"] {
        let file = files.iter().find(|file| file.ends_with(ending));
        assert!(
            file.is_some_and(|file| Path::new(file).exists()),
            "{ending}: {files:?}"
        );
    }
}

#[test]
fn rows_are_divided_in_every_way() {
    let home = temporary_folder("cli-split");
    let penguins = sample("penguins.csv");
    let weather = sample("seattle-weather.csv");
    let train = |more: &[&str]| {
        let mut all = vec!["train"];
        all.extend(more);
        all.extend(["--learner", "logistic_regression"]);
        json(&home, &all)
    };
    let of = |trained: &Value, learner: &str| {
        let results = trained["results"].as_array().cloned().unwrap_or_default();
        let found = results
            .into_iter()
            .find(|result| result["learner"] == learner);
        found.unwrap_or_else(|| panic!("{learner}: {trained}"))
    };
    for (options, kind, rounds, together) in [
        (
            &["--split", "kfold", "--folds", "4"][..],
            "k_fold",
            4,
            false,
        ),
        (
            &["--split", "repeated", "--folds", "3", "--repeats", "2"],
            "repeated",
            6,
            false,
        ),
        (
            &["--split", "holdout", "--check-share", "0.3"],
            "holdout",
            1,
            true,
        ),
        (
            &["--split", "group", "--split-by", "island", "--folds", "3"],
            "groups",
            3,
            false,
        ),
        (
            &["--split", "column", "--split-by", "year"],
            "column",
            3,
            false,
        ),
    ] {
        let mut all = vec![penguins.as_str(), "--target", "sex"];
        all.extend(options);
        let trained = train(&all);
        assert_eq!(trained["split"]["kind"], kind);
        assert_eq!(trained["folds"], rounds, "{kind}");
        let value = of(&trained, "logistic_regression")["scores"]["auc"].clone();
        assert!(value["mean"].as_f64() > Some(0.8), "{kind}: {value}");
        assert!(
            value["lower"].as_f64() < value["mean"].as_f64(),
            "{kind}: {value}"
        );
        assert_eq!(value["blocks"].is_array(), together, "{kind}: {value}");
        let guess = of(&trained, "guessing");
        assert!(guess["not_defined"].is_object(), "{guess}");
    }
    let by_time = [
        weather.as_str(),
        "--target",
        "weather",
        "--split",
        "time",
        "--split-by",
        "date",
        "--gap",
        "7",
    ];
    let trained = train(&by_time);
    assert_eq!(
        trained["split"],
        serde_json::json!({"kind": "time", "column": "date", "gap": 7.0})
    );
    let learned: Vec<u64> = of(&trained, "guessing")["folds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|fold| fold["rows_trained"].as_u64())
        .collect();
    assert_eq!(learned.len(), 5);
    assert!(
        learned.windows(2).all(|pair| pair[0] < pair[1]),
        "{learned:?}"
    );

    let text_of = |options: &[&str]| {
        let mut all = vec![
            "train",
            penguins.as_str(),
            "--target",
            "sex",
            "--learner",
            "guessing",
        ];
        all.extend(options);
        text(&run(&home, &all).stdout)
    };
    let told = text_of(&["--split", "leave-one-out"]);
    assert!(
        told.contains("Every row checked by a model of all others."),
        "{told}"
    );
    assert!(told.contains("of 333 rows checked together"), "{told}");
    let told = text_of(&["--split", "group", "--split-by", "island", "--folds", "3"]);
    assert!(
        told.contains("3 parts, with every island in one part only."),
        "{told}"
    );

    let refused = |options: &[&str], exit: i32| {
        let mut all = vec!["train", penguins.as_str(), "--target", "sex"];
        all.extend(options);
        error(&home, &all, exit)["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(refused(&["--split", "group"], 2), "missing_parameter");
    assert_eq!(
        refused(&["--split", "kfold", "--gap", "3"], 2),
        "unknown_parameter"
    );
    assert_eq!(refused(&["--split", "sideways"], 2), "wrong_arguments");
    assert_eq!(refused(&["--repeats", "3"], 2), "wrong_arguments");
    assert_eq!(
        refused(&["--split", "time", "--split-by", "species"], 3),
        "not_a_time"
    );
}

#[test]
fn rows_that_a_forest_takes_for_alike_are_listed() {
    let home = temporary_folder("cli-near");
    let penguins = sample("penguins.csv");
    let model = path(&home.join("forest.benchtop-model"));
    let arguments = ["train", &penguins, "--target", "species"];
    let rest = ["--learner", "random_forest", "--save", &model];
    let trees = ["--set", "random_forest.trees=30"];
    json(&home, &[&arguments[..], &rest[..], &trees[..]].concat());
    let near = ["near", &model, &penguins, "--row", "41", "--top", "12"];
    let found = json(&home, &near);
    assert_eq!(found["row"], 41);
    assert_eq!(found["target"], "species");
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    assert!(found["rows_in_reach"].as_u64().unwrap() >= 12);
    let table = std::fs::read_to_string(project_file("sample-data/penguins.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    let mut before = 1.0;
    for row in rows {
        let number = row["row"].as_u64().unwrap();
        assert_ne!(number, 41, "the row itself");
        let nearness = row["nearness"].as_f64().unwrap();
        let shared = nearness * 30.0;
        assert!((shared - shared.round()).abs() < 1e-9 && shared.round() >= 1.0);
        assert!(nearness <= before, "nearest first");
        before = nearness;
        let species = row["answer"].as_str().unwrap();
        assert!(lines[number as usize].contains(species), "row {number}");
    }
    let shown = run(&home, &near);
    let shown = text(&shown.stdout);
    for part in ["Row 41 (species ", "Nearness", "Random forest"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let refused = error(&home, &["near", &model, &penguins, "--row", "999"], 2);
    assert_eq!(refused["code"], "no_such_row", "{refused}");
    let refused = error(&home, &["near", &model, &penguins, "--row", "0"], 2);
    assert_eq!(refused["code"], "wrong_arguments", "{refused}");
    let line = path(&home.join("weights.benchtop-model"));
    let weights = ["--learner", "logistic_regression", "--save", &line];
    json(&home, &[&arguments[..], &weights[..]].concat());
    let refused = error(&home, &["near", &line, &penguins, "--row", "1"], 2);
    assert_eq!(refused["code"], "model_compares_no_rows", "{refused}");
}

#[test]
fn rows_are_sealed_opened_once_and_left_alone_on_request() {
    let home = temporary_folder("cli-seal");
    let data = home.join("arrivals.csv");
    crate::sealing::write(&data, &crate::sealing::rows());
    let (data, model) = (path(&data), path(&home.join("arrivals.benchtop-model")));
    let train = |more: &[&str]| {
        let mut all = vec!["train", &data, "--target", "arrival"];
        all.extend(["--learner", "logistic_regression"]);
        all.extend(more);
        json(&home, &all)
    };
    let rows = |found: &Value| found["rows"].as_u64().unwrap_or_default();
    let closed = train(&["--save", &model]);
    let sealed = closed["seal"]["sealed"].as_u64().unwrap_or_default();
    assert!((100..180).contains(&sealed), "{}", closed["seal"]);
    assert_eq!(rows(&closed) + sealed, 700);
    assert_eq!(closed["seal"]["rule"]["kind"], "rows");
    assert_eq!(closed["moment"], "not said");
    assert!(closed["opened"].is_null());
    let kept = crate::support::must(benchtop::export::load_model(Path::new(&model)));
    assert_eq!(
        (kept.record.rows, kept.record.sealed),
        (rows(&closed), sealed)
    );

    let all = train(&["--no-seal"]);
    assert!(all["seal"].is_null() && rows(&all) == 700);

    let more = [
        "--open-seal",
        "--moment",
        "when it leaves",
        "--save",
        &model,
    ];
    let opened = train(&more);
    let exam = &opened["opened"];
    assert_eq!(exam["rows"].as_u64(), Some(sealed));
    assert_eq!(exam["learner"], "logistic_regression");
    assert_eq!(exam["metric"], "auc");
    let number = |of: &str, part: &str| exam[of][part].as_f64().unwrap_or_default();
    assert!(number("score", "lower") < number("score", "mean"));
    assert!(number("score", "mean") < number("score", "upper"));
    assert_eq!(number("guessing", "mean"), 0.5);
    assert_eq!(exam["expected"]["mean"], closed_score(&closed));
    assert_eq!(opened["moment"], "when it leaves");
    // Once they are open, the last fit is on all rows.
    let kept = crate::support::must(benchtop::export::load_model(Path::new(&model)));
    assert_eq!((kept.record.rows, kept.record.sealed), (700, 0));
    assert_eq!(kept.record.moment.as_deref(), Some("when it leaves"));

    let arguments = [
        "train",
        &data,
        "--target",
        "arrival",
        "--learner",
        "decision_tree",
    ];
    let plain = text(&run(&home, &arguments).stdout);
    let words = format!("{sealed} of 700 rows are sealed for one last exam");
    assert!(plain.contains(&words), "{plain}");
    let mut all = arguments.to_vec();
    all.push("--open-seal");
    let plain = text(&run(&home, &all).stdout);
    assert!(
        plain.contains("never used so far") && plain.contains("Guessing: 0.5"),
        "{plain}"
    );

    let tuned = |more: &[&str]| {
        let mut all = vec!["tune", &data, "--target", "arrival"];
        all.extend(["--learner", "decision_tree", "--trials", "2"]);
        all.extend(more);
        json(&home, &all)
    };
    assert_eq!(rows(&tuned(&[])) + sealed, 700);
    assert_eq!(rows(&tuned(&["--no-seal"])), 700);
    let penguins = sample("penguins.csv");
    let few = ["train", &penguins, "--target", "species", "--open-seal"];
    assert_eq!(error(&home, &few, 3)["code"], "nothing_sealed");
}

/// The headline of the logistic regression.
fn closed_score(found: &Value) -> Value {
    let results = found["results"].as_array().cloned().unwrap_or_default();
    let of = |result: &&Value| result["learner"] == "logistic_regression";
    let result = results.iter().find(of).cloned().unwrap_or_default();
    result["scores"]["auc"]["mean"].clone()
}

#[test]
fn a_repeated_project_keeps_its_seal() {
    use benchtop::base::Params;
    use benchtop::project::Command as Change;
    use benchtop::session::Session;

    let home = temporary_folder("cli-run-seal");
    let data = home.join("arrivals.csv");
    crate::sealing::write(&data, &crate::sealing::rows());
    let project = home.join("arrivals.benchtop");
    crate::screens::home();
    let mut session = Session::inline();
    session.load_file(&data, "csv", Params::new());
    let table = session.active_id().unwrap();
    let target = Some("arrival".to_owned());
    session
        .dispatch(Change::SetTarget { table, target })
        .unwrap();
    for learner in benchtop::learn::REGISTRY {
        let ticked = learner.id() == "logistic_regression";
        let learner = learner.id().to_owned();
        let tick = Change::TickLearner {
            table,
            learner,
            ticked,
        };
        session.dispatch(tick).unwrap();
    }
    session.say_moment("at the door");
    let _ = session.learning_plan();
    session.train().unwrap();
    session.poll();
    session.save(&project, false);
    let repeated = json(&home, &["run", &path(&project), "--retrain"]);
    let found = &repeated["tables"][0];
    assert_eq!(found["recorded"]["largest_difference"], 0.0, "{found}");
    assert_eq!(found["moment"], "at the door");
    let run = session.runs()[0].clone();
    assert_eq!(found["seal"]["sealed"].as_u64(), Some(run.sealed));
    let opened = session.open_seal(&run, "logistic_regression", None);
    assert!(opened.is_ok());
    session.save(&project, false);
    let again = run_text(&home, &project);
    assert!(again.contains("They were opened already."), "{again}");
}

fn run_text(home: &Path, project: &Path) -> String {
    text(&run(home, &["run", &path(project), "--retrain"]).stdout)
}

#[test]
fn train_writes_a_script_and_run_writes_the_log() {
    let home = temporary_folder("cli-script");
    let script = home.join("tree.py");
    let told = json(
        &home,
        &[
            "train",
            &sample("penguins.csv"),
            "--target",
            "species",
            "--learner",
            "decision_tree",
            "--folds",
            "2",
            "--script",
            &path(&script),
        ],
    );
    assert_eq!(told["script"]["learner"], "decision_tree");
    assert_eq!(told["script"]["checked"]["rows"], 344);
    assert_eq!(told["script"]["checked"]["rounds"], 2);
    assert!(script.exists() && home.join("tree.folds.csv").exists());
    // The table itself is never written over.
    let table = home.join("birds.csv");
    std::fs::copy(sample("penguins.csv"), &table).unwrap();
    error(
        &home,
        &[
            "train",
            &path(&table),
            "--target",
            "species",
            "--script",
            &path(&table),
        ],
        2,
    );
    // A project without a training has no log to write.
    let project = path(&project_file("tests/fixtures/projects/penguins.benchtop"));
    let log = path(&home.join("runs.csv"));
    let none = error(&home, &["run", &project, "--log", &log], 3);
    assert_eq!(none["code"], "no_trainings");
}
