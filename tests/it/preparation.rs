//! Preparation: every treatment learns from the rows it is given, agrees with scikit-learn where both
//! do the same, and exports as what it computes.

use std::collections::BTreeMap;

use benchtop::base::graph::{ElementType, Graph, Value};
use benchtop::base::{Params, Random, TaskContext, UserError};
use benchtop::data::ColumnKind;
use benchtop::learn::matrix::{BLANK, RawColumn, RawData, RawFrame};
use benchtop::learn::prepare::{PrepareOptions, TrainingSet, reads_as_text, settings};
use benchtop::learn::{FeatureKind, Intake, Matrix, Preparation, Target};
use serde::Deserialize;
use tract_onnx::prelude::{Tensor, tensor1};

use crate::learners::{damages, difference, fixture, must, run_graph};

fn options(intake: Intake, settings: &Params) -> PrepareOptions {
    PrepareOptions {
        intake,
        scale: false,
        settings: settings.clone(),
        seed: 1,
    }
}

fn try_prepare(
    frame: &RawFrame,
    y: &Target,
    options: &PrepareOptions,
) -> Result<TrainingSet, UserError> {
    Preparation::fit(frame, y, options, &TaskContext::new())
}

fn prepare(frame: &RawFrame, y: &Target, options: &PrepareOptions) -> TrainingSet {
    must(try_prepare(frame, y, options))
}

/// Answers for preparations that do not look at them.
fn any(rows: usize) -> Target {
    Target::Numbers((0..rows).map(|row| row as f64).collect())
}

fn scaled(scale: bool) -> PrepareOptions {
    PrepareOptions {
        scale,
        ..PrepareOptions::default()
    }
}

fn set(key: &str, value: &str) -> Params {
    Params::new().with(key, value)
}

fn raw(name: &str, data: RawData) -> RawColumn {
    let kind = match data {
        RawData::Number(_) => ColumnKind::Number,
        RawData::Text { .. } => ColumnKind::Category,
    };
    RawColumn {
        name: name.to_owned(),
        kind,
        data,
    }
}

fn text(name: &str, values: &[&str]) -> RawColumn {
    let mut names: Vec<String> = Vec::new();
    let codes = values
        .iter()
        .map(|&value| {
            if value.is_empty() {
                return BLANK;
            }
            let place = names
                .iter()
                .position(|name| name == value)
                .unwrap_or_else(|| {
                    names.push(value.to_owned());
                    names.len() - 1
                });
            place as u32
        })
        .collect();
    raw(name, RawData::Text { codes, names })
}

fn frame(columns: Vec<RawColumn>) -> RawFrame {
    let rows = columns.first().map_or(0, |column| column.data.len());
    RawFrame { columns, rows }
}

