//! What a division of a node gains where there are several classes.

/// Class weights left of a division, and the sums its gain is made of.
#[derive(Default)]
pub struct ClassTally {
    pub total: Vec<f64>,
    pub left: Vec<f64>,
    pub weight: f64,
    pub squares: f64,
    pub weight_left: f64,
    pub squares_left: f64,
    /// Sum over the classes of (weight left) · (weight in the node).
    pub products_left: f64,
}

impl ClassTally {
    pub fn new(classes: usize) -> Self {
        Self {
            total: vec![0.0; classes],
            left: vec![0.0; classes],
            ..Self::default()
        }
    }

    pub fn start(&mut self) {
        self.weight = self.total.iter().sum();
        self.squares = self.total.iter().map(|count| count * count).sum();
    }

    pub fn reset(&mut self) {
        self.left.fill(0.0);
        self.weight_left = 0.0;
        self.squares_left = 0.0;
        self.products_left = 0.0;
    }

    #[inline]
    pub fn move_left(&mut self, class: usize, weight: f64) {
        let left = &mut self.left[class];
        self.squares_left += weight * (2.0 * *left + weight);
        self.products_left += weight * self.total[class];
        *left += weight;
        self.weight_left += weight;
    }

    /// With p the shares of the node, both sides are off by the same: c − p·W. Its squares, over the
    /// weights of the sides, are the decrease of the Gini impurity times the weight.
    pub fn gain(&self) -> Option<f64> {
        let weight_right = self.weight - self.weight_left;
        if !(self.weight_left > 0.0 && weight_right > 0.0) {
            return None;
        }
        let share = self.weight_left / self.weight;
        let off =
            self.squares_left - 2.0 * share * self.products_left + share * share * self.squares;
        let gain = off / self.weight_left + off / weight_right;
        (off > 1e-12 * self.squares_left).then_some(gain)
    }
}
