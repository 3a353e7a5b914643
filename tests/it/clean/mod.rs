//! Cleaning steps, the formula language and the recipe engine.

mod formulas;
mod graphs;
mod recipes;
mod steps;

use benchtop::base::graph::{ElementType, Graph};
use benchtop::base::ids::StepId;
use benchtop::base::param::{ParamDefault, ParamKind};
use benchtop::base::{Params, RowSet, TaskContext};
use benchtop::clean::recipe::{StepStatus, fingerprint_after};
use benchtop::clean::{
    self, GraphColumns, LearnFrom, REGISTRY, RecipeRun, RowEffect, Step, formula, run_recipe,
    run_recipe_fitted,
};
use benchtop::data::{ColumnKind, Table, difference};
use polars::prelude::*;

use crate::support::{names, step, table_of};

/// Eight rows with blanks in every column but one.
fn shop() -> Table {
    let sold = Series::new(
        "sold".into(),
        [
            Some(19_787i32),
            Some(19_788),
            None,
            Some(19_850),
            Some(20_000),
            Some(20_001),
            None,
            Some(20_001),
        ],
    )
    .cast(&DataType::Date)
    .unwrap();
    let paid = Series::new(
        "paid".into(),
        [
            Some(19_790i32),
            None,
            None,
            Some(19_851),
            Some(20_010),
            Some(20_001),
            None,
            Some(20_003),
        ],
    )
    .cast(&DataType::Date)
    .unwrap();
    let columns: Vec<Column> = vec![
        Series::new(
            "price".into(),
            [
                Some(10.0f64),
                Some(2.5),
                None,
                Some(40.0),
                Some(7.5),
                Some(2.5),
                Some(f64::NAN),
                Some(100.0),
            ],
        )
        .into(),
        Series::new(
            "quantity".into(),
            [
                Some(1i64),
                Some(2),
                Some(3),
                None,
                Some(0),
                Some(2),
                Some(7),
                Some(8),
            ],
        )
        .into(),
        Series::new(
            "name".into(),
            [
                Some("Anna"),
                Some("Bo"),
                Some(" Cara "),
                None,
                Some("Anna"),
                Some("Bo"),
                Some("dana"),
                Some("Ela"),
            ],
        )
        .into(),
        Series::new(
            "city".into(),
            [
                Some("Oslo"),
                Some("Rome"),
                None,
                Some("Rome"),
                Some("Oslo"),
                Some("Rome"),
                Some("Oslo"),
                None,
            ],
        )
        .into(),
        Series::new(
            "code".into(),
            [
                Some("12"),
                Some("x1"),
                Some("007"),
                Some("3,5"),
                None,
                Some("1.234,5"),
                Some("1,234.5"),
                Some("1,234"),
            ],
        )
        .into(),
        sold.into(),
        paid.into(),
        Series::new(
            "member".into(),
            [
                Some(true),
                Some(false),
                None,
                Some(true),
                Some(true),
                Some(false),
                Some(true),
                Some(false),
            ],
        )
        .into(),
    ];
    table_of(DataFrame::new(8, columns).unwrap())
}

fn run(table: &Table, steps: &[Step]) -> RecipeRun {
    run_recipe(table, steps, LearnFrom::All, &TaskContext::new()).unwrap()
}

/// Runs one step that must not need attention.
fn done(table: &Table, operation: &str, params: Params) -> Table {
    let run = run(table, &[step(operation, params)]);
    assert_eq!(run.outcomes[0].status, StepStatus::Done, "{operation}");
    run.table
}

fn attention(table: &Table, operation: &str, params: Params) -> benchtop::base::UserError {
    let run = run(table, &[step(operation, params)]);
    match run.outcomes.into_iter().next().unwrap().status {
        StepStatus::NeedsAttention(error) => error,
        other => panic!("{operation} should need attention and is {other:?}"),
    }
}

fn series(table: &Table, name: &str) -> Series {
    table
        .frame()
        .column(name)
        .unwrap()
        .as_materialized_series()
        .clone()
}

fn numbers(table: &Table, name: &str) -> Vec<Option<f64>> {
    let cast = series(table, name).cast(&DataType::Float64).unwrap();
    cast.f64().unwrap().iter().collect()
}

