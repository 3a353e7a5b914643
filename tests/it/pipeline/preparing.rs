//! What is predicted and from which rows.

use super::*;

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
