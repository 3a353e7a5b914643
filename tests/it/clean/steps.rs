//! Single steps.

use super::*;

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
fn change_type_keeps_the_time_of_day_where_it_is_asked_for() {
    let written = df!(
        "at" => [
            Some("2024-03-05 14:30"),
            Some("05.03.2024 2:30 PM"),
            Some("5 March 2024, 14:30:00.25"),
            Some("2024-03-05T14:30:00+02:00"),
            Some("2024-03-05"),
            Some("2024-03-05 25:00"),
            Some("soon: tomorrow"),
            None,
        ]
    )
    .unwrap();
    let table = table_of(written);
    let change = |table: &Table, to: &str| {
        let columns = Params::new().with("columns", names(&["at"]));
        done(table, "change_type", columns.with("to", to))
    };
    let changed = change(&table, "date_time");
    assert_eq!(
        changed.schema().get("at").unwrap().type_name,
        "datetime[μs]"
    );
    let moments: Vec<Option<i64>> = series(&changed, "at")
        .to_physical_repr()
        .i64()
        .unwrap()
        .iter()
        .collect();
    let day = 19_787 * 86_400_000_000_i64;
    let half_past_two = day + (14 * 60 + 30) * 60_000_000;
    assert_eq!(
        moments,
        [
            Some(half_past_two),
            Some(half_past_two),
            Some(half_past_two + 250_000),
            // In the time of Greenwich.
            Some(half_past_two - 2 * 3_600_000_000),
            Some(day),
            None,
            None,
            None,
        ]
    );
    // A date alone is its midnight, and a date and time loses its time where only the date is asked
    // for.
    let dates = change(&changed, "date");
    let again = change(&dates, "date_time");
    let midnights = series(&again, "at").to_physical_repr().into_owned();
    assert_eq!(midnights.i64().unwrap().get(0), Some(day));
    let shop = shop();
    let price = Params::new().with("columns", names(&["price"]));
    let refused = attention(&shop, "change_type", price.with("to", "date_time"));
    assert_eq!(refused.code, "types_do_not_meet");
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
    // "12" reads as before; the other six do not.
    assert_eq!(run.outcomes[0].cells_changed, 6);
    assert_eq!(run.outcomes[0].note, "6 cells, 1 became blank");
}

#[test]
fn the_report_of_a_step_counts_what_its_preview_counts() {
    let table = shop();
    let change = |column: &str, to: &str| {
        let params = Params::new().with("columns", names(&[column]));
        step("change_type", params.with("to", to))
    };
    let fill = Params::new().with("columns", names(&["city"]));
    for (step, cells) in [
        (change("quantity", "number"), 0),
        (change("price", "text"), 0),
        (change("price", "whole_number"), 3),
        (change("code", "number"), 6),
        (change("member", "text"), 0),
        (step("fill_blanks", fill), 2),
    ] {
        let run = run(&table, std::slice::from_ref(&step));
        let preview = difference(&table, &run.table, &TaskContext::new()).unwrap();
        let [outcome] = run.outcomes.as_slice() else {
            panic!("one outcome");
        };
        assert_eq!(outcome.status, StepStatus::Done, "{step:?}");
        assert_eq!(preview.cells_changed_in_all(), cells, "{step:?}");
        assert_eq!(outcome.cells_changed, cells, "{step:?}");
    }
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

#[test]
fn spellings_of_one_value_become_the_most_frequent_one() {
    let written = df!(
        "city" => [
            Some("Zürich"), Some("Zurich"), Some("ZÜRICH "), Some("Zürich"), Some("Genève"),
            Some("Geneve"), Some("Bern"), Some("Zu\u{308}rich"), None, Some("St. Gallen"),
            Some("Gallen, St"), Some("st. gallen"),
        ]
    )
    .unwrap();
    let table = table_of(written);
    let tidy = |alike: &str| {
        let columns = Params::new().with("columns", names(&["city"]));
        texts(
            &done(&table, "tidy_spellings", columns.with("alike", alike)),
            "city",
        )
    };
    let some = |values: &[&str]| -> Vec<Option<String>> {
        let blank = |value: &&str| (!value.is_empty()).then(|| (*value).to_owned());
        values.iter().map(blank).collect()
    };
    assert_eq!(
        tidy("case"),
        some(&[
            "Zürich",
            "Zurich",
            "Zürich",
            "Zürich",
            "Genève",
            "Geneve",
            "Bern",
            "Zu\u{308}rich",
            "",
            "St. Gallen",
            "Gallen, St",
            "St. Gallen",
        ])
    );
    // Of two that are equally frequent, the first by its letters.
    let accents = [
        "Zürich",
        "Zürich",
        "Zürich",
        "Zürich",
        "Geneve",
        "Geneve",
        "Bern",
        "Zürich",
        "",
        "St. Gallen",
        "Gallen, St",
        "St. Gallen",
    ];
    assert_eq!(tidy("accents"), some(&accents));
    let mut words = accents;
    // Three spellings, each once: G comes before S.
    for place in [9, 10, 11] {
        words[place] = "Gallen, St";
    }
    assert_eq!(tidy("words"), some(&words));
    // Learned from some rows only: what they do not hold is left as it is, and what is spelled like
    // one of theirs is written as they are, in rows that were never seen.
    let seen = RowSet::from_rows(12, [1, 2, 4]);
    let columns = Params::new().with("columns", names(&["city"]));
    let steps = [step("tidy_spellings", columns.clone())];
    let task = TaskContext::new();
    let run = run_recipe(&table, &steps, LearnFrom::Rows(&seen), &task).unwrap();
    let found = texts(&run.table, "city");
    assert_eq!(
        found[0].as_deref(),
        Some("Zurich"),
        "the first of two by its letters"
    );
    assert_eq!(
        found[5].as_deref(),
        Some("Geneve"),
        "one spelling is no reason to change another"
    );
    let shop = shop();
    let price = Params::new().with("columns", names(&["price"]));
    assert_eq!(attention(&shop, "tidy_spellings", price).code, "wrong_kind");
}

#[test]
fn spellings_of_a_category_stay_a_category() {
    let written = df!("kind" => [Some("Tea"), Some("tea"), Some("Tea"), None]).unwrap();
    let table = table_of(written);
    let columns = Params::new().with("columns", names(&["kind"]));
    let category = done(
        &table,
        "change_type",
        columns.clone().with("to", "category"),
    );
    let tidied = done(&category, "tidy_spellings", columns);
    assert_eq!(tidied.schema().get("kind").unwrap().type_name, "cat");
    let tea = Some("Tea".to_owned());
    assert_eq!(
        texts(&tidied, "kind"),
        [tea.clone(), tea.clone(), tea, None]
    );
}
