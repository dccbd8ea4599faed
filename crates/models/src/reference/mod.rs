//! Reference networks of the literature on illusions: observers with dynamics of their own, trained through burn's automatic
//! differentiation. They are not learning rules, and no rule uses what is here.

pub mod pang2021;
pub mod prednet;
