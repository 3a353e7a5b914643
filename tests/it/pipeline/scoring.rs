//! Raw tables are scored as they were learned from.

use super::*;

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
