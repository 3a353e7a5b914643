//! What leaves the app reads back as it was: ONNX in another engine, model files, predictions.

use std::path::Path;

use benchtop::base::graph::{ElementType, Graph};
use benchtop::base::ids::StepId;
use benchtop::base::{ErrorKind, Fingerprint, Params, Random, TaskContext, UserError};
use benchtop::clean::Step;
use benchtop::data::Table;
use benchtop::data::table::{NewColumn, NewValues};
use benchtop::export::{self, Parity};
use benchtop::formats;
use benchtop::learn;
use benchtop::learn::matrix::{TargetValues, target_values};
use benchtop::pipeline::{self, FitRequest, FittedPipeline, LearningPlan};

use crate::support::{must, project_file, step, temporary_folder};

fn refused<T>(result: Result<T, UserError>) -> UserError {
    match result {
        Ok(_) => panic!("it was taken"),
        Err(error) => error,
    }
}

// ---- A table with a bit of everything ------------------------------------------------------------

const ROWS: usize = 420;
/// Rows learned from; the rest holds a city that was never seen.
const TRAINED: usize = 360;

pub fn column(name: &str, values: NewValues) -> NewColumn {
    NewColumn {
        name: name.to_owned(),
        values,
    }
}

fn mixed() -> Table {
    let mut random = Random::new(7);
    let mut age = Vec::new();
    let mut income = Vec::new();
    let mut city = Vec::new();
    let mut member = Vec::new();
    let mut joined = Vec::new();
    let mut spare = Vec::new();
    let mut kind = Vec::new();
    let mut answer = Vec::new();
    let mut amount = Vec::new();
    for row in 0..ROWS {
        let years = (18.0 + random.next_f64() * 60.0).floor();
        // Not a number that `f32` can hold exactly.
        let earned = 20_000.0 + random.next_f64() * 90_000.0 + 0.01;
        let place = random.below(4);
        let yes = random.below(2) == 1;
        let days = 18_000 + random.below(2_000) as i32;
        let noise = random.next_f64() * 8.0;
        let score = years / 10.0 + earned / 20_000.0 + place as f64 + noise;
        let blank = |one_in: usize, random: &mut Random| random.below(one_in) == 0;
        age.push(if blank(9, &mut random) {
            f64::NAN
        } else {
            years
        });
        income.push(if blank(11, &mut random) {
            f64::NAN
        } else {
            earned
        });
        let cities = ["Aarhus", "Bern", "São Paulo", "d'Oro, \"X\""];
        let name = if row >= TRAINED && row % 5 == 0 {
            "Never seen"
        } else {
            cities[place]
        };
        city.push((!blank(10, &mut random)).then(|| name.to_owned()));
        member.push((!blank(8, &mut random)).then_some(yes));
        joined.push((!blank(12, &mut random)).then_some(days));
        spare.push(random.next_f64());
        kind.push(Some(
            ["low", "middle", "high"][(score / 5.5).clamp(0.0, 2.0) as usize].to_owned(),
        ));
        answer.push(Some((score > 10.0) == (noise > 1.0)));
        amount.push(score * 1234.5 - 500.0 * f64::from(u8::from(yes)));
    }
    must(Table::of_columns(
        &[
            column("age", NewValues::Numbers(age)),
            column("income", NewValues::Numbers(income)),
            column("city", NewValues::Texts(city)),
            column("member", NewValues::YesNo(member)),
            column("joined", NewValues::Days(joined)),
            column("spare", NewValues::Numbers(spare)),
            column("kind", NewValues::Texts(kind)),
            column("answer", NewValues::YesNo(answer)),
            column("amount", NewValues::Numbers(amount)),
        ],
        Fingerprint::of(&[b"mixed"]),
    ))
}

