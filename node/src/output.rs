//! What commands print: colours only where they help, and plain tables.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write};

use owo_colors::{OwoColorize, Style};

mod table;

pub(crate) use table::Table;

/// `print!` for a command's answer; see [`write`].
macro_rules! tell {
    ($($text:tt)*) => { $crate::output::write(format_args!($($text)*)) };
}

/// `println!` for a command's answer; see [`write`].
macro_rules! say {
    () => { $crate::output::write(format_args!("\n")) };
    ($($text:tt)*) => { $crate::output::write(format_args!("{}\n", format_args!($($text)*))) };
}

/// `print!` for a process that has more important things to do than to be heard: what cannot be
/// written is dropped.
macro_rules! note {
    ($($text:tt)*) => {{
        let mut out = ::std::io::stdout().lock();
        let _ = ::std::io::Write::write_fmt(&mut out, format_args!($($text)*));
        let _ = ::std::io::Write::flush(&mut out);
    }};
}

pub(crate) use {note, say, tell};

/// Writes to standard output. Ends the process when that is no longer possible: quietly when the
/// reader of a pipe has had enough, as `head` does, with an error otherwise (a full disk).
pub(crate) fn write(text: fmt::Arguments<'_>) {
    let mut out = io::stdout().lock();
    match out.write_fmt(text).and_then(|()| out.flush()) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            eprintln!("error: cannot write to standard output: {error}");
            std::process::exit(1);
        }
    }
}

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
        Self {
            enabled: colours_wanted() && io::stdout().is_terminal(),
        }
    }

    /// For standard error.
    pub(crate) fn stderr() -> Self {
        Self {
            enabled: colours_wanted() && io::stderr().is_terminal(),
        }
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
        Painted {
            text,
            style: self.enabled.then_some(style),
        }
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
