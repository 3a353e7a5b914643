//! Training rows that were prepared once and serve every learner that wants them the same way.
//!
//! Learners are trained one after another over the same folds, so the rows of a fold come back once
//! per learner. What is kept has a bound; what does not fit is prepared again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::base::{Fingerprint, UserError};
use crate::learn::engine::hist::BinCache;
use crate::learn::prepare::{PrepareOptions, TrainingSet};

/// Bytes of matrices kept.
const MOST_MATRIX_BYTES: usize = 512 << 20;
/// Bytes of bins kept, one per value.
const MOST_BIN_BYTES: usize = 512 << 20;

/// Rows as a learner gets them, and their bins, made by the first learner that asks.
#[derive(Clone)]
pub(super) struct Ready {
    pub set: Arc<TrainingSet>,
    pub bins: Arc<BinCache>,
}

#[derive(Default)]
struct Kept {
    set: Option<Arc<TrainingSet>>,
    bins: Arc<BinCache>,
}

#[derive(Default)]
struct Shelf {
    kept: BTreeMap<Fingerprint, Kept>,
    matrix_bytes: usize,
    bin_bytes: usize,
}

#[derive(Default)]
pub(super) struct SharedRows(Mutex<Shelf>);

impl SharedRows {
    /// The rows prepared by these options: kept ones, or new ones by `make`.
    pub(super) fn prepare(
        &self,
        rows: &[u32],
        options: &PrepareOptions,
        make: impl FnOnce() -> Result<TrainingSet, UserError>,
    ) -> Result<Ready, UserError> {
        let key = key(rows, options);
        let mut bins = None;
        if let Ok(shelf) = self.0.lock()
            && let Some(kept) = shelf.kept.get(&key)
        {
            if let Some(set) = &kept.set {
                return Ok(Ready {
                    set: set.clone(),
                    bins: kept.bins.clone(),
                });
            }
            bins = Some(kept.bins.clone());
        }
        let ready = Ready {
            set: Arc::new(make()?),
            bins: bins.clone().unwrap_or_default(),
        };
        if bins.is_none()
            && let Ok(mut shelf) = self.0.lock()
        {
            shelf.keep(key, &ready);
        }
        Ok(ready)
    }
}

impl Shelf {
    /// The first ones stay: the folds come round and round, so dropping the oldest would drop
    /// exactly the one that is asked for next.
    fn keep(&mut self, key: Fingerprint, ready: &Ready) {
        let values = ready.set.matrix.values.len();
        if self.bin_bytes + values > MOST_BIN_BYTES {
            return;
        }
        self.bin_bytes += values;
        let bytes = values * size_of::<f64>();
        let fits = self.matrix_bytes + bytes <= MOST_MATRIX_BYTES;
        if fits {
            self.matrix_bytes += bytes;
        }
        let kept = Kept {
            set: fits.then(|| ready.set.clone()),
            bins: ready.bins.clone(),
        };
        self.kept.insert(key, kept);
    }
}

fn key(rows: &[u32], options: &PrepareOptions) -> Fingerprint {
    Fingerprint::of(&[bytemuck::cast_slice(rows)])
        .then_value(&options.intake)
        .then_value(&options.scale)
        .then_value(&options.settings)
        .then_value(&options.seed)
}
