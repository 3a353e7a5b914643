//! Recipe, preparation and model together: fitting without leakage, scoring, storing, exporting.

use std::collections::BTreeMap;

use benchtop::base::graph::ElementType;
use benchtop::base::ids::StepId;
use benchtop::base::param::ParamValue;
use benchtop::base::{Fingerprint, ParamKind, Params, TaskContext, UserError};
use benchtop::clean::Step;
use benchtop::data::{ColumnKind, Table};
use benchtop::learn::{Intake, Target, Task};
use benchtop::pipeline::{
    FitRequest, Fitted, FittedPipeline, InputProblem, LearningPlan, Prepared, check_input,
    inspect_target, prepare,
};
use polars::prelude::*;

/// Prepared as the learner wants it.
fn fit(
    prepared: &Prepared,
    learner: &str,
    params: &Params,
    rows: &[u32],
    seed: u64,
    task: &TaskContext,
) -> Result<Fitted, UserError> {
    let request = FitRequest {
        learner,
        params,
        preparation: &Params::new(),
        rows,
        seed,
        on_round: None,
    };
    benchtop::pipeline::fit(prepared, &request, task)
}

fn task() -> TaskContext {
    TaskContext::new()
}

fn step(operation: &str, params: Params) -> Step {
    Step {
        id: StepId(1),
        operation: operation.to_owned(),
        params,
        enabled: true,
    }
}

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|name| (*name).to_owned()).collect()
}

/// Always the same fingerprint, so that two versions of a table differ in their cells only.
fn table_of(frame: DataFrame) -> Table {
    Table::from_frame(frame, Fingerprint::of(&[b"test"]))
}

/// Sixty rows: two numbers with blanks, a text with blanks, an answer with three blanks.
/// `shift` and `word` change the rows from 40 on.
fn frame(shift: f64, word: &str) -> DataFrame {
    let rows = 0..60i32;
    let late = |row: i32| row >= 40;
    let age: Vec<Option<f64>> = rows
        .clone()
        .map(|row| {
            (row % 7 != 3).then(|| f64::from(row % 23) + if late(row) { shift } else { 0.0 })
        })
        .collect();
    let fare: Vec<Option<f64>> = rows
        .clone()
        .map(|row| {
            (row % 11 != 5)
                .then(|| f64::from((row * row) % 17) * if late(row) { 1.0 + shift } else { 1.0 })
        })
        .collect();
    let city: Vec<Option<String>> = rows
        .clone()
        .map(|row| match row % 5 {
            0 => None,
            1 | 2 => Some("Oslo".to_owned()),
            _ => Some(if late(row) {
                format!("{word}{row}")
            } else {
                "Rome".to_owned()
            }),
        })
        .collect();
    let answer: Vec<Option<&str>> = rows
        .clone()
        .map(|row| match row {
            5 | 17 | 44 => None,
            row if (row % 23) + (row % 3) > 12 => Some("yes"),
            _ => Some("no"),
        })
        .collect();
    let amount: Vec<Option<f64>> = rows
        .map(|row| (row % 10 != 9).then(|| f64::from(row) * 1.5))
        .collect();
    df!("age" => age, "fare" => fare, "city" => city, "answer" => answer, "amount" => amount)
        .unwrap()
}

fn fill(columns: &[&str]) -> Step {
    step("fill_blanks", Params::new().with("columns", names(columns)))
}

fn plan() -> LearningPlan {
    LearningPlan {
        target: "answer".to_owned(),
        features: names(&["age", "ratio", "city"]),
        steps: vec![
            step(
                "rename",
                Params::new().with("column", "fare").with("to", "price"),
            ),
            fill(&["age", "price", "answer"]),
            step(
                "new_column",
                Params::new()
                    .with("name", "ratio")
                    .with("formula", "price / (age + 1)"),
            ),
        ],
    }
}

const LEARNER: &str = "decision_tree";

fn prepared(frame: DataFrame) -> Prepared {
    prepare(&table_of(frame), &plan(), &task()).unwrap()
}

fn early(prepared: &Prepared) -> Vec<u32> {
    prepared
        .eligible_rows()
        .into_iter()
        .filter(|&row| row < 40)
        .collect()
}

// ---- targets ----

