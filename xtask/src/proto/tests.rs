//! The trees under `proto/` against what is written down of them.
