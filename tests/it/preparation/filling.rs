//! Blanks and scales of numbers.

use super::*;

#[test]
fn blanks_become_what_is_asked_for() {
    let values = vec![4.0, f32::NAN, 1.0, 4.0, 9.0, 1.0, 2.0];
    let training = frame(vec![raw("n", RawData::Number(values))]);
    let filled = |how: &str| {
        let settings = set("blanks", how).with("blanks_constant", -7.0);
        let set = prepare(&training, &any(7), &options(Intake::Filled, &settings));
        numbers_of(&set, 0)[1]
    };
    assert_eq!(filled("median"), 3.0);
    assert_eq!(filled("mean"), 3.5);
    assert_eq!(filled("most_frequent"), 1.0);
    assert_eq!(filled("constant"), -7.0);
    let settings = Params::new().with("blanks_indicator", true);
    let both = prepare(&training, &any(7), &options(Intake::Filled, &settings));
    assert_eq!(both.preparation.feature_names(), ["n", "n is blank"]);
    assert_eq!(both.matrix.column(1), [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    // Without blanks in training there is nothing to learn from where a number is blank.
    let whole = frame(vec![raw("n", RawData::Number(vec![1.0, 2.0]))]);
    let set = prepare(&whole, &any(2), &options(Intake::Filled, &settings));
    assert_eq!(set.preparation.feature_names(), ["n"]);
}

#[test]
fn scaling_is_that_of_scikit_learn() {
    for case in fixture::<Fixture>("preparation").scalings {
        let rows = case.values.len();
        let training = frame(vec![raw("n", RawData::Number(case.values))]);
        let how = options(Intake::Filled, &set("scaling", &case.name));
        let found = numbers_of(&prepare(&training, &any(rows), &how), 0);
        let off = difference(&found, &case.scaled);
        assert!(off < 1e-12, "{}: {off}", case.name);
    }
}

#[test]
fn a_constant_column_and_huge_numbers_can_be_scaled() {
    for how in ["standard", "min_max", "robust"] {
        let columns = [vec![5.0; 6], vec![3e38, -3e38, 3e38, 1.0, 2.0, 0.0]];
        for values in columns {
            let training = frame(vec![raw("n", RawData::Number(values))]);
            let how = options(Intake::Filled, &set("scaling", how));
            assert!(prepare(&training, &any(6), &how).matrix.is_finite());
        }
    }
}