fn texts(table: &Table, name: &str) -> Vec<Option<String>> {
    let cast = series(table, name).cast(&DataType::String).unwrap();
    cast.str()
        .unwrap()
        .iter()
        .map(|text| text.map(str::to_owned))
        .collect()
}

fn ids(table: &Table) -> Vec<u32> {
    (0..table.rows()).map(|row| table.row_id(row)).collect()
}

/// Settings that work on [`shop`] for every step there is.
fn example(operation: &str) -> Vec<Params> {
    let columns = |columns: &[&str]| Params::new().with("columns", names(columns));
    match operation {
        "change_type" => [
            "whole_number",
            "number",
            "yes_no",
            "date",
            "date_time",
            "text",
            "category",
        ]
        .iter()
        .map(|to| columns(&["code"]).with("to", *to))
        .chain([
            columns(&["price", "quantity", "member"]).with("to", "text"),
            columns(&["price", "quantity"]).with("to", "category"),
        ])
        .collect(),
        "drop_columns" => vec![columns(&["price", "sold"])],
        "fill_blanks" => ["median", "mean", "most_frequent"]
            .iter()
            .map(|how| columns(&["price", "quantity", "city", "sold", "member"]).with("how", *how))
            .chain([columns(&["price", "quantity"])
                .with("how", "constant")
                .with("value", "1.5")])
            .collect(),
        "filter_rows" => vec![
            Params::new().with("condition", "price > 5"),
            Params::new()
                .with("condition", "city = 'Oslo'")
                .with("action", "drop"),
        ],
        "new_column" => vec![
            Params::new()
                .with("name", "total")
                .with("formula", "price * quantity"),
        ],
        "remove_duplicates" => vec![Params::new(), columns(&["name", "city"])],
        "rename" => vec![Params::new().with("column", "city").with("to", "town")],
        "sort_rows" => vec![
            columns(&["city", "price"]).with("descending", true),
            columns(&["member"]),
        ],
        "tidy_spellings" => ["case", "accents", "words"]
            .iter()
            .map(|alike| columns(&["name", "city"]).with("alike", *alike))
            .collect(),
        other => panic!("add an example for the step {other}"),
    }
}

/// Columns a step may change.
fn touched(operation: &str, params: &Params) -> Vec<String> {
    match operation {
        "rename" => vec![
            params.text("column").to_owned(),
            params.text("to").to_owned(),
        ],
        "new_column" => vec![params.text("name").to_owned()],
        "change_type" | "fill_blanks" | "drop_columns" | "tidy_spellings" => {
            params.list("columns").to_vec()
        }
        _ => Vec::new(),
    }
}

fn sizes() -> Vec<(&'static str, Table)> {
    let shop = shop();
    let blank = clean::columns::blank_rows(shop.schema(), 5).unwrap();
    vec![
        ("eight rows", shop.clone()),
        ("no row", shop.take(&[]).unwrap()),
        ("one row", shop.take(&[3]).unwrap()),
        ("other order", shop.take(&[7, 2, 5]).unwrap()),
        ("all blank", blank),
    ]
}

#[test]
fn step_ids_are_unique_sorted_and_described() {
    let ids: Vec<&str> = REGISTRY.iter().map(|step| step.id()).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ids, sorted);
    for step in REGISTRY {
        assert!(
            !step.name().is_empty() && !step.summary().is_empty(),
            "{}",
            step.id()
        );
        let mut keys: Vec<&str> = step.params().iter().map(|spec| spec.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), step.params().len(), "{}", step.id());
        for spec in step.params() {
            assert!(
                !spec.label.is_empty() && !spec.help.is_empty(),
                "{} {}",
                step.id(),
                spec.key
            );
            if let (ParamKind::Choice(choices), ParamDefault::Text(value)) =
                (spec.kind, spec.default)
            {
                assert!(
                    choices.iter().any(|(id, _)| *id == value),
                    "{} {}",
                    step.id(),
                    spec.key
                );
            }
        }
        // A sentence while nothing is filled in yet must not be empty either.
        assert!(!clean::plain(&step.sentence(&Params::defaults(step.params()))).is_empty());
    }
}

