//! Every split is the best one.

use super::*;

/// A tree grown by trying every division of every node, on plain sums.
struct Reference<'a> {
    x: &'a Matrix,
    features: &'a [Feature],
    gradient: &'a [f64],
    hessian: &'a [f64],
    options: &'a GrowOptions,
}

#[derive(Clone)]
struct Candidate {
    column: usize,
    left: Vec<usize>,
    gain: f64,
}

type Bounds = (f64, f64);

impl Reference<'_> {
    fn sums(&self, rows: &[usize]) -> (f64, f64) {
        rows.iter().fold((0.0, 0.0), |(g, h), &row| {
            (g + self.gradient[row], h + self.hessian[row])
        })
    }

    fn value(&self, rows: &[usize], l2: f64, bounds: Bounds) -> f64 {
        let (g, h) = self.sums(rows);
        (-g / (h + l2)).max(bounds.0).min(bounds.1)
    }

    fn worth(&self, rows: &[usize], l2: f64, bounds: Bounds) -> f64 {
        let (g, h) = self.sums(rows);
        let value = self.value(rows, l2, bounds);
        -(2.0 * g + (h + l2) * value) * value
    }

    fn gain(&self, rows: &[usize], column: usize, left: &[usize], l2: f64, bounds: Bounds) -> f64 {
        let rule = &self.options.rule;
        let right: Vec<usize> = rows
            .iter()
            .copied()
            .filter(|row| !left.contains(row))
            .collect();
        let few = (left.len().min(right.len()) as u64) < rule.min_rows.max(1);
        let average = self.sums(rows).1 / rows.len() as f64;
        let least = rule.min_hessian.max(rule.min_average_rows * average);
        let light = self.sums(left).1.min(self.sums(&right).1) < least;
        if few || light {
            return f64::NEG_INFINITY;
        }
        let direction = self.options.directions.get(column).copied().unwrap_or(0);
        let rise = self.value(&right, l2, bounds) - self.value(left, l2, bounds);
        if f64::from(direction) * rise < 0.0 {
            return f64::NEG_INFINITY;
        }
        self.worth(left, l2, bounds) + self.worth(&right, l2, bounds)
            - self.worth(rows, rule.l2, bounds)
    }

    /// Every allowed division of a node.
    fn candidates(&self, rows: &[usize], way: &[usize], bounds: Bounds) -> Vec<Candidate> {
        let mut found = Vec::new();
        for column in 0..self.x.cols {
            let groups = &self.options.together;
            let fits = |group: &Vec<usize>| {
                group.contains(&column) && way.iter().all(|used| group.contains(used))
            };
            if !groups.is_empty() && !groups.iter().any(fits) {
                continue;
            }
            let (l2, sides) = match self.features[column].kind {
                FeatureKind::Number => (self.options.rule.l2, self.limits(rows, column)),
                FeatureKind::Category { .. } => self.sets(rows, column),
            };
            for left in sides {
                let gain = self.gain(rows, column, &left, l2, bounds);
                if gain > self.options.rule.min_gain && gain > 1e-9 {
                    found.push(Candidate { column, left, gain });
                }
            }
        }
        found
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.x.row(row)[column]
    }

    fn limits(&self, rows: &[usize], column: usize) -> Vec<Vec<usize>> {
        let mut values: Vec<f64> = rows.iter().map(|&row| self.at(row, column)).collect();
        values.retain(|value| !value.is_nan());
        values.sort_by(f64::total_cmp);
        values.dedup();
        let mut sides = Vec::new();
        for limit in values {
            for blanks_left in [false, true] {
                let left = rows.iter().copied().filter(|&row| {
                    let value = self.at(row, column);
                    value <= limit || value.is_nan() && blanks_left
                });
                sides.push(left.collect());
            }
        }
        sides
    }

    /// One against the rest for few categories, beginnings and ends of the order by gradient for
    /// many; blanks are a category.
    fn sets(&self, rows: &[usize], column: usize) -> (f64, Vec<Vec<usize>>) {
        let rule = &self.options.rule;
        let code = |row: usize| {
            let value = self.at(row, column);
            if value.is_nan() { -1 } else { value as i64 }
        };
        let mut codes: Vec<i64> = rows.iter().map(|&row| code(row)).collect();
        codes.sort_unstable();
        codes.dedup();
        let of = |set: &[i64]| -> Vec<usize> {
            rows.iter()
                .copied()
                .filter(|&row| set.contains(&code(row)))
                .collect()
        };
        if codes.len() <= rule.one_against_rest {
            return (rule.l2, codes.iter().map(|code| of(&[*code])).collect());
        }
        let steep = |code: i64| {
            let (g, h) = self.sums(&of(&[code]));
            g / (h + rule.category_smoothing)
        };
        codes.retain(|code| of(&[*code]).len() as u64 >= rule.category_rows);
        codes.sort_by(|a, b| steep(*a).total_cmp(&steep(*b)));
        let longest = rule.category_most.min(codes.len().div_ceil(2));
        let mut sides = Vec::new();
        for _ in 0..2 {
            let mut before = 0;
            for side in (1..=longest).map(|count| of(&codes[..count])) {
                let group = rule.category_group as usize;
                // Large enough on both sides, and enough rows since the last one that was.
                if side.len() - before >= group && rows.len() - side.len() >= group {
                    before = side.len();
                    sides.push(side);
                }
            }
            codes.reverse();
        }
        (rule.l2 + rule.category_l2, sides)
    }
}

