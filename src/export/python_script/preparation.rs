//! The preparation as a ColumnTransformer: what stands between the columns and the model.

use super::{Code, Translation};
use crate::base::{Params, UserError, format};
use crate::clean::python::{list, number, text};
use crate::learn::prepare::{PrepareOptions, PreparedColumn, settings};
use crate::learn::{Intake, Target};
use crate::pipeline::PreparedColumns;

/// A one-hot encoding of more values than this has a limit.
const MOST_LEVELS: usize = 50;
const MOST_CODES: usize = 254;

/// What the matrix looks like.
#[derive(Default)]
pub struct Shape {
    pub(super) transformer: String,
    pub(super) selection: Option<String>,
    pub(super) texts: Vec<String>,
    pub(super) long_texts: Vec<String>,
    dates: Vec<String>,
    /// Columns of codes: they come first.
    pub codes: Vec<String>,
    /// Number columns: they come next, one matrix column each.
    pub numbers: Vec<String>,
    /// No other columns follow, and none is left out.
    pub plain: bool,
    /// Blanks stay blank.
    pub blanks: bool,
    /// Matrix columns, when all rows are learned from.
    pub width: usize,
}

/// How the columns of one treatment are named.
#[derive(Default)]
struct Groups {
    codes: Vec<String>,
    numbers: Vec<String>,
    dates: Vec<String>,
    levels: Vec<String>,
    limited: Vec<String>,
    ordinal: Vec<String>,
    means: Vec<String>,
    words: Vec<String>,
    hashed: Vec<String>,
}

pub(super) fn preparation(
    columns: &PreparedColumns,
    options: &PrepareOptions,
    code: &mut Code,
) -> Result<Shape, UserError> {
    let asked = options.settings.checked(settings())?;
    let rare = asked.integer("rare_rows") > 0 || asked.number("rare_share") > 0.0;
    let mut groups = Groups::default();
    for column in columns.preparation.columns() {
        let name = column.name().to_owned();
        match column {
            PreparedColumn::Codes(_) => groups.codes.push(name),
            PreparedColumn::Number(_) => groups.numbers.push(name),
            PreparedColumn::Dates(_) => groups.dates.push(name),
            PreparedColumn::Levels(levels) if rare || levels.levels.len() >= MOST_LEVELS => {
                groups.limited.push(name);
            }
            PreparedColumn::Levels(_) => groups.levels.push(name),
            PreparedColumn::Ordinal(_) => groups.ordinal.push(name),
            PreparedColumn::TargetMeans(_) => groups.means.push(name),
            PreparedColumn::Words(_) => groups.words.push(name),
            PreparedColumn::HashedWords(_) => groups.hashed.push(name),
        }
    }
    let left_out: Vec<&str> = columns
        .frame
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| !columns.preparation.inputs().any(|used| used == *name))
        .collect();
    if !left_out.is_empty() {
        code.remark(format!(
            "left out, because blank in every row: {}",
            format::list(&left_out)
        ));
    }
    let mut shape = Shape {
        width: columns.width,
        codes: groups.codes.clone(),
        numbers: groups.numbers.clone(),
        dates: columns
            .frame
            .columns
            .iter()
            .filter(|column| column.kind == crate::data::ColumnKind::Time)
            .map(|column| column.name.clone())
            .collect(),
        long_texts: [groups.words.clone(), groups.hashed.clone()].concat(),
        texts: [
            &groups.codes,
            &groups.levels,
            &groups.limited,
            &groups.ordinal,
            &groups.means,
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect(),
        ..Shape::default()
    };
    let fills = Fills::of(&asked, options);
    shape.blanks = fills.imputer.is_none() && has_blanks(columns, &groups);
    let writer = Writer {
        asked: &asked,
        fills: &fills,
        options,
        code,
        answers: match &columns.answers {
            Target::Numbers(_) => "continuous",
            Target::Classes { count: 2, .. } => "binary",
            Target::Classes { .. } => "multiclass",
        },
    };
    shape.transformer = writer.all(&groups);
    shape.selection = selection(&asked, &shape, columns, options, code);
    let others = [
        &groups.dates,
        &groups.levels,
        &groups.limited,
        &groups.ordinal,
        &groups.means,
    ]
    .iter()
    .all(|group| group.is_empty());
    shape.plain = others
        && shape.long_texts.is_empty()
        && shape.selection.is_none()
        && !asked.bool("blanks_indicator");
    Ok(shape)
}

