//! Tables drawn with characters.

mod drawn;
mod grid;
mod lines;
mod simple;
