//! The whole of one machine, driven as a user drives it. The tests are in `tests/`.
