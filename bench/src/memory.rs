//! How much memory something takes: an allocator that counts what is asked of it, while it is told to.
//!
//! A block that grows or shrinks counts with its new size alone, as large blocks do in the system's allocator, which
//! moves their pages.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::Relaxed};

/// The system's allocator, counted.
pub(crate) struct Counted;

static IS_ON: AtomicBool = AtomicBool::new(false);
static NOW: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);
static BLOCKS: AtomicUsize = AtomicUsize::new(0);

/// How many bytes more than before there were, at most and at the end, and how many blocks were asked for.
pub(crate) struct Taken {
    pub(crate) peak: isize,
    pub(crate) kept: isize,
    pub(crate) blocks: usize,
}

/// Does something, and tells how much memory it took, on all threads.
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (T, Taken) {
    NOW.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    BLOCKS.store(0, Relaxed);
    IS_ON.store(true, Relaxed);
    let done = work();
    IS_ON.store(false, Relaxed);
    let taken = Taken { peak: PEAK.load(Relaxed), kept: NOW.load(Relaxed), blocks: BLOCKS.load(Relaxed) };
    (done, taken)
}

/// While nobody counts, this is one load: times are not changed by it.
fn count(more: usize, less: usize) {
    if IS_ON.load(Relaxed) {
        let change = more.cast_signed() - less.cast_signed();
        // What grows or shrinks is the block that it was, and what is freed was counted.
        BLOCKS.fetch_add(usize::from(less == 0), Relaxed);
        PEAK.fetch_max(NOW.fetch_add(change, Relaxed) + change, Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the same promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller keeps the same promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: the caller keeps the same promises.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller keeps the same promises.
        unsafe { System.dealloc(block, layout) }
    }
}
