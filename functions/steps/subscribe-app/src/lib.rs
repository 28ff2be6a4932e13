//! Subscribes our app to the WABA, keeping an override that is there.
