//! Meta's Graph API, one module per call.
