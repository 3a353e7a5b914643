//! Every treatment together: graphs, files, awkward rows.

use super::*;

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