#[test]
fn preparation_fills_scales_and_makes_levels() {
    let training = frame(vec![
        raw(
            "age",
            RawData::Number(vec![1.0, f32::NAN, 3.0, 8.0, f32::NAN]),
        ),
        text("plan", &["b", "a", "b", "", "c"]),
        raw("empty", RawData::Number(vec![f32::NAN; 5])),
    ]);
    let plain = prepare(&training, &any(5), &scaled(false)).preparation;
    assert_eq!(
        plain.feature_names(),
        ["age", "plan = b", "plan = a", "plan = c", "plan is blank"]
    );
    let matrix = must(plain.transform(&training));
    assert_eq!(matrix.column(0), [1.0, 3.0, 3.0, 8.0, 3.0]);
    assert_eq!(matrix.row(0), [1.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(matrix.row(3), [8.0, 0.0, 0.0, 0.0, 1.0]);

    let standard = prepare(&training, &any(5), &scaled(true)).preparation;
    let ages = must(standard.transform(&training)).column(0);
    assert!(ages.iter().sum::<f64>().abs() < 1e-12);
    assert!((ages.iter().map(|v| v * v).sum::<f64>() / 5.0 - 1.0).abs() < 1e-12);

    // New rows: an unknown level is all zeros, a column that lost its type is only blanks.
    let new = frame(vec![
        text("plan", &["z", ""]),
        raw(
            "age",
            RawData::Text {
                codes: vec![BLANK; 2],
                names: Vec::new(),
            },
        ),
    ]);
    let matrix = must(plain.transform(&new));
    assert_eq!(matrix.row(0), [3.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(matrix.row(1), [3.0, 0.0, 0.0, 0.0, 1.0]);
    let code = |columns| plain.transform(&frame(columns)).err().map(|e| e.code);
    assert_eq!(
        code(vec![text("plan", &["a"])]),
        Some("missing_column".to_owned())
    );
    assert_eq!(
        code(vec![text("age", &["a"]), text("plan", &["a"])]),
        Some("wrong_column_kind".to_owned())
    );
    let nothing = try_prepare(
        &frame(vec![raw("empty", RawData::Number(vec![f32::NAN]))]),
        &any(1),
        &scaled(false),
    );
    assert_eq!(nothing.err().map(|e| e.code), Some("no_columns".to_owned()));
}

#[test]
fn preparation_keeps_the_most_frequent_levels() {
    let values: Vec<String> = (0..60)
        .flat_map(|level| vec![format!("l{level:02}"); 1 + usize::from(level >= 30)])
        .collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let training = frame(vec![text("t", &values)]);
    let names = prepare(&training, &any(90), &scaled(false))
        .preparation
        .feature_names();
    assert_eq!(names.len(), 50);
    assert_eq!(names.first().map(String::as_str), Some("t = l30"));
    assert_eq!(names.last().map(String::as_str), Some("t = l19"));
}

#[test]
fn a_saved_preparation_is_checked() {
    let training = frame(vec![
        raw("age", RawData::Number(vec![1.0, 2.0, 4.0])),
        text("plan", &["b", "a", ""]),
    ]);
    let preparation = prepare(&training, &any(3), &scaled(true)).preparation;
    let saved = serde_json::to_value(&preparation).unwrap_or_default();
    let back: Preparation =
        serde_json::from_str(&saved.to_string()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(back, preparation);
    for (path, value) in [
        ("/columns/0/scaling/spread", serde_json::json!(0.0)),
        ("/columns/0/fill", serde_json::json!(1e300)),
        ("/columns/1/levels", serde_json::json!(["a", "a"])),
        ("/columns/1/levels", serde_json::json!([])),
        ("/columns/1/name", serde_json::json!("age")),
    ] {
        let mut damaged = saved.clone();
        if let Some(place) = damaged.pointer_mut(path) {
            *place = value;
        }
        assert!(
            serde_json::from_value::<Preparation>(damaged).is_err(),
            "{path}"
        );
    }
}

#[test]
fn the_graph_of_a_preparation_computes_the_same_bits() {
    let training = frame(vec![
        raw("age", RawData::Number(vec![0.1, f32::NAN, 3.3, 8.7, 1e20])),
        text("plan", &["b", "a", "b", "", "c"]),
        text("one", &["x", "x", "x", "x", "x"]),
    ]);
    let new = frame(vec![
        raw("age", RawData::Number(vec![f32::NAN, 7.7, -0.0, 3e38])),
        text("plan", &["z", "", "a", "c"]),
        text("one", &["x", "y", "", "x"]),
    ]);
    for scale in [false, true] {
        let preparation = prepare(&training, &any(5), &scaled(scale)).preparation;
        let mut graph = Graph::new();
        let mut columns: BTreeMap<String, (Value, ElementType)> = BTreeMap::new();
        for (name, element) in [
            ("age", ElementType::Float),
            ("plan", ElementType::Text),
            ("one", ElementType::Text),
        ] {
            let value = graph.input(name, element);
            columns.insert(name.to_owned(), (value, element));
        }
        let output = must(preparation.graph(&mut graph, &columns));
        // An infinity is a blank, as it is when a table is read.
        let ages = Tensor::from_shape(&[5, 1], &[f32::NAN, 7.7, -0.0, 3e38, f32::INFINITY]);
        let texts = |values: [&str; 5]| tensor1(&values.map(str::to_owned)).into_shape(&[5, 1]);
        let inputs = [
            ages,
            texts(["z", "", "a", "c", "c"]),
            texts(["x", "y", "", "x", "x"]),
        ];
        let inputs = inputs
            .into_iter()
            .map(|tensor| tensor.unwrap_or_else(|e| panic!("{e}")))
            .collect();
        let theirs = run_graph(&graph, inputs, &output);
        let ours = must(preparation.transform(&new));
        let width = ours.cols;
        assert_eq!(&theirs[..4 * width], &ours.values[..]);
        assert_eq!(theirs[4 * width], ours.row(0)[0]);
    }
}

// ---- Blanks and scale ----------------------------------------------------------------------------

fn numbers_of(set: &TrainingSet, col: usize) -> Vec<f64> {
    set.matrix.column(col)
}

#[test]
fn blanks_become_what_is_asked_for() {
    let values = vec![4.0, f32::NAN, 1.0, 4.0, 9.0, 1.0, 2.0];
    let training = frame(vec![raw("n", RawData::Number(values))]);
    let filled = |how: &str| {
        let settings = set("blanks", how).with("blanks_constant", -7.0);
        let set = prepare(&training, &any(7), &options(Intake::Filled, &settings));
        numbers_of(&set, 0)[1]
    };
    assert_eq!(filled("median"), 3.0);
    assert_eq!(filled("mean"), 3.5);
    assert_eq!(filled("most_frequent"), 1.0);
    assert_eq!(filled("constant"), -7.0);
    let settings = Params::new().with("blanks_indicator", true);
    let both = prepare(&training, &any(7), &options(Intake::Filled, &settings));
    assert_eq!(both.preparation.feature_names(), ["n", "n is blank"]);
    assert_eq!(both.matrix.column(1), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    // Without blanks in training there is nothing to learn from where a number is blank.
    let whole = frame(vec![raw("n", RawData::Number(vec![1.0, 2.0]))]);
    let set = prepare(&whole, &any(2), &options(Intake::Filled, &settings));
    assert_eq!(set.preparation.feature_names(), ["n"]);
}

#[derive(Deserialize)]
struct Fixture {
    target_encodings: Vec<EncodingCase>,
    scalings: Vec<ScalingCase>,
    words: WordsCase,
    selections: Vec<SelectionCase>,
}

#[derive(Deserialize)]
struct ScalingCase {
    name: String,
    values: Vec<f32>,
    scaled: Vec<f64>,
}

#[test]
fn scaling_is_that_of_scikit_learn() {
    for case in fixture::<Fixture>("preparation").scalings {
        let rows = case.values.len();
        let training = frame(vec![raw("n", RawData::Number(case.values))]);
        let how = options(Intake::Filled, &set("scaling", &case.name));
        let found = numbers_of(&prepare(&training, &any(rows), &how), 0);
        let off = difference(&found, &case.scaled);
        assert!(off < 1e-12, "{}: {off}", case.name);
    }
}

#[test]
fn a_constant_column_and_huge_numbers_can_be_scaled() {
    for how in ["standard", "min_max", "robust"] {
        let columns = [vec![5.0; 6], vec![3e38, -3e38, 3e38, 1.0, 2.0, 0.0]];
        for values in columns {
            let training = frame(vec![raw("n", RawData::Number(values))]);
            let how = options(Intake::Filled, &set("scaling", how));
            assert!(prepare(&training, &any(6), &how).matrix.is_finite());
        }
    }
}

// ---- Categories ----------------------------------------------------------------------------------

#[test]
fn a_native_learner_gets_blanks_and_codes() {
    let training = frame(vec![
        raw("n", RawData::Number(vec![0.1, f32::NAN, 7.0, 7.0, 2.0])),
        text("plan", &["b", "a", "b", "", "c"]),
    ]);
    let set = prepare(&training, &any(5), &options(Intake::Native, &Params::new()));
    let kinds: Vec<FeatureKind> = set
        .preparation
        .features()
        .into_iter()
        .map(|feature| feature.kind)
        .collect();
    assert_eq!(
        kinds,
        [FeatureKind::Number, FeatureKind::Category { levels: 3 }]
    );
    assert_eq!(set.matrix.row(0), [f64::from(0.1_f32), 0.0]);
    assert!(set.matrix.row(1)[0].is_nan());
    assert!(set.matrix.row(3)[1].is_nan());
    assert_eq!(set.matrix.row(4), [2.0, 2.0]);
    let new = frame(vec![
        text("plan", &["z", "a"]),
        raw("n", RawData::Number(vec![f32::INFINITY, 1.0])),
    ]);
    let matrix = must(set.preparation.transform(&new));
    assert!(matrix.row(0).iter().all(|value| value.is_nan()));
    assert_eq!(matrix.row(1), [1.0, 1.0]);
}

#[test]
fn many_values_share_the_last_code() {
    let values: Vec<String> = (0..400)
        .flat_map(|level| vec![format!("l{level:03}"); 1 + usize::from(level >= 300)])
        .collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let training = frame(vec![text("t", &values)]);
    let set = prepare(
        &training,
        &any(500),
        &options(Intake::Native, &Params::new()),
    );
    let feature = &set.preparation.features()[0];
    assert_eq!(feature.kind, FeatureKind::Category { levels: 254 });
    let codes = numbers_of(&set, 0);
    assert_eq!(codes.iter().copied().fold(0.0, f64::max), 253.0);
    // l300 is the first of the most frequent; l399 occurs twice; l152 and what follows share.
    assert_eq!(codes[300], 0.0);
    assert_eq!(codes[152], 252.0);
    assert_eq!(codes[153], 253.0);
    assert_eq!(codes[299], 253.0);
}

#[test]
fn rare_values_are_grouped_below_a_count_or_a_share() {
    let training = frame(vec![text("t", &["a", "a", "a", "b", "b", "c", "d", ""])]);
    for (key, value) in [("rare_rows", 2.0), ("rare_share", 0.2)] {
        let settings = Params::new().with(key, value);
        let set = prepare(&training, &any(8), &options(Intake::Filled, &settings));
        assert_eq!(
            set.preparation.feature_names(),
            ["t = a", "t = b", "t is blank", "t is rare"]
        );
        assert_eq!(set.matrix.row(6), [0.0, 0.0, 0.0, 1.0]);
        let new = frame(vec![text("t", &["z", "b", ""])]);
        let matrix = must(set.preparation.transform(&new));
        assert_eq!(matrix.row(0), [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(matrix.row(2), [0.0, 0.0, 1.0, 0.0]);
    }
}

#[test]
fn ordered_values_follow_their_numbers() {
    let values = ["10-19", "0-9", "", "20+", "10-19"];
    let training = frame(vec![text("t", &values)]);
    let how = options(Intake::Filled, &set("categories", "ordinal"));
    let set = prepare(&training, &any(5), &how);
    assert_eq!(numbers_of(&set, 0), [1.0, 0.0, -1.0, 2.0, 1.0]);
}

#[derive(Deserialize)]
struct EncodingCase {
    name: String,
    smoothing: f64,
    values: Vec<String>,
    y: Vec<f64>,
    classes: usize,
    new: Vec<String>,
    encoded: Vec<Vec<f64>>,
}

impl EncodingCase {
    fn target(&self) -> Target {
        match self.classes {
            0 => Target::Numbers(self.y.clone()),
            count => Target::Classes {
                codes: self.y.iter().map(|&y| y as u32).collect(),
                count,
            },
        }
    }

    fn options(&self) -> PrepareOptions {
        let settings = set("categories", "target").with("target_smoothing", self.smoothing);
        options(Intake::Filled, &settings)
    }

    fn frame(&self) -> RawFrame {
        let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        frame(vec![text("t", &values)])
    }
}

#[test]
fn mean_answers_are_those_of_scikit_learn() {
    for case in fixture::<Fixture>("preparation").target_encodings {
        let set = prepare(&case.frame(), &case.target(), &case.options());
        let new: Vec<&str> = case.new.iter().map(String::as_str).collect();
        let found = must(set.preparation.transform(&frame(vec![text("t", &new)])));
        let off = difference(&found.values, &case.encoded.concat());
        assert!(off < 1e-12, "{}: {off}", case.name);
    }
}

#[test]
fn a_training_row_is_encoded_without_its_own_answer() {
    for case in fixture::<Fixture>("preparation").target_encodings {
        let Target::Numbers(y) = case.target() else {
            continue;
        };
        let before = prepare(&case.frame(), &case.target(), &case.options());
        for row in [0, 7, 50] {
            let mut changed = y.clone();
            changed[row] += 1e6;
            let after = prepare(&case.frame(), &Target::Numbers(changed), &case.options());
            assert_eq!(
                after.matrix.row(row),
                before.matrix.row(row),
                "{}",
                case.name
            );
            // The other rows do see it, and so does what is applied to new rows.
            assert_ne!(after.matrix, before.matrix);
            assert_ne!(after.preparation, before.preparation);
        }
        // "only once" stands in row 7 alone: there, nothing is known of it.
        let own = must(before.preparation.transform(&case.frame()));
        assert_ne!(own.row(7), before.matrix.row(7));
    }
}

// ---- Dates and texts -----------------------------------------------------------------------------

fn dates(values: Vec<f32>) -> RawFrame {
    let mut column = raw("day", RawData::Number(values));
    column.kind = ColumnKind::Time;
    frame(vec![column])
}

#[test]
fn dates_are_taken_apart_as_the_calendar_does() {
    // Day by day from the 1st of January 1899 on, a Sunday, 25,932 days before 1970.
    let month_days = |year: i32, month: usize| match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let mut expected = Vec::new();
    let (mut year, mut month, mut day) = (1899, 1, 1);
    for count in 0..110_000 {
        expected.push([
            f64::from(year),
            month as f64,
            f64::from((count + 6) % 7 + 1),
        ]);
        day += 1;
        if day > month_days(year, month) {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
    let days: Vec<f32> = (0..110_000).map(|day| (day - 25_932) as f32).collect();
    let how = options(Intake::Filled, &set("dates", "parts"));
    let set = prepare(&dates(days), &any(110_000), &how);
    assert_eq!(set.matrix.cols, 5, "whole days have no hour");
    for (row, expected) in expected.iter().enumerate() {
        assert_eq!(set.matrix.row(row)[..3], expected[..], "day {row}");
        let (sine, cosine) = (set.matrix.row(row)[3], set.matrix.row(row)[4]);
        assert!((sine * sine + cosine * cosine - 1.0).abs() < 1e-12);
    }
    // Midwinter and midsummer are opposite.
    assert!(set.matrix.row(1)[4] > 0.99 && set.matrix.row(182)[4] < -0.99);
}

#[test]
fn full_hours_stay_in_their_hour() {
    let hours = 24 * 60;
    // Around the year 2026, where a float holds days to about three minutes.
    let days: Vec<f32> = (0..hours)
        .map(|hour| (20_450.0 + f64::from(hour) / 24.0) as f32)
        .collect();
    let how = options(Intake::Filled, &set("dates", "parts"));
    let set = prepare(&dates(days), &any(hours as usize), &how);
    for hour in 0..hours {
        assert_eq!(set.matrix.row(hour as usize)[5], f64::from(hour % 24));
    }
}

#[derive(Deserialize)]
struct WordsCase {
    texts: Vec<String>,
    most: i64,
    new: Vec<String>,
    words: Vec<String>,
    weights: Vec<Vec<f64>>,
}

fn words_settings(how: &str, most: i64) -> PrepareOptions {
    let settings = set("text", how).with("text_words", most);
    options(Intake::Filled, &settings)
}

#[test]
fn words_weigh_as_in_scikit_learn() {
    let case = fixture::<Fixture>("preparation").words;
    let texts: Vec<&str> = case.texts.iter().map(String::as_str).collect();
    let training = frame(vec![text("t", &texts)]);
    assert!(reads_as_text(&training.columns[0]));
    let how = words_settings("words", case.most);
    let set = prepare(&training, &any(texts.len()), &how);
    let expected: Vec<String> = case
        .words
        .iter()
        .map(|word| format!("t: “{word}”"))
        .collect();
    assert_eq!(set.preparation.feature_names(), expected);
    let new: Vec<&str> = case.new.iter().map(String::as_str).collect();
    let found = must(set.preparation.transform(&frame(vec![text("t", &new)])));
    let off = difference(&found.values, &case.weights.concat());
    assert!(off < 1e-12, "{off}");
}

#[test]
fn hashed_words_need_no_training_and_are_not_exported() {
    let case = fixture::<Fixture>("preparation").words;
    let texts: Vec<&str> = case.texts.iter().map(String::as_str).collect();
    let training = frame(vec![text("t", &texts)]);
    for how in ["hashed", "words"] {
        let set = prepare(&training, &any(texts.len()), &words_settings(how, 16));
        let new = frame(vec![text(
            "t",
            &["xylophone quartet", "Quartet, xylophone!", ""],
        )]);
        let found = must(set.preparation.transform(&new));
        if how == "hashed" {
            assert_eq!(found.cols, 16);
            assert_eq!(found.row(0), found.row(1));
            let length: f64 = found.row(0).iter().map(|value| value * value).sum();
            assert!((length - 1.0).abs() < 1e-12);
        }
        assert!(found.row(2).iter().all(|value| *value == 0.0));
        let mut graph = Graph::new();
        let value = graph.input("t", ElementType::Text);
        let columns = BTreeMap::from([("t".to_owned(), (value, ElementType::Text))]);
        let error = set.preparation.graph(&mut graph, &columns);
        assert_eq!(
            error.err().map(|error| error.code),
            Some("text_not_exported".to_owned())
        );
    }
    // Few or short texts stay categories whatever is asked for.
    let short = frame(vec![text("t", &["a", "b", "a"])]);
    let set = prepare(&short, &any(3), &words_settings("words", 16));
    assert_eq!(set.preparation.feature_names(), ["t = a", "t = b"]);
}

// ---- Choosing columns ----------------------------------------------------------------------------

#[derive(Deserialize)]
struct SelectionCase {
    name: String,
    x: Vec<Vec<f64>>,
    y: Vec<f64>,
    classes: usize,
    kept: Vec<usize>,
}

impl SelectionCase {
    fn frame(&self) -> RawFrame {
        let column = |col: usize| self.x.iter().map(|row| row[col] as f32).collect();
        let columns = (0..self.x[0].len())
            .map(|col| raw(&col.to_string(), RawData::Number(column(col))))
            .collect();
        frame(columns)
    }

    fn target(&self) -> Target {
        match self.classes {
            0 => Target::Numbers(self.y.clone()),
            count => Target::Classes {
                codes: self.y.iter().map(|&y| y as u32).collect(),
                count,
            },
        }
    }
}

fn selection(how: &str, keep: i64) -> Params {
    set("selection", how).with("selection_keep", keep)
}

#[test]
fn columns_chosen_alone_are_those_of_scikit_learn() {
    for case in fixture::<Fixture>("preparation").selections {
        let how = options(Intake::Filled, &selection("univariate", 5));
        let set = prepare(&case.frame(), &case.target(), &how);
        let expected: Vec<String> = case.kept.iter().map(ToString::to_string).collect();
        assert_eq!(set.preparation.feature_names(), expected, "{}", case.name);
        let again = must(set.preparation.transform(&case.frame()));
        assert_eq!(again, set.matrix);
    }
}

/// Ten columns of noise, of which 2 and 6 make the answer; a category that says as much as 6.
fn hidden(rows: usize) -> (RawFrame, Vec<f64>) {
    let mut random = Random::new(3);
    let columns: Vec<Vec<f32>> = (0..10)
        .map(|_| (0..rows).map(|_| random.next_f64() as f32).collect())
        .collect();
    let y = (0..rows)
        .map(|row| 4.0 * f64::from(columns[2][row]) - 3.0 * f64::from(columns[6][row]))
        .collect();
    let mut all: Vec<RawColumn> = columns
        .iter()
        .enumerate()
        .map(|(col, values)| raw(&format!("n{col}"), RawData::Number(values.clone())))
        .collect();
    let words: Vec<&str> = columns[6]
        .iter()
        .map(|&value| ["low", "middle", "high"][(value * 3.0) as usize])
        .collect();
    all.push(text("c", &words));
    (frame(all), y)
}

#[test]
fn every_way_of_choosing_finds_what_matters() {
    let (training, y) = hidden(300);
    let classes = Target::Classes {
        codes: y.iter().map(|&y| u32::from(y > 0.5)).collect(),
        count: 2,
    };
    for target in [Target::Numbers(y), classes] {
        for how in ["univariate", "l1", "importance"] {
            for intake in [Intake::Filled, Intake::Native] {
                let set = prepare(&training, &target, &options(intake, &selection(how, 3)));
                let names = set.preparation.feature_names();
                assert!(
                    names.contains(&"n2".to_owned()),
                    "{how} {intake:?}: {names:?}"
                );
                assert!(
                    names.contains(&"n6".to_owned()) || names.iter().any(|n| n.starts_with('c')),
                    "{how} {intake:?}: {names:?}"
                );
                assert_eq!(set.matrix.cols, 3);
            }
        }
    }
}

// ---- Balance -------------------------------------------------------------------------------------

#[test]
fn classes_are_balanced_in_training_only() {
    let codes = vec![0, 0, 0, 0, 0, 0, 2, 2];
    let y = Target::Classes { codes, count: 3 };
    let training = frame(vec![raw(
        "n",
        RawData::Number((0..8).map(|v| v as f32).collect()),
    )]);
    let balanced = |how: &str| {
        let how = options(Intake::Filled, &set("balance", how));
        prepare(&training, &y, &how)
    };
    let weighted = balanced("weights");
    let expected = [vec![8.0 / 12.0; 6], vec![2.0; 2]].concat();
    assert_eq!(weighted.weights, Some(expected));
    assert_eq!(weighted.matrix.rows, 8);
    let counts = |set: &TrainingSet| match &set.target {
        Target::Classes { codes, .. } => {
            [0, 2].map(|class| codes.iter().filter(|&&code| code == class).count())
        }
        Target::Numbers(_) => [0, 0],
    };
    let over = balanced("over");
    assert_eq!((counts(&over), over.matrix.rows), ([6, 6], 12));
    assert_eq!(over.matrix.column(0)[..8], weighted.matrix.column(0)[..]);
    assert!(over.matrix.column(0)[8..].iter().all(|&value| value >= 6.0));
    let under = balanced("under");
    assert_eq!((counts(&under), under.matrix.rows), ([2, 2], 4));
    for set in [&over, &under] {
        assert_eq!(must(set.preparation.transform(&training)).rows, 8);
        assert_eq!(set.preparation, weighted.preparation);
    }
    let number = try_prepare(
        &training,
        &any(8),
        &options(Intake::Filled, &set("balance", "weights")),
    );
    assert_eq!(
        number.err().map(|error| error.code),
        Some("balance_needs_classes".to_owned())
    );
}

// ---- Every treatment -----------------------------------------------------------------------------

/// Numbers, dates and texts with blanks.
fn mixed(rows: usize, seed: u64) -> RawFrame {
    let mut random = Random::new(seed);
    let mut number = |size: f64| -> RawData {
        RawData::Number(
            (0..rows)
                .map(|row| {
                    if row % 11 == 5 {
                        f32::NAN
                    } else {
                        ((random.next_f64() - 0.3) * size) as f32
                    }
                })
                .collect(),
        )
    };
    let mut day = raw("day", number(40_000.0));
    day.kind = ColumnKind::Time;
    let (small, large) = (raw("small", number(1.0)), raw("large", number(1e20)));
    let words = [
        "red", "green", "", "blue", "green", "red", "red", "17", "x y",
    ];
    let colours: Vec<&str> = (0..rows)
        .map(|_| words[random.below(words.len())])
        .collect();
    let names: Vec<String> = (0..rows).map(|row| format!("name {}", row % 70)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    frame(vec![
        day,
        small,
        large,
        text("colour", &colours),
        text("name", &names),
    ])
}

/// Settings that together use every treatment that can be exported.
fn ways() -> Vec<Params> {
    let mut ways = vec![Params::new()];
    for (key, value) in [
        ("blanks", "mean"),
        ("blanks", "most_frequent"),
        ("blanks", "constant"),
        ("scaling", "standard"),
        ("scaling", "min_max"),
        ("scaling", "robust"),
        ("categories", "one_hot"),
        ("categories", "ordinal"),
        ("categories", "target"),
        ("dates", "parts"),
        ("balance", "over"),
    ] {
        ways.push(set(key, value));
        ways.push(
            set(key, value)
                .with("scaling", "standard")
                .with("rare_rows", 8_i64)
                .with("blanks_indicator", true),
        );
    }
    for how in ["univariate", "l1", "importance"] {
        ways.push(selection(how, 4).with("dates", "parts"));
        ways.push(selection(how, 4).with("categories", "target"));
    }
    ways
}

fn three_classes(rows: usize) -> Target {
    Target::Classes {
        codes: (0..rows).map(|row| (row * row % 7 % 3) as u32).collect(),
        count: 3,
    }
}

fn tensor_of(column: &RawColumn) -> Tensor {
    let rows = column.data.len();
    match &column.data {
        RawData::Number(values) => {
            Tensor::from_shape(&[rows, 1], values).unwrap_or_else(|e| panic!("{e}"))
        }
        RawData::Text { codes, names } => {
            let texts: Vec<String> = codes
                .iter()
                .map(|&code| names.get(code as usize).cloned().unwrap_or_default())
                .collect();
            tensor1(&texts)
                .into_shape(&[rows, 1])
                .unwrap_or_else(|e| panic!("{e}"))
        }
    }
}

#[test]
fn the_graph_of_every_treatment_computes_the_same() {
    let (training, new) = (mixed(150, 1), mixed(60, 2));
    for settings in ways() {
        for intake in [Intake::Filled, Intake::Native] {
            let what = format!("{settings:?} {intake:?}");
            let set = prepare(&training, &three_classes(150), &options(intake, &settings));
            let ours = must(set.preparation.transform(&new));
            let mut graph = Graph::new();
            let mut columns: BTreeMap<String, (Value, ElementType)> = BTreeMap::new();
            for column in &new.columns {
                let element = match column.data {
                    RawData::Number(_) => ElementType::Float,
                    RawData::Text { .. } => ElementType::Text,
                };
                let value = graph.input(&column.name, element);
                columns.insert(column.name.clone(), (value, element));
            }
            let output = must(set.preparation.graph(&mut graph, &columns));
            let read: Vec<bool> = graph
                .inputs
                .iter()
                .map(|input| {
                    let used =
                        |node: &benchtop::base::graph::Node| node.inputs.contains(&input.name);
                    graph.nodes.iter().any(used)
                })
                .collect();
            assert!(read.iter().all(|read| *read), "{what}");
            let inputs = new.columns.iter().map(tensor_of).collect();
            let theirs = run_graph(&graph, inputs, &output);
            assert_eq!(theirs.len(), ours.values.len(), "{what}");
            for (place, (theirs, ours)) in theirs.iter().zip(&ours.values).enumerate() {
                let equal = (theirs - ours).abs() <= 1e-12 * ours.abs().max(1.0)
                    || theirs.is_nan() && ours.is_nan();
                assert!(equal, "{what}: {theirs} and {ours} at {place}");
            }
            assert!(ours.is_finite() || intake == Intake::Native, "{what}");
            let narrow = |value: &f64| f64::from(*value as f32).to_bits() == value.to_bits();
            assert!(
                intake == Intake::Filled || ours.values.iter().all(narrow),
                "{what}: not what a float holds"
            );
        }
    }
}

#[test]
fn every_preparation_is_the_same_again_and_survives_a_file() {
    let (training, new) = (mixed(150, 1), mixed(60, 2));
    for settings in ways() {
        for intake in [Intake::Filled, Intake::Native] {
            let how = options(intake, &settings);
            let first = prepare(&training, &three_classes(150), &how);
            let again = prepare(&training, &three_classes(150), &how);
            let bits = |matrix: &Matrix| -> Vec<u64> {
                matrix.values.iter().map(|value| value.to_bits()).collect()
            };
            assert_eq!(first.preparation, again.preparation);
            assert_eq!(bits(&first.matrix), bits(&again.matrix));
            let text = serde_json::to_string(&first.preparation).unwrap_or_default();
            let loaded: Preparation =
                serde_json::from_str(&text).unwrap_or_else(|e| panic!("{settings:?}: {e}"));
            assert_eq!(loaded, first.preparation);
            assert_eq!(
                bits(&must(loaded.transform(&new))),
                bits(&must(first.preparation.transform(&new)))
            );
        }
    }
}

#[test]
fn a_damaged_preparation_is_refused_or_harmless() {
    let (training, new) = (mixed(60, 1), mixed(20, 2));
    for key in ["target", "ordinal", "auto"] {
        for intake in [Intake::Filled, Intake::Native] {
            let settings = selection("univariate", 6)
                .with("categories", key)
                .with("scaling", "robust")
                .with("dates", "parts");
            let set = prepare(&training, &three_classes(60), &options(intake, &settings));
            let saved = serde_json::to_value(&set.preparation).unwrap_or_default();
            let mut refused = 0;
            for damaged in damages(&saved) {
                match serde_json::from_value::<Preparation>(damaged) {
                    Err(_) => refused += 1,
                    Ok(preparation) => {
                        let _ = preparation.transform(&new);
                        let _ = preparation.features();
                    }
                }
            }
            assert!(refused > 50, "only {refused} refused");
        }
    }
}

/// A table may hold one row, one column, one value or nothing but blanks; answers may be one class.
#[test]
fn every_preparation_survives_awkward_rows() {
    let one_class = |rows| Target::Classes {
        codes: vec![1; rows],
        count: 2,
    };
    let tables: Vec<RawFrame> = vec![
        mixed(1, 1),
        mixed(2, 1),
        mixed(30, 1),
        frame(vec![text("t", &["", "a"])]),
        frame(vec![raw("n", RawData::Number(vec![f32::NAN, 3e38, -3e38]))]),
        frame(vec![
            raw("n", RawData::Number(vec![7.0; 5])),
            text("t", &["k"; 5]),
        ]),
    ];
    for settings in ways() {
        for table in &tables {
            for y in [
                one_class(table.rows),
                three_classes(table.rows),
                any(table.rows),
            ] {
                for intake in [Intake::Filled, Intake::Native] {
                    if settings.get("balance").is_some() && !matches!(y, Target::Classes { .. }) {
                        continue;
                    }
                    let set = prepare(table, &y, &options(intake, &settings));
                    assert_eq!(set.matrix.cols, set.preparation.width());
                    assert!(
                        intake == Intake::Native || set.matrix.is_finite(),
                        "{settings:?}"
                    );
                    let loaded: Result<Preparation, _> = serde_json::from_str(
                        &serde_json::to_string(&set.preparation).unwrap_or_default(),
                    );
                    assert_eq!(loaded.ok(), Some(set.preparation.clone()), "{settings:?}");
                }
            }
        }
    }
}

#[test]
fn settings_are_described() {
    let mut keys: Vec<&str> = settings().iter().map(|spec| spec.key).collect();
    for spec in settings() {
        assert!(spec.label.len() > 3 && spec.help.len() > 10, "{}", spec.key);
        let default = spec
            .default_value()
            .unwrap_or_else(|| panic!("{}", spec.key));
        must(spec.check_value(&default));
    }
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), settings().len());
}