fn has_blanks(columns: &PreparedColumns, groups: &Groups) -> bool {
    let blank = |name: &String| {
        columns
            .frame
            .column(name)
            .is_some_and(|column| match &column.data {
                crate::learn::RawData::Number(values) => values.iter().any(|value| value.is_nan()),
                crate::learn::RawData::Text { codes, .. } => {
                    codes.contains(&crate::learn::matrix::BLANK)
                }
            })
    };
    // A value never seen has no code either.
    !groups.codes.is_empty() || groups.numbers.iter().chain(&groups.dates).any(blank)
}

/// What takes the place of blank numbers, and how numbers are scaled.
struct Fills {
    imputer: Option<String>,
    scaler: Option<&'static str>,
}

impl Fills {
    fn of(asked: &Params, options: &PrepareOptions) -> Self {
        let strategy = match asked.text("blanks") {
            "mean" => Some("mean"),
            "most_frequent" => Some("most_frequent"),
            "constant" => Some("constant"),
            "median" => Some("median"),
            _ => (options.intake == Intake::Filled).then_some("median"),
        };
        let imputer = strategy.map(|strategy| {
            let value = match strategy {
                "constant" => format!(
                    ", fill_value={}",
                    python_float(asked.number("blanks_constant"))
                ),
                _ => String::new(),
            };
            format!("SimpleImputer(strategy=\"{strategy}\"{value})")
        });
        let scaler = match asked.text("scaling") {
            "standard" => Some("StandardScaler"),
            "min_max" => Some("MinMaxScaler"),
            "robust" => Some("RobustScaler"),
            "none" => None,
            _ => options.scale.then_some("StandardScaler"),
        };
        Self { imputer, scaler }
    }

    /// One after the other, or as they are.
    fn after(&self, first: &[&str]) -> String {
        let scaler = self.scaler.map(|scaler| format!("{scaler}()"));
        let parts: Vec<&str> = first.iter().copied().chain(scaler.as_deref()).collect();
        match parts.as_slice() {
            [] => "\"passthrough\"".to_owned(),
            [only] => (*only).to_owned(),
            several => format!("make_pipeline({})", several.join(", ")),
        }
    }
}

fn python_float(value: f64) -> String {
    format!("{value:?}")
}

struct Writer<'a> {
    asked: &'a Params,
    fills: &'a Fills,
    options: &'a PrepareOptions,
    code: &'a mut Code,
    /// What mean answers are taken of, in scikit-learn's words: numbers that are whole would be
    /// taken for classes.
    answers: &'static str,
}

