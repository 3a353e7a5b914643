//! File dialogs of the system, without ever blocking the window. Tests answer in their place. Where
//! none comes, the window asks for a typed path instead.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use eframe::egui::Context;

use crate::base::ids::{ModelId, TableId};
use crate::formats;
use crate::jobs;
use crate::session::Figure;

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
    SaveScript {
        name: String,
    },
    SaveRunLog {
        name: String,
    },
    SaveLightGbm {
        name: String,
    },
    SaveChart {
        name: String,
    },
    SaveNumbers {
        name: String,
    },
}

impl FileQuestion {
    /// What is asked, as the title of a dialog.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Open => "Open a table or a project",
            Self::OpenModel => "Open a model file",
            Self::SaveProject { .. } => "Save the project",
            Self::SavePredictions { .. } => "Save the predictions",
            Self::SaveModel { .. } => "Save the model",
            Self::SaveOnnx { .. } => "Export the model as ONNX",
            Self::SaveLightGbm { .. } => "Export the trees for LightGBM",
            Self::SaveScript { .. } => "Save as a Python script",
            Self::SaveRunLog { .. } => "Save the run log",
            Self::SaveChart { .. } => "Save the chart",
            Self::SaveNumbers { .. } => "Save the numbers",
        }
    }

    /// The name that is proposed for a file to be written; None for one to be read.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Open | Self::OpenModel => None,
            Self::SaveProject { name }
            | Self::SavePredictions { name }
            | Self::SaveModel { name }
            | Self::SaveOnnx { name }
            | Self::SaveLightGbm { name }
            | Self::SaveScript { name }
            | Self::SaveRunLog { name }
            | Self::SaveChart { name }
            | Self::SaveNumbers { name } => Some(name),
        }
    }
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum FileAnswer {
    Chosen(PathBuf),
    Cancelled,
    /// No dialog came: the system has no service that shows one.
    NoService,
}

/// Nobody cancels a dialog sooner than this: it never came.
const SOONEST: Duration = Duration::from_millis(250);

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
    SaveLightGbm(ModelId),
    /// A learner of a run.
    SaveScript {
        run: ModelId,
        learner: String,
    },
    SaveRunLog,
    SaveChart {
        png: bool,
    },
    /// `end`: the extension where none is typed.
    SaveFigure {
        figure: Box<Figure>,
        end: &'static str,
    },
}

/// Asks a person for a file. One question at a time.
pub trait FileDialogs {
    fn ask(&mut self, question: FileQuestion, purpose: Purpose, ctx: &Context);
    /// An answer that has come in.
    fn poll(&mut self) -> Option<(FileQuestion, Purpose, FileAnswer)>;
    fn is_open(&self) -> bool;
}

/// The dialogs of the system, through the desktop portal.
pub struct SystemDialogs {
    open: bool,
    sender: Sender<(FileQuestion, Purpose, FileAnswer)>,
    receiver: Receiver<(FileQuestion, Purpose, FileAnswer)>,
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
        let saving = question.name().is_some();
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let asked = Instant::now();
        let answer = move |file: Option<rfd::FileHandle>| {
            let answer = match file {
                Some(file) => FileAnswer::Chosen(file.path().to_path_buf()),
                None if asked.elapsed() < SOONEST => FileAnswer::NoService,
                None => FileAnswer::Cancelled,
            };
            // The window may be gone by the time of the answer.
            let _ = sender.send((question, purpose, answer));
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

    fn poll(&mut self) -> Option<(FileQuestion, Purpose, FileAnswer)> {
        let answer = self.receiver.try_recv().ok()?;
        self.open = false;
        Some(answer)
    }

    fn is_open(&self) -> bool {
        self.open
    }
}

fn dialog(question: &FileQuestion) -> rfd::AsyncFileDialog {
    let dialog = rfd::AsyncFileDialog::new().set_title(question.title());
    match question {
        FileQuestion::Open => {
            let mut all: Vec<&str> = vec!["benchtop"];
            all.extend(
                formats::REGISTRY
                    .iter()
                    .flat_map(|format| format.extensions()),
            );
            let mut dialog = dialog.add_filter("All that can be opened", &all);
            for format in formats::REGISTRY {
                dialog = dialog.add_filter(format.name(), format.extensions());
            }
            dialog
                .add_filter("Benchtop project", &["benchtop"])
                .add_filter("Any file", &["*"])
        }
        FileQuestion::OpenModel => dialog.add_filter("Benchtop model", &["benchtop-model"]),
        FileQuestion::SaveProject { name } => dialog
            .set_file_name(name)
            .add_filter("Benchtop project", &["benchtop"]),
        FileQuestion::SavePredictions { name } | FileQuestion::SaveNumbers { name } => {
            let mut dialog = dialog.set_file_name(name);
            for format in formats::REGISTRY {
                dialog = dialog.add_filter(format.name(), format.extensions());
            }
            dialog
        }
        FileQuestion::SaveModel { name } => dialog
            .set_file_name(name)
            .add_filter("Benchtop model", &["benchtop-model"]),
        FileQuestion::SaveOnnx { name } => dialog.set_file_name(name).add_filter("ONNX", &["onnx"]),
        FileQuestion::SaveLightGbm { name } => dialog
            .set_file_name(name)
            .add_filter("LightGBM text", &["txt"]),
        FileQuestion::SaveScript { name } => {
            dialog.set_file_name(name).add_filter("Python", &["py"])
        }
        FileQuestion::SaveRunLog { name } => dialog
            .set_file_name(name)
            .add_filter("CSV", &["csv"])
            .add_filter("JSON", &["json"]),
        FileQuestion::SaveChart { name } => dialog
            .set_file_name(name)
            .add_filter("SVG", &["svg"])
            .add_filter("PNG", &["png"]),
    }
}
