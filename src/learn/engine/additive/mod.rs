//! Models that add up one curve per column and one table per chosen pair of columns.
//!
//! [`boost`] learns them on the shared bins of the histogram trees: step by step a tree of very few
//! leaves on the bins of one column alone ([`curve`]), in several bags of rows ([`bag`]) whose curves
//! are averaged. At first the columns have their turns and the cuts are drawn, which makes smooth
//! curves; then the column that brings most has the step, so that idle columns stay flat. With many
//! rows the steps are made without visiting them ([`crossed`]). Then [`interactions`] ranks the pairs
//! of columns by what the curves leave over, the best are learned in the same way ([`table`]), and
//! what a single column explains is moved from the tables back into the curves ([`purify`]). The
//! result is an [`AdditiveModel`].
//!
//! Sources: Y. Lou, R. Caruana and J. Gehrke, "Intelligible Models for Classification and
//! Regression" (2012); Y. Lou, R. Caruana, J. Gehrke and G. Hooker, "Accurate Intelligible Models
//! with Pairwise Interactions" (2013); H. Nori et al., "InterpretML" (2019); B. Lengerich et al.,
//! "Purifying Interaction Effects with the Functional ANOVA" (2020).

pub mod bag;
pub mod boost;
pub mod columns;
pub mod crossed;
pub mod curve;
pub mod graph;
pub mod interactions;
pub mod lesson;
pub mod model;
pub mod purify;
pub mod shapes;
pub mod table;

pub use model::AdditiveModel;
pub use shapes::{AdditiveShapes, ShapeAxis, ShapeBins, ShapeScale, ShapeTerm};