/// Follows a grown tree and compares every node with what trying everything finds.
fn check_tree(reference: &Reference<'_>, tree: &GrownTree, rows: &[u32]) -> usize {
    let mut splits = 0;
    let all: Vec<usize> = (0..rows.len()).collect();
    // Rows of every node, from the leaves up.
    let mut of_node: Vec<Vec<usize>> = vec![Vec::new(); tree.nodes.len()];
    for leaf in &tree.leaves {
        of_node[leaf.node] = rows[leaf.start..leaf.end]
            .iter()
            .map(|&row| row as usize)
            .collect();
    }
    for node in (0..tree.nodes.len()).rev() {
        if tree.nodes[node].split.is_some() {
            let mut both = of_node[tree.nodes[node].left].clone();
            both.extend(&of_node[tree.nodes[node].right]);
            of_node[node] = both;
        }
        of_node[node].sort_unstable();
    }
    assert_eq!(of_node[0], all);
    let endless = (f64::NEG_INFINITY, f64::INFINITY);
    let mut state: Vec<(Bounds, Vec<usize>, usize)> =
        vec![(endless, Vec::new(), 0); tree.nodes.len()];
    let mut bests = Vec::new();
    for (index, node) in tree.nodes.iter().enumerate() {
        let rows = &of_node[index];
        let (bounds, way, depth) = state[index].clone();
        let l2 = reference.options.rule.l2;
        assert!((node.value - reference.value(rows, l2, bounds)).abs() < 1e-6);
        assert_eq!(node.rows as usize, rows.len());
        let candidates = if depth < reference.options.most_depth {
            reference.candidates(rows, &way, bounds)
        } else {
            Vec::new()
        };
        let best = candidates
            .iter()
            .map(|found| found.gain)
            .fold(0.0, f64::max);
        bests.push(best);
        let Some(split) = &node.split else {
            continue;
        };
        splits += 1;
        assert!(
            (split.gain - best).abs() < 1e-6 * best.max(1.0),
            "node {index}: {} instead of {best}",
            split.gain
        );
        // The division is really one of the best, and the first where several are equally good.
        let close = |found: &&Candidate| (found.gain - best).abs() < 1e-7 * best.max(1.0);
        let left = &of_node[node.left];
        let same = |found: &Candidate| found.column == split.column && found.left == *left;
        assert!(
            candidates.iter().filter(close).any(same),
            "node {index} divides its rows otherwise"
        );
        let first = candidates.iter().find(close).map(|found| found.column);
        assert_eq!(
            first,
            Some(split.column),
            "node {index}: an earlier column is as good"
        );
        let mut below = way;
        below.push(split.column);
        let (low, high) = bounds;
        let middle = reference.value(left, l2, bounds) / 2.0
            + reference.value(&of_node[node.right], l2, bounds) / 2.0;
        let (left_bounds, right_bounds) = match reference
            .options
            .directions
            .get(split.column)
            .copied()
            .unwrap_or(0)
        {
            1 => ((low, middle), (middle, high)),
            -1 => ((middle, high), (low, middle)),
            _ => (bounds, bounds),
        };
        state[node.left] = (left_bounds, below.clone(), depth + 1);
        state[node.right] = (right_bounds, below, depth + 1);
    }
    if tree.leaves.len() < reference.options.most_leaves {
        let undivided = tree
            .nodes
            .iter()
            .zip(&bests)
            .filter(|(node, _)| node.split.is_none());
        for (_, gain) in undivided {
            assert!(*gain < 1e-6, "a leaf could still be divided");
        }
    }
    if reference.options.order == Order::BestFirst {
        let mut open = vec![0];
        for step in 0..splits {
            let parent = tree
                .nodes
                .iter()
                .position(|node| node.split.is_some() && node.left == 2 * step + 1);
            let parent = parent.unwrap_or_else(|| panic!("nobody made split {step}"));
            assert!(
                open.iter()
                    .all(|&other| bests[other] <= bests[parent] + 1e-6)
            );
            open.retain(|&node| node != parent);
            open.extend([2 * step + 1, 2 * step + 2]);
        }
    }
    splits
}

