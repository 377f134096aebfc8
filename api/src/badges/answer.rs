//! A badge on its way to the client: a picture, or JSON.

use poem_openapi::{
    ApiResponse, ResponseContent,
    payload::{Json, PlainText},
};
use serve::problem::Document;

use super::{
    badge::{Badge, Shield},
    file::Format,
    svg,
};
use crate::error::ApiError;

/// What is asked for.
#[derive(ResponseContent)]
pub(super) enum Content {
    #[oai(content_type = "image/svg+xml")]
    Svg(PlainText<String>),
    Json(Json<Shield>),
}

/// What is not there.
#[derive(ResponseContent)]
pub(super) enum Nothing {
    #[oai(content_type = "image/svg+xml")]
    Svg(PlainText<String>),
    #[oai(content_type = "application/problem+json")]
    #[expect(dead_code, reason = "it is in the document; errors are answered as such")]
    Problem(Json<Document>),
}

#[derive(ApiResponse)]
pub(super) enum Answer {
    /// The badge.
    #[oai(status = 200)]
    Found(Content),
    /// There is no such region, or no such service in it: a picture that says so, or a problem.
    #[oai(status = 404)]
    Missing(
        Nothing,
        /// Not to be kept: it may be there soon.
        #[oai(header = "Cache-Control")]
        String,
    ),
}

impl Answer {
    pub(super) fn found(badge: Badge, format: Format) -> Self {
        Self::Found(match format {
            Format::Svg => Content::Svg(PlainText(svg::draw(&badge))),
            Format::Json => Content::Json(Json(badge.into())),
        })
    }

    /// What a page shows for a picture that is not there.
    ///
    /// # Errors
    /// `error`, unless it says that something is not there and a picture can say so.
    pub(super) fn missing(
        service: &str,
        format: Format,
        error: ApiError,
    ) -> Result<Self, ApiError> {
        match (error, format) {
            (ApiError::UnknownRegion { .. } | ApiError::UnknownService { .. }, Format::Svg) => {
                let picture = svg::draw(&Badge::not_found(service.to_owned()));
                Ok(Self::Missing(Nothing::Svg(PlainText(picture)), "no-store".into()))
            }
            (error, _) => Err(error),
        }
    }
}
