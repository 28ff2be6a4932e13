//! A stand-in for Meta's Graph API with a clock.
