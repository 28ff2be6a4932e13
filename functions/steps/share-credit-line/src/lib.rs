//! Shares the credit line with the customer, once.
