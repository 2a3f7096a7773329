//! What is told to `tracing`, and nothing without that feature. The token never is.

use std::future::Future;

use kiapi_gen::common::ApiStatusCode;

use crate::{Error, Notice, Result};

/// Runs a call of the command `name` within a span of its own.
pub(crate) fn call<T>(
    name: &'static str,
    work: impl Future<Output = Result<T>>,
) -> impl Future<Output = Result<T>> {
    #[cfg(feature = "tracing")]
    {
        use tracing::Instrument as _;
        let span = tracing::debug_span!("kiapi.call", command = name);
        async {
            let start = std::time::Instant::now();
            let result = work.await;
            let time_us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            match &result {
                Ok(_) => tracing::debug!(time_us, "answered"),
                Err(error) => tracing::debug!(time_us, kind = ?error.kind(), "{error}"),
            }
            result
        }
        .instrument(span)
    }
    #[cfg(not(feature = "tracing"))]
    {
        let _ = name;
        work
    }
}

/// An answer came to a request.
#[inline]
pub(crate) fn answer(request_bytes: usize, answer_bytes: usize, status: ApiStatusCode) {
    #[cfg(feature = "tracing")]
    tracing::trace!(request_bytes, answer_bytes, ?status, "exchanged");
    let _ = (request_bytes, answer_bytes, status);
}

/// Something happened beside the calls.
#[inline]
pub(crate) fn notice(notice: Notice) {
    #[cfg(feature = "tracing")]
    tracing::warn!("{notice}");
    let _ = notice;
}

/// What nobody waits for went wrong.
#[inline]
pub(crate) fn unattended(error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!("{error}");
    let _ = error;
}
