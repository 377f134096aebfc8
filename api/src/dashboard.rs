//! `/`, `/regions/…`, `/services/…`, `/incidents/…`, `/method`, `/embed/…`: the dashboard.
//!
//! It is one page, which asks the API for what it shows. Its files are in the program; see `web/`.
//!
//! | what | file in `dashboard/` |
//! | --- | --- |
//! | which paths are pages, and where the page's root is from there | `page.rs` |
//! | the files, packed by the build | `file.rs` |
//! | what a browser may load for the page | `policy.rs` |

mod file;
mod page;
mod policy;

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderMap, Method},
    web::Redirect,
};

use crate::applications::Applications;

use self::{file::File, page::Page, policy::Policy};

/// Serves the pages and files of the dashboard, in front of everything else.
#[derive(Clone, Debug)]
pub struct Dashboard {
    policy: Arc<Policy>,
}

impl Dashboard {
    /// The dashboard, which may call `applications`.
    pub fn new(applications: &Applications) -> Self {
        Self { policy: Arc::new(Policy::of(applications)) }
    }

    fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let path = path.strip_prefix('/')?;
        if let Some(page) = Page::at(path) {
            return Some(self.policy.protect(page, page.respond(headers)));
        }
        if let Some(address) = page::without_slash(path) {
            return Some(Redirect::permanent(address).into_response());
        }
        Some(File::named(path)?.respond(headers))
    }
}

impl<E: Endpoint> Middleware<E> for Dashboard {
    type Output = WithDashboard<E>;

    fn transform(&self, inner: E) -> WithDashboard<E> {
        WithDashboard { inner, dashboard: self.clone() }
    }
}

/// The endpoint made by [`Dashboard`].
#[derive(Debug)]
pub struct WithDashboard<E> {
    inner: E,
    dashboard: Dashboard,
}

impl<E: Endpoint> Endpoint for WithDashboard<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if *request.method() == Method::GET
            && let Some(answer) = self.dashboard.answer(request.uri().path(), request.headers())
        {
            return Ok(answer);
        }
        Ok(self.inner.call(request).await?.into_response())
    }
}
