//! All integration tests, one module per door into the program.

mod search;
