//! Trees, forests and boosting.

use super::{Arguments, Said, Setting, Translation, refused};
use crate::base::Params;
use crate::clean::python::{list, truth};

const TREE: &str = "sklearn.tree";
const ENSEMBLE: &str = "sklearn.ensemble";
const CODES_AS_NUMBERS: &str =
    "the codes of categories are asked about as if they were numbers in order";

pub fn guessing(_: &Params, setting: &Setting<'_>) -> Said {
    let class = setting.which("DummyClassifier", "DummyRegressor");
    let strategy = setting.which("prior", "mean");
    let arguments = Arguments::new().text("strategy", strategy);
    Ok(Translation::of("sklearn.dummy", class, &arguments)
        .equal()
        .takes_blanks())
}

fn tree(setting: &Setting<'_>, arguments: Arguments) -> Translation {
    let class = setting.which("DecisionTreeClassifier", "DecisionTreeRegressor");
    let arguments = arguments.code("random_state", setting.seed());
    Translation::of(TREE, class, &arguments)
        .takes_blanks()
        .remark("of equally good questions another may be asked")
}

pub fn one_simple_rule(_: &Params, setting: &Setting<'_>) -> Said {
    let arguments = Arguments::new()
        .code("max_depth", 1)
        .code("min_samples_leaf", 5);
    Ok(tree(setting, arguments))
}

pub fn decision_tree(params: &Params, setting: &Setting<'_>) -> Said {
    let arguments = Arguments::new()
        .code("max_depth", params.integer("max_depth"))
        .code("min_samples_leaf", params.integer("min_rows_leaf"))
        .code("min_samples_split", params.integer("min_rows_split"));
    let said = tree(setting, arguments);
    let share = params.number("prune");
    Ok(if share > 0.0 {
        said.helper("CutBack")
            .inside(&format!("CutBack({{}}, share={share:?})"))
    } else {
        said
    })
}

fn forest(params: &Params, setting: &Setting<'_>, class: &'static str) -> Said {
    let columns = match params.text("columns") {
        "all" => "1.0",
        "root" => "\"sqrt\"",
        "third" => "1 / 3",
        _ => setting.which("\"sqrt\"", "1 / 3"),
    };
    let mut arguments = Arguments::new()
        .code("n_estimators", params.integer("trees"))
        .code("max_features", columns)
        .code("min_samples_leaf", params.integer("min_rows_leaf"));
    if params.integer("max_depth") > 0 {
        arguments = arguments.code("max_depth", params.integer("max_depth"));
    }
    let arguments = arguments.code("random_state", setting.seed());
    let said = Translation::of(ENSEMBLE, class, &arguments)
        .takes_blanks()
        .remark("the trees are drawn by another lot");
    Ok(with_codes(said, setting))
}

fn with_codes(said: Translation, setting: &Setting<'_>) -> Translation {
    if setting.shape.codes.is_empty() {
        said
    } else {
        said.remark(CODES_AS_NUMBERS)
    }
}

pub fn random_forest(params: &Params, setting: &Setting<'_>) -> Said {
    let class = setting.which("RandomForestClassifier", "RandomForestRegressor");
    forest(params, setting, class)
}

pub fn extra_trees(params: &Params, setting: &Setting<'_>) -> Said {
    let class = setting.which("ExtraTreesClassifier", "ExtraTreesRegressor");
    forest(params, setting, class)
}

pub fn ada_boost(params: &Params, setting: &Setting<'_>) -> Said {
    let inner = setting.which("DecisionTreeClassifier", "DecisionTreeRegressor");
    let depth = match params.integer("max_depth") {
        0 if setting.classes() => 1,
        0 => 3,
        depth => depth,
    };
    let mut arguments = Arguments::new()
        .plain(format!("{inner}(max_depth={depth})"))
        .code("n_estimators", params.integer("rounds"))
        .number("learning_rate", params.number("learning_rate"));
    if !setting.classes() {
        arguments = arguments.text("loss", params.text("errors"));
    }
    let arguments = arguments.code("random_state", setting.seed());
    let class = setting.which("AdaBoostClassifier", "AdaBoostRegressor");
    let said = Translation::of(ENSEMBLE, class, &arguments).import(TREE, inner);
    Ok(with_codes(said, setting))
}

