//! A bounded part of a list.

use crate::{Cursor, Error};

/// Which part of a list is wanted.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The most items to return.
    pub limit: u64,
    /// Where to go on; from the list's start when absent.
    pub after: Option<Cursor>,
}

/// One part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts `items`, of which one more than `limit` was read, and says where the list goes on.
    pub(crate) fn cut(
        mut items: Vec<T>,
        limit: u64,
        cursor: impl FnOnce(&T) -> Result<Cursor, Error>,
    ) -> Result<Self, Error> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if items.len() <= limit {
            return Ok(Self { items, next: None });
        }
        items.truncate(limit);
        let next = items.last().map(cursor).transpose()?;
        Ok(Self { items, next })
    }
}
