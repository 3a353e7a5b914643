//! Sharing work out over the pool of threads so that the result never depends on how many there are:
//! items are fixed beforehand, and every item is worked on by one thread.

use crate::base::UserError;

/// Runs `work` on every item, on at most `threads` threads.
pub fn each<T: Send>(threads: usize, items: &mut [T], work: &(impl Fn(&mut T) + Sync)) {
    if threads <= 1 || items.len() <= 1 {
        items.iter_mut().for_each(work);
        return;
    }
    let first = threads / 2;
    let middle = (items.len() * first / threads).max(1);
    let (left, right) = items.split_at_mut(middle);
    rayon::join(
        || each(first, left, work),
        || each(threads - first, right, work),
    );
}

/// As [`each`]; returns the first failure in the order of the items.
pub fn try_each<T: Send>(
    threads: usize,
    items: &mut [T],
    work: &(impl Fn(&mut T) -> Result<(), UserError> + Sync),
) -> Result<(), UserError> {
    let mut pairs: Vec<(&mut T, Option<UserError>)> =
        items.iter_mut().map(|item| (item, None)).collect();
    each(threads, &mut pairs, &|(item, failure)| {
        *failure = work(item).err();
    });
    match pairs.into_iter().find_map(|(_, failure)| failure) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// Runs `work` inside the pool where several threads may be used: entering the pool once is cheaper
/// than entering it for every split.
pub fn within<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    if threads <= 1 {
        work()
    } else {
        rayon::scope(|_| work())
    }
}