pub fn gradient_boosting(params: &Params, setting: &Setting<'_>) -> Said {
    let shape = setting.shape;
    let mut arguments = Arguments::new();
    let mut remarks = vec!["the cut points of numbers are chosen among other values".to_owned()];
    if !setting.classes() {
        let loss = match params.text("loss") {
            "absolute" => "absolute_error",
            "squared" => "squared_error",
            other => other,
        };
        arguments = arguments.text("loss", loss);
        if loss == "quantile" {
            arguments = arguments.number("quantile", params.number("quantile"));
        }
    }
    arguments = arguments
        .code("max_iter", params.integer("rounds"))
        .number("learning_rate", params.number("learning_rate"))
        .code("max_leaf_nodes", params.integer("leaves"));
    if params.integer("max_depth") > 0 {
        arguments = arguments.code("max_depth", params.integer("max_depth"));
    }
    arguments = arguments
        .code("min_samples_leaf", params.integer("min_rows_leaf"))
        .number("l2_regularization", params.number("l2"));
    if params.number("column_share") < 1.0 {
        arguments = arguments.number("max_features", params.number("column_share"));
        remarks.push("columns are drawn anew for every question, not for every tree".to_owned());
    }
    if params.number("row_share") < 1.0 {
        remarks.push("every tree sees all rows: this one has no share of rows".to_owned());
    }
    if !shape.codes.is_empty() && shape.selection.is_none() {
        arguments = arguments.code(
            "categorical_features",
            format!("list(range({}))", shape.codes.len()),
        );
        remarks.push(
            "categories of few rows are cut apart more boldly, so that scores differ more where there are many of them".to_owned(),
        );
    } else if !shape.codes.is_empty() {
        remarks.push(CODES_AS_NUMBERS.to_owned());
    }
    if !params.bool("combine") {
        arguments = arguments.text("interaction_cst", "no_interactions");
    }
    if let Some(directions) = directions(params, setting)? {
        arguments = arguments.code("monotonic_cst", directions);
    }
    arguments = arguments
        .code("early_stopping", truth(params.bool("stop_early")))
        .code("random_state", setting.seed());
    let class = setting.which(
        "HistGradientBoostingClassifier",
        "HistGradientBoostingRegressor",
    );
    let mut said = Translation::of(ENSEMBLE, class, &arguments).takes_blanks();
    said.remarks = remarks;
    Ok(said)
}

/// 1 for columns that may only raise the answer, -1 for those that may only lower it.
fn directions(
    params: &Params,
    setting: &Setting<'_>,
) -> Result<Option<String>, crate::base::UserError> {
    let (rising, falling) = (params.list("rising"), params.list("falling"));
    if rising.is_empty() && falling.is_empty() {
        return Ok(None);
    }
    let shape = setting.shape;
    if !shape.plain {
        return Err(refused(
            "Columns kept rising or falling cannot be said in the script",
            "Other columns are made or left out before the model, so that their places are not known beforehand",
        ));
    }
    let each: Vec<&str> = shape
        .codes
        .iter()
        .map(|_| "0")
        .chain(shape.numbers.iter().map(|name| {
            match (rising.contains(name), falling.contains(name)) {
                (true, _) => "1",
                (_, true) => "-1",
                _ => "0",
            }
        }))
        .collect();
    Ok(Some(format!("[{}]", each.join(", "))))
}

pub fn isolation_forest(params: &Params, setting: &Setting<'_>) -> Said {
    let arguments = Arguments::new()
        .code("n_estimators", params.integer("trees"))
        .code("max_samples", params.integer("rows_per_tree"))
        .number("max_features", params.number("column_share"))
        .code("random_state", setting.seed());
    let said = Translation::of(ENSEMBLE, "IsolationForest", &arguments)
        .import("sklearn.linear_model", "LogisticRegression")
        .helper("HowUnusual")
        .inside("make_pipeline(HowUnusual({}), LogisticRegression(C=np.inf, max_iter=10000))")
        .remark("the curve from unusual to likely is a plain logistic regression")
        .without_weights();
    Ok(with_codes(said, setting))
}

pub fn explainable_boosting(params: &Params, setting: &Setting<'_>) -> Said {
    let shape = setting.shape;
    let mut arguments = Arguments::new();
    if shape.plain && shape.blanks {
        // Otherwise it finds out by itself what is a category.
        let kinds = shape
            .codes
            .iter()
            .map(|_| "nominal")
            .chain(shape.numbers.iter().map(|_| "continuous"));
        arguments = arguments.code("feature_types", list(kinds));
    }
    arguments = arguments
        .code("interactions", params.integer("pairs"))
        .code("outer_bags", params.integer("bags"))
        .code("max_rounds", params.integer("rounds"))
        .number("learning_rate", params.number("learning_rate"))
        .code("max_leaves", params.integer("leaves"))
        .code("smoothing_rounds", params.integer("drawn_rounds"))
        .code("min_samples_leaf", params.integer("min_rows_leaf"));
    if let Some(directions) = directions(params, setting)? {
        arguments = arguments.code("monotone_constraints", directions);
    }
    let arguments = arguments.code("random_state", setting.seed());
    let class = setting.which(
        "ExplainableBoostingClassifier",
        "ExplainableBoostingRegressor",
    );
    Ok(Translation::of("interpret.glassbox", class, &arguments)
        .takes_blanks()
        .remark("scikit-learn has no such model: this one comes from the package interpret, which is needed too (pip install interpret)"))
}
