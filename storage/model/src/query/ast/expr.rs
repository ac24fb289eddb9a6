//! Conditions and what they are made of.

use super::super::like::LikePattern;
use super::super::number::Number;

/// An expression over values at paths, `P`.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr<P> {
    /// A constant.
    Literal(Literal),
    /// The value at a path.
    Path(P),
    /// `-x`.
    Negate(Box<Self>),
    /// `NOT x`.
    Not(Box<Self>),
    /// `x AND y AND …`, two or more.
    All(Vec<Self>),
    /// `x OR y OR …`, two or more.
    Any(Vec<Self>),
    /// `x = y` and its like.
    Compare(Comparison, Box<Self>, Box<Self>),
    /// `x + y` and its like.
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
    /// `x IN [a, b]`.
    In(Box<Self>, Vec<Literal>),
    /// `x NIN [a, b]`.
    NotIn(Box<Self>, Vec<Literal>),
    /// `x LIKE 'a%'`.
    Like(Box<Self>, LikePattern),
    /// `IS_DEFINED(path)`.
    IsDefined(P),
    /// `IS_NUMBER(x)` and its like.
    IsOfType(TypeTest, Box<Self>),
    /// `startswith(x, y)` and its like.
    Text(TextFunction, Box<Self>, Box<Self>),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// No value at all.
    Undefined,
    /// JSON's null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A list of constants.
    Array(Vec<Literal>),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How two numbers become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    BitOr,
}

/// What a value is asked to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeTest {
    Null,
    Bool,
    Number,
    Text,
    Object,
    /// Null, boolean, number or text.
    Primitive,
}

/// What two texts are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFunction {
    StartsWith,
    EndsWith,
}

impl Comparison {
    pub const ALL: [Self; 6] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
    ];

    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Arithmetic {
    pub const ALL: [Self; 6] = [
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Remainder,
        Self::BitOr,
    ];

    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::BitOr => "|",
        }
    }
}

impl TypeTest {
    pub const ALL: [Self; 6] = [
        Self::Null,
        Self::Bool,
        Self::Number,
        Self::Text,
        Self::Object,
        Self::Primitive,
    ];

    /// As written; read in any case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "IS_NULL",
            Self::Bool => "IS_BOOL",
            Self::Number => "IS_NUMBER",
            Self::Text => "IS_STRING",
            Self::Object => "IS_OBJECT",
            Self::Primitive => "IS_PRIMITIVE",
        }
    }
}

impl TextFunction {
    pub const ALL: [Self; 2] = [Self::StartsWith, Self::EndsWith];

    /// As written; read in any case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
        }
    }
}

impl<P> Expr<P> {
    /// The same expression over what `f` makes of its paths.
    pub fn map<Q>(&self, f: &mut impl FnMut(&P) -> Q) -> Expr<Q> {
        let one = |inner: &Self, f: &mut _| Box::new(inner.map(f));
        match self {
            Self::Literal(literal) => Expr::Literal(literal.clone()),
            Self::Path(path) => Expr::Path(f(path)),
            Self::Negate(inner) => Expr::Negate(one(inner, f)),
            Self::Not(inner) => Expr::Not(one(inner, f)),
            Self::All(terms) => Expr::All(terms.iter().map(|term| term.map(f)).collect()),
            Self::Any(terms) => Expr::Any(terms.iter().map(|term| term.map(f)).collect()),
            Self::Compare(how, left, right) => Expr::Compare(*how, one(left, f), one(right, f)),
            Self::Arithmetic(how, left, right) => {
                Expr::Arithmetic(*how, one(left, f), one(right, f))
            }
            Self::In(inner, list) => Expr::In(one(inner, f), list.clone()),
            Self::NotIn(inner, list) => Expr::NotIn(one(inner, f), list.clone()),
            Self::Like(inner, pattern) => Expr::Like(one(inner, f), pattern.clone()),
            Self::IsDefined(path) => Expr::IsDefined(f(path)),
            Self::IsOfType(test, inner) => Expr::IsOfType(*test, one(inner, f)),
            Self::Text(function, left, right) => Expr::Text(*function, one(left, f), one(right, f)),
        }
    }
}
