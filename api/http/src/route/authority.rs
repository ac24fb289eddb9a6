use actix_web::http::StatusCode;
use roost_model::{CertificateAuthority, Precondition};

use crate::call::Call;
use crate::dto::{AuthorityDocument, ErrorBody, RawBody};
use crate::headers::if_match;
use crate::respond;
use crate::routes::Answer;

/// Lists the certificate authorities of devices. Roost's own.
#[utoipa::path(get, path = "/admin/certificates", tag = "admin",
    operation_id = "listCertificates",
    responses(
        (status = 200, body = Vec<AuthorityDocument>), (status = 401, body = ErrorBody)))]
pub(crate) async fn list(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let authorities = call.hub().authorities();
    let documents: Vec<_> = authorities.iter().map(AuthorityDocument::from).collect();
    respond::document(&documents)
}

/// Reads a certificate authority. Roost's own.
#[utoipa::path(get, path = "/admin/certificates/{name}", tag = "admin",
    operation_id = "getCertificate",
    params(("name" = String, Path, description = "Name of the authority, case-sensitive")),
    responses(
        (status = 200, body = AuthorityDocument, headers(("ETag" = String))),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(call: Call) -> Answer {
    call.query()?.only(&[])?;
    answer(&call.hub().authority(call.params.get("name"))?)
}

/// Registers a certificate authority, or another certificate for one. It counts for nothing until
/// possession of its key is proven. Roost's own.
#[utoipa::path(put, path = "/admin/certificates/{name}", tag = "admin",
    operation_id = "putCertificate",
    params(
        ("name" = String, Path, description = "1 to 64 letters, digits, `-`, `.` or `_`"),
        ("If-Match" = Option<String>, Header, description = "`*` or the tag of the version")),
    request_body(content((RawBody = "application/x-pem-file"), (RawBody = "application/pkix-cert"))),
    responses(
        (status = 200, body = AuthorityDocument, headers(("ETag" = String))),
        (status = 400, description = "Not the certificate of an authority, out of date, or more \
            authorities than there may be", body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 412, body = ErrorBody),
        (status = 413, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn put(mut call: Call) -> Answer {
    let (precondition, upload) = upload(&mut call).await?;
    let name = call.params.get("name");
    answer(
        &call
            .hub()
            .put_authority(name, &upload, precondition)
            .await?,
    )
}

/// Deletes a certificate authority; connections of its devices end. Roost's own.
#[utoipa::path(delete, path = "/admin/certificates/{name}", tag = "admin",
    operation_id = "deleteCertificate",
    params(
        ("name" = String, Path, description = "Name of the authority, case-sensitive"),
        ("If-Match" = Option<String>, Header, description = "`*` or the tag of the version")),
    responses(
        (status = 204), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn delete(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let precondition = if_match(call.headers()).unwrap_or(Precondition::None);
    let name = call.params.get("name");
    call.hub().delete_authority(name, precondition).await?;
    respond::nothing()
}

/// Asks for a proof of possession: answers with a new verification code. An authority that was
/// verified is so no more. Roost's own.
#[utoipa::path(post, path = "/admin/certificates/{name}/verification-code", tag = "admin",
    operation_id = "generateVerificationCode",
    params(
        ("name" = String, Path, description = "Name of the authority, case-sensitive"),
        ("If-Match" = Option<String>, Header, description = "`*` or the tag of the version")),
    responses(
        (status = 200, body = AuthorityDocument, headers(("ETag" = String))),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, body = ErrorBody), (status = 503, body = ErrorBody)))]
pub(crate) async fn ask(call: Call) -> Answer {
    call.query()?.only(&[])?;
    let precondition = if_match(call.headers()).unwrap_or(Precondition::None);
    let name = call.params.get("name");
    answer(&call.hub().ask_for_proof(name, precondition).await?)
}

/// Proves possession: the body is a certificate for the verification code as its common name, signed
/// by the authority. Roost's own.
#[utoipa::path(post, path = "/admin/certificates/{name}/verify", tag = "admin",
    operation_id = "verifyCertificate",
    params(
        ("name" = String, Path, description = "Name of the authority, case-sensitive"),
        ("If-Match" = Option<String>, Header, description = "`*` or the tag of the version")),
    request_body(content((RawBody = "application/x-pem-file"), (RawBody = "application/pkix-cert"))),
    responses(
        (status = 200, body = AuthorityDocument, headers(("ETag" = String))),
        (status = 400, description = "It proves nothing", body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn verify(mut call: Call) -> Answer {
    let (precondition, upload) = upload(&mut call).await?;
    let name = call.params.get("name");
    answer(
        &call
            .hub()
            .verify_authority(name, &upload, precondition)
            .await?,
    )
}

/// Puts a revocation list of a certificate authority in force; connections of the devices in it end.
/// Roost's own.
#[utoipa::path(put, path = "/admin/certificates/{name}/crl", tag = "admin",
    operation_id = "putRevocationList",
    params(
        ("name" = String, Path, description = "Name of the authority, case-sensitive"),
        ("If-Match" = Option<String>, Header, description = "`*` or the tag of the version")),
    request_body(content((RawBody = "application/x-pem-file"), (RawBody = "application/pkix-crl"))),
    responses(
        (status = 200, body = AuthorityDocument, headers(("ETag" = String))),
        (status = 400, description = "Not the authority's, out of date, or older than the one in \
            force", body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 412, body = ErrorBody), (status = 413, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn put_crl(mut call: Call) -> Answer {
    let (precondition, upload) = upload(&mut call).await?;
    let (hub, name) = (call.hub(), call.params.get("name"));
    answer(&hub.put_revocation_list(name, &upload, precondition).await?)
}

async fn upload(
    call: &mut Call,
) -> Result<(Precondition, actix_web::web::Bytes), crate::error::ApiError> {
    call.query()?.only(&[])?;
    let precondition = if_match(call.headers()).unwrap_or(Precondition::None);
    Ok((precondition, call.body().await?))
}

fn answer(authority: &CertificateAuthority) -> Answer {
    let document = AuthorityDocument::from(authority);
    respond::tagged(StatusCode::OK, &document.etag, &document)
}
