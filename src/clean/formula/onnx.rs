//! Formulas as tensor graph nodes, in double precision.
//!
//! Blanks are NaN and yes/no is 1 and 0. Every comparison is blank when a side is blank; AND and OR
//! follow the three-valued logic of the table engine: FALSE AND blank is FALSE, TRUE OR blank is
//! TRUE, everything else with a blank is blank; CASE takes a blank condition as not true.

use polars::prelude::{
    AggExpr, AnyValue, BooleanFunction, DataType, Expr, FunctionExpr, LiteralValue, Operator,
    PowFunction,
};

use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::base::{UserError, format};
use crate::clean::GraphColumns;

/// What flows between the parts of a formula.
enum Part {
    Number(Value),
    /// 1, 0 or NaN.
    Truth(Value),
    /// A column of text; only comparisons with fixed text use it.
    Text(Value),
    /// Fixed text.
    Word(String),
}

impl Part {
    fn number(self, expr: &Expr) -> Result<Value, UserError> {
        match self {
            Self::Number(value) | Self::Truth(value) => Ok(value),
            Self::Text(_) | Self::Word(_) => Err(not_exportable(expr)),
        }
    }

    fn truth(self, expr: &Expr) -> Result<Value, UserError> {
        match self {
            Self::Truth(value) => Ok(value),
            // Where the table engine took a column as a condition, it holds yes and no.
            Self::Number(value) if matches!(expr, Expr::Column(_)) => Ok(value),
            _ => Err(not_exportable(expr)),
        }
    }
}

pub(super) fn graph(
    graph: &mut Graph,
    columns: &GraphColumns,
    expr: &Expr,
) -> Result<Value, UserError> {
    let mut writer = Writer {
        graph,
        columns,
        reads_column: false,
    };
    let value = writer.part(expr)?.number(expr)?;
    if !writer.reads_column {
        return Err(UserError::input(
            "formula_not_exportable",
            "A formula without columns cannot be exported",
            "Its value is the same in every row, so a model cannot learn from it",
        )
        .with_hint("Leave the column out of the ones to learn from"));
    }
    Ok(writer.finite_or_blank(&value))
}

fn not_exportable(expr: &Expr) -> UserError {
    UserError::input(
        "formula_not_exportable",
        "A part of a formula cannot be exported",
        format!("This part: {}", format::shorten(&format!("{expr:?}"), 160)),
    )
    .with_hint("Export the model as a model file, or do without this part of the formula")
}

struct Writer<'a> {
    graph: &'a mut Graph,
    columns: &'a GraphColumns,
    reads_column: bool,
}

