//! From method and path to a route.
//!
//! Paths are matched segment by segment: literals without regard to case, as clients disagree
//! about it, and parameters as they are, because ids are case-sensitive. A segment is decoded
//! after the path is split, so an encoded slash stays inside its id, where it is refused as one.
//! A trailing slash means nothing (the Node SDK sends one).

use std::borrow::Cow;

use actix_web::http::Method;
use percent_encoding::percent_decode_str;

use crate::error::{ApiError, Code};
use crate::routes::{ROUTES, Route};

/// A route and the values of the parameters in its path.
#[derive(Debug)]
pub(crate) struct Match {
    pub(crate) route: &'static Route,
    pub(crate) params: Params,
}

/// Decoded path parameters, by the name between the braces of the template.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// The empty text when the template has no such parameter, which no parser of an id accepts.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(given, _)| *given == name);
        found.map_or("", |(_, value)| value.as_str())
    }
}

/// Finds the route; 404 for a path nobody serves, 405 with the allowed methods for a wrong method.
pub(crate) fn find(method: &Method, path: &str) -> Result<Match, ApiError> {
    let segments = split(path)?;
    let mut allowed = Vec::new();
    for route in &ROUTES {
        if let Some(params) = match_template(route.template, &segments) {
            if route.method == *method {
                return Ok(Match { route, params });
            }
            allowed.push(route.method.as_str());
        }
    }
    if allowed.is_empty() {
        Err(ApiError::new(
            Code::NOT_FOUND,
            "there is nothing at this path",
        ))
    } else {
        Err(ApiError::method_not_allowed(allowed.join(", ")))
    }
}

fn split(path: &str) -> Result<Vec<Cow<'_, str>>, ApiError> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8())
        .collect::<Result<_, _>>()
        .map_err(|_| ApiError::invalid("the path is not UTF-8"))
}

fn match_template(template: &'static str, segments: &[Cow<'_, str>]) -> Option<Params> {
    let mut params = Vec::new();
    let mut given = segments.iter();
    for expected in template.split('/').skip(1) {
        let segment = given.next()?;
        match parameter(expected) {
            Some(_) if segment.is_empty() => return None,
            Some(name) => params.push((name, segment.to_string())),
            None if expected.eq_ignore_ascii_case(segment) => {}
            None => return None,
        }
    }
    given.next().is_none().then_some(Params(params))
}

/// `{id}` is the parameter `id`.
fn parameter(segment: &'static str) -> Option<&'static str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The path as segments with parameters filled in: what a token's resource must cover.
pub(crate) fn resource<'a>(template: &'static str, params: &'a Params) -> Vec<&'a str> {
    template
        .split('/')
        .skip(1)
        .map(|segment| parameter(segment).map_or(segment, |name| params.get(name)))
        .collect()
}

#[cfg(test)]
mod tests;