#[test]
fn steps_invent_no_rows_and_touch_only_their_columns() {
    for step_kind in REGISTRY {
        for params in example(step_kind.id()) {
            for (size, table) in sizes() {
                let what = format!("{} on {size} with {params:?}", step_kind.id());
                let run = run(&table, &[step(step_kind.id(), params.clone())]);
                assert_eq!(run.outcomes[0].status, StepStatus::Done, "{what}");
                let after = &run.table;
                let before_ids = ids(&table);
                let after_ids = ids(after);
                let mut distinct = after_ids.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(
                    distinct.len(),
                    after_ids.len(),
                    "{what}: a row came out twice"
                );
                assert!(
                    after_ids.iter().all(|id| before_ids.contains(id)),
                    "{what}: a row was invented"
                );
                if step_kind.row_effect() == RowEffect::Keeps {
                    assert_eq!(before_ids, after_ids, "{what}");
                }
                assert_eq!(after.source_rows(), table.source_rows(), "{what}");
                assert!(
                    after.schema().get(benchtop::data::ROW_ID).is_none(),
                    "{what}"
                );
                assert_eq!(run.schemas.len(), 2, "{what}");
                assert_eq!(
                    run.schemas[1],
                    *after.schema(),
                    "{what}: the schema of the step and of the table differ"
                );

                let may_change = touched(step_kind.id(), &params);
                let positions: Vec<usize> = after_ids
                    .iter()
                    .map(|id| before_ids.iter().position(|known| known == id).unwrap())
                    .collect();
                let expected = table.take(&positions).unwrap();
                for column in &table.schema().columns {
                    if !may_change.contains(&column.name) {
                        let (is, was) =
                            (series(after, &column.name), series(&expected, &column.name));
                        assert!(
                            is.equals_missing(&was)
                                || is.null_count() == was.null_count()
                                    && format!("{is:?}") == format!("{was:?}"),
                            "{what}: {} changed",
                            column.name
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn every_step_names_missing_columns_and_offers_the_nearest() {
    let table = shop();
    for (operation, params) in [
        (
            "change_type",
            Params::new().with("columns", names(&["prise"])),
        ),
        (
            "drop_columns",
            Params::new().with("columns", names(&["Price "])),
        ),
        (
            "fill_blanks",
            Params::new().with("columns", names(&["pricee"])),
        ),
        ("filter_rows", Params::new().with("condition", "prize > 1")),
        (
            "new_column",
            Params::new().with("name", "x").with("formula", "pric + 1"),
        ),
        (
            "remove_duplicates",
            Params::new().with("columns", names(&["PRICE"])),
        ),
        (
            "rename",
            Params::new().with("column", "rice").with("to", "y"),
        ),
        (
            "sort_rows",
            Params::new().with("columns", names(&["price_"])),
        ),
        (
            "tidy_spellings",
            Params::new().with("columns", names(&["pprice"])),
        ),
    ] {
        let error = attention(&table, operation, params);
        assert_eq!(error.code, "missing_column", "{operation}");
        assert_eq!(
            error.hint.as_deref(),
            Some("Did you mean price?"),
            "{operation}"
        );
        assert!(
            error.why.contains("quantity"),
            "{operation} does not list the columns: {}",
            error.why
        );
    }
}

#[test]
fn sentences_read_like_the_design() {
    let sentence = |operation: &str, params: Params| {
        clean::plain(&clean::by_id(operation).unwrap().sentence(&params))
    };
    assert_eq!(
        sentence(
            "fill_blanks",
            Params::new()
                .with("columns", names(&["age"]))
                .with("how", "median")
        ),
        "Fill blanks in age with the median"
    );
    assert_eq!(
        sentence(
            "drop_columns",
            Params::new().with("columns", names(&["a", "b", "c", "d", "e"]))
        ),
        "Drop a, b, c and 2 more"
    );
    assert_eq!(
        sentence(
            "change_type",
            Params::new()
                .with("columns", names(&["a", "b"]))
                .with("to", "whole_number")
        ),
        "Change a and b to whole number"
    );
    assert_eq!(
        sentence(
            "filter_rows",
            Params::new()
                .with("condition", "age > 30")
                .with("action", "drop")
        ),
        "Drop rows where age > 30"
    );
    assert_eq!(
        sentence("rename", Params::new().with("column", "a").with("to", "b")),
        "Rename a to b"
    );
}
