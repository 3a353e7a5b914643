//! The scores as a function, one line each, with the same meaning where a score is not defined.

use super::OurScore;
use crate::learn::Task;

pub(super) struct Scores {
    pub function: String,
}

/// Score → how scikit-learn computes it. `y`: the answers; `p`: what is predicted (probabilities, or
/// numbers); `label`: the likeliest class.
static SAID: &[(&str, &str)] = &[
    ("accuracy", "metrics.accuracy_score(y, label)"),
    (
        "balanced_accuracy",
        "metrics.balanced_accuracy_score(y, label)",
    ),
    (
        "precision",
        "metrics.precision_score(y, label, zero_division=np.nan)",
    ),
    (
        "recall",
        "metrics.recall_score(y, label, zero_division=np.nan)",
    ),
    ("f1", "metrics.f1_score(y, label, zero_division=np.nan)"),
    ("f1_macro", "metrics.f1_score(y, label, average=\"macro\")"),
    (
        "f1_weighted",
        "metrics.f1_score(y, label, average=\"weighted\")",
    ),
    (
        "precision_macro",
        "np.mean(metrics.precision_score(y, label, average=None, zero_division=np.nan))",
    ),
    (
        "precision_weighted",
        "np.average(metrics.precision_score(y, label, labels=seen, average=None, zero_division=np.nan), weights=sizes)",
    ),
    (
        "recall_macro",
        "np.mean(metrics.recall_score(y, label, average=None, zero_division=np.nan))",
    ),
    (
        "recall_weighted",
        "np.average(metrics.recall_score(y, label, labels=seen, average=None), weights=sizes)",
    ),
    (
        "matthews_correlation",
        "metrics.matthews_corrcoef(y, label)",
    ),
    ("auc", "one_by_one(metrics.roc_auc_score, y, p)"),
    (
        "auc_weighted",
        "one_by_one(metrics.roc_auc_score, y, p, by_rows=True)",
    ),
    (
        "average_precision",
        "one_by_one(metrics.average_precision_score, y, p)",
    ),
    (
        "average_precision_macro",
        "one_by_one(metrics.average_precision_score, y, p)",
    ),
    (
        "average_precision_weighted",
        "one_by_one(metrics.average_precision_score, y, p, by_rows=True)",
    ),
    (
        "log_loss",
        "metrics.log_loss(y, p, labels=range(p.shape[1]))",
    ),
    ("mean_absolute_error", "metrics.mean_absolute_error(y, p)"),
    (
        "median_absolute_error",
        "metrics.median_absolute_error(y, p)",
    ),
    (
        "root_mean_squared_error",
        "metrics.root_mean_squared_error(y, p)",
    ),
    ("max_error", "metrics.max_error(y, p)"),
    (
        "mean_absolute_percentage_error",
        "np.nan if (y == 0).any() else metrics.mean_absolute_percentage_error(y, p)",
    ),
    (
        "r_squared",
        "metrics.r2_score(y, p) if np.ptp(y) > 0 else np.nan",
    ),
    ("pinball_10", "metrics.mean_pinball_loss(y, p, alpha=0.1)"),
    ("pinball_90", "metrics.mean_pinball_loss(y, p, alpha=0.9)"),
    (
        "poisson_deviance",
        "np.nan if (y < 0).any() or (p <= 0).any() else metrics.mean_poisson_deviance(y, p)",
    ),
    (
        "gamma_deviance",
        "np.nan if (y <= 0).any() or (p <= 0).any() else metrics.mean_gamma_deviance(y, p)",
    ),
    (
        "tweedie_deviance",
        "np.nan if (y < 0).any() or (p <= 0).any() else metrics.mean_tweedie_deviance(y, p, power=1.5)",
    ),
];

/// How a score is said; None for one that has no line of its own.
fn said(id: &str, classes: usize) -> Option<&'static str> {
    match (id, classes) {
        ("brier", 2) => Some("np.mean((p[:, 1] - y) ** 2)"),
        ("brier", _) => Some("np.mean(np.sum((p - np.eye(p.shape[1])[y]) ** 2, axis=1))"),
        _ => SAID
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, code)| *code),
    }
}

/// Whether the script computes this score.
pub fn is_said(id: &str) -> bool {
    said(id, 2).is_some()
}

pub(super) fn scores(task: &Task, ours: &[OurScore]) -> Scores {
    let classes = match task {
        Task::Classes { names } => names.len(),
        Task::Number => 0,
    };
    let lines: Vec<String> = ours
        .iter()
        .filter_map(|score| Some((&score.id, said(&score.id, classes)?)))
        .map(|(id, code)| format!("        \"{id}\": {code},"))
        .collect();
    let lines = lines.join("\n");
    let function = if classes == 0 {
        format!(
            "def scores_of(p, y):\n    \"\"\"Every score of the predicted numbers.\"\"\"\n    p = np.asarray(p, dtype=float).ravel()\n    return {{\n{lines}\n    }}\n\n\ndef scores(model, X, y):\n    return scores_of(model.predict(X), y)"
        )
    } else {
        format!(
            "def one_by_one(score, y, p, by_rows=False):\n    \"\"\"One class against the rest, averaged; not defined where a class does not occur.\"\"\"\n    sizes = np.bincount(y, minlength=p.shape[1])\n    if np.count_nonzero(sizes) < 2:\n        return np.nan\n    if p.shape[1] == 2:\n        return score(y, p[:, 1])\n    if (sizes == 0).any():\n        return np.nan\n    each = [score(y == place, p[:, place]) for place in range(p.shape[1])]\n    return np.average(each, weights=sizes if by_rows else None)\n\n\ndef scores_of(p, y):\n    \"\"\"Every score of the predicted probabilities, a column per class.\"\"\"\n    label = p.argmax(axis=1)\n    seen, sizes = np.unique(y, return_counts=True)\n    return {{\n{lines}\n    }}\n\n\ndef scores(model, X, y):\n    p = np.zeros((len(X), len(SETTINGS[\"classes\"])))\n    p[:, model.classes_] = model.predict_proba(X)\n    return scores_of(p, y)"
        )
    };
    Scores { function }
}
