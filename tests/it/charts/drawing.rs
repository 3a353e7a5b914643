//! What each mark draws.

use super::*;

#[test]
fn histogram_counts_what_a_loop_counts() {
    let table = sample(5_000);
    let chart = prepared(&table, &spec(Some("bill"), None, None));
    let scene = scene(&chart, None);
    let series = table
        .frame()
        .column("bill")
        .expect("bill")
        .as_materialized_series()
        .clone();
    let values: Vec<Option<f64>> = series.f64().expect("numbers").iter().collect();
    let bars: Vec<&Bar> = counting_bars(&scene)
        .into_iter()
        .filter(|bar| !bar.hatched)
        .collect();
    assert!((10..=60).contains(&bars.len()), "{}", bars.len());
    let last = bars.last().map_or(0.0, |bar| bar.x.1);
    let mut total = 0.0;
    for bar in &bars {
        let inside = |v: f64| v >= bar.x.0 && (v < bar.x.1 || (bar.x.1 == last && v <= last));
        let counted = values.iter().flatten().filter(|&&v| inside(v)).count();
        assert_eq!(bar.y, (0.0, counted as f64), "{}", bar.tooltip);
        total += bar.y.1;
    }
    let blanks = values.iter().filter(|v| v.is_none()).count();
    assert_eq!(total as usize + blanks, 5_000);
    let hatched: Vec<&Bar> = counting_bars(&scene)
        .into_iter()
        .filter(|bar| bar.hatched)
        .collect();
    assert_eq!(hatched.len(), 1);
    assert_eq!(hatched[0].y.1 as usize, blanks);
    assert!(hatched[0].x.0 > last, "blanks stand apart");
    assert!(
        scene.subtitle.contains(&format!("{blanks} of them blank")),
        "{}",
        scene.subtitle
    );
}

#[test]
fn whole_numbers_get_a_bar_each_on_the_number() {
    let values: Vec<Option<f64>> = (0..600).map(|row| Some(f64::from(row % 30))).collect();
    let table = table(vec![numbers("n", values)]);
    let scene = scene(&prepared(&table, &spec(Some("n"), None, None)), None);
    let bars = counting_bars(&scene);
    assert_eq!(bars.len(), 30);
    for (index, bar) in bars.iter().enumerate() {
        assert_eq!(bar.x, (index as f64 - 0.5, index as f64 + 0.5));
        assert_eq!(bar.y.1, 20.0);
    }
}

#[test]
fn categories_come_by_count_with_the_rest_gathered() {
    let words: Vec<String> = (0..4_000_u32)
        .map(|row| format!("v{:03}", (f64::from(row).sqrt() as u32) * 37 % 61))
        .collect();
    let table = table(vec![Series::new("c".into(), words.clone()).into_column()]);
    let chart = prepared(&table, &spec(Some("c"), None, None));
    assert_eq!(chart.mark, "bar");
    let scene = scene(&chart, None);
    let bars = counting_bars(&scene);
    assert_eq!(bars.len(), 16, "fifteen values and the rest");
    let lengths: Vec<f64> = bars.iter().rev().map(|bar| bar.x.1).collect();
    assert!(
        lengths[..15].windows(2).all(|pair| pair[0] >= pair[1]),
        "{lengths:?}"
    );
    assert_eq!(lengths.iter().sum::<f64>(), 4_000.0);
    let distinct = words
        .iter()
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    let label = &scene.y.ticks[0].1;
    assert_eq!(label, &format!("other {} values", distinct - 15));
    assert!(bars.iter().all(|bar| bar.x.0 == 0.0), "bars start at zero");
}

#[test]
fn more_than_six_colours_become_other() {
    let words: Vec<String> = (0..900).map(|row| format!("k{}", row % 9)).collect();
    let values = (0..900).map(|row| Some(f64::from(row) * 0.37)).collect();
    let table = table(vec![
        numbers("n", values),
        Series::new("k".into(), words).into_column(),
    ]);
    let scene = scene(&prepared(&table, &spec(Some("n"), None, Some("k"))), None);
    let labels: Vec<&str> = scene
        .legend
        .iter()
        .map(|entry| entry.label.as_str())
        .collect();
    assert_eq!(
        labels,
        ["k0", "k1", "k2", "k3", "k4", "k5", "other 3 values"]
    );
    assert_eq!(scene.legend.last().map(|entry| entry.ink), Some(Ink::Other));
    let total: f64 = counting_bars(&scene)
        .iter()
        .map(|bar| bar.y.1 - bar.y.0)
        .sum();
    assert_eq!(total, 900.0);
}

