//! Longer texts of the shell, in one place.

pub const PRIVACY: &str = "Your files stay on this computer. Nothing is sent anywhere.";
pub const NO_NETWORK: &str = "No network connection is used";

/// The help window: sections of (what, how).
pub const HELP: &[(&str, &[(&str, &str)])] = &[
    (
        "From a file to a model",
        &[
            (
                "1 Data",
                "Open a file. Click a column header to see its values, its blanks and what it is used for.",
            ),
            (
                "2 Clean",
                "Add steps. Each shows what it would change before it is applied, and can be edited, switched off, moved or deleted later.",
            ),
            (
                "3 Explore",
                "Put columns on X, Y and Colour. Drag over the chart to select rows: every view shows them.",
            ),
            (
                "4 Model",
                "Pick what to predict and press Train. Guessing and One simple rule are always trained too, as yardsticks.",
            ),
            (
                "5 Compare",
                "Models within noise of each other are shown as a tie; the simplest of them is recommended.",
            ),
            (
                "6 Predict",
                "Use a model on a new file, save the predictions, or export the model as ONNX.",
            ),
        ],
    ),
    (
        "Words",
        &[
            ("Selection", "Rows you marked. Never changes data."),
            ("Filter", "Rows you keep in view. Never changes data."),
            (
                "Step",
                "The only thing that changes data. Every step can be undone.",
            ),
            (
                "learns",
                "A step that takes a value from the data, such as a median. It is learned again from the practice rows of every part, so a score is never flattered by it.",
            ),
            (
                "Practice and check rows",
                "Every model is trained on some rows (training) and judged on others (validation), in turns (cross-validation).",
            ),
            (
                "Guessing",
                "Always answering with the most common class or the average. A model that does not beat it has learned nothing (baseline).",
            ),
        ],
    ),
];

/// What a job is doing, with the name of a file for its whole path: "Scoring new.csv".
pub fn job_words(label: &str) -> String {
    let Some((verb, rest)) = label.split_once(' ') else {
        return label.to_owned();
    };
    let path = std::path::Path::new(rest);
    match path.file_name() {
        Some(name) if path.is_absolute() => format!("{verb} {}", name.to_string_lossy()),
        _ => label.to_owned(),
    }
}
