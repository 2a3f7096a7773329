//! The kinds of runtime that tokio has, and ways that run on them.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

use crate::interleave::Way;

#[derive(Clone, Copy)]
pub(crate) enum Flavour {
    CurrentThread,
    MultiThread,
}

impl Flavour {
    pub(crate) fn start(self) -> std::io::Result<Runtime> {
        let mut builder = match self {
            Self::CurrentThread => Builder::new_current_thread(),
            Self::MultiThread => Builder::new_multi_thread(),
        };
        builder.worker_threads(2).enable_all().build()
    }

    /// A way that does its thing in one task: on the calling thread, or on a worker.
    pub(crate) fn way<F: Future<Output = ()> + Send + 'static>(
        self,
        runtime: Runtime,
        mut run: impl FnMut(u32) -> F + 'static,
    ) -> Way {
        Box::new(move |times| match self {
            Self::CurrentThread => runtime.block_on(run(times)),
            Self::MultiThread => runtime.block_on(runtime.spawn(run(times))).expect("it does not panic"),
        })
    }
}
