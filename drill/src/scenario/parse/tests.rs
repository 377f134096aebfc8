//! Scenarios that are read, and lines that are refused.

use super::*;

const HEAD: &str = "id = \"sample\"\ntitle = \"\"\nsource = \"\"\nregion = \"us-east-1\"\n\
                    slots = 20\nonset = 5\n";
const EXPECT: &str = "[expect]\ndetect_within = 2\nclear_within = 3\nfalse_down = 0\n";

fn parsed(middle: &str) -> Result<Scenario, Malformed> {
    Scenario::parse(&format!("{HEAD}{middle}{EXPECT}"))
}

/// The line within `middle`, counted from 1, and what is wrong with it.
fn refused(middle: &str) -> (usize, String) {
    let Malformed { line, problem } = parsed(middle).unwrap_err();
    (line - HEAD.lines().count(), problem)
}

fn fault(rest: &str) -> String {
    format!("[[fault]]\ntarget = \"sqs\"\nfrom = 0\nto = 9\n{rest}\n")
}

#[test]
fn a_fault_has_what_its_kind_needs() {
    let scenario = parsed(&fault(
        "kind = \"status\"\nstatus = 503\nshare = 0.25\noperations = [\"SendMessage\"]",
    ));
    let fault = scenario.unwrap().faults.remove(0);
    assert_eq!((fault.target, fault.kind), (Target::Sqs, Kind::Status(503)));
    assert_eq!((fault.from, fault.to, fault.share), (0, 9, 0.25));
    assert_eq!(fault.operations, ["SendMessage"]);
}

#[test]
fn every_scenario_of_the_repository_is_well_formed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let scenario = Scenario::read(&path).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(path.file_stem().unwrap().to_str(), Some(scenario.id.as_str()));
            read += 1;
        }
    }
    assert!(read >= 8, "only {read}");
}

#[test]
fn what_nobody_knows_is_named_with_its_line() {
    for (middle, line, word) in [
        (fault("kind = \"status\"\nstatus = 503\nshares = 0.5"), 7, "shares"),
        (fault("kind = \"explode\""), 5, "explode"),
        (
            "[[fault]]\ntarget = \"route53\"\nfrom = 0\nto = 1\nkind = \"reset\"\n".into(),
            2,
            "route53",
        ),
        (
            "[[truth]]\nservice = \"Dynamo\"\nstatus = \"down\"\nfrom = 0\nto = 1\n".into(),
            2,
            "service",
        ),
        (
            "[[truth]]\nservice = \"S3\"\nstatus = \"broken\"\nfrom = 0\nto = 1\n".into(),
            3,
            "broken",
        ),
    ] {
        let (found, problem) = refused(&middle);
        assert_eq!(found, line, "{problem} in\n{middle}");
        assert!(problem.contains(word), "{problem}");
    }
}

#[test]
fn a_value_that_makes_no_sense_is_named_with_its_line() {
    for (rest, line, word) in [
        ("kind = \"status\"", 5, "status"),
        ("kind = \"status\"\nstatus = 200", 6, "400 to 599"),
        ("kind = \"reset\"\nshare = 0.0", 6, "share"),
        ("kind = \"reset\"\nshare = 1.5", 6, "share"),
        ("kind = \"reset\"\nstatus = 500", 6, "of this kind has none"),
        ("kind = \"latency\"", 5, "latency_ms"),
        ("kind = \"latency\"\nlatency_ms = [900, 200]", 6, "p50"),
        ("kind = \"reset\"\noperations = []", 6, "operations"),
    ] {
        let (found, problem) = refused(&fault(rest));
        assert_eq!(found, line, "{problem} for {rest}");
        assert!(problem.contains(word), "{problem}");
    }
    let backwards = "[[truth]]\nservice = \"S3\"\nstatus = \"down\"\nfrom = 9\nto = 9\n";
    assert_eq!(refused(backwards), (4, "from: before to".into()));
    let messages = "[[fault]]\ntarget = \"ec2\"\nfrom = 0\nto = 9\nkind = \"drop_async\"\n";
    assert_eq!(refused(messages), (5, "kind: ec2 has nothing of that kind".into()));
}

#[test]
fn what_is_missing_or_no_toml_is_named_with_a_line() {
    let problem = Scenario::parse(HEAD).unwrap_err();
    assert!(problem.problem.contains("expect"), "{problem:?}");
    let problem = Scenario::parse(&format!("{HEAD}slots = \n{EXPECT}")).unwrap_err();
    assert_eq!(problem.line, 7, "{problem:?}");
}
