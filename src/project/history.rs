//! Undo and redo: whole documents swapped, so there is no inverse command to get wrong.

use std::sync::Arc;

use super::{Command, Document, apply};
use crate::base::UserError;

/// Undo steps kept. A document is kilobytes, and neighbours share almost all of it.
const LIMIT: usize = 1000;

#[derive(Clone)]
struct Entry {
    before: Arc<Document>,
    label: String,
    merge_key: Option<String>,
}

/// The document and its past and future.
#[derive(Clone)]
pub struct History {
    past: Vec<Entry>,
    future: Vec<(Arc<Document>, String)>,
    current: Arc<Document>,
    /// The newest entry belongs to a gesture that is still going on.
    open: bool,
}

impl History {
    pub fn new(document: Document) -> Self {
        Self {
            past: Vec::new(),
            future: Vec::new(),
            current: Arc::new(document),
            open: false,
        }
    }

    pub fn current(&self) -> &Arc<Document> {
        &self.current
    }

    /// Applies a command. `interacting`: the pointer or key that causes it is still held, so that
    /// what follows with the same merge key belongs to the same entry.
    pub fn dispatch(&mut self, command: &Command, interacting: bool) -> Result<(), UserError> {
        let next = apply(command, &self.current)?;
        if next == *self.current {
            return Ok(());
        }
        let merge_key = command.merge_key();
        let merges = self.open
            && merge_key.is_some()
            && self
                .past
                .last()
                .is_some_and(|entry| entry.merge_key == merge_key);
        let before = std::mem::replace(&mut self.current, Arc::new(next));
        if !merges {
            let label = command.label(&before);
            self.past.push(Entry {
                before,
                label,
                merge_key,
            });
            if self.past.len() > LIMIT {
                self.past.remove(0);
            }
        }
        self.open = interacting;
        self.future.clear();
        Ok(())
    }

    /// The gesture is over: the next command starts an entry of its own.
    pub fn end_gesture(&mut self) {
        self.open = false;
    }

    pub fn undo_label(&self) -> Option<&str> {
        self.past.last().map(|entry| entry.label.as_str())
    }

    pub fn redo_label(&self) -> Option<&str> {
        self.future.last().map(|(_, label)| label.as_str())
    }

    /// Goes one change back and returns its name.
    pub fn undo(&mut self) -> Option<String> {
        let entry = self.past.pop()?;
        let after = std::mem::replace(&mut self.current, entry.before);
        self.future.push((after, entry.label.clone()));
        self.open = false;
        Some(entry.label)
    }

    /// Goes one change forward again and returns its name.
    pub fn redo(&mut self) -> Option<String> {
        let (after, label) = self.future.pop()?;
        let before = std::mem::replace(&mut self.current, after);
        self.past.push(Entry {
            before,
            label: label.clone(),
            merge_key: None,
        });
        self.open = false;
        Some(label)
    }

    /// Names of the changes made, oldest first.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.past.iter().map(|entry| entry.label.as_str())
    }
}