#[test]
fn targets_become_classes_or_numbers() {
    let table = table_of(
        df!(
            "text" => [Some("b"), Some("a"), None, Some("b")],
            "flag" => [Some(true), Some(false), None, Some(true)],
            "two" => [Some(2i64), Some(10), Some(2), None],
            "whole" => [Some(1.0), Some(0.0), Some(0.0), None],
            "many" => [1i64, 2, 3, 3],
            "real" => [0.5, 1.0, 0.5, f64::NAN]
        )
        .unwrap(),
    );
    let inspect = |name: &str| inspect_target(&table, name, &task()).unwrap();
    let classes = |name: &str| match inspect(name).task {
        Task::Classes { names } => names,
        Task::Number => panic!("{name} is a number"),
    };
    assert_eq!(classes("text"), ["a", "b"]);
    assert_eq!(inspect("text").class_counts, [1, 2]);
    assert_eq!(
        (inspect("text").rows_with_target, inspect("text").blanks),
        (3, 1)
    );
    assert_eq!(classes("flag"), ["no", "yes"]);
    assert_eq!(inspect("flag").class_counts, [1, 2]);
    // In the order of the numbers, not of their letters.
    assert_eq!(classes("two"), ["2", "10"]);
    assert_eq!(inspect("two").class_counts, [2, 1]);
    assert_eq!(classes("whole"), ["0", "1"]);
    assert_eq!(inspect("many").task, Task::Number);
    assert_eq!(inspect("real").task, Task::Number);
    assert_eq!(inspect("real").blanks, 1);
    assert!(inspect("real").class_counts.is_empty());
}

#[test]
fn targets_that_cannot_be_predicted_say_why() {
    let day = Series::new("day".into(), [1i32, 2, 3, 4])
        .cast(&DataType::Date)
        .unwrap();
    let mut frame = df!(
        "one" => ["a", "a", "a", "a"],
        "same" => [3i64, 3, 3, 3],
        "blank" => [None::<f64>, None, None, None],
        "id" => ["a", "b", "c", "d"]
    )
    .unwrap();
    frame.with_column(day.into()).unwrap();
    let table = table_of(frame);
    let code = |name: &str| inspect_target(&table, name, &task()).unwrap_err();
    assert_eq!(code("one").code, "target_has_one_value");
    assert_eq!(code("same").code, "target_has_one_value");
    assert_eq!(code("blank").code, "target_is_blank");
    assert_eq!(code("id").code, "target_all_different");
    assert_eq!(code("day").code, "target_is_date");
    assert_eq!(code("answr").code, "missing_column");
    for name in ["one", "same", "blank", "id", "day"] {
        assert!(code(name).hint.is_some(), "{name}");
    }
    let many: Vec<String> = (0..2_400).map(|row| format!("c{}", row / 2)).collect();
    let table = table_of(df!("many" => many).unwrap());
    let error = inspect_target(&table, "many", &task()).unwrap_err();
    assert_eq!(error.code, "target_has_too_many_classes");
    assert!(error.why.contains("1,200"));
}

// ---- preparing ----

#[test]
fn rows_without_an_answer_take_no_part_even_when_a_step_fills_it() {
    let prepared = prepared(frame(0.0, "Bern"));
    let rows = prepared.eligible_rows();
    assert_eq!(rows.len(), 57);
    for blank in [5, 17, 44] {
        assert!(!rows.contains(&blank));
    }
    assert_eq!(prepared.class_names(), ["no", "yes"]);
    let Target::Classes { codes, count } = prepared.target_for(&[0, 13, 22]) else {
        panic!("classes");
    };
    assert_eq!((codes, count), (vec![0, 1, 1], 2));
    let error = fit(&prepared, LEARNER, &Params::new(), &[0, 5], 1, &task())
        .err()
        .unwrap();
    assert_eq!(error.code, "row_not_eligible");
}

#[test]
fn rows_are_chosen_once_by_what_is_not_learned() {
    let mut plan = plan();
    plan.steps.push(step(
        "filter_rows",
        Params::new().with("condition", "age > 10"),
    ));
    plan.steps.push(step(
        "sort_rows",
        Params::new()
            .with("columns", names(&["age"]))
            .with("descending", true),
    ));
    let prepared = prepare(&table_of(frame(0.0, "Bern")), &plan, &task()).unwrap();
    let rows = prepared.eligible_rows();
    // Blank ages do not match, although a later fill would give them a value.
    assert!(rows.iter().all(|row| row % 7 != 3 && row % 23 > 10));
    assert_eq!(rows[..2], [22, 21]);
    let fitted = fit(&prepared, LEARNER, &Params::new(), &rows[..20], 1, &task()).unwrap();
    assert_eq!(
        fitted.predict_rows(&rows, &task()).unwrap().len(),
        rows.len() * 2
    );
}

