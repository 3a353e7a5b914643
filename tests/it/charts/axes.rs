//! Calendars and ticks.

use super::*;

#[test]
fn calendar_arithmetic_agrees_with_known_dates() {
    for (year, month, day, days) in [
        (1970, 1, 1, 0),
        (2000, 2, 29, 11_016),
        (2000, 3, 1, 11_017),
        (1969, 12, 31, -1),
        (1900, 3, 1, -25_508),
        (2025, 11, 22, 20_414),
        (1582, 10, 15, -141_427),
    ] {
        assert_eq!(scale::seconds_of(year, month, day), (days * DAY) as f64);
        let at = scale::moment((days * DAY) as f64 + 3_600.0);
        assert_eq!(
            (at.year, i64::from(at.month), i64::from(at.day)),
            (year, month, day)
        );
        assert_eq!(at.second_of_day, 3_600.0);
    }
    for unit in TimeUnit::ALL {
        for index in [-700, -1, 0, 1, 611] {
            let start = unit.start(index);
            assert_eq!(unit.index(start), index, "{unit:?}");
            assert_eq!(unit.index(start - 1.0), index - 1, "{unit:?}");
        }
    }
    // 24 November 2025 is a Monday.
    assert_eq!(
        TimeUnit::Week.start(TimeUnit::Week.index((20_416 * DAY) as f64)),
        (20_416 * DAY) as f64
    );
}

#[test]
fn axes_have_four_to_six_readable_ticks() {
    for (low, high) in [
        (0.0, 1.0),
        (0.0, 48_212.0),
        (-3.2, 17.9),
        (1e-7, 9e-7),
        (0.0, 12_400_000.0),
    ] {
        let axis = scale::linear_axis("v", (low, high), 600);
        assert!(
            (4..=6).contains(&axis.ticks.len()),
            "{low} to {high}: {:?}",
            axis.ticks
        );
        let mut labels: Vec<&String> = axis.ticks.iter().map(|(_, label)| label).collect();
        labels.dedup();
        assert_eq!(labels.len(), axis.ticks.len(), "labels differ");
    }
    assert_eq!(
        tick_labels(&scale::linear_axis("v", (0.0, 12_400_000.0), 600)),
        ["0", "2.5\u{a0}M", "5.0\u{a0}M", "7.5\u{a0}M", "10.0\u{a0}M"]
    );
    assert_eq!(
        tick_labels(&scale::linear_axis("v", (-10.0, 10.0), 600)),
        ["−10", "−5", "0", "5", "10"]
    );
    let year = (
        scale::seconds_of(2024, 1, 1),
        scale::seconds_of(2024, 12, 31),
    );
    let axis = tick_labels(&scale::time_axis("t", year, 600));
    assert_eq!(axis.first().map(String::as_str), Some("Jan 2024"));
    assert!((4..=6).contains(&axis.len()), "{axis:?}");
    let day = (
        scale::seconds_of(2024, 5, 3),
        scale::seconds_of(2024, 5, 3) + 86_000.0,
    );
    let axis = tick_labels(&scale::time_axis("t", day, 600));
    assert_eq!(axis.get(1).map(String::as_str), Some("06:00"), "{axis:?}");
}

fn tick_labels(axis: &benchtop::chart::Axis) -> Vec<String> {
    axis.ticks.iter().map(|(_, label)| label.clone()).collect()
}
