//! Counting instead of drawing: points into the cells of a raster, and the one place where the
//! chart code runs on more than one thread.
//!
//! Every partial result is combined in the order of its rows, so results do not depend on how
//! many threads there are.

use std::ops::Range;
use std::sync::Arc;
use std::thread;

use super::palette;
use super::scene::{Ink, Raster};
use crate::base::{TaskContext, UserError};

/// Fewer rows than this are not worth a thread.
const ROWS_PER_PART: usize = 250_000;
/// Rows between two looks at whether the work was stopped.
const BLOCK: usize = 1 << 16;

/// How many parts work over `len` rows is best cut into on this machine.
pub fn parts_for(len: usize) -> usize {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    (len / ROWS_PER_PART).clamp(1, threads.min(8))
}

/// Cuts `0..len` into `parts` ranges that start at multiples of 64 and runs `work` on each, the
/// last on this thread and the others on threads of their own. Results come in row order.
pub fn in_parts<T: Send>(
    len: usize,
    parts: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let parts = parts.max(1);
    let step = len.div_ceil(parts).next_multiple_of(64);
    let mut ranges: Vec<Range<usize>> = (0..parts)
        .map(|part| (part * step).min(len)..((part + 1) * step).min(len))
        .filter(|range| !range.is_empty())
        .collect();
    let Some(last) = ranges.pop() else {
        return vec![work(0..0)];
    };
    if ranges.is_empty() {
        return vec![work(last)];
    }
    let work = &work;
    thread::scope(|scope| {
        let handles: Vec<_> = ranges
            .iter()
            .map(|range| {
                let own = range.clone();
                let name = format!("benchtop-count-{}", range.start);
                (
                    range.clone(),
                    thread::Builder::new()
                        .name(name)
                        .spawn_scoped(scope, move || work(own)),
                )
            })
            .collect();
        let final_part = work(last);
        let mut results: Vec<T> = handles
            .into_iter()
            .map(
                |(range, handle)| match handle.map(thread::ScopedJoinHandle::join) {
                    Ok(Ok(result)) => result,
                    Ok(Err(fault)) => std::panic::resume_unwind(fault),
                    // No thread to be had: the work is done here instead.
                    Err(_) => work(range),
                },
            )
            .collect();
        results.push(final_part);
        results
    })
}

/// Sums lists of equal length, element by element.
pub fn sum_parts(parts: Vec<Vec<u32>>) -> Vec<u32> {
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_default();
    for part in parts {
        for (sum, count) in total.iter_mut().zip(part) {
            *sum += count;
        }
    }
    total
}

/// Where a raster lies: the rectangle it covers, relative to the origin of the points, and its
/// cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    pub x: (f32, f32),
    pub y: (f32, f32),
    pub columns: usize,
    pub rows: usize,
}

impl Grid {
    fn scale(&self) -> (f32, f32) {
        let per = |(low, high): (f32, f32), cells: usize| {
            let span = high - low;
            if span > 0.0 { cells as f32 / span } else { 0.0 }
        };
        (per(self.x, self.columns), per(self.y, self.rows))
    }

    /// Cells of up to [`LANE`] points; the number of cells stands for "outside" (and for what is
    /// not a number). The upper edges belong to the last cells. Without a branch, so that several
    /// points are placed at once.
    #[inline(always)]
    fn cells(&self, x: &[f32], y: &[f32], scale: (f32, f32), cells: &mut [i32; LANE]) {
        let (wide, high) = (self.columns as f32, self.rows as f32);
        let (columns, rows) = (self.columns as i32, self.rows as i32);
        for ((cell, &x), &y) in cells.iter_mut().zip(x).zip(y) {
            let column = (x - self.x.0) * scale.0;
            let row = (y - self.y.0) * scale.1;
            let inside = (column >= 0.0) & (column <= wide) & (row >= 0.0) & (row <= high);
            let column = (column as i32).min(columns - 1);
            let row = (row as i32).min(rows - 1);
            *cell = if inside {
                row * columns + column
            } else {
                columns * rows
            };
        }
    }
}

/// Points placed at once.
const LANE: usize = 64;

/// Counts per cell in one byte each, and how often that byte ran over: eight times more cells
/// stay close to the processor than with counters of full size.
struct Counter {
    low: Vec<u8>,
    overruns: Vec<u32>,
}

impl Counter {
    fn new(cells: usize) -> Self {
        Self {
            low: vec![0; cells],
            overruns: vec![0; cells],
        }
    }

    #[inline(always)]
    fn add(&mut self, cell: i32) {
        let cell = cell as usize;
        // "Outside" is one beyond the last cell.
        if let Some(count) = self.low.get_mut(cell) {
            *count = count.wrapping_add(1);
            if *count == 0
                && let Some(overruns) = self.overruns.get_mut(cell)
            {
                *overruns += 1;
            }
        }
    }

    fn add_to(&self, total: &mut [u32]) {
        for ((sum, &low), &overruns) in total.iter_mut().zip(&self.low).zip(&self.overruns) {
            *sum += u32::from(low) + overruns * 256;
        }
    }
}