#[test]
fn plans_that_make_no_sense_say_why() {
    let table = table_of(frame(0.0, "Bern"));
    let code = |change: &dyn Fn(&mut LearningPlan)| {
        let mut plan = plan();
        change(&mut plan);
        let prepared = match prepare(&table, &plan, &task()) {
            Ok(prepared) => prepared,
            Err(error) => return error.code,
        };
        let rows = prepared.eligible_rows();
        fit(&prepared, LEARNER, &Params::new(), &rows, 1, &task())
            .err()
            .unwrap()
            .code
    };
    assert_eq!(code(&|plan| plan.target.clear()), "no_target");
    assert_eq!(code(&|plan| plan.features.clear()), "no_features");
    assert_eq!(
        code(&|plan| plan.features.push("answer".to_owned())),
        "target_is_feature"
    );
    assert_eq!(
        code(&|plan| plan.features.push("fare".to_owned())),
        "missing_column"
    );
    assert_eq!(
        code(&|plan| plan.target = "fare".to_owned()),
        "missing_column"
    );
    assert_eq!(
        code(&|plan| plan.steps[0].params.set("column", "fair")),
        "step_needs_attention"
    );
    assert_eq!(
        code(&|plan| plan.steps[2].params.set("formula", "prize / 2")),
        "step_needs_attention"
    );
    let leak = step(
        "new_column",
        Params::new()
            .with("name", "leak")
            .with("formula", "answer = 'yes'"),
    );
    assert_eq!(
        code(&|plan| {
            plan.steps.push(leak.clone());
            plan.features.push("leak".to_owned());
        }),
        "feature_from_target"
    );
    // The target under an earlier name gives it away just the same.
    assert_eq!(
        code(&|plan| {
            plan.steps.insert(0, leak.clone());
            plan.steps.push(step(
                "rename",
                Params::new().with("column", "answer").with("to", "outcome"),
            ));
            plan.target = "outcome".to_owned();
            plan.features.push("leak".to_owned());
        }),
        "feature_from_target"
    );
    let prepared = prepare(&table, &plan(), &task()).unwrap();
    let rows = prepared.eligible_rows();
    assert_eq!(
        fit(&prepared, LEARNER, &Params::new(), &[], 1, &task())
            .err()
            .unwrap()
            .code,
        "no_rows"
    );
    assert_eq!(
        fit(&prepared, "oracle", &Params::new(), &rows, 1, &task())
            .err()
            .unwrap()
            .code,
        "unknown_learner"
    );
    assert_eq!(
        fit(
            &prepared,
            "linear_regression",
            &Params::new(),
            &rows,
            1,
            &task()
        )
        .err()
        .unwrap()
        .code,
        "learner_does_not_fit"
    );
}

// ---- leakage ----

#[test]
fn what_is_learned_comes_from_the_training_rows_only() {
    let prepared = prepared(frame(0.0, "Bern"));
    let learned = |rows: &[u32]| {
        let fitted = fit(&prepared, LEARNER, &Params::new(), rows, 1, &task()).unwrap();
        fitted.pipeline.steps[1].learned.numbers["age"]
    };
    let all = prepared.eligible_rows();
    let few: Vec<u32> = all.iter().copied().filter(|row| *row < 8).collect();
    // Ages of rows 0, 1, 2, 4, 6, 7 (3 is blank, 5 has no answer).
    assert_eq!(learned(&few), 3.0);
    assert_ne!(learned(&all), 3.0);
}

#[test]
fn check_rows_never_reach_the_model() {
    let calm = prepared(frame(0.0, "Bern"));
    let wild = prepared(frame(1e6, "Neverland"));
    for learner in [
        "decision_tree",
        "guessing",
        "k_nearest_neighbours",
        "logistic_regression",
        "one_simple_rule",
    ] {
        let save = |prepared: &Prepared| {
            let fitted = fit(
                prepared,
                learner,
                &Params::new(),
                &early(prepared),
                7,
                &task(),
            )
            .unwrap();
            serde_json::to_string(&fitted.pipeline.save()).unwrap()
        };
        assert_eq!(save(&calm), save(&wild), "{learner}");
    }
    // The same comparison notices a training row that changes.
    let all = |prepared: &Prepared| {
        let fitted = fit(
            prepared,
            LEARNER,
            &Params::new(),
            &prepared.eligible_rows(),
            7,
            &task(),
        )
        .unwrap();
        serde_json::to_string(&fitted.pipeline.save()).unwrap()
    };
    assert_ne!(all(&calm), all(&wild));
}

