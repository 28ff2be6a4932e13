//! Registers the numbers that are not on the Cloud API.
