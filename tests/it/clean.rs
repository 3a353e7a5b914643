//! Cleaning steps, the formula language and the recipe engine.

use benchtop::base::graph::{ElementType, Graph};
use benchtop::base::ids::StepId;
use benchtop::base::param::{ParamDefault, ParamKind};
use benchtop::base::{Fingerprint, Params, RowSet, TaskContext};
use benchtop::clean::recipe::{StepStatus, fingerprint_after};
use benchtop::clean::{
    self, GraphColumns, LearnFrom, REGISTRY, RecipeRun, RowEffect, Step, formula, run_recipe,
    run_recipe_fitted,
};
use benchtop::data::{ColumnKind, Table};
use polars::prelude::*;

// ---- tables to work on ----

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

fn table_of(frame: DataFrame) -> Table {
    Table::from_frame(frame, Fingerprint::of(&[b"test"]))
}

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

// ---- the contract of every step ----

/// Settings that work on [`shop`] for every step there is.
fn example(operation: &str) -> Vec<Params> {
    let columns = |columns: &[&str]| Params::new().with("columns", names(columns));
    match operation {
        "change_type" => [
            "whole_number",
            "number",
            "yes_no",
            "date",
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
        "change_type" | "fill_blanks" | "drop_columns" => params.list("columns").to_vec(),
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

// ---- single steps ----

#[test]
fn change_type_reads_numbers_as_people_write_them() {
    let table = shop();
    let to = |to: &str| {
        Params::new()
            .with("columns", names(&["code"]))
            .with("to", to)
    };
    assert_eq!(
        numbers(&done(&table, "change_type", to("number")), "code"),
        [
            Some(12.0),
            None,
            Some(7.0),
            Some(3.5),
            None,
            Some(1234.5),
            Some(1234.5),
            Some(1234.0)
        ]
    );
    assert_eq!(
        numbers(
            &done(&table, "change_type", to("number").with("decimal", "comma")),
            "code"
        ),
        [
            Some(12.0),
            None,
            Some(7.0),
            Some(3.5),
            None,
            Some(1234.5),
            Some(1.2345),
            Some(1.234)
        ]
    );
    assert_eq!(
        numbers(
            &done(&table, "change_type", to("number").with("decimal", "point")),
            "code"
        ),
        [
            Some(12.0),
            None,
            Some(7.0),
            Some(35.0),
            None,
            Some(1.2345),
            Some(1234.5),
            Some(1234.0)
        ]
    );
    let whole = done(&table, "change_type", to("whole_number"));
    assert_eq!(series(&whole, "code").dtype(), &DataType::Int64);
    assert_eq!(
        numbers(&whole, "code"),
        [
            Some(12.0),
            None,
            Some(7.0),
            None,
            None,
            None,
            None,
            Some(1234.0)
        ]
    );
}

#[test]
fn change_type_covers_yes_no_dates_text_and_categories() {
    let written = df!(
        "yes" => [Some("Yes"), Some("n"), Some(" TRUE "), Some("0"), Some("maybe"), None],
        "day" => [Some("2024-03-05"), Some("05.03.2024"), Some("5 March 2024"), Some("2024-03-05T10:00:00"), Some("30.02.2024"), None],
        "us" => [Some("03/05/2024"), Some("Mar 5, 2024"), Some("20240305"), Some("13/01/2024"), Some("1.1.24"), None],
        "big" => [Some("9007199254740993"), Some("-1"), Some("\u{2212}2"), Some("1 000"), Some("nan"), None]
    )
    .unwrap();
    let table = table_of(written);
    let change = |name: &str, to: &str| {
        done(
            &table,
            "change_type",
            Params::new()
                .with("columns", names(&[name]))
                .with("to", to)
                .with(
                    "dates",
                    if name == "us" {
                        "month_first"
                    } else {
                        "day_first"
                    },
                ),
        )
    };
    assert_eq!(
        numbers(&change("yes", "yes_no"), "yes"),
        [Some(1.0), Some(0.0), Some(1.0), Some(0.0), None, None]
    );
    let fifth = Some(19_787.0);
    let physical = |table: &Table, name: &str| {
        series(table, name)
            .to_physical_repr()
            .cast(&DataType::Float64)
            .unwrap()
            .f64()
            .unwrap()
            .iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        physical(&change("day", "date"), "day"),
        [fifth, fifth, fifth, fifth, None, None]
    );
    assert_eq!(
        physical(&change("us", "date"), "us"),
        [fifth, fifth, fifth, None, None, None]
    );
    let big = change("big", "whole_number");
    assert_eq!(
        series(&big, "big")
            .i64()
            .unwrap()
            .iter()
            .collect::<Vec<_>>(),
        [
            Some(9_007_199_254_740_993),
            Some(-1),
            Some(-2),
            Some(1000),
            None,
            None
        ]
    );
    let shop = shop();
    let text = done(
        &shop,
        "change_type",
        Params::new()
            .with("columns", names(&["quantity", "price", "member"]))
            .with("to", "text"),
    );
    assert_eq!(
        texts(&text, "price")[..4],
        [
            Some("10".to_owned()),
            Some("2.5".to_owned()),
            None,
            Some("40".to_owned())
        ]
    );
    assert_eq!(
        texts(&text, "member")[..3],
        [Some("yes".to_owned()), Some("no".to_owned()), None]
    );
    let category = done(
        &shop,
        "change_type",
        Params::new()
            .with("columns", names(&["quantity"]))
            .with("to", "category"),
    );
    assert_eq!(
        category.schema().get("quantity").unwrap().kind,
        ColumnKind::Category
    );
    assert_eq!(
        texts(&category, "quantity")[..2],
        [Some("1".to_owned()), Some("2".to_owned())]
    );
    assert_eq!(
        attention(
            &shop,
            "change_type",
            Params::new()
                .with("columns", names(&["price"]))
                .with("to", "date")
        )
        .code,
        "types_do_not_meet"
    );
}

#[test]
fn change_type_says_how_many_cells_became_blank() {
    let run = run(
        &shop(),
        &[step(
            "change_type",
            Params::new()
                .with("columns", names(&["code"]))
                .with("to", "number"),
        )],
    );
    assert_eq!(run.outcomes[0].cells_changed, 7);
    assert_eq!(run.outcomes[0].note, "7 cells, 1 became blank");
}

#[test]
fn fill_blanks_learns_by_kind() {
    let table = shop();
    let all = ["price", "quantity", "city", "member", "sold"];
    let fill = |how: &str| {
        run(
            &table,
            &[step(
                "fill_blanks",
                Params::new().with("columns", names(&all)).with("how", how),
            )],
        )
    };
    let median = fill("median");
    // price 2.5 2.5 7.5 10 40 100 → (7.5 + 10) / 2, NaN counts as blank.
    assert_eq!(median.outcomes[0].learned.numbers["price"], 8.75);
    assert_eq!(median.outcomes[0].learned.numbers["quantity"], 2.0);
    // Oslo and Rome three times each: the first by its letters.
    assert_eq!(median.outcomes[0].learned.texts["city"], "Oslo");
    assert_eq!(median.outcomes[0].learned.numbers["member"], 1.0);
    assert_eq!(median.outcomes[0].learned.numbers["sold"], 20_001.0);
    assert_eq!(numbers(&median.table, "price")[2], Some(8.75));
    assert_eq!(numbers(&median.table, "price")[6], Some(8.75));
    assert_eq!(texts(&median.table, "city")[2].as_deref(), Some("Oslo"));
    assert_eq!(
        texts(&median.table, "sold")[2].as_deref(),
        Some("2024-10-05")
    );
    for name in all {
        assert_eq!(series(&median.table, name).null_count(), 0, "{name}");
    }
    let mean = fill("mean");
    assert!((mean.outcomes[0].learned.numbers["quantity"] - 23.0 / 7.0).abs() < 1e-12);
    assert_eq!(series(&mean.table, "quantity").dtype(), &DataType::Float64);
    let frequent = fill("most_frequent");
    assert_eq!(frequent.outcomes[0].learned.numbers["price"], 2.5);
    assert_eq!(frequent.outcomes[0].learned.numbers["quantity"], 2.0);
    assert_eq!(
        series(&frequent.table, "quantity").dtype(),
        &DataType::Int64
    );
}

#[test]
fn fill_blanks_takes_only_the_rows_it_is_given() {
    let table = shop();
    let rows = RowSet::from_rows(8, [0, 1, 3]);
    let steps = [step(
        "fill_blanks",
        Params::new().with("columns", names(&["price"])),
    )];
    let run = run_recipe(&table, &steps, LearnFrom::Rows(&rows), &TaskContext::new()).unwrap();
    assert_eq!(run.outcomes[0].learned.numbers["price"], 10.0);
    // Row ids, not positions.
    let turned = table.take(&[7, 6, 5, 4, 3, 2, 1, 0]).unwrap();
    let run = run_recipe(&turned, &steps, LearnFrom::Rows(&rows), &TaskContext::new()).unwrap();
    assert_eq!(run.outcomes[0].learned.numbers["price"], 10.0);
}

#[test]
fn fill_blanks_with_a_given_value_checks_it() {
    let table = shop();
    let constant = |column: &str, value: &str| {
        Params::new()
            .with("columns", names(&[column]))
            .with("how", "constant")
            .with("value", value)
    };
    assert_eq!(
        texts(
            &done(&table, "fill_blanks", constant("city", "unknown")),
            "city"
        )[2]
        .as_deref(),
        Some("unknown")
    );
    assert_eq!(
        numbers(
            &done(&table, "fill_blanks", constant("quantity", "2.5")),
            "quantity"
        )[3],
        Some(2.5)
    );
    assert_eq!(
        texts(
            &done(&table, "fill_blanks", constant("sold", "2024-01-31")),
            "sold"
        )[2]
        .as_deref(),
        Some("2024-01-31")
    );
    assert_eq!(
        numbers(
            &done(&table, "fill_blanks", constant("member", "no")),
            "member"
        )[2],
        Some(0.0)
    );
    for (column, value) in [
        ("price", "dear"),
        ("member", "perhaps"),
        ("sold", "soon"),
        ("city", ""),
    ] {
        let error = attention(&table, "fill_blanks", constant(column, value));
        assert_eq!(error.code, "value_does_not_fit", "{column}");
        assert!(error.what.contains(column));
    }
}

#[test]
fn filters_treat_blanks_as_not_matching() {
    let table = shop();
    let filter = |condition: &str, action: &str| {
        ids(&done(
            &table,
            "filter_rows",
            Params::new()
                .with("condition", condition)
                .with("action", action),
        ))
    };
    assert_eq!(filter("price > 5", "keep"), [0, 3, 4, 7]);
    assert_eq!(filter("price > 5", "drop"), [1, 2, 5, 6]);
    assert_eq!(filter("price IS NULL", "keep"), [2, 6]);
    assert_eq!(filter("NOT (price > 5)", "keep"), [1, 5]);
    assert_eq!(filter("member", "keep"), [0, 3, 4, 6]);
    assert_eq!(
        attention(
            &table,
            "filter_rows",
            Params::new().with("condition", "price + 1")
        )
        .code,
        "not_a_condition"
    );
}

#[test]
fn duplicates_keep_the_first_and_sorting_is_stable_with_blanks_last() {
    let table = shop();
    assert_eq!(
        ids(&done(
            &table,
            "remove_duplicates",
            Params::new().with("columns", names(&["city"]))
        )),
        [0, 1, 2]
    );
    let twice =
        table_of(df!("a" => [1, 1, 2, 1], "b" => [Some("x"), Some("x"), None, Some("y")]).unwrap());
    assert_eq!(
        ids(&done(&twice, "remove_duplicates", Params::new())),
        [0, 2, 3]
    );
    let sort = |columns: &[&str], descending: bool| {
        ids(&done(
            &table,
            "sort_rows",
            Params::new()
                .with("columns", names(columns))
                .with("descending", descending),
        ))
    };
    assert_eq!(sort(&["city"], false), [0, 4, 6, 1, 3, 5, 2, 7]);
    assert_eq!(sort(&["city"], true), [1, 3, 5, 0, 4, 6, 2, 7]);
    assert_eq!(sort(&["city", "quantity"], false), [4, 0, 6, 1, 5, 3, 2, 7]);
}

#[test]
fn names_must_be_free_and_columns_must_remain() {
    let table = shop();
    for params in [
        Params::new().with("name", "price").with("formula", "1"),
        Params::new()
            .with("name", "price")
            .with("formula", "quantity"),
    ] {
        let error = attention(&table, "new_column", params);
        assert_eq!(error.code, "name_taken");
        assert!(error.hint.unwrap().contains("price 2"));
    }
    assert_eq!(
        attention(
            &table,
            "rename",
            Params::new().with("column", "city").with("to", "name")
        )
        .code,
        "name_taken"
    );
    assert_eq!(
        attention(
            &table,
            "rename",
            Params::new().with("column", "city").with("to", "  ")
        )
        .code,
        "no_name"
    );
    assert_eq!(
        attention(
            &table,
            "new_column",
            Params::new()
                .with("name", benchtop::data::ROW_ID)
                .with("formula", "1")
        )
        .code,
        "name_reserved"
    );
    let all = table.schema().names();
    assert_eq!(
        attention(&table, "drop_columns", Params::new().with("columns", all)).code,
        "no_column_left"
    );
    assert_eq!(
        attention(
            &table,
            "drop_columns",
            Params::new().with("columns", Vec::new())
        )
        .code,
        "no_columns"
    );
    assert_eq!(
        attention(&table, "drop_columns", Params::new()).code,
        "missing_parameter"
    );
    assert_eq!(
        attention(&table, "explode_rows", Params::new()).code,
        "unknown_step"
    );
}

#[test]
fn odd_column_names_work_everywhere() {
    let table = table_of(df!("^a.*$" => [2, 1], "select" => [1, 2], "two words" => [3, 4], "a\"b" => [5, 6], "größe" => [7, 8], "*" => [9, 10]).unwrap());
    for column in &table.schema().columns.clone() {
        let name = column.name.as_str();
        let formula = format!("{} + 1", formula::quoted(name));
        let new = done(
            &table,
            "new_column",
            Params::new()
                .with("name", "n")
                .with("formula", formula.as_str()),
        );
        let expected: Vec<Option<f64>> = numbers(&table, name)
            .into_iter()
            .map(|v| v.map(|v| v + 1.0))
            .collect();
        assert_eq!(numbers(&new, "n"), expected, "{name}");
        assert_eq!(formula::columns_used(&formula), [name]);
        assert_eq!(
            done(
                &table,
                "drop_columns",
                Params::new().with("columns", names(&[name]))
            )
            .width(),
            5,
            "{name}"
        );
        assert_eq!(
            done(
                &table,
                "rename",
                Params::new().with("column", name).with("to", "z")
            )
            .width(),
            6,
            "{name}"
        );
        let sorted = done(
            &table,
            "sort_rows",
            Params::new().with("columns", names(&[name])),
        );
        assert_eq!(
            ids(&sorted),
            if name == "^a.*$" { [1, 0] } else { [0, 1] },
            "{name}"
        );
    }
}

// ---- recipes ----

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
    assert_eq!(notes, ["", "1 cell", "+1 column", "−5 rows"]);
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

// ---- formulas ----

#[test]
fn every_function_of_the_list_works_as_its_example_says() {
    let table = shop();
    let mut names: Vec<&str> = formula::FUNCTIONS
        .iter()
        .map(|function| function.name)
        .collect();
    assert!(names.len() >= 40);
    names.sort_unstable();
    let before = names.len();
    names.dedup();
    assert_eq!(before, names.len());
    for function in formula::FUNCTIONS {
        assert!(
            function.example.contains(function.name),
            "{}",
            function.name
        );
        let run = run(
            &table,
            &[step(
                "new_column",
                Params::new()
                    .with("name", "value")
                    .with("formula", function.example),
            )],
        );
        assert_eq!(
            run.outcomes[0].status,
            StepStatus::Done,
            "{}",
            function.example
        );
        let filled = series(&run.table, "value");
        assert!(
            filled.null_count() < filled.len(),
            "{} is blank everywhere",
            function.example
        );
        let kind = formula::result_kind(table.schema(), function.example).unwrap();
        let got = run.table.schema().get("value").unwrap().kind;
        assert!(
            kind == got || (kind == ColumnKind::Text && got == ColumnKind::Category),
            "{}: {kind:?} is {got:?}",
            function.example
        );
    }
}

#[test]
fn formulas_calculate_what_they_say() {
    let table = shop();
    let number = |formula: &str| {
        numbers(
            &done(
                &table,
                "new_column",
                Params::new().with("name", "v").with("formula", formula),
            ),
            "v",
        )
    };
    let text = |formula: &str| {
        texts(
            &done(
                &table,
                "new_column",
                Params::new().with("name", "v").with("formula", formula),
            ),
            "v",
        )
    };
    assert_eq!(
        number("price * quantity")[..4],
        [Some(10.0), Some(5.0), None, None]
    );
    // Division by nothing is blank, not infinite.
    assert_eq!(number("price / quantity")[4], None);
    assert_eq!(number("quantity / 2")[0], Some(0.5));
    assert_eq!(number("DIV(quantity, 2)")[6], Some(3.0));
    assert_eq!(number("MOD(quantity, 2)")[6], Some(1.0));
    assert_eq!(number("LN(quantity)")[4], None);
    assert_eq!(number("-price")[0], Some(-10.0));
    assert_eq!(number("GREATEST(price, quantity)")[7], Some(100.0));
    assert_eq!(number("COALESCE(price, 0)")[6], Some(0.0));
    assert_eq!(number("DATE_PART('year', sold)")[0], Some(2024.0));
    // The time between two dates is in days.
    assert_eq!(number("paid - sold")[..2], [Some(3.0), None]);
    assert_eq!(number("(paid - sold) / 2 > 1")[..2], [Some(1.0), None]);
    assert_eq!(number("POWER(quantity, 30)")[7], Some(8f64.powi(30)));
    assert_eq!(
        number("CASE WHEN price > 20 THEN 2 WHEN price > 5 THEN 1 ELSE 0 END")[..4],
        [Some(1.0), Some(0.0), Some(0.0), Some(2.0)]
    );
    assert_eq!(
        number("city IN ('Oslo', 'Bern')")[..3],
        [Some(1.0), Some(0.0), None]
    );
    assert_eq!(
        number("price BETWEEN 2.5 AND 10")[..4],
        [Some(1.0), Some(1.0), None, Some(0.0)]
    );
    assert_eq!(number("name LIKE 'A%'")[..2], [Some(1.0), Some(0.0)]);
    assert_eq!(
        number("sold > DATE '2024-06-01'")[..4],
        [Some(0.0), Some(0.0), None, Some(0.0)]
    );
    assert_eq!(text("TRIM(name)")[2].as_deref(), Some("Cara"));
    assert_eq!(
        text("UPPER(LEFT(name, 1)) || LOWER(SUBSTR(name, 2, 9))")[6].as_deref(),
        Some("Dana")
    );
    assert_eq!(
        text("STRFTIME(sold, '%Y-%m')")[0].as_deref(),
        Some("2024-03")
    );
    assert_eq!(text("LPAD(code, 4, '0')")[0].as_deref(), Some("0012"));
    assert_eq!(text("NULL"), vec![None; 8]);
    assert_eq!(number("1 + 1"), [Some(2.0); 8]);
}

#[test]
fn one_row_gets_the_digits_that_many_rows_get() {
    let table = table_of(
        df!("a" => [7.0, 1.0, 10.0, 0.1], "b" => [3.0, 49.0, 7.0, 3.0], "n" => [3i64, 7, 11, 13])
            .unwrap(),
    );
    for formula in [
        "a / b",
        "a / 3",
        "1 / b",
        "n / 7",
        "a / (b + n) / n",
        "POWER(a, b)",
        "POWER(a, 3)",
        "LN(a) / LN(b)",
        "EXP(a / b)",
        "a - b * n",
    ] {
        let all = numbers(
            &done(
                &table,
                "new_column",
                Params::new().with("name", "v").with("formula", formula),
            ),
            "v",
        );
        for (row, expected) in all.iter().enumerate().take(4) {
            let one = done(
                &table.take(&[row]).unwrap(),
                "new_column",
                Params::new().with("name", "v").with("formula", formula),
            );
            assert_eq!(numbers(&one, "v"), [*expected], "{formula}");
        }
    }
    for formula in ["1 / 2", "1 / a", "a / 2", "2", "PI()", "a - 1 / 3"] {
        let none = done(
            &table.take(&[]).unwrap(),
            "new_column",
            Params::new().with("name", "v").with("formula", formula),
        );
        assert_eq!(none.rows(), 0, "{formula}");
        assert_eq!(
            done(
                &table,
                "new_column",
                Params::new().with("name", "v").with("formula", formula)
            )
            .rows(),
            4,
            "{formula}"
        );
    }
    let exact = numbers(
        &done(
            &table,
            "new_column",
            Params::new().with("name", "v").with("formula", "a / 3"),
        ),
        "v",
    );
    assert_eq!(exact[0], Some(7.0 / 3.0));
}

#[test]
fn result_kinds_are_known_before_anything_runs() {
    let schema = shop().schema().clone();
    let kind = |formula: &str| formula::result_kind(&schema, formula).unwrap();
    assert_eq!(kind("price + 1"), ColumnKind::Number);
    assert_eq!(kind("price > 1"), ColumnKind::YesNo);
    assert_eq!(kind("name || 'x'"), ColumnKind::Text);
    assert_eq!(kind("sold"), ColumnKind::Time);
    assert_eq!(
        formula::columns_used("price * quantity + price"),
        ["price", "quantity"]
    );
    assert_eq!(formula::columns_used("price * ("), Vec::<String>::new());
}

#[test]
fn what_looks_at_several_rows_is_refused() {
    for formula in [
        "SUM(price)",
        "price - AVG(price)",
        "max(price)",
        "MIN(price)",
        "COUNT(*)",
        "price / MEDIAN(price)",
        "ROW_NUMBER() OVER (ORDER BY price)",
        "LAG(price)",
        "price > ALL(quantity)",
        "SELECT price FROM x",
        "(SELECT 1)",
        "EXISTS (SELECT 1)",
        "price IN (SELECT price)",
        "*",
        "COUNT(DISTINCT city)",
        "price AS cost",
        "price cost",
    ] {
        let error = formula::parse(formula)
            .map(|expr| format!("{expr:?}"))
            .unwrap_err();
        assert!(!error.what.is_empty() && !error.why.is_empty(), "{formula}");
    }
    let error = formula::parse("price - SUM(price)").unwrap_err();
    assert_eq!(error.code, "formula_not_row_wise");
    assert_eq!(
        error.what,
        "SUM looks at all rows; a formula works row by row"
    );
    assert!(error.hint.unwrap().contains("a + b"));
}

#[test]
fn what_is_not_a_formula_says_why() {
    let code = |formula: &str| formula::parse(formula).unwrap_err().code;
    assert_eq!(code(""), "formula_empty");
    assert_eq!(code("(price + 1"), "formula_brackets");
    assert_eq!(code("price + 1)"), "formula_brackets");
    assert_eq!(code("city = 'Oslo"), "formula_unclosed");
    assert_eq!(code("\"price + 1"), "formula_unclosed");
    assert_eq!(code("read_csv('/etc/passwd')"), "unknown_function");
    assert_eq!(code("RANDOM()"), "unknown_function");
    assert_eq!(code("COLUMNS('.*')"), "unknown_function");
    assert_eq!(code("price +"), "formula_not_understood");
    assert_eq!(code("price; DROP"), "formula_sign");
    assert_eq!(code("price --1"), "formula_sign");
    assert_eq!(code("a.b"), "formula_sign");
    assert_eq!(code("1e5 * price"), "formula_not_understood");
    assert_eq!(code(&"1 + ".repeat(2000)), "formula_too_long");
    let deep = format!("{}price{}", "(".repeat(1_900), ")".repeat(1_900));
    assert!(formula::parse(&deep).is_err());
    let long = format!("price{}", " + 1".repeat(900));
    assert_eq!(
        numbers(
            &done(
                &shop(),
                "new_column",
                Params::new().with("name", "v").with("formula", long)
            ),
            "v"
        )[0],
        Some(910.0)
    );
    assert_eq!(
        formula::parse("UPER(name)").unwrap_err().hint.unwrap(),
        "Did you mean UPPER?"
    );
    let kinds = formula::result_kind(shop().schema(), "name * 2").unwrap_err();
    assert_eq!(kinds.code, "formula_kinds");
    let unknown = formula::result_kind(shop().schema(), "Prise * 2").unwrap_err();
    assert_eq!(unknown.hint.unwrap(), "Did you mean price?");
}

#[test]
fn completion_knows_columns_functions_and_words() {
    let table = table_of(df!("price" => [1], "two words" => [1], "order" => [1]).unwrap());
    let complete = |text: &str| formula::complete(text, text.len(), table.schema());
    let first = complete("1 + pri");
    assert_eq!(first[0].insert, "price");
    assert_eq!(first[0].replace_from, 4);
    assert_eq!(complete("two")[0].insert, "\"two words\"");
    assert_eq!(complete("1 + \"two w")[0].insert, "\"two words\"");
    assert_eq!(complete("1 + \"two w")[0].replace_from, 4);
    assert_eq!(complete("ord")[0].insert, "\"order\"");
    assert_eq!(complete("upp")[0].insert, "UPPER(");
    assert!(
        complete("cas")
            .iter()
            .any(|completion| completion.insert == "CASE WHEN")
    );
    assert!(complete("price = 'pri").is_empty());
    assert!(complete("12").is_empty());
    assert!(complete("").len() > 3);
    // A cursor inside a letter, or behind the end, is not an accident.
    assert!(formula::complete("ö", 1, table.schema()).len() > 3);
    assert!(!formula::complete("pri", 99, table.schema()).is_empty());
}

// ---- formulas as graphs ----

/// A small interpreter of the graph, for one column of numbers each: what an ONNX runtime would do.
mod interpreter {
    use benchtop::base::graph::{Attribute, Constant, Graph};
    use std::collections::BTreeMap;

    #[derive(Clone, Debug)]
    pub enum Tensor {
        Numbers(Vec<f64>),
        Texts(Vec<String>),
    }

    impl Tensor {
        pub fn numbers(&self) -> &[f64] {
            match self {
                Tensor::Numbers(values) => values,
                Tensor::Texts(_) => panic!("text where numbers were expected"),
            }
        }
    }

    fn at(values: &[f64], row: usize) -> f64 {
        if values.len() == 1 {
            values[0]
        } else {
            values[row]
        }
    }

    pub fn run(graph: &Graph, inputs: BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
        let mut values = inputs;
        for (name, _, constant) in &graph.constants {
            let tensor = match constant {
                Constant::Double(v) => Tensor::Numbers(v.clone()),
                Constant::Float(v) => Tensor::Numbers(v.iter().map(|&v| f64::from(v)).collect()),
                Constant::Int64(v) => Tensor::Numbers(v.iter().map(|&v| v as f64).collect()),
                Constant::Text(v) => Tensor::Texts(v.clone()),
            };
            values.insert(name.clone(), tensor);
        }
        for node in &graph.nodes {
            let get = |index: usize| values[&node.inputs[index]].clone();
            let length = |tensors: &[Tensor]| {
                tensors
                    .iter()
                    .map(|t| match t {
                        Tensor::Numbers(v) => v.len(),
                        Tensor::Texts(v) => v.len(),
                    })
                    .max()
                    .unwrap()
            };
            let one = |f: &dyn Fn(f64) -> f64| {
                Tensor::Numbers(get(0).numbers().iter().map(|&v| f(v)).collect())
            };
            let two = |f: &dyn Fn(f64, f64) -> f64| {
                let (a, b) = (get(0), get(1));
                Tensor::Numbers(
                    (0..length(&[a.clone(), b.clone()]))
                        .map(|row| f(at(a.numbers(), row), at(b.numbers(), row)))
                        .collect(),
                )
            };
            let truth = |yes: bool| f64::from(u8::from(yes));
            let result = match node.operator {
                "Identity" => get(0),
                "Cast" => {
                    let to = node
                        .attributes
                        .iter()
                        .find(|(key, _)| *key == "to")
                        .unwrap();
                    if to.1 == Attribute::Integer(1) {
                        one(&|v| f64::from(v as f32))
                    } else {
                        get(0)
                    }
                }
                "Add" => two(&|a, b| a + b),
                "Sub" => two(&|a, b| a - b),
                "Mul" => two(&|a, b| a * b),
                "Div" => two(&|a, b| a / b),
                "Less" => two(&|a, b| truth(a < b)),
                "LessOrEqual" => two(&|a, b| truth(a <= b)),
                "Greater" => two(&|a, b| truth(a > b)),
                "GreaterOrEqual" => two(&|a, b| truth(a >= b)),
                "Equal" => two(&|a, b| truth(a == b)),
                "Or" => two(&|a, b| truth(a != 0.0 || b != 0.0)),
                "Abs" => one(&f64::abs),
                "Floor" => one(&f64::floor),
                "Ceil" => one(&f64::ceil),
                "Exp" => one(&f64::exp),
                "Log" => one(&f64::ln),
                "Sqrt" => one(&f64::sqrt),
                "IsNaN" => one(&|v| truth(v.is_nan())),
                "Where" => {
                    let condition = get(0);
                    match (get(1), get(2)) {
                        (Tensor::Texts(a), Tensor::Texts(b)) => Tensor::Texts(
                            (0..condition.numbers().len())
                                .map(|row| {
                                    let from = if at(condition.numbers(), row) != 0.0 {
                                        &a
                                    } else {
                                        &b
                                    };
                                    from[if from.len() == 1 { 0 } else { row }].clone()
                                })
                                .collect(),
                        ),
                        (a, b) => Tensor::Numbers(
                            (0..length(&[condition.clone(), a.clone(), b.clone()]))
                                .map(|row| {
                                    if at(condition.numbers(), row) != 0.0 {
                                        at(a.numbers(), row)
                                    } else {
                                        at(b.numbers(), row)
                                    }
                                })
                                .collect(),
                        ),
                    }
                }
                "CategoryMapper" => {
                    let attribute = |key: &str| {
                        &node
                            .attributes
                            .iter()
                            .find(|(known, _)| *known == key)
                            .unwrap()
                            .1
                    };
                    let (
                        Attribute::Texts(known),
                        Attribute::Integers(codes),
                        Attribute::Integer(other),
                    ) = (
                        attribute("cats_strings"),
                        attribute("cats_int64s"),
                        attribute("default_int64"),
                    )
                    else {
                        panic!()
                    };
                    let Tensor::Texts(texts) = get(0) else {
                        panic!()
                    };
                    Tensor::Numbers(
                        texts
                            .iter()
                            .map(|text| {
                                known
                                    .iter()
                                    .position(|k| k == text)
                                    .map_or(*other, |at| codes[at])
                                    as f64
                            })
                            .collect(),
                    )
                }
                other => panic!("no interpreter for {other}"),
            };
            values.insert(node.outputs[0].clone(), result);
        }
        values
    }
}

fn graph_inputs(
    table: &Table,
) -> (
    Graph,
    GraphColumns,
    std::collections::BTreeMap<String, interpreter::Tensor>,
) {
    let mut graph = Graph::new();
    let mut columns = GraphColumns::default();
    let mut inputs = std::collections::BTreeMap::new();
    for column in &table.schema().columns {
        let text = matches!(column.kind, ColumnKind::Category | ColumnKind::Text);
        let element = if text {
            ElementType::Text
        } else {
            ElementType::Double
        };
        let value = graph.input(&column.name, element);
        columns
            .columns
            .insert(column.name.clone(), (value, element));
        let tensor = if text {
            interpreter::Tensor::Texts(
                texts(table, &column.name)
                    .into_iter()
                    .map(Option::unwrap_or_default)
                    .collect(),
            )
        } else {
            let physical = table_of(
                DataFrame::new(
                    table.rows(),
                    vec![
                        series(table, &column.name)
                            .to_physical_repr()
                            .into_owned()
                            .into(),
                    ],
                )
                .unwrap(),
            );
            interpreter::Tensor::Numbers(
                numbers(&physical, &column.name)
                    .into_iter()
                    .map(|v| v.unwrap_or(f64::NAN))
                    .collect(),
            )
        };
        inputs.insert(column.name.clone(), tensor);
    }
    (graph, columns, inputs)
}

fn same(a: Option<f64>, b: f64) -> bool {
    match a.filter(|a| !a.is_nan()) {
        None => b.is_nan(),
        Some(a) => a == b,
    }
}

#[test]
fn exported_formulas_equal_ours_blanks_included() {
    let table = shop();
    for formula in [
        "price * quantity",
        "price / quantity",
        "-price + 2.5 * quantity - 1",
        "ABS(price - 10)",
        "EXP(price / 10)",
        "LN(quantity)",
        "SQRT(price - 5)",
        "POWER(price, 2)",
        "FLOOR(price / 3) + CEIL(quantity / 2)",
        "price > 5",
        "price <> 2.5",
        "NOT (price > 5)",
        "price > 5 AND quantity > 1",
        "price > 5 OR quantity > 1",
        "NOT (price > 5 AND NOT quantity <= 2 OR member)",
        "member",
        "NOT member",
        "CASE WHEN price > 20 THEN 2 WHEN price > 5 THEN quantity ELSE 0 END",
        "CASE WHEN price / quantity > 1 THEN 1 END",
        "price IS NULL",
        "price IS NOT NULL AND quantity IS NULL",
        "city = 'Oslo'",
        "city <> 'Oslo'",
        "city IN ('Oslo', 'Bern')",
        "city NOT IN ('Oslo', 'Bern')",
        "city IS NULL",
        "quantity IN (1, 2, 3)",
        "quantity BETWEEN 1 AND 3",
        "COALESCE(price, quantity, 0)",
        "IFNULL(price, 1) * 2",
        "NULLIF(quantity, 2)",
        "IF(city = 'Rome', price, quantity)",
        "CASE city WHEN 'Rome' THEN 1 WHEN 'Oslo' THEN 2 ELSE 3 END",
        "CAST(quantity AS DOUBLE) / 3",
    ] {
        let params = Params::new().with("name", "v").with("formula", formula);
        let ours = numbers(&done(&table, "new_column", params.clone()), "v");
        let (mut graph, mut columns, inputs) = graph_inputs(&table);
        clean::by_id("new_column")
            .unwrap()
            .graph(
                &mut graph,
                &mut columns,
                &params,
                &clean::Learned::default(),
            )
            .unwrap_or_else(|error| panic!("{formula}: {error}"));
        let values = interpreter::run(&graph, inputs);
        let theirs = values[&columns.columns["v"].0].numbers();
        assert_eq!(theirs.len(), 8, "{formula}");
        for (row, (&a, &b)) in ours.iter().zip(theirs).enumerate() {
            assert!(same(a, b), "{formula} in row {row}: {a:?} and {b}");
        }
    }
    for formula in [
        "UPPER(name) = 'BO'",
        "ROUND(price, 1)",
        "DATE_PART('year', sold)",
        "name",
        "1 + 1",
        "price > name",
    ] {
        let (mut graph, mut columns, _) = graph_inputs(&table);
        let params = Params::new().with("name", "v").with("formula", formula);
        let error = clean::by_id("new_column")
            .unwrap()
            .graph(
                &mut graph,
                &mut columns,
                &params,
                &clean::Learned::default(),
            )
            .unwrap_err();
        assert_eq!(error.code, "formula_not_exportable", "{formula}");
    }
}

#[test]
fn exported_steps_equal_ours() {
    let table = shop();
    for (operation, params) in [
        (
            "fill_blanks",
            Params::new().with(
                "columns",
                names(&["price", "quantity", "city", "sold", "member"]),
            ),
        ),
        (
            "fill_blanks",
            Params::new()
                .with("columns", names(&["city"]))
                .with("how", "constant")
                .with("value", "none"),
        ),
        (
            "change_type",
            Params::new()
                .with("columns", names(&["price"]))
                .with("to", "whole_number"),
        ),
        (
            "change_type",
            Params::new()
                .with("columns", names(&["quantity"]))
                .with("to", "yes_no"),
        ),
        (
            "rename",
            Params::new().with("column", "price").with("to", "cost"),
        ),
        (
            "drop_columns",
            Params::new().with("columns", names(&["price"])),
        ),
    ] {
        let run = run(&table, &[step(operation, params.clone())]);
        let (mut graph, mut columns, inputs) = graph_inputs(&table);
        clean::by_id(operation)
            .unwrap()
            .graph(&mut graph, &mut columns, &params, &run.outcomes[0].learned)
            .unwrap();
        let values = interpreter::run(&graph, inputs);
        let mut ours: Vec<String> = run.table.schema().names();
        ours.sort();
        assert_eq!(
            ours,
            columns.columns.keys().cloned().collect::<Vec<_>>(),
            "{operation}"
        );
        for (name, (value, _)) in &columns.columns {
            match &values[value] {
                interpreter::Tensor::Texts(theirs) => {
                    let ours: Vec<String> = texts(&run.table, name)
                        .into_iter()
                        .map(Option::unwrap_or_default)
                        .collect();
                    assert_eq!(&ours, theirs, "{operation} {name}");
                }
                interpreter::Tensor::Numbers(theirs) => {
                    let physical = series(&run.table, name)
                        .to_physical_repr()
                        .cast(&DataType::Float64)
                        .unwrap();
                    for (ours, theirs) in physical.f64().unwrap().iter().zip(theirs) {
                        assert!(
                            same(ours, *theirs),
                            "{operation} {name}: {ours:?} and {theirs}"
                        );
                    }
                }
            }
        }
    }
    // Text to numbers has no form that every runtime knows.
    let (mut graph, mut columns, _) = graph_inputs(&table);
    let params = Params::new().with("columns", names(&["code"]));
    let error = clean::by_id("change_type")
        .unwrap()
        .graph(
            &mut graph,
            &mut columns,
            &params,
            &clean::Learned::default(),
        )
        .unwrap_err();
    assert_eq!(error.code, "step_not_exportable");
}

#[test]
fn pruning_keeps_only_what_results_need() {
    let mut graph = Graph::new();
    let a = graph.input("a", ElementType::Double);
    let b = graph.input("b", ElementType::Double);
    let one = graph.scalar(1.0);
    let two = graph.scalar(2.0);
    let sum = graph.op("Add", &[&a, &one], Vec::new());
    let _unused = graph.op("Mul", &[&b, &two], Vec::new());
    graph.output(&sum, "result", ElementType::Double, Some(1));
    graph.prune();
    assert_eq!(
        graph
            .inputs
            .iter()
            .map(|input| input.name.as_str())
            .collect::<Vec<_>>(),
        ["a"]
    );
    assert_eq!(graph.nodes.len(), 2);
    assert_eq!(graph.constants.len(), 1);
}