fn numbered(id: u64, operation: &str, params: Params) -> Step {
    Step {
        id: StepId(id),
        ..step(operation, params)
    }
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

/// Renames, drops, fills and calculates; drops rows too, which must not happen when scoring.
fn recipe() -> Vec<Step> {
    vec![
        numbered(
            1,
            "rename",
            Params::new().with("column", "age").with("to", "years"),
        ),
        numbered(
            2,
            "drop_columns",
            Params::new().with("columns", texts(&["spare"])),
        ),
        numbered(
            3,
            "fill_blanks",
            Params::new()
                .with("columns", texts(&["years"]))
                .with("how", "median"),
        ),
        numbered(
            4,
            "fill_blanks",
            Params::new()
                .with("columns", texts(&["city"]))
                .with("how", "most_frequent"),
        ),
        numbered(
            5,
            "new_column",
            Params::new()
                .with("name", "per_year")
                .with("formula", "income / (years + 1) - 3"),
        ),
        numbered(
            6,
            "filter_rows",
            Params::new()
                .with("condition", "years < 75")
                .with("action", "keep"),
        ),
    ]
}

struct Question {
    target: &'static str,
    steps: Vec<Step>,
    features: Vec<String>,
}

fn questions() -> Vec<Question> {
    let raw = texts(&["age", "income", "city", "member", "joined"]);
    let cleaned = texts(&["years", "income", "city", "member", "joined", "per_year"]);
    let mut questions = Vec::new();
    for target in ["kind", "answer", "amount"] {
        questions.push(Question {
            target,
            steps: Vec::new(),
            features: raw.clone(),
        });
        questions.push(Question {
            target,
            steps: recipe(),
            features: cleaned.clone(),
        });
    }
    questions
}

/// What is fitted on the first rows of a table.
pub struct Wish<'a> {
    pub plan: LearningPlan,
    pub learner: &'a str,
    pub params: &'a Params,
    pub preparation: &'a Params,
    /// Rows learned from.
    pub first: usize,
}

pub fn fit_first(table: &Table, wish: &Wish<'_>) -> FittedPipeline {
    let task = TaskContext::new();
    let prepared = must(pipeline::prepare(table, &wish.plan, &task));
    let rows: Vec<u32> = prepared
        .eligible_rows()
        .into_iter()
        .filter(|&row| (row as usize) < wish.first)
        .collect();
    let learner = must(learn::by_id(wish.learner));
    let params = must(wish.params.checked(learner.params()));
    let request = FitRequest {
        learner: learner.id(),
        params: &params,
        preparation: wish.preparation,
        rows: &rows,
        seed: 1,
        on_round: None,
    };
    let mut pipeline = must(pipeline::fit(&prepared, &request, &task)).pipeline;
    pipeline.record.rows = rows.len() as u64;
    pipeline
}

/// Fits on the rows without the city that was never seen.
fn fit(table: &Table, question: &Question, learner: &str) -> FittedPipeline {
    let wish = Wish {
        plan: LearningPlan {
            target: question.target.to_owned(),
            features: question.features.clone(),
            steps: question.steps.clone(),
        },
        learner,
        params: &Params::new(),
        preparation: &Params::new(),
        first: TRAINED,
    };
    let mut pipeline = fit_first(table, &wish);
    pipeline.record.source_name = "mixed.csv".to_owned();
    pipeline
}

fn can(learner: &dyn learn::Learner, question: &Question) -> bool {
    let can = learner.capabilities();
    if question.target == "amount" {
        can.numbers
    } else {
        can.classes
    }
}

fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{error}"))
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn check(parity: &Parity, table: &Table, what: &str) {
    assert_eq!(parity.rows, table.rows() as u64, "{what}");
    assert!(parity.labels_equal, "{what}");
    assert!(
        parity.largest_difference <= 1e-5,
        "{what}: {}",
        parity.largest_difference
    );
}

// ---- ONNX ---------------------------------------------------------------------------------------