/// Counts points into cells, row-major from the lowest y. With a mask (one bit per point) only
/// the points whose bit is set.
pub fn count_points(
    x: &[f32],
    y: &[f32],
    mask: Option<&[u64]>,
    grid: &Grid,
    task: &TaskContext,
) -> Result<Vec<u32>, UserError> {
    let cells = grid.columns * grid.rows;
    if cells == 0 {
        return Ok(Vec::new());
    }
    let len = x.len().min(y.len());
    let scale = grid.scale();
    let parts = in_parts(len, parts_for(len), |range| {
        let mut counter = Counter::new(cells);
        let mut start = range.start;
        while start < range.end && !task.is_cancelled() {
            let end = (start + BLOCK).min(range.end);
            let lanes = x[start..end].chunks(LANE).zip(y[start..end].chunks(LANE));
            let mut placed = [0_i32; LANE];
            match mask {
                None => {
                    for (xs, ys) in lanes {
                        grid.cells(xs, ys, scale, &mut placed);
                        for &cell in placed.iter().take(xs.len()) {
                            counter.add(cell);
                        }
                    }
                }
                Some(mask) => {
                    let words = mask.get(start / LANE..).unwrap_or(&[]);
                    for ((xs, ys), &word) in lanes.zip(words) {
                        if word == 0 {
                            continue;
                        }
                        grid.cells(xs, ys, scale, &mut placed);
                        let mut rest = word;
                        while rest != 0 {
                            let bit = rest.trailing_zeros() as usize;
                            rest &= rest - 1;
                            if bit < xs.len() {
                                counter.add(placed[bit]);
                            }
                        }
                    }
                }
            }
            start = end;
        }
        counter
    });
    task.check()?;
    let mut total = vec![0_u32; cells];
    for part in &parts {
        part.add_to(&mut total);
    }
    Ok(total)
}

/// Number of points inside a grid, without counting cells.
pub fn count_inside(x: &[f32], y: &[f32], grid: &Grid, task: &TaskContext) -> usize {
    let len = x.len().min(y.len());
    let parts = in_parts(len, parts_for(len), |range| {
        let mut inside = 0_usize;
        for (xs, ys) in x[range.clone()].chunks(BLOCK).zip(y[range].chunks(BLOCK)) {
            if task.is_cancelled() {
                break;
            }
            let mut block = 0_u32;
            for (&x, &y) in xs.iter().zip(ys) {
                let is_inside =
                    (x >= grid.x.0) & (x <= grid.x.1) & (y >= grid.y.0) & (y <= grid.y.1);
                block += u32::from(is_inside);
            }
            inside += block as usize;
        }
        inside
    });
    parts.into_iter().sum()
}

/// Shades a raster for the screen or a file: RGBA, eight bits each, row-major from the top.
///
/// Counts run along the sequential ramp by their logarithm, so that one row in a cell can still
/// be seen beside ten thousand. While rows are selected, cells without any of them turn to the
/// colour of what is not selected.
pub fn shade(raster: &Raster, dark: bool) -> Vec<u8> {
    let selected = raster.selected.as_ref();
    let lit: &Arc<Vec<u32>> = selected.unwrap_or(&raster.counts);
    let most = lit.iter().copied().max().unwrap_or(0);
    let ramp: Vec<[u8; 4]> = (0..=255_u16)
        .map(|step| palette::resolve(Ink::Sequential(f32::from(step) / 255.0), dark))
        .collect();
    let dim = palette::resolve(Ink::Deselected, dark);
    let log_most = f64::from(most).ln_1p().max(f64::MIN_POSITIVE);
    // Most counts are small: their shades are worked out once.
    let shade_of = |count: u32| {
        let share = f64::from(count).ln_1p() / log_most;
        let index = (share * 255.0).round().clamp(0.0, 255.0) as usize;
        ramp.get(index).copied().unwrap_or(dim)
    };
    let small: Vec<[u8; 4]> = (0..256_u32).map(shade_of).collect();
    let mut pixels = vec![0_u8; raster.columns * raster.rows * 4];
    if raster.columns == 0 {
        return pixels;
    }
    let lines = pixels.chunks_exact_mut(raster.columns * 4);
    for (line, from_top) in lines.zip(0..raster.rows) {
        let first = (raster.rows - 1 - from_top) * raster.columns;
        let counts = raster.counts.get(first..first + raster.columns);
        let shown = lit.get(first..first + raster.columns);
        let (Some(counts), Some(shown)) = (counts, shown) else {
            continue;
        };
        for ((pixel, &all), &count) in line.chunks_exact_mut(4).zip(counts).zip(shown) {
            let colour = match (count, all) {
                (0, 0) => continue,
                (0, _) => dim,
                (count, _) => small
                    .get(count as usize)
                    .copied()
                    .unwrap_or_else(|| shade_of(count)),
            };
            pixel.copy_from_slice(&colour);
        }
    }
    pixels
}
