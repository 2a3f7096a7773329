//! The drill on a small workspace.
