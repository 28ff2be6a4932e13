//! Checks what can be checked before the customer unshares, and plans the day.
