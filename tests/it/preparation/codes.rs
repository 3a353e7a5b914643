//! Values as codes, and as what they mean for the answer.

use super::*;

#[test]
fn a_native_learner_gets_blanks_and_codes() {
    let training = frame(vec![
        raw("n", RawData::Number(vec![0.1, f32::NAN, 7.0, 7.0, 2.0])),
        text("plan", &["b", "a", "b", "", "c"]),
    ]);
    let set = prepare(&training, &any(5), &options(Intake::Native, &Params::new()));
    let kinds: Vec<FeatureKind> = set
        .preparation
        .features()
        .into_iter()
        .map(|feature| feature.kind)
        .collect();
    assert_eq!(
        kinds,
        [FeatureKind::Number, FeatureKind::Category { levels: 3 }]
    );
    assert_eq!(set.matrix.row(0), [f64::from(0.1_f32), 0.0]);
    assert!(set.matrix.row(1)[0].is_nan());
    assert!(set.matrix.row(3)[1].is_nan());
    assert_eq!(set.matrix.row(4), [2.0, 2.0]);
    let new = frame(vec![
        text("plan", &["z", "a"]),
        raw("n", RawData::Number(vec![f32::INFINITY, 1.0])),
    ]);
    let matrix = must(set.preparation.transform(&new));
    assert!(matrix.row(0).iter().all(|value| value.is_nan()));
    assert_eq!(matrix.row(1), [1.0, 1.0]);
}

#[test]
fn many_values_share_the_last_code() {
    let values: Vec<String> = (0..400)
        .flat_map(|level| vec![format!("l{level:03}"); 1 + usize::from(level >= 300)])
        .collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let training = frame(vec![text("t", &values)]);
    let set = prepare(
        &training,
        &any(500),
        &options(Intake::Native, &Params::new()),
    );
    let feature = &set.preparation.features()[0];
    assert_eq!(feature.kind, FeatureKind::Category { levels: 254 });
    let codes = numbers_of(&set, 0);
    assert_eq!(codes.iter().copied().fold(0.0, f64::max), 253.0);
    // l300 is the first of the most frequent; l399 occurs twice; l152 and what follows share.
    assert_eq!(codes[300], 0.0);
    assert_eq!(codes[152], 252.0);
    assert_eq!(codes[153], 253.0);
    assert_eq!(codes[299], 253.0);
}

#[test]
fn rare_values_are_grouped_below_a_count_or_a_share() {
    let training = frame(vec![text("t", &["a", "a", "a", "b", "b", "c", "d", ""])]);
    for (key, value) in [("rare_rows", 2.0), ("rare_share", 0.2)] {
        let settings = Params::new().with(key, value);
        let set = prepare(&training, &any(8), &options(Intake::Filled, &settings));
        assert_eq!(
            set.preparation.feature_names(),
            ["t = a", "t = b", "t is blank", "t is rare"]
        );
        assert_eq!(set.matrix.row(6), [0.0, 0.0, 0.0, 1.0]);
        let new = frame(vec![text("t", &["z", "b", ""])]);
        let matrix = must(set.preparation.transform(&new));
        assert_eq!(matrix.row(0), [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(matrix.row(2), [0.0, 0.0, 1.0, 0.0]);
    }
}

#[test]
fn ordered_values_follow_their_numbers() {
    let values = ["10-19", "0-9", "", "20+", "10-19"];
    let training = frame(vec![text("t", &values)]);
    let how = options(Intake::Filled, &set("categories", "ordinal"));
    let set = prepare(&training, &any(5), &how);
    assert_eq!(numbers_of(&set, 0), [1.0, 0.0, -1.0, 2.0, 1.0]);
}

#[test]
fn mean_answers_are_those_of_scikit_learn() {
    for case in fixture::<Fixture>("preparation").target_encodings {
        let set = prepare(&case.frame(), &case.target(), &case.options());
        let new: Vec<&str> = case.new.iter().map(String::as_str).collect();
        let found = must(set.preparation.transform(&frame(vec![text("t", &new)])));
        let off = difference(&found.values, &case.encoded.concat());
        assert!(off < 1e-12, "{}: {off}", case.name);
    }
}

#[test]
fn a_training_row_is_encoded_without_its_own_answer() {
    for case in fixture::<Fixture>("preparation").target_encodings {
        let Target::Numbers(y) = case.target() else {
            continue;
        };
        let before = prepare(&case.frame(), &case.target(), &case.options());
        for row in [0, 7, 50] {
            let mut changed = y.clone();
            changed[row] += 1e6;
            let after = prepare(&case.frame(), &Target::Numbers(changed), &case.options());
            assert_eq!(
                after.matrix.row(row),
                before.matrix.row(row),
                "{}",
                case.name
            );
            // The other rows do see it, and so does what is applied to new rows.
            assert_ne!(after.matrix, before.matrix);
            assert_ne!(after.preparation, before.preparation);
        }
        // "only once" stands in row 7 alone: there, nothing is known of it.
        let own = must(before.preparation.transform(&case.frame()));
        assert_ne!(own.row(7), before.matrix.row(7));
    }
}
