//! Looks whether the one we wait for has acted, reminds and plans anew.
