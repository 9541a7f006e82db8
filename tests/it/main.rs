//! Tests of the whole program, one module per door; one binary, so that it is linked once.

mod documents;
