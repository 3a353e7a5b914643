//! Files that are something else: recognised by their first bytes, so that the message can say
//! what they are and what to do.

use std::path::Path;

use crate::base::UserError;

/// A kind of file that cannot be read, and the way out.
struct Foreign {
    code: &'static str,
    what: &'static str,
    hint: &'static str,
}

const SAVE_AS_CSV: &str = "Open it in a spreadsheet program and save the sheet as CSV";
const UNPACK: &str = "Unpack it and choose the file inside";
const EXPORT: &str = "Export the table as CSV in the program it belongs to";
const OTHER_FILE: &str = "Choose a file that holds a table, such as CSV";

/// (first bytes, what they mean). Longer beginnings before shorter ones.
const BEGINNINGS: &[(&[u8], Foreign)] = &[
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        Foreign {
            code: "excel_workbook",
            what: "an old Excel workbook",
            hint: SAVE_AS_CSV,
        },
    ),
    (
        b"%PDF",
        Foreign {
            code: "pdf_document",
            what: "a PDF document",
            hint: OTHER_FILE,
        },
    ),
    (
        b"\x89PNG",
        Foreign {
            code: "image",
            what: "an image",
            hint: OTHER_FILE,
        },
    ),
    (
        b"\xff\xd8\xff",
        Foreign {
            code: "image",
            what: "an image",
            hint: OTHER_FILE,
        },
    ),
    (
        b"GIF8",
        Foreign {
            code: "image",
            what: "an image",
            hint: OTHER_FILE,
        },
    ),
    (
        b"II*\0",
        Foreign {
            code: "image",
            what: "an image",
            hint: OTHER_FILE,
        },
    ),
    (
        b"MM\0*",
        Foreign {
            code: "image",
            what: "an image",
            hint: OTHER_FILE,
        },
    ),
    (
        b"\x1f\x8b",
        Foreign {
            code: "compressed_file",
            what: "a compressed file (gzip)",
            hint: UNPACK,
        },
    ),
    (
        b"\x28\xb5\x2f\xfd",
        Foreign {
            code: "compressed_file",
            what: "a compressed file (zstd)",
            hint: UNPACK,
        },
    ),
    (
        b"BZh",
        Foreign {
            code: "compressed_file",
            what: "a compressed file (bzip2)",
            hint: UNPACK,
        },
    ),
    (
        b"\xfd7zXZ\0",
        Foreign {
            code: "compressed_file",
            what: "a compressed file (xz)",
            hint: UNPACK,
        },
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        Foreign {
            code: "compressed_file",
            what: "a compressed file (7-Zip)",
            hint: UNPACK,
        },
    ),
    (
        b"Rar!",
        Foreign {
            code: "compressed_file",
            what: "a compressed file (RAR)",
            hint: UNPACK,
        },
    ),
    (
        b"SQLite format 3\0",
        Foreign {
            code: "database",
            what: "an SQLite database",
            hint: EXPORT,
        },
    ),
    (
        b"\x89HDF",
        Foreign {
            code: "other_data_file",
            what: "an HDF5 file",
            hint: EXPORT,
        },
    ),
    (
        b"$FL2",
        Foreign {
            code: "other_data_file",
            what: "an SPSS file",
            hint: EXPORT,
        },
    ),
    (
        b"<stata_dta>",
        Foreign {
            code: "other_data_file",
            what: "a Stata file",
            hint: EXPORT,
        },
    ),
    (
        b"FEA1",
        Foreign {
            code: "other_data_file",
            what: "a Feather file of the first version",
            hint: EXPORT,
        },
    ),
    (
        b"Obj\x01",
        Foreign {
            code: "other_data_file",
            what: "an Avro file",
            hint: EXPORT,
        },
    ),
    (
        b"\x7fELF",
        Foreign {
            code: "program",
            what: "a program",
            hint: OTHER_FILE,
        },
    ),
    (
        b"MZ\x90\0",
        Foreign {
            code: "program",
            what: "a program",
            hint: OTHER_FILE,
        },
    ),
];

const EXCEL: Foreign = Foreign {
    code: "excel_workbook",
    what: "an Excel workbook",
    hint: SAVE_AS_CSV,
};
const OPEN_DOCUMENT: Foreign = Foreign {
    code: "spreadsheet",
    what: "an OpenDocument spreadsheet",
    hint: SAVE_AS_CSV,
};
const ZIP: Foreign = Foreign {
    code: "zip_archive",
    what: "a zip archive",
    hint: UNPACK,
};
const WEB_PAGE: Foreign = Foreign {
    code: "web_page",
    what: "a web page",
    hint: "Download the data itself rather than the page that shows it",
};
const XML: Foreign = Foreign {
    code: "xml_document",
    what: "an XML document",
    hint: EXPORT,
};
const UNKNOWN: Foreign = Foreign {
    code: "unknown_file",
    what: "a file of a kind that is not known here",
    hint: OTHER_FILE,
};

/// An error when the beginning is that of a file of another kind.
pub fn refuse_foreign(path: &Path, first_bytes: &[u8]) -> Result<(), UserError> {
    match recognise(path, first_bytes) {
        Some(foreign) => Err(refused(path, &foreign)),
        None => Ok(()),
    }
}

/// The error for bytes that nobody recognises.
pub fn unknown(path: &Path) -> UserError {
    refused(path, &UNKNOWN)
}

fn recognise(path: &Path, first_bytes: &[u8]) -> Option<Foreign> {
    if first_bytes.starts_with(b"PK\x03\x04") {
        return Some(in_zip(path, first_bytes));
    }
    if first_bytes.starts_with(b"RIFF") && first_bytes.get(8..12) == Some(b"WEBP") {
        return Some(Foreign {
            code: "image",
            what: "an image",
            hint: OTHER_FILE,
        });
    }
    if let Some((_, foreign)) = BEGINNINGS
        .iter()
        .find(|(beginning, _)| first_bytes.starts_with(beginning))
    {
        return Some(Foreign { ..*foreign });
    }
    let start: Vec<u8> = first_bytes
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf))
        .take(16)
        .map(u8::to_ascii_lowercase)
        .collect();
    if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
        return Some(WEB_PAGE);
    }
    start.starts_with(b"<?xml").then_some(XML)
}

/// Workbooks are zip archives: told apart by the names inside, or by the name of the file.
fn in_zip(path: &Path, first_bytes: &[u8]) -> Foreign {
    let holds = |name: &[u8]| first_bytes.windows(name.len()).any(|window| window == name);
    let extension = path
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    if holds(b"opendocument.spreadsheet") || extension == "ods" {
        OPEN_DOCUMENT
    } else if holds(b"xl/") || matches!(extension.as_str(), "xlsx" | "xlsm" | "xlsb") {
        EXCEL
    } else {
        ZIP
    }
}

fn refused(path: &Path, foreign: &Foreign) -> UserError {
    let name = path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    UserError::input(
        foreign.code,
        format!("{name} cannot be read"),
        format!("This is {}", foreign.what),
    )
    .with_hint(foreign.hint)
    .with_path(path)
}
