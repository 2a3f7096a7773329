//! Every kind of change, on invented files and on the project's trees.
