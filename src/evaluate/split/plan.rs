//! Ways to keep rows apart, as data: what a form shows, a project keeps and a command line takes.

use serde::{Deserialize, Serialize};

use crate::base::param::ParamDefault;
use crate::base::{ParamKind, ParamSpec, Params, UserError};

/// How rows are divided into those learned from and those checked. The number of parts belongs to
/// the run, because every way that needs one takes the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SplitPlan {
    /// Every row is checked once.
    KFold {
        /// Numbers are dealt so that every part has its share of low and high answers. Classes
        /// always are.
        #[serde(default)]
        by_quantiles: bool,
    },
    /// The same several times with other parts.
    Repeated {
        repeats: u32,
        #[serde(default)]
        by_quantiles: bool,
    },
    /// Some rows are checked, once.
    Holdout {
        /// Share of the rows that is checked, above 0 and below 1.
        share: f64,
        #[serde(default)]
        by_quantiles: bool,
    },
    /// Rows with the same value in a column are never on both sides.
    Groups { column: String },
    /// Rows that are equal in every column that is learned from are never on both sides.
    Copies,
    /// What is checked lies after what is learned from.
    Time {
        column: String,
        /// Left out between the two: days where the column holds dates, else in its unit.
        #[serde(default)]
        gap: f64,
    },
    /// Every row is a part of its own.
    LeaveOneOut,
    /// A column names the part in which a row is checked; blank: never checked.
    Column { column: String },
}

impl Default for SplitPlan {
    fn default() -> Self {
        Self::KFold {
            by_quantiles: false,
        }
    }
}

/// One way of dividing rows, for a form or a list.
pub struct SplitKind {
    pub id: &'static str,
    /// Plain words, sentence case.
    pub name: &'static str,
    /// The technical term, lower case.
    pub technical: &'static str,
    /// When to use it, one sentence.
    pub says: &'static str,
    pub params: &'static [ParamSpec],
    /// Takes the number of parts from the run.
    pub takes_folds: bool,
}

const BY_QUANTILES: ParamSpec = ParamSpec {
    key: "by_quantiles",
    label: "Low and high answers in every part",
    help: "Numbers are dealt by size, so that no part gets only large ones (stratified by quantiles)",
    kind: ParamKind::Bool,
    default: ParamDefault::Bool(true),
};

/// Every way, in the order of a form.
pub static KINDS: &[SplitKind] = &[
    SplitKind {
        id: "k_fold",
        name: "Every row checked once",
        technical: "k-fold cross-validation",
        says: "For rows that have nothing to do with one another. Each part is checked once by a model of the others",
        params: &[BY_QUANTILES],
        takes_folds: true,
    },
    SplitKind {
        id: "repeated",
        name: "Every row checked several times",
        technical: "repeated k-fold cross-validation",
        says: "For few rows, where the score depends on who falls into which part. Takes as many times as long",
        params: &[
            ParamSpec {
                key: "repeats",
                label: "Times",
                help: "How often the rows are divided anew",
                kind: ParamKind::Integer { min: 2, max: 50 },
                default: ParamDefault::Integer(5),
            },
            BY_QUANTILES,
        ],
        takes_folds: true,
    },
    SplitKind {
        id: "holdout",
        name: "Some rows checked, once",
        technical: "holdout",
        says: "For so many rows that one check says enough, or learners so slow that one must do",
        params: &[
            ParamSpec {
                key: "share",
                label: "Share of rows checked",
                help: "The rest is learned from",
                kind: ParamKind::Number {
                    min: 0.01,
                    max: 0.99,
                    logarithmic: false,
                },
                default: ParamDefault::Number(0.2),
            },
            BY_QUANTILES,
        ],
        takes_folds: false,
    },
    SplitKind {
        id: "groups",
        name: "Groups kept together",
        technical: "group k-fold, stratified where possible",
        says: "For rows that resemble one another within a group (a customer, a farm), when the model will meet new groups",
        params: &[ParamSpec {
            key: "column",
            label: "Group",
            help: "Rows with the same value here are never on both sides",
            kind: ParamKind::Column,
            default: ParamDefault::Required,
        }],
        takes_folds: true,
    },
    SplitKind {
        id: "copies",
        name: "Copies kept together",
        technical: "group k-fold by content",
        says: "For a table in which rows repeat. Rows with the same values in every column that is learned from fall into the same part",
        params: &[],
        takes_folds: true,
    },
    SplitKind {
        id: "time",
        name: "Past first, future checked",
        technical: "expanding window over time",
        says: "For a model that will be used on the future. Each part is checked by a model of everything before it",
        params: &[
            ParamSpec {
                key: "column",
                label: "Time",
                help: "A date, or a number that grows with time",
                kind: ParamKind::Column,
                default: ParamDefault::Required,
            },
            ParamSpec {
                key: "gap",
                label: "Gap",
                help: "Left out between past and future: days for dates, else in the unit of the column",
                kind: ParamKind::Number {
                    min: 0.0,
                    max: 1e9,
                    logarithmic: false,
                },
                default: ParamDefault::Number(0.0),
            },
        ],
        takes_folds: true,
    },
    SplitKind {
        id: "leave_one_out",
        name: "Every row on its own",
        technical: "leave-one-out",
        says: "For very few rows. Every row is checked by a model of all others, and the rows are scored together",
        params: &[],
        takes_folds: false,
    },
    SplitKind {
        id: "column",
        name: "Parts named by a column",
        technical: "predefined folds",
        says: "For parts that were decided elsewhere. Rows without a value are always learned from and never checked",
        params: &[ParamSpec {
            key: "column",
            label: "Part",
            help: "Each value of this column is one part",
            kind: ParamKind::Column,
            default: ParamDefault::Required,
        }],
        takes_folds: false,
    },
];

