//! Variables that hold several values, separated by commas.

use std::{net::SocketAddr, str::FromStr};

use serve::configuration::Variables;
use url::Url;

use super::HttpUrl;
use crate::probes::control;

/// `TM_NAME_SERVERS`.
pub(super) fn name_servers(variables: &mut Variables) -> Vec<SocketAddr> {
    let expected = "addresses such as 10.0.0.2:53, separated by commas";
    list(variables, "TM_NAME_SERVERS", expected)
}

/// `TM_CONTROL_URLS`.
pub(super) fn control_urls(variables: &mut Variables) -> Vec<Url> {
    let expected = "http:// or https:// addresses, separated by commas";
    let urls: Vec<HttpUrl> = list(variables, "TM_CONTROL_URLS", expected);
    if urls.len() > control::AT_MOST {
        let limit = control::AT_MOST;
        variables.problem(format!("TM_CONTROL_URLS: {} are more than {limit}", urls.len()));
    }
    if urls.iter().any(|HttpUrl(url)| !url.username().is_empty() || url.password().is_some()) {
        variables.problem("TM_CONTROL_URLS: no address may contain a user or a password");
    }
    urls.into_iter().map(|HttpUrl(url)| url).collect()
}

/// The values of a list; an empty one when the variable is absent.
fn list<T: FromStr>(variables: &mut Variables, name: &str, expected: &str) -> Vec<T> {
    variables.parsed(name, expected).map_or_else(Vec::new, |List(values)| values)
}

struct List<T>(Vec<T>);

impl<T: FromStr> FromStr for List<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
        values.map(T::from_str).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_value_by_value() {
        let mut variables = Variables::of(&[
            ("TM_NAME_SERVERS", "127.0.0.1:5300, [::1]:53,"),
            ("TM_CONTROL_URLS", "http://one.example/,https://two.example/204"),
        ]);
        assert_eq!(name_servers(&mut variables).len(), 2);
        assert_eq!(control_urls(&mut variables)[1].path(), "/204");
        assert!(variables.finish(|| Some(())).is_ok());
    }

    #[test]
    fn what_is_no_address_or_one_too_many_is_named() {
        let urls = "http://1.example,http://2.example,http://3.example,http://4.example";
        let mut variables =
            Variables::of(&[("TM_NAME_SERVERS", "127.0.0.1"), ("TM_CONTROL_URLS", urls)]);
        name_servers(&mut variables);
        control_urls(&mut variables);
        let problems = variables.finish(|| Some(())).unwrap_err().to_string();
        assert!(problems.contains("TM_NAME_SERVERS"), "{problems}");
        assert!(problems.contains("TM_CONTROL_URLS"), "{problems}");
    }
}