impl Writer<'_> {
    fn all(mut self, groups: &Groups) -> String {
        let mut parts = Vec::new();
        let mut add = |name: &str, how: String, columns: &[String]| {
            parts.push(format!("    (\"{name}\", {how}, {}),", list(columns)));
        };
        let imputer = self.fills.imputer.clone();
        let filled: Vec<&str> = imputer.as_deref().into_iter().collect();
        if !groups.codes.is_empty() {
            let how = self.codes();
            add("categories", how, &groups.codes);
        }
        if !groups.numbers.is_empty() {
            add("numbers", self.fills.after(&filled), &groups.numbers);
            if self.asked.bool("blanks_indicator") {
                self.code.import("sklearn.impute", "MissingIndicator");
                let how = "MissingIndicator(features=\"missing-only\", error_on_new=False)";
                add("blank or not", how.to_owned(), &groups.numbers);
            }
        }
        if !groups.dates.is_empty() {
            let first: Vec<&str> = filled.iter().copied().chain(["DateParts()"]).collect();
            add("dates", self.fills.after(&first), &groups.dates);
        }
        if !groups.levels.is_empty() {
            self.code.import("sklearn.preprocessing", "OneHotEncoder");
            let how = "OneHotEncoder(handle_unknown=\"ignore\", sparse_output=False)";
            add("categories", how.to_owned(), &groups.levels);
        }
        let rare = self.rare();
        if !groups.limited.is_empty() {
            add(
                "many categories",
                format!("OneHot({rare})"),
                &groups.limited,
            );
        }
        if !groups.ordinal.is_empty() {
            let own = format!("InOrder({rare})");
            add(
                "categories in order",
                self.fills.after(&[&own]),
                &groups.ordinal,
            );
        }
        if !groups.means.is_empty() {
            let how = self.means();
            add("categories by mean answer", how, &groups.means);
        }
        for name in &groups.words {
            self.code
                .import("sklearn.feature_extraction.text", "TfidfVectorizer");
            let how = format!(
                "TfidfVectorizer(max_features={})",
                self.asked.integer("text_words")
            );
            parts.push(format!(
                "    ({}, {how}, {}),",
                text(&format!("words of {name}")),
                text(name)
            ));
        }
        for name in &groups.hashed {
            self.code
                .import("sklearn.feature_extraction.text", "HashingVectorizer");
            self.code.remark(
                "words are thrown into places by another hash, so that other words meet in one place",
            );
            let how = format!(
                "HashingVectorizer(n_features={})",
                self.asked.integer("text_words")
            );
            parts.push(format!(
                "    ({}, {how}, {}),",
                text(&format!("words of {name}")),
                text(name)
            ));
        }
        self.imports();
        format!(
            "ColumnTransformer([\n{}\n], sparse_threshold=0)",
            parts.join("\n")
        )
    }

    fn imports(&mut self) {
        self.code.import("sklearn.compose", "ColumnTransformer");
        if self.fills.imputer.is_some() {
            self.code.import("sklearn.impute", "SimpleImputer");
        }
        if let Some(scaler) = self.fills.scaler {
            self.code.import("sklearn.preprocessing", scaler);
        }
    }

    fn rare(&self) -> String {
        let (rows, share) = (
            self.asked.integer("rare_rows"),
            self.asked.number("rare_share"),
        );
        let mut said = Vec::new();
        if rows > 0 {
            said.push(format!("rare_rows={rows}"));
        }
        if share > 0.0 {
            said.push(format!("rare_share={}", number(share)));
        }
        said.join(", ")
    }

    fn codes(&mut self) -> String {
        self.code.import("sklearn.preprocessing", "OrdinalEncoder");
        let (rows, share) = (
            self.asked.integer("rare_rows"),
            self.asked.number("rare_share"),
        );
        let least = match (rows > 0, share > 0.0) {
            (false, false) => String::new(),
            (_, true) => format!(", min_frequency={}", number(share)),
            (true, false) => format!(", min_frequency={rows}"),
        };
        if rows > 0 && share > 0.0 {
            self.code
                .remark("of the two limits for rare values only the share is used");
        }
        format!(
            "OrdinalEncoder(handle_unknown=\"use_encoded_value\", unknown_value=np.nan, max_categories={MOST_CODES}{least})"
        )
    }

    fn means(&mut self) -> String {
        self.code.import("sklearn.preprocessing", "TargetEncoder");
        self.code
            .remark("the parts that mean answers are taken from are drawn in another way");
        if !self.rare().is_empty() {
            self.code
                .remark("rare values are not grouped before their mean answers are taken");
        }
        let smoothing = self.asked.number("target_smoothing");
        let smooth = if smoothing > 0.0 {
            number(smoothing)
        } else {
            "\"auto\"".to_owned()
        };
        let own = format!(
            "TargetEncoder(target_type=\"{}\", smooth={smooth}, cv={}, shuffle=True, random_state={})",
            self.answers,
            self.asked.integer("target_parts"),
            self.options.seed % (1 << 32)
        );
        self.fills.after(&[&own])
    }
}

