//! Models that add up one curve per column and one table per chosen pair of columns.
//!
//! Sources: Y. Lou, R. Caruana and J. Gehrke, "Intelligible Models for Classification and
//! Regression" (2012); Y. Lou, R. Caruana, J. Gehrke and G. Hooker, "Accurate Intelligible Models
//! with Pairwise Interactions" (2013); H. Nori et al., "InterpretML" (2019); B. Lengerich et al.,
//! "Purifying Interaction Effects with the Functional ANOVA" (2020).

pub mod shapes;

pub use shapes::{AdditiveShapes, ShapeAxis, ShapeBins, ShapeScale, ShapeTerm};