/// Ninety rows of every kind of column. With `wild`, rows from 60 on hold other values and other
/// answers.
fn many_kinds(wild: bool) -> Table {
    let late = |row: i32| wild && row >= 60;
    let size: Vec<Option<f64>> = (0..90)
        .map(|row| {
            let value = f64::from(row * row % 37);
            (row % 7 != 3).then_some(if late(row) { value * -1e9 } else { value })
        })
        .collect();
    let day: Vec<i32> = (0..90)
        .map(|row| 19_000 + row * 11 + if late(row) { 40_000 } else { 0 })
        .collect();
    let word = |row: i32, many: i32, name: &str| -> Option<String> {
        (row % 13 != 5).then(|| {
            if late(row) {
                format!("{name} unknown {row}")
            } else {
                format!("{name}{}", row * 7 % many)
            }
        })
    };
    let few: Vec<Option<String>> = (0..90).map(|row| word(row, 4, "f")).collect();
    let many: Vec<Option<String>> = (0..90).map(|row| word(row, 47, "m")).collect();
    let note: Vec<String> = (0..90)
        .map(|row| {
            let words = ["late", "train", "window", "coffee", "friendly"];
            let said = words[row as usize % 5];
            let other = if late(row) { "xylophone" } else { "staff" };
            format!("number {row} says that the {said} {other} was there")
        })
        .collect();
    let answer: Vec<&str> = (0..90)
        .map(|row| {
            let yes = row * row % 37 + row % 5 > 18;
            if yes != late(row) { "yes" } else { "no" }
        })
        .collect();
    let frame = df!("size" => size, "day" => day, "few" => few, "many" => many, "note" => note, "answer" => answer)
        .unwrap()
        .lazy()
        .with_column(col("day").cast(DataType::Date))
        .collect()
        .unwrap();
    table_of(frame)
}

/// Every value of every setting, alone and on top of a preparation that does everything.
fn every_preparation() -> Vec<Params> {
    let everything = Params::new()
        .with("blanks", "mean")
        .with("blanks_indicator", true)
        .with("scaling", "robust")
        .with("categories", "target")
        .with("rare_rows", 2_i64)
        .with("dates", "parts")
        .with("text", "words")
        .with("text_words", 12_i64)
        .with("selection", "univariate")
        .with("selection_keep", 9_i64)
        .with("balance", "over");
    let mut all = vec![Params::new(), everything.clone()];
    for spec in benchtop::learn::prepare::settings() {
        let values: Vec<ParamValue> = match spec.kind {
            ParamKind::Choice(choices) => {
                choices.iter().map(|(value, _)| (*value).into()).collect()
            }
            ParamKind::Bool => vec![true.into(), false.into()],
            ParamKind::Integer { min, max } => vec![min.into(), (min + 3).min(max).into()],
            ParamKind::Number { min, max, .. } => vec![min.max(0.0).into(), max.min(0.1).into()],
            _ => panic!("{} is of a kind that is not tried", spec.key),
        };
        for value in values {
            all.push(Params::new().with(spec.key, value.clone()));
            all.push(everything.clone().with(spec.key, value));
        }
    }
    // Weights for classes need a learner that uses them; see the next test.
    all.retain(|settings| settings.text("balance") != "weights");
    all
}

#[test]
fn check_rows_never_reach_any_preparation() {
    let plan = LearningPlan {
        target: "answer".to_owned(),
        features: names(&["size", "day", "few", "many", "note"]),
        steps: Vec::new(),
    };
    let calm = prepare(&many_kinds(false), &plan, &task()).unwrap();
    let wild = prepare(&many_kinds(true), &plan, &task()).unwrap();
    let rows: Vec<u32> = (0..60).collect();
    let all: Vec<u32> = (0..90).collect();
    let native = benchtop::learn::REGISTRY
        .iter()
        .find(|learner| {
            let able = learner.capabilities();
            able.classes && able.intake == Intake::Native
        })
        .map(|learner| learner.id());
    for learner in [LEARNER, "k_nearest_neighbours"].into_iter().chain(native) {
        let save = |prepared: &Prepared, preparation: &Params, rows: &[u32]| {
            let request = FitRequest {
                learner,
                params: &Params::new(),
                preparation,
                rows,
                seed: 7,
                on_round: None,
            };
            let fitted = benchtop::pipeline::fit(prepared, &request, &task())
                .unwrap_or_else(|error| panic!("{preparation:?}: {}", error.report()));
            serde_json::to_string(&fitted.pipeline.save()).unwrap()
        };
        let mut different = std::collections::BTreeSet::new();
        for preparation in every_preparation() {
            let saved = save(&calm, &preparation, &rows);
            assert!(
                saved == save(&wild, &preparation, &rows),
                "{learner}: {preparation:?}"
            );
            // Rows prepared before come back the same.
            assert!(saved == save(&calm, &preparation, &rows));
            different.insert(saved);
        }
        assert!(
            different.len() > 30,
            "only {} are different",
            different.len()
        );
        // The same comparison notices rows that are learned from.
        assert!(save(&calm, &Params::new(), &all) != save(&wild, &Params::new(), &all));
    }
}

