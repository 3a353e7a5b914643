//! Dates and words as numbers.

use super::*;

fn dates(values: Vec<f32>) -> RawFrame {
    let mut column = raw("day", RawData::Number(values));
    column.kind = ColumnKind::Time;
    frame(vec![column])
}

#[test]
fn dates_are_taken_apart_as_the_calendar_does() {
    // Day by day from the 1st of January 1899 on, a Sunday, 25,932 days before 1970.
    let month_days = |year: i32, month: usize| match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let mut expected = Vec::new();
    let (mut year, mut month, mut day) = (1899, 1, 1);
    for count in 0..110_000 {
        expected.push([
            f64::from(year),
            month as f64,
            f64::from((count + 6) % 7 + 1),
        ]);
        day += 1;
        if day > month_days(year, month) {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
    let days: Vec<f32> = (0..110_000).map(|day| (day - 25_932) as f32).collect();
    let how = options(Intake::Filled, &set("dates", "parts"));
    let set = prepare(&dates(days), &any(110_000), &how);
    assert_eq!(set.matrix.cols, 5, "whole days have no hour");
    for (row, expected) in expected.iter().enumerate() {
        assert_eq!(set.matrix.row(row)[..3], expected[..], "day {row}");
        let (sine, cosine) = (set.matrix.row(row)[3], set.matrix.row(row)[4]);
        assert!((sine * sine + cosine * cosine - 1.0).abs() < 1e-12);
    }
    // Midwinter and midsummer are opposite.
    assert!(set.matrix.row(1)[4] > 0.99 && set.matrix.row(182)[4] < -0.99);
}

#[test]
fn full_hours_stay_in_their_hour() {
    let hours = 24 * 60;
    // Around the year 2026, where a float holds days to about three minutes.
    let days: Vec<f32> = (0..hours)
        .map(|hour| (20_450.0 + f64::from(hour) / 24.0) as f32)
        .collect();
    let how = options(Intake::Filled, &set("dates", "parts"));
    let set = prepare(&dates(days), &any(hours as usize), &how);
    for hour in 0..hours {
        assert_eq!(set.matrix.row(hour as usize)[5], f64::from(hour % 24));
    }
}

fn words_settings(how: &str, most: i64) -> PrepareOptions {
    let settings = set("text", how).with("text_words", most);
    options(Intake::Filled, &settings)
}

#[test]
fn words_weigh_as_in_scikit_learn() {
    let case = fixture::<Fixture>("preparation").words;
    let texts: Vec<&str> = case.texts.iter().map(String::as_str).collect();
    let training = frame(vec![text("t", &texts)]);
    assert!(reads_as_text(&training.columns[0]));
    let how = words_settings("words", case.most);
    let set = prepare(&training, &any(texts.len()), &how);
    let expected: Vec<String> = case
        .words
        .iter()
        .map(|word| format!("t: “{word}”"))
        .collect();
    assert_eq!(set.preparation.feature_names(), expected);
    let new: Vec<&str> = case.new.iter().map(String::as_str).collect();
    let found = must(set.preparation.transform(&frame(vec![text("t", &new)])));
    let off = difference(&found.values, &case.weights.concat());
    assert!(off < 1e-12, "{off}");
}

#[test]
fn hashed_words_need_no_training_and_are_not_exported() {
    let case = fixture::<Fixture>("preparation").words;
    let texts: Vec<&str> = case.texts.iter().map(String::as_str).collect();
    let training = frame(vec![text("t", &texts)]);
    for how in ["hashed", "words"] {
        let set = prepare(&training, &any(texts.len()), &words_settings(how, 16));
        let new = frame(vec![text(
            "t",
            &["xylophone quartet", "Quartet, xylophone!", ""],
        )]);
        let found = must(set.preparation.transform(&new));
        if how == "hashed" {
            assert_eq!(found.cols, 16);
            assert_eq!(found.row(0), found.row(1));
            let length: f64 = found.row(0).iter().map(|value| value * value).sum();
            assert!((length - 1.0).abs() < 1e-12);
        }
        assert!(found.row(2).iter().all(|value| *value == 0.0));
        let mut graph = Graph::new();
        let value = graph.input("t", ElementType::Text);
        let columns = BTreeMap::from([("t".to_owned(), (value, ElementType::Text))]);
        let error = set.preparation.graph(&mut graph, &columns);
        assert_eq!(
            error.err().map(|error| error.code),
            Some("text_not_exported".to_owned())
        );
    }
    // Few or short texts stay categories whatever is asked for.
    let short = frame(vec![text("t", &["a", "b", "a"])]);
    let set = prepare(&short, &any(3), &words_settings("words", 16));
    assert_eq!(set.preparation.feature_names(), ["t = a", "t = b"]);
}