#[test]
fn every_learner_exports_to_onnx_with_equal_predictions() {
    let table = mixed();
    let folder = temporary_folder("onnx");
    let mut exported = 0;
    let mut problems = Vec::new();
    for question in questions() {
        for learner in learn::REGISTRY
            .iter()
            .filter(|learner| can(**learner, &question))
        {
            let what = format!(
                "{} on {} with {} steps",
                learner.id(),
                question.target,
                question.steps.len()
            );
            let pipeline = fit(&table, &question, learner.id());
            let path = folder.join(format!("{}.onnx", what.replace(' ', "-")));
            match export::export_onnx(&pipeline, &table, &path, &TaskContext::new()) {
                Ok(parity) => {
                    check(&parity, &table, &what);
                    assert!(path.exists(), "{what}");
                    exported += 1;
                }
                Err(error) => problems.push(format!("{what}\n{}", error.report())),
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
    assert!(exported >= 24, "only {exported} exports");
    assert_eq!(
        files_in(&folder).len(),
        exported,
        "a temporary file was left behind"
    );
}

/// A model that predicts something else than it exports: its last number is this much too large.
pub struct Disagreeing {
    pub model: Box<dyn learn::Model>,
    pub by: f64,
}

impl learn::Model for Disagreeing {
    fn predict(&self, x: &learn::Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        let mut values = self.model.predict(x, task)?;
        if let Some(value) = values.last_mut() {
            *value += self.by;
        }
        Ok(values)
    }
    fn save(&self) -> serde_json::Value {
        self.model.save()
    }
    fn features(&self) -> usize {
        self.model.features()
    }
    fn graph(&self, graph: &mut Graph, x: &String) -> Result<String, UserError> {
        self.model.graph(graph, x)
    }
    fn facts(&self, features: &[String], classes: &[String]) -> Vec<learn::ModelFact> {
        self.model.facts(features, classes)
    }
    fn sentence(&self, features: &[String], classes: &[String]) -> String {
        self.model.sentence(features, classes)
    }
    fn trees(&self) -> Option<&learn::engine::hist::TreeEnsemble> {
        self.model.trees()
    }
}

/// As fitted, but with a model that disagrees with its export.
pub fn disagreeing(honest: FittedPipeline, by: f64) -> FittedPipeline {
    let model = honest.model;
    FittedPipeline {
        model: Box::new(Disagreeing { model, by }),
        ..honest
    }
}

#[test]
fn onnx_of_an_export_that_disagrees_is_not_kept() {
    let table = mixed();
    let question = &questions()[0];
    let honest = fit(&table, question, "logistic_regression");
    let folder = temporary_folder("onnx-disagrees");
    let path = folder.join("model.onnx");
    std::fs::write(&path, b"what was there before").unwrap_or_else(|error| panic!("{error}"));
    let different = disagreeing(honest, 0.001);
    let error = refused(export::export_onnx(
        &different,
        &table,
        &path,
        &TaskContext::new(),
    ));
    assert_eq!(error.code, "export_disagrees");
    assert_eq!(files_in(&folder), ["model.onnx"]);
    assert_eq!(
        std::fs::read(&path).ok().as_deref(),
        Some(&b"what was there before"[..])
    );
}

#[test]
fn onnx_takes_columns_called_like_its_own_values() {
    let mut random = Random::new(3);
    let names = [
        "label",
        "probabilities",
        "prediction",
        "constant_1",
        "MatMul_2",
        "Concat_3",
        "Cast_4",
    ];
    let mut columns: Vec<NewColumn> = names
        .iter()
        .map(|name| {
            column(
                name,
                NewValues::Numbers((0..80).map(|_| random.next_f64()).collect()),
            )
        })
        .collect();
    columns.push(column(
        "y",
        NewValues::Numbers((0..80).map(f64::from).collect()),
    ));
    let classes = (0..80)
        .map(|row| Some(if row % 3 == 0 { "a" } else { "b" }.to_owned()))
        .collect();
    columns.push(column("class", NewValues::Texts(classes)));
    let table = must(Table::of_columns(&columns, Fingerprint::default()));
    let folder = temporary_folder("onnx-names");
    for (target, learner) in [("y", "linear_regression"), ("class", "decision_tree")] {
        let question = Question {
            target,
            steps: Vec::new(),
            features: texts(&names),
        };
        let pipeline = fit(&table, &question, learner);
        let path = folder.join(format!("{target}.onnx"));
        let parity = must(export::export_onnx(
            &pipeline,
            &table,
            &path,
            &TaskContext::new(),
        ));
        check(&parity, &table, target);
    }
}

/// Many cars are the same car: which of them count as neighbours must not hang on the last bit.
#[test]
fn neighbours_at_equal_distances_export_equally() {
    let table = read(&project_file("sample-data/fuel-economy.csv"));
    let features = table
        .schema()
        .names()
        .into_iter()
        .filter(|name| name != "highway_mpg")
        .collect();
    let question = Question {
        target: "highway_mpg",
        steps: Vec::new(),
        features,
    };
    let pipeline = fit(&table, &question, "k_nearest_neighbours");
    let path = temporary_folder("onnx-ties").join("model.onnx");
    let parity = must(export::export_onnx(
        &pipeline,
        &table,
        &path,
        &TaskContext::new(),
    ));
    check(&parity, &table, "fuel economy");
}

#[test]
fn graph_names_never_meet_those_of_inputs() {
    let mut graph = Graph::new();
    for name in ["Add_1", "Add_2", "label"] {
        graph.input(name, ElementType::Float);
    }
    let (a, b) = ("Add_1".to_owned(), "label".to_owned());
    let sum = graph.op("Add", &[&a, &b], Vec::new());
    graph.output(&sum, "label", ElementType::Float, Some(1));
    assert_eq!(sum, "Add_3");
    assert_eq!(graph.outputs[0].name, "label_2");
}

#[test]
fn onnx_checks_rows_of_a_long_table() {
    let table = mixed();
    let positions: Vec<usize> = (0..5_000).map(|row| row % ROWS).collect();
    let long = must(table.take(&positions));
    let pipeline = fit(&table, &questions()[4], "decision_tree");
    let path = temporary_folder("onnx-long").join("model.onnx");
    let parity = must(export::export_onnx(
        &pipeline,
        &long,
        &path,
        &TaskContext::new(),
    ));
    assert!(
        (1_500..=2_000).contains(&parity.rows),
        "{} rows",
        parity.rows
    );
    let none = must(table.take(&[]));
    assert_eq!(
        refused(export::export_onnx(
            &pipeline,
            &none,
            &path,
            &TaskContext::new()
        ))
        .code,
        "no_rows_to_check"
    );
}

// ---- Model files --------------------------------------------------------------------------------

#[test]
fn model_files_predict_exactly_the_same() {
    let table = mixed();
    let folder = temporary_folder("models");
    for question in questions() {
        for learner in learn::REGISTRY
            .iter()
            .filter(|learner| can(**learner, &question))
        {
            let what = format!("{} on {}", learner.id(), question.target);
            let pipeline = fit(&table, &question, learner.id());
            let path = folder.join(format!("{}.benchtop-model", learner.id()));
            let parity = must(export::save_model(
                &pipeline,
                &path,
                &table,
                &TaskContext::new(),
            ));
            assert_eq!(parity.largest_difference, 0.0, "{what}");
            let read = must(export::load_model(&path));
            assert_eq!(read.record, pipeline.record, "{what}");
            assert_eq!(read.steps, pipeline.steps, "{what}");
            let task = TaskContext::new();
            assert_eq!(
                must(read.predict_table(&table, &task)),
                must(pipeline.predict_table(&table, &task)),
                "{what}"
            );
        }
    }
}

#[test]
fn damaged_model_files_are_refused() {
    let table = mixed();
    let folder = temporary_folder("damaged-models");
    let path = folder.join("model.benchtop-model");
    let pipeline = fit(&table, &questions()[1], "decision_tree");
    must(export::save_model(
        &pipeline,
        &path,
        &table,
        &TaskContext::new(),
    ));
    let whole = std::fs::read(&path).unwrap_or_else(|error| panic!("{error}"));
    let other = folder.join("other.benchtop-model");
    let load = |bytes: &[u8]| {
        std::fs::write(&other, bytes).unwrap_or_else(|error| panic!("{error}"));
        export::load_model(&other)
    };
    must(load(&whole));
    for length in (1..whole.len()).step_by(whole.len() / 40) {
        let error = refused(load(&whole[..length]));
        assert_eq!(error.kind, ErrorKind::Input, "{length} bytes");
    }
    let mut random = Random::new(11);
    let mut refusals = 0;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        let place = random.below(bytes.len());
        bytes[place] ^= 1 << random.below(8);
        // A flip in the words around the model may do no harm; then it must predict the same.
        match load(&bytes) {
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Input, "{}", error.report());
                assert_eq!(error.path.as_deref(), Some(other.as_path()));
                refusals += 1;
            }
            Ok(read) => {
                let task = TaskContext::new();
                assert_eq!(
                    must(read.predict_table(&table, &task)),
                    must(pipeline.predict_table(&table, &task)),
                    "byte {place}"
                );
            }
        }
    }
    assert!(refusals >= 280, "only {refusals} of 300 flips were noticed");
}