#[test]
fn classes_are_weighted_only_where_a_learner_weighs() {
    let plan = LearningPlan {
        target: "answer".to_owned(),
        features: names(&["size", "few"]),
        steps: Vec::new(),
    };
    let prepared = prepare(&many_kinds(false), &plan, &task()).unwrap();
    let rows = prepared.eligible_rows();
    for learner in benchtop::learn::REGISTRY {
        let able = learner.capabilities();
        if !able.classes {
            continue;
        }
        let request = FitRequest {
            learner: learner.id(),
            params: &Params::new(),
            preparation: &Params::new().with("balance", "weights"),
            rows: &rows,
            seed: 1,
            on_round: None,
        };
        match benchtop::pipeline::fit(&prepared, &request, &task()) {
            Ok(_) => assert!(able.weights || able.yardstick, "{}", learner.id()),
            Err(error) => {
                assert_eq!(error.code, "weights_not_supported", "{}", learner.id());
                assert!(!able.weights);
            }
        }
    }
}

// ---- scoring ----

fn fitted() -> (Prepared, benchtop::pipeline::Fitted) {
    let prepared = prepared(frame(0.0, "Bern"));
    let rows = early(&prepared);
    let fitted = fit(&prepared, LEARNER, &Params::new(), &rows, 1, &task()).unwrap();
    (prepared, fitted)
}

#[test]
fn inputs_are_the_raw_columns_that_are_needed() {
    let (_, fitted) = fitted();
    let inputs: Vec<&str> = fitted
        .pipeline
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    assert_eq!(inputs, ["age", "fare", "city"]);
    // The fill of the target is not needed to score.
    let fill = &fitted.pipeline.steps[1];
    assert_eq!(fill.step.params.list("columns"), ["age", "price"]);
    assert_eq!(fill.learned.texts.len(), 0);
}

