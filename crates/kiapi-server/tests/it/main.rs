//! Servers on real sockets.
