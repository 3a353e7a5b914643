//! Recipes of several steps.

use super::*;

fn recipe() -> Vec<Step> {
    vec![
        step(
            "rename",
            Params::new().with("column", "price").with("to", "cost"),
        ),
        step(
            "fill_blanks",
            Params::new().with("columns", names(&["cost"])),
        ),
        step(
            "new_column",
            Params::new()
                .with("name", "total")
                .with("formula", "cost * quantity"),
        ),
        step("filter_rows", Params::new().with("condition", "total > 10")),
    ]
}

#[test]
fn a_recipe_runs_in_order_and_reports_deltas() {
    let run = run(&shop(), &recipe());
    assert!(
        run.outcomes
            .iter()
            .all(|outcome| outcome.status == StepStatus::Done)
    );
    let notes: Vec<&str> = run
        .outcomes
        .iter()
        .map(|outcome| outcome.note.as_str())
        .collect();
    // One cell was blank, and one was no number, which is blank as well.
    assert_eq!(notes, ["", "2 cells", "+1 column", "−5 rows"]);
    assert_eq!(ids(&run.table), [2, 6, 7]);
    assert_eq!(run.outcomes[3].rows_before, 8);
    assert_eq!(run.outcomes[3].rows_after, 3);
    assert_eq!(run.outcomes[2].cells_changed, 7);
    assert_eq!(run.schemas.len(), 5);
    assert!(run.schemas[0].get("price").is_some() && run.schemas[1].get("price").is_none());
    assert!(run.schemas[2].get("total").is_none() && run.schemas[3].get("total").is_some());
}

#[test]
fn order_off_and_edits_mean_what_they_say() {
    let table = shop();
    let keep = step("filter_rows", Params::new().with("condition", "price > 5"));
    let fill = step(
        "fill_blanks",
        Params::new()
            .with("columns", names(&["price"]))
            .with("how", "constant")
            .with("value", "6"),
    );
    assert_eq!(run(&table, &[keep.clone(), fill.clone()]).table.rows(), 4);
    assert_eq!(run(&table, &[fill.clone(), keep.clone()]).table.rows(), 6);
    let mut off = fill.clone();
    off.enabled = false;
    let without = run(&table, &[off, keep.clone()]);
    assert_eq!(without.table.rows(), 4);
    assert_eq!(without.outcomes[0].status, StepStatus::Off);
    let mut edited = keep.clone();
    edited.params.set("condition", "price > 50");
    assert_eq!(run(&table, &[edited]).table.rows(), 1);
    // Nothing on: the very same table.
    let mut off = keep;
    off.enabled = false;
    assert_eq!(run(&table, &[off]).table.fingerprint(), table.fingerprint());
}

#[test]
fn a_broken_step_is_left_out_and_the_rest_runs() {
    let mut steps = recipe();
    steps.insert(
        1,
        step(
            "drop_columns",
            Params::new().with("columns", names(&["price"])),
        ),
    );
    steps.insert(
        2,
        step(
            "sort_rows",
            Params::new()
                .with("columns", names(&["cost"]))
                .with("wrong", true),
        ),
    );
    let run = run(&shop(), &steps);
    let attention: Vec<usize> = (0..6)
        .filter(|&index| matches!(run.outcomes[index].status, StepStatus::NeedsAttention(_)))
        .collect();
    assert_eq!(attention, [1, 2]);
    assert_eq!(ids(&run.table), [2, 6, 7]);
    assert_eq!(run.outcomes[1].note, "");
}

#[test]
fn values_that_stop_a_formula_are_reported_and_try_cast_helps() {
    let table = shop();
    let cast = |function: &str| {
        Params::new()
            .with("name", "n")
            .with("formula", format!("{function}(name AS BIGINT)"))
    };
    let error = attention(&table, "new_column", cast("CAST"));
    assert_eq!(error.code, "value_does_not_fit");
    assert!(error.hint.unwrap().contains("TRY_CAST"));
    assert_eq!(
        numbers(&done(&table, "new_column", cast("TRY_CAST")), "n"),
        [None; 8]
    );
}

#[test]
fn equal_beginnings_have_equal_fingerprints() {
    let table = shop();
    let steps = recipe();
    assert_eq!(
        run(&table, &steps).table.fingerprint(),
        fingerprint_after(table.fingerprint(), &steps)
    );
    assert_eq!(
        run(&table, &steps[..2]).table.fingerprint(),
        fingerprint_after(table.fingerprint(), &steps[..2])
    );
    let mut longer = steps.clone();
    longer[3].params.set("condition", "total > 11");
    assert_ne!(
        fingerprint_after(table.fingerprint(), &steps),
        fingerprint_after(table.fingerprint(), &longer)
    );
    // A step that is switched off leaves no trace, nor does its number.
    let mut off = steps.clone();
    off[3].enabled = false;
    off[1].id = StepId(77);
    assert_eq!(
        fingerprint_after(table.fingerprint(), &off),
        fingerprint_after(table.fingerprint(), &steps[..3])
    );
    // What is learned from other rows is another table.
    let rows = RowSet::from_rows(8, [0, 1]);
    let some = run_recipe(&table, &steps, LearnFrom::Rows(&rows), &TaskContext::new()).unwrap();
    assert_ne!(
        some.table.fingerprint(),
        run(&table, &steps).table.fingerprint()
    );
}

#[test]
fn a_cancelled_recipe_stops() {
    let task = TaskContext::new();
    task.cancel();
    assert!(
        run_recipe(&shop(), &recipe(), LearnFrom::All, &task)
            .unwrap_err()
            .is_cancelled()
    );
}

#[test]
fn fitted_recipes_apply_what_was_learned_and_keep_every_row() {
    let table = shop();
    let learned = run(&table, &recipe());
    let steps: Vec<_> = recipe()
        .into_iter()
        .zip(
            learned
                .outcomes
                .iter()
                .map(|outcome| outcome.learned.clone()),
        )
        .collect();
    let few = table.take(&[6, 1]).unwrap();
    let scored = run_recipe_fitted(&few, &steps, &TaskContext::new()).unwrap();
    assert_eq!(ids(&scored), [6, 1]);
    assert_eq!(numbers(&scored, "cost"), [Some(8.75), Some(2.5)]);
    let missing = run_recipe(
        &few,
        &[step(
            "drop_columns",
            Params::new().with("columns", names(&["price"])),
        )],
        LearnFrom::All,
        &TaskContext::new(),
    )
    .unwrap();
    assert_eq!(
        run_recipe_fitted(&missing.table, &steps, &TaskContext::new())
            .unwrap_err()
            .code,
        "missing_column"
    );
}

#[test]
fn renaming_and_dropping_copy_nothing() {
    let table = shop();
    let changed = run(
        &table,
        &[
            step(
                "rename",
                Params::new().with("column", "price").with("to", "cost"),
            ),
            step(
                "drop_columns",
                Params::new().with("columns", names(&["city"])),
            ),
        ],
    );
    let place = |table: &Table, name: &str| {
        series(table, name)
            .f64()
            .unwrap()
            .cont_slice()
            .ok()
            .map(<[f64]>::as_ptr)
            .or_else(|| {
                let whole = series(table, name);
                let values = whole.f64().unwrap();
                values
                    .downcast_iter()
                    .next()
                    .map(|chunk| chunk.values().as_slice().as_ptr())
            })
    };
    assert_eq!(place(&table, "price"), place(&changed.table, "cost"));
}