#[test]
fn dates_are_counted_by_unit_with_gaps() {
    let mut days: Vec<Option<i32>> = (0..300).map(|day| Some(18_262 + day % 20)).collect();
    days.extend((0..40).map(|day| Some(18_262 + 50 + day % 4)));
    days.push(None);
    let table = table(vec![dates("day", days)]);
    let scene = scene(&prepared(&table, &spec(Some("day"), None, None)), None);
    let bars = counting_bars(&scene);
    assert_eq!(bars.len(), 24, "days without rows have no bar");
    assert_eq!(bars[0].x, ((18_262 * DAY) as f64, (18_263 * DAY) as f64));
    assert!(
        bars[0].tooltip.starts_with("1 Jan 2020: 15 rows"),
        "{}",
        bars[0].tooltip
    );
    assert_eq!(bars.iter().map(|bar| bar.y.1).sum::<f64>(), 340.0);
    assert!(scene.subtitle.contains("1 blank"));
    assert!(scene.note.is_some_and(|note| note.contains("30 of 54")));
}

#[test]
fn a_line_is_the_mean_with_its_interval() {
    let mut days = Vec::new();
    let mut values = Vec::new();
    for day in 0..30 {
        for part in 0..4 {
            days.push(Some(19_000 + day));
            values.push(Some(f64::from(day) + f64::from(part)));
        }
    }
    let table = table(vec![dates("day", days), numbers("v", values)]);
    let scene = scene(&prepared(&table, &spec(Some("day"), Some("v"), None)), None);
    let Some(Layer::Lines(lines)) = scene
        .layers
        .iter()
        .find(|layer| matches!(layer, Layer::Lines(_)))
    else {
        panic!("no line");
    };
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].points.len(), 30);
    let Some(Layer::Bands(bands)) = scene.layers.first() else {
        panic!("no band");
    };
    // 0, 1, 2, 3: standard deviation √(5/3), so the mean is known to ±1.96 · √(5/12).
    let half = 1.96 * (5.0_f64 / 12.0).sqrt();
    for (day, point) in lines[0].points.iter().enumerate() {
        assert!((point[1] - (day as f64 + 1.5)).abs() < 1e-9);
        assert!((bands[0].high[day] - point[1] - half).abs() < 1e-9);
        assert!((point[1] - bands[0].low[day] - half).abs() < 1e-9);
    }
}

#[test]
fn boxes_are_sorted_by_median_and_exact() {
    let mut words = Vec::new();
    let mut values = Vec::new();
    for (name, shift) in [("high", 100.0), ("low", 0.0), ("middle", 50.0)] {
        for part in 0..=100 {
            words.push(name);
            values.push(Some(shift + f64::from(part) / 10.0));
        }
    }
    let table = table(vec![
        Series::new("c".into(), words).into_column(),
        numbers("v", values),
    ]);
    let scene = scene(&prepared(&table, &spec(Some("c"), Some("v"), None)), None);
    let names: Vec<&str> = scene
        .x
        .ticks
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    assert_eq!(names, ["low", "middle", "high"]);
    let bars = bars(&scene);
    for (bar, shift) in bars.iter().zip([0.0, 50.0, 100.0]) {
        assert_eq!(bar.y, (shift + 2.5, shift + 7.5));
    }
    let strip = points(&scene).expect("single rows");
    assert_eq!(strip.len(), 303);
    let labels = scene.layers.iter().find_map(|layer| match layer {
        Layer::Labels(labels) => Some(labels),
        _ => None,
    });
    assert!(labels.is_some_and(|labels| labels.iter().all(|label| label.text == "n\u{a0}101")));
}
