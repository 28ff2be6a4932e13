//! The simulator from outside: raw requests in, answers out, and the clock in the test's hand.
#![cfg(test)]

mod caller;

mod accounts;
mod credit_line;
mod credit_line_in_two_calls;
mod faults;
mod numbers;
mod ownership;
mod requests;
mod served;
mod the_page_example;
mod tokens;
mod worlds;