/// The step that chooses columns, where there is one.
fn selection(
    asked: &Params,
    shape: &Shape,
    columns: &PreparedColumns,
    options: &PrepareOptions,
    code: &mut Code,
) -> Option<String> {
    let how = asked.text("selection");
    if how == "none" || columns.preparation.selection().is_none() {
        return None;
    }
    let classes = matches!(columns.answers, Target::Classes { .. });
    let keep = asked.integer("selection_keep");
    let seed = options.seed % (1 << 32);
    let chosen = match how {
        "univariate" => {
            code.import("sklearn.feature_selection", "SelectKBest");
            let score = if classes { "f_classif" } else { "f_regression" };
            code.import("sklearn.feature_selection", score);
            let score = if shape.blanks {
                format!("blanks_aside({score})")
            } else {
                score.to_owned()
            };
            format!("SelectKBest({score}, k={keep})")
        }
        _ => {
            code.import("sklearn.feature_selection", "SelectFromModel");
            code.remark("columns are chosen by a model of the same kind, with limits of its own");
            let model = match (how, classes) {
                ("l1", true) => {
                    code.import("sklearn.linear_model", "LogisticRegression");
                    "LogisticRegression(C=0.1, l1_ratio=1, solver=\"saga\", max_iter=5000)"
                        .to_owned()
                }
                ("l1", false) => {
                    code.import("sklearn.linear_model", "LassoCV");
                    "LassoCV()".to_owned()
                }
                (_, true) => {
                    code.import("sklearn.tree", "DecisionTreeClassifier");
                    format!(
                        "DecisionTreeClassifier(max_depth=6, min_samples_leaf=5, random_state={seed})"
                    )
                }
                (_, false) => {
                    code.import("sklearn.tree", "DecisionTreeRegressor");
                    format!(
                        "DecisionTreeRegressor(max_depth=6, min_samples_leaf=5, random_state={seed})"
                    )
                }
            };
            let model = if how == "l1" {
                code.import("sklearn.preprocessing", "StandardScaler");
                code.import("sklearn.impute", "SimpleImputer");
                format!(
                    "make_pipeline(SimpleImputer(), StandardScaler(), {model}), importance_getter=\"steps[-1][1].coef_\""
                )
            } else {
                model
            };
            format!("SelectFromModel({model}, max_features=at_most({keep}), threshold=-np.inf)")
        }
    };
    Some(format!("(\"choose columns\", {chosen})"))
}

/// The model, with what stands between it and the matrix.
pub(super) fn model(
    translation: &Translation,
    shape: &Shape,
    options: &PrepareOptions,
    code: &mut Code,
) -> Result<String, UserError> {
    let asked = options.settings.checked(settings())?;
    let mut model = translation.code.clone();
    let balance = asked.text("balance");
    if balance != "none" {
        if balance == "weights" && !translation.weights {
            return Err(UserError::input(
                "weights_not_in_scikit_learn",
                "Rows of rare classes cannot count more in the script",
                "scikit-learn's model of this kind does not take row weights",
            )
            .with_hint("Balance by repeating or leaving out rows instead"));
        }
        model = format!(
            "Balanced({model}, {}, seed={})",
            text(balance),
            options.seed % (1 << 32)
        );
    }
    if shape.blanks && !translation.takes_blanks {
        code.import("sklearn.impute", "SimpleImputer");
        code.remark(
            "blanks that Benchtop's model takes as they are become medians, because scikit-learn's does not take them",
        );
        model = format!("make_pipeline(SimpleImputer(strategy=\"median\"), {model})");
    }
    Ok(model)
}

impl Shape {
    /// Columns as the preparation takes them.
    pub(super) fn as_features(&self) -> String {
        let dates = if self.dates.is_empty() {
            ""
        } else {
            "    for name in features.columns:\n        if pd.api.types.is_datetime64_any_dtype(features[name].dtype):\n            features[name] = days(features[name])\n"
        };
        format!(
            "def as_features(data):\n    \"\"\"Numbers in single precision, as Benchtop learns from them; yes is 1; texts with NaN for blank.\"\"\"\n    features = data[FEATURES].copy()\n{dates}    for name in FEATURES:\n        if name in LONG_TEXTS:\n            features[name] = features[name].fillna(\"\").astype(object)\n        elif name in TEXTS:\n            features[name] = features[name].astype(object).where(features[name].notna(), np.nan)\n        else:\n            values = features[name].to_numpy(dtype=\"float32\", na_value=np.nan).astype(float)\n            features[name] = np.where(np.isfinite(values), values, np.nan)\n    return features"
        )
    }
}