impl SplitPlan {
    pub fn kind(&self) -> &'static SplitKind {
        let place = match self {
            Self::KFold { .. } => 0,
            Self::Repeated { .. } => 1,
            Self::Holdout { .. } => 2,
            Self::Groups { .. } => 3,
            Self::Copies => 4,
            Self::Time { .. } => 5,
            Self::LeaveOneOut => 6,
            Self::Column { .. } => 7,
        };
        &KINDS[place]
    }

    /// The settings of a form, checked.
    pub fn from_params(kind: &str, params: &Params) -> Result<Self, UserError> {
        let Some(known) = KINDS.iter().find(|known| known.id == kind) else {
            let ids: Vec<&str> = KINDS.iter().map(|kind| kind.id).collect();
            return Err(UserError::usage(
                "unknown_split",
                format!("There is no way of dividing rows called {kind}"),
                format!("The ways are {}", ids.join(", ")),
            ));
        };
        let params = params.checked(known.params)?;
        let by_quantiles = params.bool("by_quantiles");
        let column = params.text("column").to_owned();
        if known.params.iter().any(|spec| spec.key == "column") && column.is_empty() {
            return Err(UserError::usage(
                "missing_parameter",
                format!("{} needs a column", known.name),
                known.says,
            )
            .with_hint("Choose the column"));
        }
        Ok(match kind {
            "repeated" => Self::Repeated {
                repeats: u32::try_from(params.integer("repeats")).unwrap_or(1),
                by_quantiles,
            },
            "holdout" => Self::Holdout {
                share: params.number("share"),
                by_quantiles,
            },
            "groups" => Self::Groups { column },
            "time" => Self::Time {
                column,
                gap: params.number("gap"),
            },
            "copies" => Self::Copies,
            "leave_one_out" => Self::LeaveOneOut,
            "column" => Self::Column { column },
            _ => Self::KFold { by_quantiles },
        })
    }

    /// The inverse of [`SplitPlan::from_params`].
    pub fn params(&self) -> Params {
        let params = Params::new();
        match self {
            Self::KFold { by_quantiles } => params.with("by_quantiles", *by_quantiles),
            Self::Repeated {
                repeats,
                by_quantiles,
            } => params
                .with("repeats", i64::from(*repeats))
                .with("by_quantiles", *by_quantiles),
            Self::Holdout {
                share,
                by_quantiles,
            } => params
                .with("share", *share)
                .with("by_quantiles", *by_quantiles),
            Self::Groups { column } | Self::Column { column } => {
                params.with("column", column.as_str())
            }
            Self::Time { column, gap } => params.with("column", column.as_str()).with("gap", *gap),
            Self::LeaveOneOut | Self::Copies => params,
        }
    }

    /// The column it reads.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Groups { column } | Self::Time { column, .. } | Self::Column { column } => {
                Some(column)
            }
            _ => None,
        }
    }

    /// Rounds of a run with so many parts; None where the rows decide.
    pub fn rounds(&self, folds: usize) -> Option<usize> {
        match self {
            Self::KFold { .. } | Self::Groups { .. } | Self::Copies | Self::Time { .. } => {
                Some(folds)
            }
            Self::Repeated { repeats, .. } => Some(folds * *repeats as usize),
            Self::Holdout { .. } => Some(1),
            Self::LeaveOneOut | Self::Column { .. } => None,
        }
    }

    /// "5 parts, each checked once", without full stop.
    pub fn sentence(&self, folds: usize) -> String {
        match self {
            Self::KFold { .. } => format!("{folds} parts, each checked once"),
            Self::Repeated { repeats, .. } => {
                format!("{folds} parts, each checked once, {repeats} times over")
            }
            Self::Holdout { share, .. } => format!(
                "{} of the rows checked, the others learned from",
                crate::base::format::share(*share)
            ),
            Self::Groups { column } => {
                format!("{folds} parts, with every {column} in one part only")
            }
            Self::Copies => format!("{folds} parts, with copies in one part only"),
            Self::Time { column, gap } if *gap > 0.0 => format!(
                "{folds} parts in the order of {column}, each checked by what came {} or more before",
                crate::base::format::number(*gap, 2)
            ),
            Self::Time { column, .. } => {
                format!("{folds} parts in the order of {column}, each checked by what came before")
            }
            Self::LeaveOneOut => "Every row checked by a model of all others".to_owned(),
            Self::Column { column } => format!("The parts that {column} names, each checked once"),
        }
    }
}
