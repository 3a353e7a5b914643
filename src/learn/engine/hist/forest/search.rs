//! Where the rows of a node are divided best, or at random.

use super::grower::{Open, TreeGrower, WORK_BETWEEN_CHECKS};
use super::list::List;
use super::tally::ClassTally;
use super::{CategoryOrder, ForestAnswers, ROWS_PER_CATEGORY};
use crate::learn::engine::hist::fixed::{Sums, unpack};
use crate::learn::engine::hist::histogram::Bins;
use crate::learn::engine::hist::split::{
    Cut, NodeSums, Present, Split, best_category, best_limit_of_present, gain_of, set_of,
};

/// What looking at one column found.
enum Found {
    /// All rows of the node have the same value.
    Constant,
    Nothing,
    Split(Split),
}

impl TreeGrower<'_> {
    pub fn best_split(&mut self, part: &Open, list: &mut List) -> Option<Split> {
        let options = self.plan.options;
        let rows = part.rows.1 - part.rows.0;
        if part.depth >= options.most_depth || (rows as u64) < 2 * self.plan.rule.min_rows {
            return None;
        }
        let several = self.plan.outputs() > 1;
        let state = NodeSums {
            sums: part.sums,
            bounds: None,
        };
        if self.is_pure(part) {
            return None;
        }
        if several {
            self.count_classes(part);
        }
        let mut best: Option<Split> = None;
        let count = self.columns.len();
        let mut divides = false;
        for drawn in 0..count {
            if drawn >= options.columns_per_node && divides {
                break;
            }
            // The tree is thrown away then.
            if rows > WORK_BETWEEN_CHECKS && self.plan.task.is_cancelled() {
                return None;
            }
            let other = drawn + self.random.below(count - drawn);
            self.columns.swap(drawn, other);
            let column = self.columns[drawn];
            let found = self.look_at(column, part, state, list);
            divides |= !matches!(found, Found::Constant);
            if let Found::Split(split) = found
                && best.as_ref().is_none_or(|best| {
                    split.gain > best.gain || split.gain == best.gain && split.column < best.column
                })
            {
                best = Some(split);
            }
        }
        best
    }

    pub fn order_categories(&mut self) {
        let plan = self.plan;
        for (index, column) in plan.binned.columns.iter().enumerate() {
            if !column.is_category() {
                self.places.push(None);
                continue;
            }
            let mut order: Vec<u8> = (0..column.count).map(|bin| bin as u8).collect();
            if plan.options.category_order == CategoryOrder::TreeAnswers {
                let means = self.mean_answers(index);
                order.sort_by(|&a, &b| means[usize::from(a)].total_cmp(&means[usize::from(b)]));
            } else {
                self.random.shuffle(&mut order);
            }
            let mut places = Box::new([column.missing_bin(); 256]);
            for (place, &bin) in order.iter().enumerate() {
                places[usize::from(bin)] = place as u8;
            }
            self.places.push(Some(places));
        }
    }

    /// Mean answer of each bin over the rows of the tree; with several classes the share of the
    /// heaviest one. In this order a beginning is the best set (Fisher 1958) for numbers and two
    /// classes. A bin without rows has the mean of all.
    fn mean_answers(&self, column: usize) -> [f64; 256] {
        let (block, offset) = self.plan.binned.place(column);
        let several = self.plan.outputs() > 1;
        let heaviest = if several { self.heaviest_class() } else { 0 };
        let (mut sums, mut weights) = ([0.0; 256], [0.0; 256]);
        for &row in &self.rows {
            let bin = usize::from(block.data[row as usize * block.width + offset]);
            if several {
                let (class, weight) = self.class_weight(row);
                weights[bin] += weight;
                sums[bin] += if class == heaviest { weight } else { 0.0 };
            } else {
                let row = unpack::<false>(self.packed[row as usize], self.scale.one());
                weights[bin] += self.scale.hessian(row);
                sums[bin] += self.scale.gradient(row);
            }
        }
        let all = sums.iter().sum::<f64>() / weights.iter().sum::<f64>();
        std::array::from_fn(|bin| {
            if weights[bin] > 0.0 {
                sums[bin] / weights[bin]
            } else {
                all
            }
        })
    }

    fn heaviest_class(&self) -> usize {
        let mut weights = vec![0.0; self.plan.outputs()];
        for &row in &self.rows {
            let (class, weight) = self.class_weight(row);
            weights[class] += weight;
        }
        let most = weights.iter().copied().fold(0.0, f64::max);
        weights
            .iter()
            .position(|&weight| weight == most)
            .unwrap_or(0)
    }

    /// Adds up a column and lists the places that occur; leaves the histogram empty.
    fn list(&mut self, column: usize, part: &Open, list: &mut List) {
        let (block, offset) = self.plan.binned.place(column);
        let rows = &self.rows[part.rows.0..part.rows.1];
        let packed = &self.row_packed[part.rows.0..part.rows.1];
        let node = (rows, packed, self.scale.one());
        let bin = |row: u32| block.data[row as usize * block.width + offset];
        let seen = match &self.places[column] {
            None => add(node, &mut self.histogram, bin),
            Some(places) => add(node, &mut self.histogram, |row| {
                places[usize::from(bin(row))]
            }),
        };
        list.count = 0;
        list.missing = Sums::default();
        let missing = usize::from(self.plan.binned.columns[column].missing_bin());
        for (word, mut bits) in seen.into_iter().enumerate() {
            while bits != 0 {
                let place = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let sums = std::mem::take(&mut self.histogram[place]);
                if place == missing {
                    list.missing = sums;
                } else {
                    list.bins[list.count] = place as u8;
                    list.sums[list.count] = sums;
                    list.count += 1;
                }
            }
        }
    }

    /// Looks at one column of a node.
    fn look_at(&mut self, column: usize, part: &Open, state: NodeSums, list: &mut List) -> Found {
        self.list(column, part, list);
        if list.is_constant(&self.scale) {
            return Found::Constant;
        }
        if let Some(split) = self.best_set(column, list, state) {
            return Found::Split(split);
        }
        let split = if self.plan.options.random_cuts {
            self.random_cut(column, part, list, state)
        } else if self.plan.outputs() > 1 {
            self.best_of_classes(column, part, list, state)
        } else {
            best_limit_of_present(column, list.present(), state, &self.scale, &self.plan.rule)
        };
        match split {
            None => Found::Nothing,
            Some(mut split) => {
                self.name_bins(&mut split);
                Found::Split(split)
            }
        }
    }

    /// The best set of categories (Fisher 1958), where there are rows enough to put them in order.
    fn best_set(&self, column: usize, list: &List, state: NodeSums) -> Option<Split> {
        let ForestAnswers::Numbers { shares: false, .. } = self.plan.answers else {
            return None;
        };
        let options = self.plan.options;
        let places = self.places[column].as_ref()?;
        let least = ROWS_PER_CATEGORY * list.count as u64;
        if options.category_order != CategoryOrder::NodeAnswers
            || options.random_cuts
            || self.scale.rows(state.sums) < least
        {
            return None;
        }
        let (plan, of) = (self.plan, &self.plan.binned.columns[column]);
        let mut bin_at = [0_u8; 256];
        for (bin, &place) in places.iter().enumerate().take(of.count) {
            bin_at[usize::from(place)] = bin as u8;
        }
        let mut bins = [0_u8; 256];
        for (bin, &place) in bins.iter_mut().zip(&list.bins[..list.count]) {
            *bin = bin_at[usize::from(place)];
        }
        let present = Present {
            bins: &bins[..list.count],
            ..list.present()
        };
        best_category(column, of, present, state, &self.scale, &plan.rule)
    }

    /// Places in the order of a category to the categories themselves.
    fn name_bins(&self, split: &mut Split) {
        let (Some(places), Cut::Number { bin: last }) = (&self.places[split.column], &split.cut)
        else {
            return;
        };
        let count = self.plan.binned.columns[split.column].count;
        let bins: Vec<u8> = (0..count)
            .filter(|&bin| places[bin] <= *last)
            .map(|bin| bin as u8)
            .collect();
        split.cut = Cut::Category {
            bins: set_of(&bins),
        };
    }

    /// A cut at a random place between the lowest and the highest one that occur; blanks go to a
    /// random side. Numbers are cut anywhere between their values (Geurts et al. 2006, table 1): a
    /// wide gap is hit more often than a narrow one.
    fn random_cut(
        &mut self,
        column: usize,
        part: &Open,
        list: &List,
        state: NodeSums,
    ) -> Option<Split> {
        let present = &list.bins[..list.count];
        let low = present.first().copied()?;
        let high = present.last().copied()?;
        let has_missing = self.scale.rows(list.missing) > 0;
        let last = match self.plan.binned.columns[column].middles.as_slice() {
            middles if high > low && usize::from(high) < middles.len() => {
                let (start, end) = (usize::from(low), usize::from(high));
                let share = self.random.next_f64();
                let place = middles[start] * (1.0 - share) + middles[end] * share;
                // The last middle that is not above the place, and not the highest one.
                let below = middles[start + 1..end].partition_point(|&middle| middle <= place);
                low + below as u8
            }
            _ => low + self.random.below(usize::from(high - low).max(1)) as u8,
        };
        let blanks_left = has_missing && high > low && self.random.below(2) == 0;
        let left = list.sum_up_to(last, blanks_left);
        if !self.enough(left, state) {
            return None;
        }
        let gain = if self.plan.outputs() > 1 {
            self.gain_of_classes(column, part, last, blanks_left)
        } else {
            gain_of(left, state, &self.scale, &self.plan.rule)
        };
        Some(Split {
            column,
            // A cut at random may gain nothing and still bring the rows on the way.
            gain: gain.unwrap_or(0.0),
            left,
            cut: Cut::Number { bin: last },
            missing_left: self.side_of_blanks(list, blanks_left, left, state),
        })
    }

    /// Where blanks go: to the side found best, or with most rows where none was seen.
    fn side_of_blanks(&self, list: &List, found: bool, left: Sums, state: NodeSums) -> bool {
        if self.scale.rows(list.missing) > 0 {
            found
        } else {
            2 * self.scale.rows(left) >= self.scale.rows(state.sums)
        }
    }

    fn enough(&self, left: Sums, state: NodeSums) -> bool {
        let (rows, all) = (self.scale.rows(left), self.scale.rows(state.sums));
        let least = self.plan.rule.min_rows;
        rows >= least && all - rows >= least
    }

    /// The place of a row in the order of a column.
    fn place_of(&self, column: usize, row: u32) -> u8 {
        let (block, offset) = self.plan.binned.place(column);
        let bin = block.data[row as usize * block.width + offset];
        match &self.places[column] {
            None => bin,
            Some(places) => places[usize::from(bin)],
        }
    }

    fn gain_of_classes(
        &mut self,
        column: usize,
        part: &Open,
        last: u8,
        blanks_left: bool,
    ) -> Option<f64> {
        let missing = self.plan.binned.columns[column].missing_bin();
        let mut tally = std::mem::take(&mut self.tally);
        tally.reset();
        for &row in &self.rows[part.rows.0..part.rows.1] {
            let place = self.place_of(column, row);
            if place == missing && blanks_left || place != missing && place <= last {
                let (class, weight) = self.class_weight(row);
                tally.move_left(class, weight);
            }
        }
        let gain = tally.gain();
        self.tally = tally;
        gain
    }

    /// Rows are brought in the order of their places and moved to the left one after the other,
    /// which costs the same however many classes there are.
    fn best_of_classes(
        &mut self,
        column: usize,
        part: &Open,
        list: &List,
        state: NodeSums,
    ) -> Option<Split> {
        let rows = self.rows_by_place(column, part);
        let missing = self.plan.binned.columns[column].missing_bin();
        let has_missing = self.scale.rows(list.missing) > 0;
        let mut tally = std::mem::take(&mut self.tally);
        let right = self.best_start(list, &rows, None, state, &mut tally);
        let left = has_missing
            .then(|| self.best_start(list, &rows, Some(missing), state, &mut tally))
            .flatten();
        self.tally = tally;
        let ((gain, last, sums), blanks_left) = match (right, left) {
            (Some(right), Some(left)) if left.0 > right.0 => (left, true),
            (Some(right), _) => (right, false),
            (None, left) => (left?, true),
        };
        Some(Split {
            column,
            gain,
            left: sums,
            cut: Cut::Number { bin: last },
            missing_left: self.side_of_blanks(list, blanks_left, sums, state),
        })
    }

    /// The best limit, with blanks on the left where their bin is given: (gain, last place on the
    /// left, sums of the left).
    fn best_start(
        &self,
        list: &List,
        rows: &RowsByPlace,
        blanks: Option<u8>,
        state: NodeSums,
        tally: &mut ClassTally,
    ) -> Option<(f64, u8, Sums)> {
        tally.reset();
        let mut left = Sums::default();
        let mut move_left = |place: u8| {
            for &row in rows.of(place) {
                let (class, weight) = self.class_weight(row);
                tally.move_left(class, weight);
            }
            tally.gain()
        };
        if let Some(blanks) = blanks {
            left.add(list.missing);
            move_left(blanks);
        }
        let mut best: Option<(f64, u8, Sums)> = None;
        for (place, sums) in list.pairs() {
            left.add(sums);
            if let Some(gain) = move_left(place)
                && self.enough(left, state)
                && best.as_ref().is_none_or(|best| gain > best.0)
            {
                best = Some((gain, place, left));
            }
        }
        best
    }

    fn rows_by_place(&self, column: usize, part: &Open) -> RowsByPlace {
        let rows = &self.rows[part.rows.0..part.rows.1];
        let mut starts = [0_u32; 257];
        for &row in rows {
            starts[usize::from(self.place_of(column, row)) + 1] += 1;
        }
        for place in 0..256 {
            starts[place + 1] += starts[place];
        }
        let mut next = starts;
        let mut sorted = vec![0; rows.len()];
        for &row in rows {
            let place = &mut next[usize::from(self.place_of(column, row))];
            sorted[*place as usize] = row;
            *place += 1;
        }
        RowsByPlace { starts, sorted }
    }
}

/// Adds up the rows of a node; returns which places occur.
#[inline]
fn add(
    (rows, packed, one): (&[u32], &[u64], u64),
    histogram: &mut Bins,
    place_of: impl Fn(u32) -> u8,
) -> [u64; 4] {
    let mut seen = [0_u64; 4];
    for (&row, &packed) in rows.iter().zip(packed) {
        let place = usize::from(place_of(row));
        histogram[place].add(unpack::<false>(packed, one));
        seen[place / 64] |= 1 << (place % 64);
    }
    seen
}

/// Rows of a node, place after place in the order of a column.
struct RowsByPlace {
    starts: [u32; 257],
    sorted: Vec<u32>,
}

impl RowsByPlace {
    fn of(&self, place: u8) -> &[u32] {
        let place = usize::from(place);
        &self.sorted[self.starts[place] as usize..self.starts[place + 1] as usize]
    }
}
