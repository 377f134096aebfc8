//! What is stored beside a status: why, whose fault, and who explains it.

use model::{Failure, Fault};

use super::builders::{GAME, Judged, SHADES, Slot};
use crate::VERSION;

fn fault(judged: &Judged, name: &str) -> Option<Fault> {
    judged.row(name).explanation.as_ref().unwrap().fault
}

#[test]
fn what_works_is_nobodys_fault_and_says_which_rule_says_so() {
    let judged = Slot::healthy().alone();
    let said = judged.row("S3").explanation.as_ref().unwrap();
    assert_eq!((&*said.reason, said.rule, said.fault), ("it works", VERSION, None));
    assert_eq!(judged.suspect(GAME), None);
}

#[test]
fn an_application_is_explained_by_a_service_that_is_to_blame() {
    let gateway = Slot::healthy().failing("shades.get_shade", Failure::Http5xx).alone();
    assert_eq!(gateway.suspect(SHADES), Some("API Gateway"), "seen in front of it alone");
    let dynamodb = Slot::healthy()
        .failing("dynamodb.put_item", Failure::Connect)
        .failing("voting_game.get_topic", Failure::Http5xx)
        .alone();
    assert_eq!(dynamodb.suspect(GAME), Some("DynamoDB"));
    assert_eq!(fault(&dynamodb, "DynamoDB"), Some(Fault::Provider));
}

#[test]
fn an_application_that_fails_by_itself_is_our_fault() {
    let judged = Slot::healthy().failing("voting_game.get_topic", Failure::Http5xx).alone();
    assert_eq!((judged.suspect(GAME), fault(&judged, GAME)), (None, Some(Fault::Ours)));
}

#[test]
fn refused_credentials_are_our_fault_and_a_functions_failure_is_unclear() {
    let refused = Slot::healthy().failing("iam.get_access_key_last_used", Failure::Credentials);
    assert_eq!(fault(&refused.alone(), "IAM"), Some(Fault::Ours));
    let function = Slot::healthy()
        .failing("lambda.invoke", Failure::FunctionError)
        .failing("shades.get_shade", Failure::Http5xx)
        .alone();
    assert_eq!(fault(&function, "Lambda"), Some(Fault::Unclear));
    assert_eq!(function.suspect(SHADES), Some("API Gateway"), "needed first, and as unclear");
}
