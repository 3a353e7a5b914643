//! The functions of the formula language. A test runs every example.

/// A function, for the list beside the formula and the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionHelp {
    pub name: &'static str,
    /// "ROUND(number, decimals)".
    pub signature: &'static str,
    /// One line: what it gives.
    pub summary: &'static str,
    /// A whole formula. Examples use the columns price, quantity (numbers), name, city, code
    /// (text), sold, paid (dates) and member (yes or no).
    pub example: &'static str,
}

const fn help(
    name: &'static str,
    signature: &'static str,
    summary: &'static str,
    example: &'static str,
) -> FunctionHelp {
    FunctionHelp {
        name,
        signature,
        summary,
        example,
    }
}

/// Every function, by what it works on.
pub static FUNCTIONS: &[FunctionHelp] = &[
    // Numbers
    help(
        "ABS",
        "ABS(number)",
        "The number without its sign",
        "ABS(price - 10)",
    ),
    help(
        "ROUND",
        "ROUND(number, decimals)",
        "Rounded to so many decimals",
        "ROUND(price, 1)",
    ),
    help(
        "FLOOR",
        "FLOOR(number)",
        "The next whole number below",
        "FLOOR(price)",
    ),
    help(
        "CEIL",
        "CEIL(number)",
        "The next whole number above",
        "CEIL(price)",
    ),
    help("SIGN", "SIGN(number)", "−1, 0 or 1", "SIGN(price - 10)"),
    help(
        "MOD",
        "MOD(number, divisor)",
        "What is left over when dividing",
        "MOD(quantity, 2)",
    ),
    help(
        "DIV",
        "DIV(number, divisor)",
        "How often the divisor fits, a whole number",
        "DIV(quantity, 2)",
    ),
    help(
        "POWER",
        "POWER(number, exponent)",
        "The number to a power",
        "POWER(price, 2)",
    ),
    help(
        "SQRT",
        "SQRT(number)",
        "Square root; blank for negative numbers",
        "SQRT(price)",
    ),
    help("CBRT", "CBRT(number)", "Cube root", "CBRT(price)"),
    help(
        "EXP",
        "EXP(number)",
        "e to the power of the number",
        "EXP(price / 10)",
    ),
    help(
        "LN",
        "LN(number)",
        "Natural logarithm; blank for 0 and below",
        "LN(price)",
    ),
    help(
        "LOG10",
        "LOG10(number)",
        "Logarithm to base 10",
        "LOG10(price)",
    ),
    help("LOG2", "LOG2(number)", "Logarithm to base 2", "LOG2(price)"),
    help(
        "LOG1P",
        "LOG1P(number)",
        "Natural logarithm of one plus the number",
        "LOG1P(quantity)",
    ),
    help(
        "GREATEST",
        "GREATEST(a, b, …)",
        "The largest of several values of the row",
        "GREATEST(price, quantity)",
    ),
    help(
        "LEAST",
        "LEAST(a, b, …)",
        "The smallest of several values of the row",
        "LEAST(price, quantity)",
    ),
    help("PI", "PI()", "3.14159…", "PI() * price"),
    help(
        "SIN",
        "SIN(angle)",
        "Sine of an angle in radians",
        "SIN(price)",
    ),
    help(
        "COS",
        "COS(angle)",
        "Cosine of an angle in radians",
        "COS(price)",
    ),
    help(
        "TAN",
        "TAN(angle)",
        "Tangent of an angle in radians",
        "TAN(price)",
    ),
    help(
        "ATAN2",
        "ATAN2(y, x)",
        "Angle of the point (x, y), in radians",
        "ATAN2(price, quantity)",
    ),
    help(
        "RADIANS",
        "RADIANS(degrees)",
        "Degrees as radians",
        "RADIANS(quantity)",
    ),
    help(
        "DEGREES",
        "DEGREES(radians)",
        "Radians as degrees",
        "DEGREES(price)",
    ),
    // Blanks and choices
    help(
        "COALESCE",
        "COALESCE(a, b, …)",
        "The first value that is not blank",
        "COALESCE(price, quantity, 0)",
    ),
    help(
        "IFNULL",
        "IFNULL(a, b)",
        "b where a is blank",
        "IFNULL(city, 'unknown')",
    ),
    help(
        "NULLIF",
        "NULLIF(a, b)",
        "Blank where a equals b",
        "NULLIF(quantity, 0)",
    ),
    help(
        "IF",
        "IF(condition, yes, no)",
        "One of two values",
        "IF(price > 10, 'dear', 'cheap')",
    ),
    // Text
    help("LOWER", "LOWER(text)", "In small letters", "LOWER(name)"),
    help("UPPER", "UPPER(text)", "In capital letters", "UPPER(name)"),
    help(
        "TRIM",
        "TRIM(text)",
        "Without spaces at both ends",
        "TRIM(name)",
    ),
    help(
        "LTRIM",
        "LTRIM(text)",
        "Without spaces at the beginning",
        "LTRIM(name)",
    ),
    help(
        "RTRIM",
        "RTRIM(text)",
        "Without spaces at the end",
        "RTRIM(name)",
    ),
    help(
        "LENGTH",
        "LENGTH(text)",
        "Number of characters",
        "LENGTH(name)",
    ),
    help(
        "LEFT",
        "LEFT(text, count)",
        "The first characters",
        "LEFT(name, 1)",
    ),
    help(
        "RIGHT",
        "RIGHT(text, count)",
        "The last characters",
        "RIGHT(name, 2)",
    ),
    help(
        "SUBSTR",
        "SUBSTR(text, from, count)",
        "Characters from a place on, counted from 1",
        "SUBSTR(name, 2, 3)",
    ),
    help(
        "REPLACE",
        "REPLACE(text, old, new)",
        "With one piece of text in place of another",
        "REPLACE(name, 'a', 'o')",
    ),
    help(
        "CONCAT",
        "CONCAT(a, b, …)",
        "One after the other",
        "CONCAT(name, ' from ', city)",
    ),
    help(
        "CONCAT_WS",
        "CONCAT_WS(between, a, b, …)",
        "One after the other with something between",
        "CONCAT_WS(', ', name, city)",
    ),
    help(
        "STARTS_WITH",
        "STARTS_WITH(text, beginning)",
        "Whether the text begins so",
        "STARTS_WITH(name, 'A')",
    ),
    help(
        "ENDS_WITH",
        "ENDS_WITH(text, end)",
        "Whether the text ends so",
        "ENDS_WITH(name, 'a')",
    ),
    help(
        "STRPOS",
        "STRPOS(text, piece)",
        "Where a piece begins, counted from 1; 0 when it is not there",
        "STRPOS(name, 'n')",
    ),
    help(
        "REGEXP_LIKE",
        "REGEXP_LIKE(text, pattern)",
        "Whether a regular expression matches",
        "REGEXP_LIKE(code, '^[0-9]+$')",
    ),
    help(
        "LPAD",
        "LPAD(text, length, fill)",
        "Filled up at the beginning",
        "LPAD(code, 6, '0')",
    ),
    help(
        "RPAD",
        "RPAD(text, length, fill)",
        "Filled up at the end",
        "RPAD(code, 6, '.')",
    ),
    // Dates
    help(
        "DATE_PART",
        "DATE_PART('part', date)",
        "Year, month, day, dow (day of the week), hour, …",
        "DATE_PART('year', sold)",
    ),
    help(
        "EXTRACT",
        "EXTRACT(part FROM date)",
        "The same, written as in SQL",
        "EXTRACT(MONTH FROM sold)",
    ),
    help(
        "DATE",
        "DATE(text)",
        "A date from text like 2024-03-05",
        "DATE('2024-03-05')",
    ),
    help(
        "STRFTIME",
        "STRFTIME(date, format)",
        "A date as text: %Y year, %m month, %d day, %A weekday",
        "STRFTIME(sold, '%Y-%m')",
    ),
    // Kinds
    help(
        "CAST",
        "CAST(value AS type)",
        "Another kind: DOUBLE, BIGINT, VARCHAR, BOOLEAN, DATE; stops at values that do not fit",
        "CAST(quantity AS DOUBLE)",
    ),
    help(
        "TRY_CAST",
        "TRY_CAST(value AS type)",
        "The same, with a blank where a value does not fit",
        "TRY_CAST(code AS BIGINT)",
    ),
];

/// Other names of the same functions, and functions that are known but not in the list.
const ALIASES: &[&str] = &[
    "ACOS",
    "ASIN",
    "ATAN",
    "CEILING",
    "CHARACTER_LENGTH",
    "CHAR_LENGTH",
    "COT",
    "LOG",
    "OCTET_LENGTH",
    "POSITION",
    "POW",
    "SUBSTRING",
    "TIMESTAMP",
    "DATETIME",
    "TRUNC",
    "TRUNCATE",
    "SAFE_CAST",
];

pub(super) fn is_function(upper: &str) -> bool {
    FUNCTIONS.iter().any(|function| function.name == upper) || ALIASES.contains(&upper)
}
