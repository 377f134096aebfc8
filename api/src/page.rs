//! The shape of every list.

use poem_openapi::{
    Object,
    types::{Example, ParseFromJSON, ToJSON, Type},
};

/// A part of a list.
#[derive(Debug, Object)]
#[oai(example)]
pub struct Page<T: Type + ToJSON + ParseFromJSON + Example> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the list goes on: the next call's `cursor`. Null at the end of the list. Opaque.
    pub next: Option<String>,
}

impl<T: Type + ToJSON + ParseFromJSON + Example> Page<T> {
    /// A list that is always answered whole.
    pub fn whole(items: impl Iterator<Item = T>) -> Self {
        Self { items: items.collect(), next: None }
    }

    /// A page of `model`, with its items as clients see them.
    pub fn of<R>(page: model::Page<R>, item: impl Fn(R) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(item).collect(),
            next: page.next.map(|cursor| cursor.to_string()),
        }
    }
}

impl<T: Type + ToJSON + ParseFromJSON + Example> Example for Page<T> {
    fn example() -> Self {
        Self { items: vec![T::example()], next: None }
    }
}
