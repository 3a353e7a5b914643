//! What chart is wanted, as data: stored in the project, given on the command line.

use serde::{Deserialize, Serialize};

/// A place a column can be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    X,
    Y,
    Color,
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::X, Self::Y, Self::Color];

    pub fn word(self) -> &'static str {
        match self {
            Self::X => "X",
            Self::Y => "Y",
            Self::Color => "Colour",
        }
    }
}

/// A chart: which columns go where, and which mark draws them (None: the default for their kinds).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartSpec {
    pub x: Option<String>,
    pub y: Option<String>,
    pub color: Option<String>,
    /// Id in the mark registry.
    pub mark: Option<String>,
}

impl ChartSpec {
    pub fn get(&self, channel: Channel) -> Option<&str> {
        match channel {
            Channel::X => self.x.as_deref(),
            Channel::Y => self.y.as_deref(),
            Channel::Color => self.color.as_deref(),
        }
    }

    pub fn set(&mut self, channel: Channel, column: Option<String>) {
        match channel {
            Channel::X => self.x = column,
            Channel::Y => self.y = column,
            Channel::Color => self.color = column,
        }
        // Another column may ask for another default mark.
        self.mark = None;
    }

    pub fn is_empty(&self) -> bool {
        self.x.is_none() && self.y.is_none()
    }
}
