//! Brushes and selections.

use super::*;

/// Rows in the selected parts of all bars of a scene.
fn selected_in_bars(scene: &Scene, lying: bool) -> f64 {
    counting_bars(scene)
        .iter()
        .filter_map(|bar| bar.selected)
        .map(|(x, y)| if lying { x.1 - x.0 } else { y.1 - y.0 })
        .sum()
}

#[test]
fn selected_parts_add_up_to_the_selection() {
    let table = sample(3_000);
    let chosen = RowSet::from_rows(3_000, (0..3_000).filter(|row| row * 7 % 11 < 4));
    for (spec, lying) in [
        (spec(Some("bill"), None, None), false),
        (spec(Some("bill"), None, Some("species")), false),
        (spec(Some("few"), None, Some("flag")), false),
        (spec(Some("species"), None, None), true),
        (spec(Some("island"), None, Some("flag")), true),
        (spec(Some("note"), None, None), false),
    ] {
        let scene = scene(&prepared(&table, &spec), Some(&chosen));
        let total = selected_in_bars(&scene, lying);
        assert!(
            (total - chosen.count() as f64).abs() < 1e-6,
            "{spec:?}: {total}"
        );
        assert!(
            scene.subtitle.starts_with("1,091 selected of"),
            "{}",
            scene.subtitle
        );
    }
    let empty = RowSet::empty(3_000);
    let none = scene(
        &prepared(&table, &spec(Some("bill"), None, None)),
        Some(&empty),
    );
    assert!(
        bars(&none).iter().all(|bar| bar.selected.is_none()),
        "nothing selected is no selection"
    );
}

#[test]
fn a_brush_over_a_bar_selects_its_rows_and_no_others() {
    let table = sample(2_000);
    let task = TaskContext::new();
    for spec in all_charts(&table) {
        let mark = spec.mark.as_deref().unwrap_or_default();
        if ![
            "histogram",
            "bar",
            "time_count",
            "text_length",
            "grouped_bar",
            "heat_map",
        ]
        .contains(&mark)
        {
            continue;
        }
        let chart = prepared(&table, &spec);
        let plain = scene(&chart, None);
        let mut seen = RowSet::empty(2_000);
        let mut sum = 0;
        for bar in counting_bars(&plain) {
            let middle = |(low, high): (f64, f64)| {
                let centre = low / 2.0 + high / 2.0;
                (centre - (high - low) * 1e-3, centre + (high - low) * 1e-3)
            };
            let brush = Brush {
                x: middle(bar.x),
                y: middle(bar.y),
            };
            let rows = rows_in(&chart, brush, &task);
            let words = format!(
                ": {} row",
                benchtop::base::format::count(rows.count() as u64)
            );
            assert!(
                bar.tooltip.contains(&words),
                "{spec:?}: {} {}",
                bar.tooltip,
                rows.count()
            );
            sum += rows.count();
            seen.union(&rows);
            // Selecting the rows of a bar lights up exactly that bar.
            let lit = scene(&chart, Some(&rows));
            let full = counting_bars(&lit)
                .into_iter()
                .find(|other| other.x == bar.x && other.y == bar.y);
            assert_eq!(
                full.and_then(|other| other.selected),
                Some((bar.x, bar.y)),
                "{spec:?}"
            );
        }
        assert_eq!(sum, seen.count(), "{spec:?}: no row is in two bars");
        let frame = Brush {
            x: plain.x.domain,
            y: plain.y.domain,
        };
        assert_eq!(rows_in(&chart, frame, &task), seen, "{spec:?}");
    }
}

#[test]
fn a_brush_over_points_selects_by_position() {
    let table = sample(2_000);
    let task = TaskContext::new();
    let chart = prepared(&table, &spec(Some("bill"), Some("mass"), None));
    let scene = scene(&chart, None);
    let cloud = points(&scene).expect("points");
    let brush = Brush {
        x: (42.0, 38.0),
        y: (3_300.0, 4_000.0),
    };
    let wanted = RowSet::from_rows(
        2_000,
        (0..cloud.len())
            .filter(|&index| {
                let (x, y) = cloud.position(index).expect("a position");
                (38.0..=42.0).contains(&x) && (3_300.0..=4_000.0).contains(&y)
            })
            .map(|index| cloud.rows[index] as usize),
    );
    assert!(wanted.count() > 50);
    assert_eq!(rows_in(&chart, brush, &task), wanted);

    let triangle = [(36.0, 3_200.0), (46.0, 3_300.0), (40.0, 4_600.0)];
    let side = |a: (f64, f64), b: (f64, f64), p: (f64, f64)| {
        (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0)
    };
    let wanted = RowSet::from_rows(
        2_000,
        (0..cloud.len())
            .filter(|&index| {
                let p = cloud.position(index).expect("a position");
                let sides = [0, 1, 2].map(|i| side(triangle[i], triangle[(i + 1) % 3], p) > 0.0);
                sides.iter().all(|&s| s == sides[0])
            })
            .map(|index| cloud.rows[index] as usize),
    );
    assert!(wanted.count() > 50);
    assert_eq!(rows_in_polygon(&chart, &triangle, &task), wanted);
    assert!(rows_in_polygon(&chart, &triangle[..2], &task).is_empty());
}

#[test]
fn selections_speak_of_source_rows_after_rows_were_taken() {
    let table = sample(1_000);
    let positions: Vec<usize> = (0..1_000).rev().filter(|row| row % 4 == 1).collect();
    let part = table.take(&positions).expect("rows");
    let task = TaskContext::new();
    for spec in [
        spec(Some("few"), None, None),
        spec(Some("bill"), Some("mass"), None),
        spec(Some("species"), Some("mass"), None),
    ] {
        let whole_chart = prepared(&table, &spec);
        let part_chart = prepared(&part, &spec);
        assert_eq!(part_chart.source_rows, 1_000);
        let brush = Brush {
            x: (-0.5, 42.0),
            y: (1.0, 4_000.0),
        };
        let mut expected = rows_in(&whole_chart, brush, &task);
        expected.intersect(&part.row_set());
        let got = rows_in(&part_chart, brush, &task);
        assert_eq!(got, expected, "{spec:?}");
        assert!(!got.is_empty());
        let lit = scene(&part_chart, Some(&got));
        let words = format!("{} selected of", got.count());
        assert!(lit.subtitle.starts_with(&words), "{}", lit.subtitle);
    }
}
