//! File dialogs of the system, without ever blocking the window. Tests answer in their place.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};

use eframe::egui::Context;

use crate::base::ids::{ModelId, TableId};
use crate::formats;
use crate::jobs;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum FileQuestion {
    /// A table or a project.
    Open,
    OpenModel,
    SaveProject {
        name: String,
    },
    SavePredictions {
        name: String,
    },
    SaveModel {
        name: String,
    },
    SaveOnnx {
        name: String,
    },
    SaveChart {
        name: String,
    },
}

/// What the answer is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Purpose {
    Open,
    OpenModel,
    /// `then_leave`: the project is left once it is saved.
    SaveProject {
        with_data: bool,
        then_leave: bool,
    },
    Relocate(TableId),
    ScoreFile(ModelId),
    SavePredictions,
    SaveModel(ModelId),
    SaveOnnx(ModelId),
    SaveChart {
        png: bool,
    },
}

/// Asks a person for a file. One question at a time.
pub trait FileDialogs {
    fn ask(&mut self, question: FileQuestion, purpose: Purpose, ctx: &Context);
    /// An answer that has come in. None as path: the person cancelled.
    fn poll(&mut self) -> Option<(Purpose, Option<PathBuf>)>;
    fn is_open(&self) -> bool;
}

/// The dialogs of the system, through the desktop portal.
pub struct SystemDialogs {
    open: bool,
    sender: Sender<(Purpose, Option<PathBuf>)>,
    receiver: Receiver<(Purpose, Option<PathBuf>)>,
}

impl Default for SystemDialogs {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self {
            open: false,
            sender,
            receiver,
        }
    }
}

impl FileDialogs for SystemDialogs {
    fn ask(&mut self, question: FileQuestion, purpose: Purpose, ctx: &Context) {
        if self.open {
            return;
        }
        self.open = true;
        let dialog = dialog(&question);
        let saving = !matches!(question, FileQuestion::Open | FileQuestion::OpenModel);
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let answer = move |file: Option<rfd::FileHandle>| {
            // The window may be gone by the time of the answer.
            let _ = sender.send((purpose, file.map(|file| file.path().to_path_buf())));
            ctx.request_repaint();
        };
        // The dialog is made here, on the main thread, and awaited elsewhere.
        if saving {
            let file = dialog.save_file();
            jobs::detached("dialog", move || answer(pollster::block_on(file)));
        } else {
            let file = dialog.pick_file();
            jobs::detached("dialog", move || answer(pollster::block_on(file)));
        }
    }

    fn poll(&mut self) -> Option<(Purpose, Option<PathBuf>)> {
        let answer = self.receiver.try_recv().ok()?;
        self.open = false;
        Some(answer)
    }

    fn is_open(&self) -> bool {
        self.open
    }
}

fn dialog(question: &FileQuestion) -> rfd::AsyncFileDialog {
    let dialog = rfd::AsyncFileDialog::new();
    match question {
        FileQuestion::Open => {
            let mut all: Vec<&str> = vec!["benchtop"];
            all.extend(
                formats::REGISTRY
                    .iter()
                    .flat_map(|format| format.extensions()),
            );
            let mut dialog = dialog
                .set_title("Open a table or a project")
                .add_filter("All that can be opened", &all);
            for format in formats::REGISTRY {
                dialog = dialog.add_filter(format.name(), format.extensions());
            }
            dialog
                .add_filter("Benchtop project", &["benchtop"])
                .add_filter("Any file", &["*"])
        }
        FileQuestion::OpenModel => dialog
            .set_title("Open a model file")
            .add_filter("Benchtop model", &["benchtop-model"]),
        FileQuestion::SaveProject { name } => dialog
            .set_title("Save the project")
            .set_file_name(name)
            .add_filter("Benchtop project", &["benchtop"]),
        FileQuestion::SavePredictions { name } => {
            let mut dialog = dialog.set_title("Save the predictions").set_file_name(name);
            for format in formats::REGISTRY {
                dialog = dialog.add_filter(format.name(), format.extensions());
            }
            dialog
        }
        FileQuestion::SaveModel { name } => dialog
            .set_title("Save the model")
            .set_file_name(name)
            .add_filter("Benchtop model", &["benchtop-model"]),
        FileQuestion::SaveOnnx { name } => dialog
            .set_title("Export the model as ONNX")
            .set_file_name(name)
            .add_filter("ONNX", &["onnx"]),
        FileQuestion::SaveChart { name } => dialog
            .set_title("Save the chart")
            .set_file_name(name)
            .add_filter("SVG", &["svg"])
            .add_filter("PNG", &["png"]),
    }
}
