use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;

use crate::call::Call;
use crate::dto::{ErrorBody, ExportLine, ImportReport, ImportRequest};
use crate::routes::Answer;
use crate::{body, export, import};

/// One JSON document a line.
const LINES: &str = "application/x-ndjson";

/// Writes all devices and modules, one a line, as `devices.txt` has them. Roost's own.
///
/// Each partition of the hub is shown as it was at one moment, unless its leader changes meanwhile.
/// When the export cannot be completed, the connection is cut before the body's end.
#[utoipa::path(get, path = "/admin/export", tag = "registry", operation_id = "exportDevices",
    params(("excludeKeys" = Option<bool>, Query,
        description = "Leaves out keys and thumbprints; false when absent")),
    responses(
        (status = 200, description = "Lines that end with CR LF", content_type = LINES,
            body = ExportLine),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn export(call: Call) -> Answer {
    let query = call.query()?;
    query.only(&["excludeKeys"])?;
    let stream = export::start(call.hub(), query.flag("excludeKeys")?)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, LINES))
        .streaming(stream))
}

/// Runs the registry operations in the lines of the body, of any number, in large groups. Roost's own.
///
/// The answer begins at once and goes on until everything is done. A line that fails is told and
/// counted, the others are done. Lines about one device and its modules are done in their order.
#[utoipa::path(post, path = "/admin/import", tag = "registry", operation_id = "importDevices",
    params(("firstLine" = Option<u64>, Query, minimum = 1,
        description = "The number of the body's first line; 1 when absent")),
    request_body(content = ImportRequest, content_type = LINES,
        description = "One document a line, as `devices.txt` has them"),
    responses(
        (status = 200, description = "One document a line; the last one has the type `result`",
            content_type = LINES, body = ImportReport),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn import(mut call: Call) -> Answer {
    let query = call.query()?;
    query.only(&["firstLine"])?;
    let first = query.number("firstLine", 1..=u64::MAX, 1)?;
    body::refuse_compressed(&call.request)?;
    let payload = call.take_payload()?;
    let shutdown = call.shutdown().clone();
    let stream = import::start(call.hub(), payload, first, shutdown)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, LINES))
        .streaming(stream))
}
