//! From bytes to UTF-8 text.

use std::borrow::Cow;

/// How the characters of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
    Windows1252,
}

impl Encoding {
    pub const CHOICES: &'static [(&'static str, &'static str)] = &[
        ("auto", "Find out"),
        ("utf8", "UTF-8"),
        ("utf16_le", "UTF-16, little end first"),
        ("utf16_be", "UTF-16, big end first"),
        ("windows1252", "Windows-1252 (Western European)"),
    ];

    pub fn id(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Utf16LittleEndian => "utf16_le",
            Self::Utf16BigEndian => "utf16_be",
            Self::Windows1252 => "windows1252",
        }
    }

    pub fn word(self) -> &'static str {
        Self::CHOICES
            .iter()
            .find(|(id, _)| *id == self.id())
            .map_or("", |(_, word)| word)
    }

    pub fn from_id(id: &str) -> Option<Self> {
        [
            Self::Utf8,
            Self::Utf16LittleEndian,
            Self::Utf16BigEndian,
            Self::Windows1252,
        ]
        .into_iter()
        .find(|encoding| encoding.id() == id)
    }

    /// From the byte order mark, the zeros of UTF-16, or whether the bytes are valid UTF-8.
    /// `complete` says whether `bytes` may end in the middle of a character.
    pub fn guess(bytes: &[u8], complete: bool) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16LittleEndian,
            [0xfe, 0xff, ..] => Self::Utf16BigEndian,
            _ => Self::utf16_without_mark(bytes).unwrap_or(if is_utf8(bytes, complete) {
                Self::Utf8
            } else {
                Self::Windows1252
            }),
        }
    }

    /// Western text in UTF-16 has a zero in every second byte.
    fn utf16_without_mark(bytes: &[u8]) -> Option<Self> {
        let pairs = bytes.len() / 2;
        if pairs < 4 {
            return None;
        }
        let zeros = |offset: usize| {
            bytes
                .iter()
                .skip(offset)
                .step_by(2)
                .filter(|&&b| b == 0)
                .count()
        };
        let (even, odd) = (zeros(0), zeros(1));
        if odd * 10 > pairs * 7 && even * 10 < pairs {
            Some(Self::Utf16LittleEndian)
        } else if even * 10 > pairs * 7 && odd * 10 < pairs {
            Some(Self::Utf16BigEndian)
        } else {
            None
        }
    }

    /// Text of the bytes without byte order mark. What cannot be read becomes U+FFFD.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes)),
            Self::Utf16LittleEndian => decode_utf16(bytes, u16::from_le_bytes).into(),
            Self::Utf16BigEndian => decode_utf16(bytes, u16::from_be_bytes).into(),
            Self::Windows1252 => bytes
                .iter()
                .map(|&byte| windows_1252(byte))
                .collect::<String>()
                .into(),
        }
    }
}

/// The byte order mark some programs put before UTF-8.
pub const UTF8_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

fn is_utf8(bytes: &[u8], complete: bool) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => !complete && error.error_len().is_none(),
    }
}

fn decode_utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text: String = char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    text
}

/// Windows-1252 is Latin-1 except for 0x80 to 0x9f (WHATWG encoding standard's index).
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH
            .get(usize::from(byte - 0x80))
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

/// Whether bytes look like text in any of the encodings.
pub fn looks_like_text(bytes: &[u8]) -> bool {
    let encoding = Encoding::guess(bytes, false);
    if matches!(
        encoding,
        Encoding::Utf16LittleEndian | Encoding::Utf16BigEndian
    ) {
        return true;
    }
    let strange =
        |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    let control = bytes.iter().filter(strange).count();
    // A few stray zeros are a damaged text; many are not text at all.
    control * 20 <= bytes.len()
}
