//! What commands print: colours only where they help, and plain tables.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal};

use owo_colors::{OwoColorize, Style};

mod table;

pub(crate) use table::Table;

/// Whether the user wants colours at all (<https://no-color.org>).
pub(crate) fn colours_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Colours text when the output is a terminal and `NO_COLOR` is not set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    enabled: bool,
}

/// A text in a colour, or plain.
#[derive(Debug)]
pub(crate) struct Painted<T> {
    text: T,
    style: Option<Style>,
}

impl Paint {
    /// For standard output.
    pub(crate) fn stdout() -> Self {
        Self { enabled: colours_wanted() && io::stdout().is_terminal() }
    }

    /// For standard error.
    pub(crate) fn stderr() -> Self {
        Self { enabled: colours_wanted() && io::stderr().is_terminal() }
    }

    #[cfg(test)]
    pub(crate) fn never() -> Self {
        Self { enabled: false }
    }

    pub(crate) fn good<T: Display>(self, text: T) -> Painted<T> {
        self.styled(text, Style::new().green())
    }

    pub(crate) fn bad<T: Display>(self, text: T) -> Painted<T> {
        self.styled(text, Style::new().red().bold())
    }

    pub(crate) fn name<T: Display>(self, text: T) -> Painted<T> {
        self.styled(text, Style::new().cyan())
    }

    pub(crate) fn strong<T: Display>(self, text: T) -> Painted<T> {
        self.styled(text, Style::new().bold())
    }

    pub(crate) fn faint<T: Display>(self, text: T) -> Painted<T> {
        self.styled(text, Style::new().dimmed())
    }

    fn styled<T: Display>(self, text: T, style: Style) -> Painted<T> {
        Painted { text, style: self.enabled.then_some(style) }
    }
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => write!(f, "{}", self.text.style(style)),
            None => self.text.fmt(f),
        }
    }
}