impl Writer<'_> {
    fn part(&mut self, expr: &Expr) -> Result<Part, UserError> {
        match expr {
            Expr::Column(name) => self.column(name, expr),
            Expr::Literal(value) => self.literal(value, expr),
            Expr::BinaryExpr { left, op, right } => self.binary(left, *op, right, expr),
            Expr::Ternary {
                predicate,
                truthy,
                falsy,
            } => self.choice(predicate, truthy, falsy, expr),
            Expr::Cast {
                expr: inner, dtype, ..
            } => self.cast(inner, dtype.as_literal(), expr),
            Expr::Function { input, function } => self.function(input, function, expr),
            _ => Err(not_exportable(expr)),
        }
    }

    fn column(&mut self, name: &str, expr: &Expr) -> Result<Part, UserError> {
        let (value, element) = self
            .columns
            .columns
            .get(name)
            .ok_or_else(|| not_exportable(expr))?;
        self.reads_column = true;
        Ok(match element {
            ElementType::Text => Part::Text(value.clone()),
            ElementType::Double => Part::Number(value.clone()),
            _ => Part::Number(self.graph.cast(value, ElementType::Double)),
        })
    }

    fn literal(&mut self, value: &LiteralValue, expr: &Expr) -> Result<Part, UserError> {
        if let Some(text) = value.extract_str() {
            return Ok(Part::Word(text.to_owned()));
        }
        match value.to_any_value() {
            Some(AnyValue::Null) => Ok(Part::Number(self.graph.scalar(f64::NAN))),
            Some(AnyValue::Boolean(yes)) => {
                Ok(Part::Truth(self.graph.scalar(f64::from(u8::from(yes)))))
            }
            Some(number) if number.is_primitive_numeric() => match number.extract::<f64>() {
                Some(number) => Ok(Part::Number(self.graph.scalar(number))),
                None => Err(not_exportable(expr)),
            },
            _ => Err(not_exportable(expr)),
        }
    }

    fn binary(
        &mut self,
        left: &Expr,
        op: Operator,
        right: &Expr,
        expr: &Expr,
    ) -> Result<Part, UserError> {
        match op {
            Operator::Plus => self.arithmetic("Add", left, right),
            Operator::Minus => self.arithmetic("Sub", left, right),
            Operator::Multiply => self.arithmetic("Mul", left, right),
            Operator::TrueDivide => {
                let Part::Number(value) = self.arithmetic("Div", left, right)? else {
                    return Err(not_exportable(expr));
                };
                Ok(Part::Number(self.finite_or_blank(&value)))
            }
            Operator::Lt => self.comparison("Less", left, right, expr),
            Operator::LtEq => self.comparison("LessOrEqual", left, right, expr),
            Operator::Gt => self.comparison("Greater", left, right, expr),
            Operator::GtEq => self.comparison("GreaterOrEqual", left, right, expr),
            Operator::Eq => self.comparison("Equal", left, right, expr),
            Operator::NotEq => {
                let equal = self.comparison("Equal", left, right, expr)?.truth(expr)?;
                Ok(self.opposite(&equal))
            }
            Operator::And | Operator::LogicalAnd => self.both(left, right, 0.0, "Mul"),
            Operator::Or | Operator::LogicalOr => self.both(left, right, 1.0, "Add"),
            _ => Err(not_exportable(expr)),
        }
    }

    fn arithmetic(
        &mut self,
        operator: &'static str,
        left: &Expr,
        right: &Expr,
    ) -> Result<Part, UserError> {
        let a = self.part(left)?.number(left)?;
        let b = self.part(right)?.number(right)?;
        Ok(Part::Number(self.graph.op(operator, &[&a, &b], Vec::new())))
    }

    fn comparison(
        &mut self,
        operator: &'static str,
        left: &Expr,
        right: &Expr,
        expr: &Expr,
    ) -> Result<Part, UserError> {
        match (self.part(left)?, self.part(right)?) {
            (Part::Text(text), Part::Word(word)) | (Part::Word(word), Part::Text(text))
                if operator == "Equal" =>
            {
                Ok(self.is_one_of(&text, &[word]))
            }
            (a, b) => {
                let a = a.number(expr)?;
                let b = b.number(expr)?;
                let holds = self.graph.op(operator, &[&a, &b], Vec::new());
                let truth = self.graph.cast(&holds, ElementType::Double);
                // A sum is NaN exactly when a side is; none of the sides is infinite.
                let sum = self.graph.op("Add", &[&a, &b], Vec::new());
                Ok(Part::Truth(self.blank_where_blank(&sum, &truth)))
            }
        }
    }

    /// 1 where the text is one of the words, 0 where it is another, blank where it is blank.
    fn is_one_of(&mut self, text: &Value, words: &[String]) -> Part {
        let mut known: Vec<String> = vec![String::new()];
        let mut codes = vec![-1];
        for word in words {
            if !known.contains(word) {
                known.push(word.clone());
                codes.push(1);
            }
        }
        let code = self.graph.ml_op(
            "CategoryMapper",
            &[text],
            vec![
                ("cats_strings", Attribute::Texts(known)),
                ("cats_int64s", Attribute::Integers(codes)),
                ("default_int64", Attribute::Integer(0)),
            ],
        );
        let minus = self.graph.constant(&[], Constant::Int64(vec![-1]));
        let is_blank = self.graph.op("Equal", &[&code, &minus], Vec::new());
        let truth = self.graph.cast(&code, ElementType::Double);
        let blank = self.graph.scalar(f64::NAN);
        Part::Truth(
            self.graph
                .op("Where", &[&is_blank, &blank, &truth], Vec::new()),
        )
    }

    /// AND (`decides` 0, joined by multiplication) and OR (`decides` 1, joined by addition): one
    /// side that decides is enough; else the joined value, which is NaN when a side is.
    fn both(
        &mut self,
        left: &Expr,
        right: &Expr,
        decides: f64,
        join: &'static str,
    ) -> Result<Part, UserError> {
        let a = self.part(left)?.truth(left)?;
        let b = self.part(right)?.truth(right)?;
        let decides = self.graph.scalar(decides);
        let by_a = self.graph.op("Equal", &[&a, &decides], Vec::new());
        let by_b = self.graph.op("Equal", &[&b, &decides], Vec::new());
        let decided = self.graph.op("Or", &[&by_a, &by_b], Vec::new());
        let joined = self.graph.op(join, &[&a, &b], Vec::new());
        Ok(Part::Truth(self.graph.op(
            "Where",
            &[&decided, &decides, &joined],
            Vec::new(),
        )))
    }

    fn opposite(&mut self, truth: &Value) -> Part {
        let one = self.graph.scalar(1.0);
        Part::Truth(self.graph.op("Sub", &[&one, truth], Vec::new()))
    }

    fn choice(
        &mut self,
        predicate: &Expr,
        truthy: &Expr,
        falsy: &Expr,
        expr: &Expr,
    ) -> Result<Part, UserError> {
        let condition = self.part(predicate)?.truth(predicate)?;
        let then = self.part(truthy)?;
        let otherwise = self.part(falsy)?;
        let truth = matches!((&then, &otherwise), (Part::Truth(_), Part::Truth(_)));
        let (then, otherwise) = (then.number(expr)?, otherwise.number(expr)?);
        let one = self.graph.scalar(1.0);
        let holds = self.graph.op("Equal", &[&condition, &one], Vec::new());
        let value = self
            .graph
            .op("Where", &[&holds, &then, &otherwise], Vec::new());
        Ok(if truth {
            Part::Truth(value)
        } else {
            Part::Number(value)
        })
    }

    fn cast(
        &mut self,
        inner: &Expr,
        to: Option<&DataType>,
        expr: &Expr,
    ) -> Result<Part, UserError> {
        match (self.part(inner)?, to) {
            (Part::Truth(value), Some(DataType::Boolean)) => Ok(Part::Truth(value)),
            (Part::Number(value), Some(DataType::Boolean)) => {
                let zero = self.graph.scalar(0.0);
                let is_zero = self.graph.op("Equal", &[&value, &zero], Vec::new());
                let truth = self.graph.cast(&is_zero, ElementType::Double);
                let blank = self.blank_where_blank(&value, &truth);
                Ok(self.opposite(&blank))
            }
            (Part::Number(value) | Part::Truth(value), Some(DataType::Float64)) => {
                Ok(Part::Number(value))
            }
            _ => Err(not_exportable(expr)),
        }
    }

    fn function(
        &mut self,
        input: &[Expr],
        function: &FunctionExpr,
        expr: &Expr,
    ) -> Result<Part, UserError> {
        match (function, input) {
            (FunctionExpr::Abs, [x]) => self.plain("Abs", x),
            (FunctionExpr::Floor, [x]) => self.plain("Floor", x),
            (FunctionExpr::Ceil, [x]) => self.plain("Ceil", x),
            (FunctionExpr::Exp, [x]) => self.finite("Exp", x),
            (FunctionExpr::Pow(PowFunction::Sqrt), [x]) => self.finite("Sqrt", x),
            (FunctionExpr::Pow(PowFunction::Generic), [x, exponent])
                if is_number(exponent, 2.0) =>
            {
                let x = self.part(x)?.number(x)?;
                let square = self.graph.op("Mul", &[&x, &x], Vec::new());
                Ok(Part::Number(self.finite_or_blank(&square)))
            }
            (FunctionExpr::Log, [x, base]) if is_number(base, std::f64::consts::E) => {
                self.finite("Log", x)
            }
            (FunctionExpr::Boolean(BooleanFunction::Not), [x]) => {
                let truth = self.part(x)?.truth(x)?;
                Ok(self.opposite(&truth))
            }
            (FunctionExpr::Boolean(BooleanFunction::IsNull), [x]) => self.is_blank(x),
            (FunctionExpr::Boolean(BooleanFunction::IsNotNull), [x]) => {
                let truth = self.is_blank(x)?.truth(x)?;
                Ok(self.opposite(&truth))
            }
            (
                FunctionExpr::Boolean(BooleanFunction::IsIn { .. }),
                [x, Expr::Agg(AggExpr::Implode { input, .. })],
            ) => self.is_in(x, input, expr),
            (FunctionExpr::Coalesce, [first, rest @ ..]) => self.coalesce(first, rest),
            _ => Err(not_exportable(expr)),
        }
    }

    fn plain(&mut self, operator: &'static str, x: &Expr) -> Result<Part, UserError> {
        let value = self.part(x)?.number(x)?;
        Ok(Part::Number(self.graph.op(operator, &[&value], Vec::new())))
    }

    fn finite(&mut self, operator: &'static str, x: &Expr) -> Result<Part, UserError> {
        let Part::Number(value) = self.plain(operator, x)? else {
            return Err(not_exportable(x));
        };
        Ok(Part::Number(self.finite_or_blank(&value)))
    }

    fn is_blank(&mut self, x: &Expr) -> Result<Part, UserError> {
        match self.part(x)? {
            Part::Text(text) => {
                let Part::Truth(known) = self.is_one_of(&text, &[]) else {
                    return Err(not_exportable(x));
                };
                Ok(self.blank_as_truth(&known))
            }
            part => {
                let value = part.number(x)?;
                Ok(self.blank_as_truth(&value))
            }
        }
    }

    fn blank_as_truth(&mut self, value: &Value) -> Part {
        let blank = self.is_nan(value);
        Part::Truth(self.graph.cast(&blank, ElementType::Double))
    }

    fn is_in(&mut self, x: &Expr, list: &Expr, expr: &Expr) -> Result<Part, UserError> {
        let Expr::Literal(LiteralValue::Series(series)) = list else {
            return Err(not_exportable(expr));
        };
        match self.part(x)? {
            Part::Text(text) => {
                let words = series.str().map_err(|_| not_exportable(expr))?;
                let words: Option<Vec<String>> =
                    words.iter().map(|word| word.map(str::to_owned)).collect();
                Ok(self.is_one_of(&text, &words.ok_or_else(|| not_exportable(expr))?))
            }
            part => {
                let value = part.number(x)?;
                let numbers = series
                    .cast(&DataType::Float64)
                    .map_err(|_| not_exportable(expr))?;
                let numbers = numbers.f64().map_err(|_| not_exportable(expr))?;
                let mut found = self.graph.scalar(0.0);
                for number in numbers.iter() {
                    let number = self
                        .graph
                        .scalar(number.ok_or_else(|| not_exportable(expr))?);
                    let equal = self.graph.op("Equal", &[&value, &number], Vec::new());
                    let one = self.graph.scalar(1.0);
                    found = self.graph.op("Where", &[&equal, &one, &found], Vec::new());
                }
                Ok(Part::Truth(self.blank_where_blank(&value, &found)))
            }
        }
    }

    fn coalesce(&mut self, first: &Expr, rest: &[Expr]) -> Result<Part, UserError> {
        let mut value = self.part(first)?.number(first)?;
        for other in rest {
            let next = self.part(other)?.number(other)?;
            let blank = self.is_nan(&value);
            value = self.graph.op("Where", &[&blank, &next, &value], Vec::new());
        }
        Ok(Part::Number(value))
    }

    /// Tested in single precision, where every runtime can: a double that is a number stays one.
    fn is_nan(&mut self, value: &Value) -> Value {
        let single = self.graph.cast(value, ElementType::Float);
        self.graph.op("IsNaN", &[&single], Vec::new())
    }

    fn blank_where_blank(&mut self, test: &Value, value: &Value) -> Value {
        let is_blank = self.is_nan(test);
        let blank = self.graph.scalar(f64::NAN);
        self.graph
            .op("Where", &[&is_blank, &blank, value], Vec::new())
    }

    /// Infinities become blank. A comparison with NaN is false, so NaN stays NaN.
    fn finite_or_blank(&mut self, value: &Value) -> Value {
        let size = self.graph.op("Abs", &[value], Vec::new());
        let largest = self.graph.scalar(f64::MAX);
        let finite = self.graph.op("LessOrEqual", &[&size, &largest], Vec::new());
        let blank = self.graph.scalar(f64::NAN);
        self.graph
            .op("Where", &[&finite, value, &blank], Vec::new())
    }
}

fn is_number(expr: &Expr, wanted: f64) -> bool {
    let Expr::Literal(value) = expr else {
        return false;
    };
    value
        .to_any_value()
        .and_then(|value| value.extract::<f64>())
        .is_some_and(|number| number == wanted)
}
