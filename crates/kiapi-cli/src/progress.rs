//! Signs of life for work that takes long: on a terminal, on stderr, and only after a moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What takes less long than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(300);
const TICK: Duration = Duration::from_millis(100);

/// Work that is on its way. It is told to whoever sits at the terminal until this is dropped.
#[must_use = "it is over when this is dropped"]
pub(crate) struct Progress {
    done: Arc<AtomicU64>,
    shown: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Work of unknown length.
    pub(crate) fn of_unknown_length(what: impl Into<String>) -> Self {
        let style = "{spinner} {msg} {elapsed}";
        Self::start(what.into(), None, style)
    }

    /// Work of so many steps.
    pub(crate) fn of(what: impl Into<String>, steps: usize) -> Self {
        let style = "{spinner} {msg} [{bar:30}] {pos}/{len} {elapsed}";
        Self::start(what.into(), Some(steps as u64), style)
    }

    fn start(what: String, steps: Option<u64>, style: &'static str) -> Self {
        let done = Arc::new(AtomicU64::new(0));
        let bar = ProgressBar::with_draw_target(steps, ProgressDrawTarget::stderr());
        // It hides itself where there is no terminal.
        if bar.is_hidden() {
            return Self { done, shown: None };
        }
        let (sender, receiver) = mpsc::channel();
        let (begin, steps) = (Instant::now(), Arc::clone(&done));
        let thread = std::thread::spawn(move || {
            if receiver.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let style = ProgressStyle::with_template(style).expect("the template is well-formed");
            bar.set_style(style);
            let bar = bar.with_message(what).with_elapsed(begin.elapsed());
            while receiver.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.set_position(steps.load(Ordering::Relaxed));
                bar.tick();
            }
            bar.finish_and_clear();
        });
        Self { done, shown: Some((sender, thread)) }
    }

    /// So many steps more are done.
    pub(crate) fn add(&self, steps: usize) {
        self.done.fetch_add(steps as u64, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.shown.take() {
            drop(sender);
            // It wipes the line before anything else is written.
            let _ = thread.join();
        }
    }
}
