//! The rule on rounds that are written down step by step.

mod attribution;
mod builders;
mod causes;
mod explaining;
mod over_slots;
mod slowness;
