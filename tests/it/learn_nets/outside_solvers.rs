//! What linfa's crates find is what our own solvers find, on columns that are plain, shifted and of
//! different sizes, or nearly combinations of one another.

use super::*;
use benchtop::learn::engine::linfa as theirs;

fn tables(rows: usize) -> [(&'static str, Matrix); 3] {
    let plain = random_matrix(rows, 4, 71);
    let (mut shifted, mut alike) = (plain.clone(), plain.clone());
    for row in 0..rows {
        let cells = &mut shifted.values[row * 4..row * 4 + 4];
        cells[0] = 300.0 + 1000.0 * cells[0];
        cells[1] = -2.0 + 0.01 * cells[1];
        let cells = &mut alike.values[row * 4..row * 4 + 4];
        cells[3] = cells[0] - cells[1] + 0.1 * cells[3];
    }
    [("plain", plain), ("shifted", shifted), ("alike", alike)]
}

/// A line through the columns of the plain table, bent a little.
fn answers(rows: usize) -> Vec<f64> {
    let (x, noise) = (random_matrix(rows, 4, 71), random_matrix(rows, 1, 72));
    let line = |row: usize| x.row(row)[0] - 0.5 * x.row(row)[1] + 0.3 * noise.row(row)[0];
    (0..rows).map(line).collect()
}

/// Column by column, centred and divided by the spread.
fn standard(x: &Matrix) -> Vec<f64> {
    let column = |col: usize| {
        let values = x.column(col);
        let mean = values.iter().sum::<f64>() / x.rows as f64;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        let spread = (squares / x.rows as f64).sqrt();
        values.into_iter().map(move |v| (v - mean) / spread)
    };
    (0..x.cols).flat_map(column).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// ½ |answers − columns · u|² + Σ size · |u| + ½ Σ squares · u², one weight after the other.
fn descend(columns: &[f64], y: &[f64], size: &[f64], squares: &[f64]) -> Vec<f64> {
    let columns: Vec<&[f64]> = columns.chunks_exact(y.len()).collect();
    let mut weights = vec![0.0; columns.len()];
    let mut left = y.to_vec();
    for _ in 0..20_000 {
        let mut moved = 0.0f64;
        for (place, column) in columns.iter().enumerate() {
            let old: f64 = weights[place];
            let length = dot(column, column);
            let pull = dot(column, &left) + length * old;
            let new =
                pull.signum() * (pull.abs() - size[place]).max(0.0) / (length + squares[place]);
            for (left, value) in left.iter_mut().zip(*column) {
                *left -= (new - old) * value;
            }
            moved = moved.max((new - old).abs());
            weights[place] = new;
        }
        if moved < 1e-15 {
            return weights;
        }
    }
    weights
}

#[test]
fn least_squares_and_the_lasso_family_of_linfa_end_where_descent_does() {
    let y = answers(120);
    for (name, x) in tables(120) {
        let columns = standard(&x);
        let rows = (0..120).flat_map(|row| (0..4).map(move |col| col * 120 + row));
        let by_row = rows.map(|place| columns[place]).collect();
        let found = theirs::least_squares::fit(by_row, y.clone());
        let found = found.unwrap_or_else(|| panic!("{name}: nothing found"));
        let off = difference(&found, &descend(&columns, &y, &[0.0; 4], &[0.0; 4]));
        assert!(off < 1e-9, "{name}: least squares differ by {off}");
        for squares in [0.0, 20.0] {
            let (size, squares) = ([8.0, 2.0, 8.0, 4.0], [squares; 4]);
            // One penalty on squares for columns multiplied so that one penalty on size fits all.
            let squares: Vec<f64> = squares
                .iter()
                .zip(&size)
                .map(|(square, size)| square * (size / 2.0) * (size / 2.0))
                .collect();
            let problem = theirs::elastic_net::Problem {
                rows: 120,
                columns: &columns,
                answers: &y,
                size: &size,
                squares: &squares,
            };
            let found = theirs::elastic_net::fit(&problem);
            let found = found.unwrap_or_else(|| panic!("{name}: nothing found"));
            let off = difference(&found, &descend(&columns, &y, &size, &squares));
            assert!(off < 1e-6, "{name}: elastic net differs by {off}");
        }
    }
}

#[test]
fn directions_of_linfa_go_with_the_answer_most() {
    let y = answers(50);
    let mean = y.iter().sum::<f64>() / 50.0;
    let length = y.iter().map(|y| (y - mean).powi(2)).sum::<f64>().sqrt();
    let unit: Vec<f64> = y.iter().map(|y| (y - mean) / length).collect();
    for (name, x) in tables(50) {
        let columns = standard(&x);
        let along: Vec<f64> = columns.chunks_exact(50).map(|c| dot(c, &unit)).collect();
        let long = dot(&along, &along).sqrt();
        let expected: Vec<f64> = along.iter().map(|value| value / long).collect();
        let matrix = ndarray::Array2::from_shape_fn((50, 4), |(row, col)| columns[col * 50 + row]);
        let found = theirs::partial_least_squares::direction(&matrix, &unit.clone().into());
        let found = found.unwrap_or_else(|| panic!("{name}: nothing found"));
        let off = difference(&found.to_vec(), &expected);
        assert!(off < 1e-12, "{name}: differs by {off}");
    }
}

/// Row weights, also where all are 1, are for our own sums alone.
#[test]
fn naive_bayes_is_the_same_with_linfa_and_without() {
    let codes = answers(90).into_iter();
    let codes = codes.map(|y| (y + 1.0).clamp(0.0, 2.0) as u32);
    let y = Target::Classes {
        codes: codes.collect(),
        count: 3,
    };
    for (name, x) in tables(90) {
        for id in ["gaussian_naive_bayes", "bernoulli_naive_bayes"] {
            let with = predict(&*fit_with(id, &x, &y, None, &Params::new()), &x);
            let ones = vec![1.0; 90];
            let without = fit_with(id, &x, &y, Some(&ones), &Params::new());
            let off = difference(&with, &predict(&*without, &x));
            assert!(off < 1e-9, "{name} {id}: differs by {off}");
        }
    }
}

/// Solved to more digits than a model is, so that it shows whether the end is the same.
#[test]
fn support_vectors_end_at_the_same_scores_from_the_start_of_linfa() {
    let values = answers(90);
    let positive: Vec<bool> = values.iter().map(|value| *value > 0.0).collect();
    let task = TaskContext::new();
    let kernel = Kernel::Rbf { gamma: 0.25 };
    for (name, mut x) in tables(90) {
        let columns = standard(&x);
        let places = (0..90).flat_map(|row| (0..4).map(move |col| col * 90 + row));
        x.values = places.map(|place| columns[place]).collect();
        let rows: Vec<u32> = (0..90).collect();
        let start = theirs::vectors::fit(&theirs::vectors::Problem {
            x: &x,
            rows: &rows,
            answers: theirs::vectors::Answers::Class(&positive),
            kernel,
            price: 1.0,
            tolerance: 1e-4,
        });
        let start = start.unwrap_or_else(|| panic!("{name}: no start"));
        let mut problem = Problem::classes(rows, &positive, &[1.0; 90]);
        problem.tolerance = 1e-10;
        let whole = must(Whole::new(&kernel, &x, 1, &task));
        let kernels = must(kernel::between(&kernel, &x, &x, &kernel::lengths(&x)));
        let scores = |start: Option<&[f64]>| -> Vec<f64> {
            let solution = must(problem.solve_from(start, &mut &whole, &task));
            assert!(solution.converged, "{name}");
            let each = kernels.chunks_exact(90);
            each.map(|row| dot(row, &solution.coefficients) - solution.threshold)
                .collect()
        };
        let off = difference(&scores(Some(&start)), &scores(None));
        assert!(off < 1e-6, "{name}: differs by {off}");
    }
}

/// Of more than 2,000 questions none is for linfa.
#[test]
fn neighbours_are_the_same_with_linfa_and_without() {
    let numbers = Target::Numbers(answers(300));
    for (name, x) in tables(300) {
        for metric in ["euclidean", "manhattan"] {
            let params = Params::new().with("distance", metric);
            let model = fit_with("k_nearest_neighbours", &x, &numbers, None, &params);
            let mut asked = random_matrix(2001, 4, 73);
            // Also the rows themselves, and points half way between them.
            for row in 0..600 {
                let (a, b) = (x.row(row % 300), x.row((row + row / 300) % 300));
                let middle = a.iter().zip(b).map(|(a, b)| (a + b) / 2.0);
                asked.values.splice(row * 4..row * 4 + 4, middle);
            }
            let without = predict(&*model, &asked);
            let few = asked.take_rows(&(0..2000).collect::<Vec<_>>());
            assert!(predict(&*model, &few) == without[..2000], "{name} {metric}");
        }
    }
}

/// A table on which a fit of linfa-linear never ends is fitted.
#[test]
fn steep_columns_end() {
    let x = must(Matrix::new(2, 1, vec![-20.0, 20.0]));
    let y = Target::Numbers(vec![0.0, 2.0]);
    for id in ["poisson_regression", "tweedie_regression"] {
        let params = Params::new().with("penalty", 0.1);
        let predicted = predict(&*fit_with(id, &x, &y, None, &params), &x);
        assert!(predicted.iter().all(|value| value.is_finite()), "{id}");
        assert!(predicted[0] < predicted[1], "{id}: {predicted:?}");
    }
}
