//! Puts our system user on the WABA.
