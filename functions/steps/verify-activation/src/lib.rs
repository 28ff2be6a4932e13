//! Proves that the credit line pays for the WABA.
