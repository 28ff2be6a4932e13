//! Learns the WABA, its owner and its numbers from Meta.
