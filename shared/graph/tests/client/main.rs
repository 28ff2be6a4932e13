//! The client from outside: what holds for every call, and what happens around one.
#![cfg(test)]

mod answers_that_cannot_be_read;
mod every_call;
mod no_secret_is_shown;
mod sending;
