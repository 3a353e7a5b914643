//! Shared by the formats; none of these is a format itself.

pub mod foreign;
pub mod typed;
