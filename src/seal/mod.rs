//! Who a mail is from and what it may do: signed ids in our letters, the server's word for the sender, and both weighed.
//!
//! Three proofs, none of which is enough alone: **context** (the mail answers a letter that went to this very person),
//! **identity** (the server vouches that the sender is that person) and **freshness** (now, not a year ago). What passes all
//! of them is an [`order::Authority`], and nothing else in the program can make one.
pub mod canary;
pub mod context;
pub mod identity;
pub mod keyfile;
pub mod order;
pub mod ring;
pub mod token;
use crate::seal::identity::Policy;
use crate::seal::ring::Ring;

/// What the desk seals its letters with, and by what it judges the mails that come back.
#[derive(Clone, Debug)]
pub struct Seal {
    pub ring: Ring,
    pub policy: Policy,
    /// Does the server deliver `mailbox+anything@domain` to the mailbox? Then the token stands in Reply-To as well.
    pub plus_address: bool,
}