#[test]
fn other_files_are_not_models() {
    let folder = temporary_folder("not-models");
    let path = folder.join("file");
    let code = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap_or_else(|error| panic!("{error}"));
        refused(export::load_model(&path)).code
    };
    assert_eq!(code(b""), "not_a_model");
    assert_eq!(code(b"a,b\n1,2\n"), "not_a_model");
    assert_eq!(code(b"{\"name\": \"something else\"}"), "not_a_model");
    assert_eq!(code(b"[1, 2]"), "not_a_model");
    assert_eq!(code(b"PK\x03\x04 and so on"), "not_a_model");
    assert_eq!(code(&[0xff, 0xfe, 0x00, 0x80]), "not_a_model");
    assert_eq!(
        code(br#"{"format": "benchtop model", "version": 2, "app_version": "9.9.9"}"#),
        "newer_model"
    );
    assert_eq!(
        code(br#"{"format": "benchtop model", "version": 1, "checksum": "", "pipeline": {}}"#),
        "damaged_model"
    );
    assert_eq!(
        refused(export::load_model(&folder.join("nowhere"))).code,
        "file_not_found"
    );
}

// ---- Predictions --------------------------------------------------------------------------------

fn read(path: &Path) -> Table {
    must(formats::read(
        path,
        None,
        &Params::new(),
        &TaskContext::new(),
    ))
    .0
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match must(target_values(table, name, &TaskContext::new())) {
        TargetValues::Numbers(values) => values,
        TargetValues::Texts { .. } => panic!("{name} is text"),
    }
}

fn labels(table: &Table, name: &str) -> Vec<String> {
    match must(target_values(table, name, &TaskContext::new())) {
        TargetValues::Texts { codes, names } => codes
            .iter()
            .map(|&code| names.get(code as usize).cloned().unwrap_or_default())
            .collect(),
        TargetValues::Numbers(_) => panic!("{name} is numbers"),
    }
}

#[test]
fn predictions_keep_rows_in_order_in_every_format() {
    let table = mixed();
    let folder = temporary_folder("predictions");
    let task = TaskContext::new();
    // The recipe drops rows; every row given still gets its prediction in its place.
    let pipeline = fit(&table, &questions()[1], "logistic_regression");
    let predictions = must(pipeline.predict_table(&table, &task));
    let expected: Vec<String> = (0..ROWS)
        .map(|row| predictions.label(row).to_owned())
        .collect();
    for extension in ["csv", "tsv", "parquet", "ndjson"] {
        let path = folder.join(format!("scored.{extension}"));
        must(export::write_predictions(
            &table,
            &predictions,
            &path,
            true,
            &task,
        ));
        let back = read(&path);
        let mut names = table.schema().names();
        names.extend(texts(&["prediction", "p_high", "p_low", "p_middle"]));
        assert_eq!(back.schema().names(), names, "{extension}");
        assert_eq!(labels(&back, "prediction"), expected, "{extension}");
        let spare = numbers(&back, "spare");
        assert_eq!(spare, numbers(&table, "spare"), "{extension}: rows moved");
        for (class, name) in ["p_high", "p_low", "p_middle"].iter().enumerate() {
            let wanted: Vec<f64> = (0..ROWS)
                .filter_map(|row| predictions.probability(row, class))
                .collect();
            let found = numbers(&back, name);
            assert_eq!(found.len(), wanted.len());
            for (found, wanted) in found.iter().zip(&wanted) {
                assert!(
                    (found - wanted).abs() < 1e-12,
                    "{extension} {name}: {found} {wanted}"
                );
            }
        }
    }
    assert_eq!(
        files_in(&folder).len(),
        4,
        "a temporary file was left behind"
    );
}

#[test]
fn predictions_alone_and_beside_taken_names() {
    let folder = temporary_folder("prediction-names");
    let task = TaskContext::new();
    let table = mixed();
    let pipeline = fit(&table, &questions()[4], "linear_regression");
    let predictions = must(pipeline.predict_table(&table, &task));
    let alone = folder.join("alone.csv");
    must(export::write_predictions(
        &table,
        &predictions,
        &alone,
        false,
        &task,
    ));
    let back = read(&alone);
    assert_eq!(back.schema().names(), ["prediction"]);
    assert_eq!(back.rows(), ROWS);

    // A table that was scored before has these names already.
    let once = folder.join("once.parquet");
    must(export::write_predictions(
        &table,
        &predictions,
        &once,
        true,
        &task,
    ));
    let twice = folder.join("twice.parquet");
    must(export::write_predictions(
        &read(&once),
        &predictions,
        &twice,
        true,
        &task,
    ));
    let names = read(&twice).schema().names();
    assert_eq!(names.last().map(String::as_str), Some("prediction_2"));
    assert_eq!(
        numbers(&read(&twice), "prediction"),
        numbers(&read(&twice), "prediction_2")
    );

    let short = must(table.take(&[0, 1, 2]));
    let error = refused(export::write_predictions(
        &short,
        &predictions,
        &twice,
        true,
        &task,
    ));
    assert_eq!(error.code, "prediction_shape");
    let error = refused(export::write_predictions(
        &table,
        &predictions,
        &folder.join("x.docx"),
        true,
        &task,
    ));
    assert_eq!(error.kind, ErrorKind::Usage);
}

#[test]
fn classes_that_look_like_something_else_survive_text_files() {
    let rows = 90;
    let classes = ["NA", "1", "true"];
    let table = must(Table::of_columns(
        &[
            column("x", NewValues::Numbers((0..rows).map(f64::from).collect())),
            column(
                "class",
                NewValues::Texts(
                    (0..rows)
                        .map(|row| Some(classes[row as usize / 30].to_owned()))
                        .collect(),
                ),
            ),
        ],
        Fingerprint::default(),
    ));
    let question = Question {
        target: "class",
        steps: Vec::new(),
        features: texts(&["x"]),
    };
    let pipeline = fit(&table, &question, "decision_tree");
    let task = TaskContext::new();
    let predictions = must(pipeline.predict_table(&table, &task));
    let path = temporary_folder("prediction-classes").join("scored.csv");
    must(export::write_predictions(
        &table,
        &predictions,
        &path,
        true,
        &task,
    ));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
    let second = text.lines().nth(1).unwrap_or_default();
    assert!(
        second.starts_with("0.0,NA,NA,") || second.starts_with("0,NA,NA,"),
        "{second}"
    );
}