fn options(rule: SplitRule) -> GrowOptions {
    GrowOptions {
        most_leaves: 12,
        most_depth: usize::MAX,
        order: Order::BestFirst,
        rule,
        directions: Vec::new(),
        together: Vec::new(),
    }
}

fn rule() -> SplitRule {
    SplitRule {
        l2: 0.0,
        min_rows: 3,
        min_hessian: 1e-3,
        min_average_rows: 2.5,
        min_gain: 0.0,
        category_smoothing: 2.0,
        category_l2: 1.0,
        category_most: 3,
        category_rows: 2,
        category_group: 6,
        one_against_rest: 4,
    }
}

#[test]
fn every_split_is_the_one_that_trying_everything_finds() {
    let mut splits = 0;
    for seed in 0..24 {
        let rows = 40 + 17 * seed as usize;
        let (x, features) = mixed(rows, 3, 2, seed);
        let answers = number_answers(&x, seed + 100);
        let mut random = Random::new(seed + 200);
        let constant = seed % 3 == 0;
        let hessian: Vec<f64> = (0..rows)
            .map(|_| {
                if constant {
                    1.0
                } else {
                    0.05 + random.next_f64()
                }
            })
            .collect();
        let centre = answers.iter().sum::<f64>() / rows as f64;
        let gradient: Vec<f64> = answers
            .iter()
            .zip(&hessian)
            .map(|(answer, hessian)| hessian * (centre - answer))
            .collect();
        let mut options = options(rule());
        match seed % 6 {
            1 => options.rule.l2 = 2.5,
            2 => options.directions = vec![1, -1, 0, 0, 0],
            3 => options.together = vec![vec![0, 3], vec![1, 2, 4]],
            4 => {
                options.order = Order::LevelByLevel;
                options.most_depth = 3;
                options.rule.one_against_rest = 20;
            }
            5 => options.rule.min_rows = 9,
            _ => {}
        }
        let task = TaskContext::new();
        let mut context = FitContext::new(&task, 1);
        context.features = &features;
        let binned = must(bins_of(&x, &context, MOST_BINS));
        let largest = |values: &[f64]| values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let scale = Scale::new(rows, largest(&gradient), largest(&hessian), constant);
        let packed: Vec<u64> = gradient
            .iter()
            .zip(&hessian)
            .map(|(g, h)| scale.pack(*g, *h))
            .collect();
        let mut order: Vec<u32> = (0..rows as u32).collect();
        let data = TreeData {
            packed: &packed,
            scale,
            columns: &[true; 5],
        };
        let tree = must(Grower::new(&binned, &options, 1, &task).grow(&mut order, data));
        let reference = Reference {
            x: &x,
            features: &features,
            gradient: &gradient,
            hessian: &hessian,
            options: &options,
        };
        splits += check_tree(&reference, &tree, &order);
    }
    assert!(splits > 150, "only {splits} splits compared");
}
