//! Choosing columns, and balancing classes.

use super::*;

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
