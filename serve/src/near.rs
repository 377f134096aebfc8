//! What may have been meant by a name that nobody knows.

/// 3 edits: enough for a typing error, too few to offer another region.
const NEAR: usize = 3;

/// The names that `wanted` may have been meant to be, nearest first.
pub fn near(wanted: &str, known: impl Iterator<Item = String>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut near: Vec<(usize, String)> = known
        .map(|name| (strsim::osa_distance(&wanted, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= NEAR && *distance < name.chars().count())
        .collect();
    near.sort();
    near.into_iter().map(|(_, name)| name).take(NEAR).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions() -> impl Iterator<Item = String> {
        ["eu-west-1", "us-east-1", "us-east-2"].into_iter().map(str::to_owned)
    }

    #[test]
    fn a_typing_error_finds_its_name() {
        assert_eq!(near("us-eats-2", regions()), ["us-east-2", "us-east-1"]);
    }

    #[test]
    fn case_does_not_matter() {
        assert_eq!(near("EU-WEST-1", regions())[0], "eu-west-1");
    }

    #[test]
    fn something_else_finds_nothing() {
        assert!(near("'; drop table", regions()).is_empty());
        assert!(near("x", ["S3".to_owned()].into_iter()).is_empty());
    }
}
