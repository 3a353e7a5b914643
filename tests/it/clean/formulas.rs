//! Formulas.

use super::*;

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
