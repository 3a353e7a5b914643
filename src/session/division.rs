//! How the rows of the next training would be divided, found out before it starts.

use super::comparison::request;
use super::derived::Slot;
use super::session::Session;
use crate::base::Issue;
use crate::evaluate::split::split_prepared;
use crate::pipeline;
use crate::project::Run;

/// Rounds whose sizes are looked at: the others are like them.
const LOOKED_AT: usize = 200;

/// The rounds of a training that has not started.
#[derive(Clone, Debug, PartialEq)]
pub struct Division {
    /// Rows with an answer.
    pub rows: u64,
    pub rounds: usize,
    /// Fewest and most rows checked in one round.
    pub checked: (u64, u64),
    /// Fewest and most rows learned from in one round.
    pub learned: (u64, u64),
    /// What had to be changed to make the rounds possible.
    pub issues: Vec<Issue>,
}

impl Session {
    /// Divides the rows as the set-up says, without training. Fails where they cannot be divided.
    pub fn division(&mut self) -> Slot<Division> {
        let Some(setup) = self.active().map(|recipe| recipe.model.clone()) else {
            return Slot::Empty;
        };
        let plan = match self.learning_plan().ready_or_wait() {
            Ok(plan) => plan,
            Err(waiting) => return waiting,
        };
        let source = match self.practice().ready_or_wait() {
            Ok(source) => source,
            Err(waiting) => return waiting,
        };
        if plan.features.is_empty() {
            return Slot::Empty;
        }
        let fingerprint = Run::mark(source.fingerprint(), &plan).then_value(&(
            "division",
            &setup.split,
            setup.folds,
            setup.seed,
        ));
        let request = request("division", fingerprint, "Dividing the rows");
        self.answer(request, move |context| {
            let task = &context.task;
            let prepared = pipeline::prepare(&source, &plan, task)?;
            let folds = setup.folds as usize;
            let made = split_prepared(&prepared, &setup.split, folds, setup.seed, task)?;
            let mut checked = (u64::MAX, 0);
            let mut learned = (u64::MAX, 0);
            for round in 0..made.count.min(LOOKED_AT) {
                task.check()?;
                let widen = |ends: (u64, u64), rows: u64| (ends.0.min(rows), ends.1.max(rows));
                checked = widen(checked, made.check(round).len() as u64);
                learned = widen(learned, made.train(round).len() as u64);
            }
            let found = Division {
                rows: made.assignment.len() as u64,
                rounds: made.count,
                checked,
                learned,
                issues: made.issues,
            };
            Ok((found, 1024))
        })
    }
}
