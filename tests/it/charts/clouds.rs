//! Many points: clouds, densities and shading.

use super::*;

#[test]
fn large_clouds_become_a_density_and_points_again_when_zoomed() {
    let table = cloud_table(60_000);
    let chart = prepared(&table, &spec(Some("x"), Some("y"), None));
    let plain = scene(&chart, None);
    let image = raster(&plain).expect("a raster");
    assert_eq!(image.counts.iter().sum::<u32>(), 60_000);
    assert!(
        plain
            .note
            .as_deref()
            .is_some_and(|note| note.starts_with("Density of 60,000 points"))
    );
    let chosen = RowSet::from_rows(60_000, (0..60_000).step_by(7));
    let lit = scene(&chart, Some(&chosen));
    let part = raster(&lit)
        .and_then(|raster| raster.selected.clone())
        .expect("selected counts");
    assert_eq!(part.iter().sum::<u32>() as usize, chosen.count());
    assert!(
        part.iter()
            .zip(image.counts.iter())
            .all(|(part, all)| part <= all)
    );

    let view = View {
        x: (2.0, 3.0),
        y: (0.5, 1.0),
    };
    let near = build_scene(&chart, SIZE, Some(view), None, &TaskContext::new()).expect("a scene");
    assert_eq!((near.x.domain, near.y.domain), (view.x, view.y));
    let shown = points(&near).expect("points");
    let brush = Brush {
        x: view.x,
        y: view.y,
    };
    assert_eq!(
        shown.len(),
        rows_in(&chart, brush, &TaskContext::new()).count()
    );
    assert_eq!(chart.cloud().map(|cloud| cloud.len()), Some(60_000));
}

#[test]
fn counting_points_matches_a_plain_loop() {
    let mut random = Random::new(11);
    let count = 700_000;
    let mut x: Vec<f32> = (0..count).map(|_| random.next_f64() as f32).collect();
    let y: Vec<f32> = (0..count).map(|_| random.next_f64() as f32 * 2.0).collect();
    x[5] = f32::NAN;
    x[6] = f32::INFINITY;
    let grid = Grid {
        x: (0.1, 0.9),
        y: (0.0, 1.5),
        columns: 61,
        rows: 47,
    };
    let mask: Vec<u64> = (0..count / 64 + 1).map(|_| random.next_u64()).collect();
    for mask in [None, Some(&mask[..])] {
        let mut wanted = vec![0_u32; 61 * 47];
        for index in 0..count {
            let taken = mask.is_none_or(|mask| (mask[index / 64] >> (index % 64)) & 1 == 1);
            let column = (x[index] - 0.1) * (61.0 / (0.9_f32 - 0.1));
            let row = y[index] * (47.0 / 1.5);
            if taken && (0.0..=61.0).contains(&column) && row <= 47.0 {
                wanted[(row as usize).min(46) * 61 + (column as usize).min(60)] += 1;
            }
        }
        let counted =
            density::count_points(&x, &y, mask, &grid, &TaskContext::new()).expect("counts");
        assert_eq!(counted, wanted);
    }
}

#[test]
fn dates_keep_their_precision_in_a_cloud() {
    let seconds: Vec<i64> = (0..500).map(|row| 1_700_000_000_000 + row * 250).collect();
    let time = Series::new("t".into(), seconds)
        .cast(&DataType::Datetime(
            polars::prelude::TimeUnit::Milliseconds,
            None,
        ))
        .expect("moments")
        .into_column();
    let values = (0..500)
        .map(|row| Some(1e9 + f64::from(row) * 0.001))
        .collect();
    let table = table(vec![time, numbers("v", values)]);
    let chart = prepared(
        &table,
        &with_mark(spec(Some("t"), Some("v"), None), "scatter"),
    );
    let scene = scene(&chart, None);
    let cloud = points(&scene).expect("points");
    for index in 0..500 {
        let (x, y) = cloud.position(index).expect("a position");
        assert!((x - (1_700_000_000.0 + index as f64 * 0.25)).abs() < 1e-4);
        assert!((y - (1e9 + index as f64 * 0.001)).abs() < 1e-6);
    }
}

#[test]
fn shading_shows_single_rows_and_dims_what_is_not_selected() {
    let raster = Raster {
        x: (0.0, 1.0),
        y: (0.0, 1.0),
        columns: 2,
        rows: 2,
        counts: Arc::new(vec![1, 0, 1_000, 5]),
        selected: None,
        picture: None,
    };
    let pixels = density::shade(&raster, false);
    // The first row of counts is the lowest of the picture.
    assert_eq!(&pixels[12..16], &[0, 0, 0, 0], "no rows: clear");
    let colour = |at: usize| [pixels[at], pixels[at + 1], pixels[at + 2], 255];
    assert!(
        palette::contrast(colour(8), [255, 255, 255, 255]) > 1.3,
        "a single row is seen"
    );
    assert!(
        palette::contrast(colour(0), [255, 255, 255, 255]) > 7.0,
        "many rows are dark"
    );
    let lit = density::shade(
        &Raster {
            selected: Some(Arc::new(vec![0, 0, 10, 0])),
            ..raster
        },
        false,
    );
    assert_eq!(&lit[8..12], &palette::LIGHT.deselected);
    assert_ne!(&lit[0..4], &palette::LIGHT.deselected);
}