#[test]
fn scoring_equals_the_fit_and_keeps_order_and_count() {
    let (prepared, fitted) = fitted();
    let rows = prepared.eligible_rows();
    let inside = fitted.predict_rows(&rows, &task()).unwrap();
    let raw = table_of(frame(0.0, "Bern"));
    let all = fitted.pipeline.predict_table(&raw, &task()).unwrap();
    assert_eq!(all.rows, 60);
    for (at, &row) in rows.iter().enumerate() {
        assert_eq!(
            all.row(row as usize),
            &inside[at * 2..at * 2 + 2],
            "row {row}"
        );
    }
    let turned: Vec<usize> = (0..60).rev().collect();
    let backwards = fitted
        .pipeline
        .predict_table(&raw.take(&turned).unwrap(), &task())
        .unwrap();
    for row in 0..60 {
        assert_eq!(all.row(row), backwards.row(59 - row));
        assert_eq!(all.label(row), ["no", "yes"][all.class(row).unwrap()]);
        assert!((all.row(row).iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(all.number(row), None);
    }
    let none = fitted
        .pipeline
        .predict_table(&raw.take(&[]).unwrap(), &task())
        .unwrap();
    assert_eq!((none.rows, none.values.len()), (0, 0));
    let one = fitted
        .pipeline
        .predict_table(&raw.take(&[31]).unwrap(), &task())
        .unwrap();
    assert_eq!(one.row(0), all.row(31));
}

#[test]
fn scoring_skips_the_steps_that_choose_rows() {
    let mut plan = plan();
    plan.steps.insert(
        0,
        step(
            "filter_rows",
            Params::new().with("condition", "fare > 2 AND answer IS NOT NULL"),
        ),
    );
    plan.steps.push(step(
        "remove_duplicates",
        Params::new().with("columns", names(&["age"])),
    ));
    let raw = table_of(frame(0.0, "Bern"));
    let prepared = prepare(&raw, &plan, &task()).unwrap();
    let rows = prepared.eligible_rows();
    assert!(rows.len() < 30);
    let fitted = fit(&prepared, LEARNER, &Params::new(), &rows, 1, &task()).unwrap();
    let without_answer =
        benchtop::clean::columns::selected(&raw, &names(&["city", "age", "fare"])).unwrap();
    let predictions = fitted
        .pipeline
        .predict_table(&without_answer, &task())
        .unwrap();
    assert_eq!(predictions.rows, 60);
}

#[test]
fn missing_and_wrong_columns_are_never_filled_in() {
    let (_, fitted) = fitted();
    let pipeline = &fitted.pipeline;
    let raw = frame(0.0, "Bern");
    let predict = |frame: DataFrame| pipeline.predict_table(&table_of(frame), &task());
    let mut renamed = raw.clone();
    renamed.rename("fare", "Fares".into()).unwrap();
    let error = predict(renamed.clone()).unwrap_err();
    assert_eq!(error.code, "missing_column");
    assert_eq!(error.hint.as_deref(), Some("Perhaps use Fares for fare"));

    let check = check_input(&pipeline.inputs, table_of(renamed.clone()).schema());
    assert!(!check.usable);
    assert!(check.problems.contains(&InputProblem::Missing {
        name: "fare".to_owned(),
        nearest: Some("Fares".to_owned())
    }));
    assert!(check.problems.contains(&InputProblem::Extra {
        name: "amount".to_owned()
    }));

    // Named in a mapping, it is the same column again.
    let renames = BTreeMap::from([("Fares".to_owned(), "fare".to_owned())]);
    let mapped = pipeline
        .predict_table_renamed(&table_of(renamed), &renames, &task())
        .unwrap();
    assert_eq!(mapped, predict(raw.clone()).unwrap());

    // Numbers that arrive as text are read when every one of them can be.
    let ages = raw.column("age").unwrap().cast(&DataType::String).unwrap();
    let mut as_text = raw.clone();
    as_text.with_column(ages).unwrap();
    assert_eq!(predict(as_text.clone()).unwrap(), mapped);
    let check = check_input(&pipeline.inputs, table_of(as_text).schema());
    assert!(check.usable);
    assert!(check.problems.iter().any(|problem| matches!(problem, InputProblem::WrongKind { name, expected: ColumnKind::Number, convertible: true, .. } if name == "age")));
    let mut ages: Vec<String> = (0..60).map(|row| row.to_string()).collect();
    ages[9] = "about 30".to_owned();
    let mut broken = raw.clone();
    broken
        .with_column(Series::new("age".into(), ages).into())
        .unwrap();
    let error = predict(broken).unwrap_err();
    assert_eq!(error.code, "value_does_not_fit");
    assert!(
        error.why.contains("about 30") && error.why.contains("row 10"),
        "{}",
        error.why
    );

    let mut dates = raw.clone();
    let days = Series::new("age".into(), vec![1i32; 60])
        .cast(&DataType::Date)
        .unwrap();
    dates.with_column(days.into()).unwrap();
    assert_eq!(predict(dates).unwrap_err().code, "wrong_column_kind");
    // A column of nothing but blanks has no kind.
    let mut blank = raw;
    blank
        .with_column(Series::full_null("age".into(), 60, &DataType::String).into())
        .unwrap();
    assert_eq!(predict(blank).unwrap().rows, 60);
}

#[test]
fn numbers_are_predicted_too() {
    let plan = LearningPlan {
        target: "amount".to_owned(),
        features: names(&["age", "fare", "city"]),
        steps: Vec::new(),
    };
    let raw = table_of(frame(0.0, "Bern"));
    let prepared = prepare(&raw, &plan, &task()).unwrap();
    assert_eq!(prepared.task(), &Task::Number);
    assert_eq!(prepared.eligible_rows().len(), 54);
    let rows = prepared.eligible_rows();
    let Target::Numbers(values) = prepared.target_for(&[0, 3]) else {
        panic!("numbers")
    };
    assert_eq!(values, [0.0, 4.5]);
    for learner in ["linear_regression", "decision_tree", "guessing"] {
        let fitted = fit(&prepared, learner, &Params::new(), &rows, 1, &task()).unwrap();
        let all = fitted.pipeline.predict_table(&raw, &task()).unwrap();
        let inside = fitted.predict_rows(&rows, &task()).unwrap();
        for (at, &row) in rows.iter().enumerate() {
            assert_eq!(all.number(row as usize), Some(inside[at]), "{learner}");
        }
        assert_eq!(all.label(0), "");
    }
}

// ---- storing and exporting ----

#[test]
fn stored_pipelines_come_back_the_same() {
    let raw = table_of(frame(0.0, "Bern"));
    let prepared = prepare(&raw, &plan(), &task()).unwrap();
    for learner in [
        "decision_tree",
        "guessing",
        "k_nearest_neighbours",
        "logistic_regression",
        "one_simple_rule",
    ] {
        let fitted = fit(
            &prepared,
            learner,
            &Params::new(),
            &early(&prepared),
            3,
            &task(),
        )
        .unwrap();
        let text = serde_json::to_string(&fitted.pipeline.save()).unwrap();
        let loaded = FittedPipeline::load(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(
            serde_json::to_string(&loaded.save()).unwrap(),
            text,
            "{learner}"
        );
        assert_eq!(
            loaded.predict_table(&raw, &task()).unwrap(),
            fitted.pipeline.predict_table(&raw, &task()).unwrap(),
            "{learner}"
        );
    }
}

#[test]
fn damaged_and_newer_files_are_refused() {
    let (_, fitted) = fitted();
    let saved = fitted.pipeline.save();
    let code = |change: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)| {
        let mut value = saved.clone();
        change(value.as_object_mut().unwrap());
        FittedPipeline::load(&value).err().map(|error| error.code)
    };
    assert_eq!(code(&|_| {}), None);
    let keys: Vec<String> = saved.as_object().unwrap().keys().cloned().collect();
    for key in &keys {
        assert!(
            code(&|value| {
                value.remove(key);
            })
            .is_some(),
            "without {key}"
        );
        assert!(
            code(&|value| {
                value.insert(key.clone(), serde_json::json!(["?"]));
            })
            .is_some(),
            "{key} as a list"
        );
    }
    let is = |expected: &str| Some(expected.to_owned());
    assert_eq!(
        code(&|value| {
            value.insert("format_version".into(), 2.into());
        }),
        is("model_is_newer")
    );
    assert_eq!(
        code(&|value| {
            value.insert("format".into(), "something".into());
        }),
        is("not_a_model")
    );
    assert_eq!(
        code(&|value| {
            value["inputs"].as_array_mut().unwrap().pop();
        }),
        is("missing_column")
    );
    assert_eq!(
        code(&|value| {
            value["steps"].as_array_mut().unwrap().remove(0);
        }),
        is("missing_column")
    );
    assert!(
        code(&|value| {
            value["task"]["names"].as_array_mut().unwrap().pop();
        })
        .is_some()
    );
    assert!(
        code(&|value| {
            value["task"]["names"]
                .as_array_mut()
                .unwrap()
                .push("maybe".into());
        })
        .is_some()
    );
    assert!(
        code(&|value| {
            value["preparation"]["columns"]
                .as_array_mut()
                .unwrap()
                .pop();
        })
        .is_some()
    );
    assert!(FittedPipeline::load(&serde_json::Value::Null).is_err());
}

#[test]
fn graphs_have_the_raw_inputs_and_the_named_results() {
    let (prepared, fitted) = fitted();
    let graph = fitted.pipeline.graph().unwrap();
    let inputs: Vec<(&str, ElementType)> = graph
        .inputs
        .iter()
        .map(|input| (input.name.as_str(), input.element))
        .collect();
    assert!(inputs.iter().all(|(name, element)| *element
        == if *name == "city" {
            ElementType::Text
        } else {
            ElementType::Float
        }));
    assert!(
        inputs
            .iter()
            .all(|(name, _)| ["age", "fare", "city"].contains(name))
    );
    let outputs: Vec<(&str, ElementType, Option<usize>)> = graph
        .outputs
        .iter()
        .map(|output| (output.name.as_str(), output.element, output.width))
        .collect();
    assert_eq!(
        outputs,
        [
            ("label", ElementType::Text, None),
            ("probabilities", ElementType::Float, Some(2))
        ]
    );
    // Everything a node reads is there before it.
    let mut known: Vec<&str> = graph
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    known.extend(graph.constants.iter().map(|(name, _, _)| name.as_str()));
    for node in &graph.nodes {
        for input in &node.inputs {
            assert!(
                known.contains(&input.as_str()),
                "{} reads {input} too early",
                node.operator
            );
        }
        known.extend(node.outputs.iter().map(String::as_str));
    }
    drop(prepared);

    let plan = LearningPlan {
        target: "amount".to_owned(),
        features: names(&["age", "fare"]),
        steps: Vec::new(),
    };
    let prepared = prepare(&table_of(frame(0.0, "Bern")), &plan, &task()).unwrap();
    let rows = prepared.eligible_rows();
    let fitted = fit(
        &prepared,
        "linear_regression",
        &Params::new(),
        &rows,
        1,
        &task(),
    )
    .unwrap();
    let graph = fitted.pipeline.graph().unwrap();
    assert!(
        graph
            .inputs
            .iter()
            .all(|input| input.element == ElementType::Float)
    );
    assert_eq!(graph.outputs.len(), 1);
    assert_eq!(
        (graph.outputs[0].name.as_str(), graph.outputs[0].width),
        ("prediction", Some(1))
    );
}

#[test]
fn a_step_that_cannot_be_exported_is_named() {
    let mut plan = plan();
    plan.steps[2].params.set("formula", "LENGTH(city) + age");
    let prepared = prepare(&table_of(frame(0.0, "Bern")), &plan, &task()).unwrap();
    let rows = prepared.eligible_rows();
    let fitted = fit(&prepared, LEARNER, &Params::new(), &rows, 1, &task()).unwrap();
    assert_eq!(
        fitted.pipeline.graph().unwrap_err().code,
        "formula_not_exportable"
    );
}

#[test]
fn penguins_are_told_apart_by_what_was_learned_from_others() {
    let path = crate::support::project_file("sample-data/penguins.csv");
    let frame = CsvReadOptions::default()
        .with_has_header(true)
        .try_into_reader_with_file_path(Some(path))
        .unwrap()
        .finish()
        .unwrap();
    let raw = table_of(frame);
    let target = "species";
    let features: Vec<String> = raw
        .schema()
        .columns
        .iter()
        .filter(|column| column.name != target && column.kind == ColumnKind::Number)
        .map(|column| column.name.clone())
        .collect();
    assert!(features.len() >= 4, "{features:?}");
    let plan = LearningPlan {
        target: target.to_owned(),
        features: features.clone(),
        steps: vec![step("fill_blanks", Params::new().with("columns", features))],
    };
    let prepared = prepare(&raw, &plan, &task()).unwrap();
    assert_eq!(prepared.class_names().len(), 3);
    let rows = prepared.eligible_rows();
    let (train, check): (Vec<u32>, Vec<u32>) = rows.iter().partition(|row| *row % 3 != 0);
    let Target::Classes { codes, .. } = prepared.target_for(&check) else {
        panic!("classes")
    };
    let right = |learner: &str| {
        let fitted = fit(&prepared, learner, &Params::new(), &train, 1, &task()).unwrap();
        let predicted = fitted.predict_rows(&check, &task()).unwrap();
        let hits = codes
            .iter()
            .zip(predicted.chunks(3))
            .filter(|(code, row)| row[**code as usize] >= row.iter().copied().fold(0.0, f64::max))
            .count();
        hits as f64 / codes.len() as f64
    };
    assert!(right("decision_tree") > 0.9);
    assert!(right("guessing") < 0.7);
}

#[test]
fn exported_recipes_predict_the_same_in_another_engine() {
    let mut raw = frame(0.0, "Bern");
    let days: Vec<Option<i32>> = (0..60)
        .map(|row| (row % 9 != 1).then_some(19_000 + row))
        .collect();
    let day = Series::new("day".into(), days)
        .cast(&DataType::Date)
        .unwrap();
    raw.with_column(day.into()).unwrap();
    let raw = table_of(raw);
    let formulas = [
        "fare / age",
        "LN(fare) * 2.5 - age",
        "CASE WHEN age > 8 AND NOT fare <= 3 THEN POWER(age, 2) WHEN city = 'Oslo' THEN 1 END",
        "city IN ('Oslo', 'Bern') OR age IS NULL",
        "COALESCE(age, fare, 0)",
    ];
    for how in ["median", "most_frequent"] {
        let mut features = names(&["age", "fare", "town", "day"]);
        let mut steps = vec![step(
            "fill_blanks",
            Params::new()
                .with("columns", names(&["fare", "city", "day"]))
                .with("how", how),
        )];
        for (index, formula) in formulas.iter().enumerate() {
            let name = format!("calculated {index}");
            steps.push(step(
                "new_column",
                Params::new()
                    .with("name", name.as_str())
                    .with("formula", *formula),
            ));
            features.push(name);
        }
        steps.push(step(
            "change_type",
            Params::new()
                .with("columns", names(&["fare"]))
                .with("to", "whole_number"),
        ));
        steps.push(step(
            "rename",
            Params::new().with("column", "city").with("to", "town"),
        ));
        let plan = LearningPlan {
            target: "answer".to_owned(),
            features,
            steps,
        };
        let prepared = prepare(&raw, &plan, &task()).unwrap();
        let rows = prepared.eligible_rows();
        for learner in ["decision_tree", "logistic_regression"] {
            let fitted = fit(&prepared, learner, &Params::new(), &rows, 1, &task()).unwrap();
            let folder = crate::support::temporary_folder(&format!("recipe-{how}-{learner}"));
            let parity = benchtop::export::export_onnx(
                &fitted.pipeline,
                &raw,
                &folder.join("model.onnx"),
                &task(),
            )
            .unwrap();
            assert!(
                parity.labels_equal && parity.rows == 60,
                "{learner}: {parity:?}"
            );
            assert!(parity.largest_difference < 1e-6, "{learner}: {parity:?}");
        }
    }
}
