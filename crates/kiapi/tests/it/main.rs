//! The facade against a scripted KiCad, over a real socket.
#![cfg(unix)]

mod calls;
mod connecting;
mod items;
mod items_made;
mod items_read;
mod scripted;
mod survival;
