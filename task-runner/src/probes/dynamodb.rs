//! DynamoDB: write an item, read it back consistently, compare, and take it away again.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType, TableStatus, TimeToLiveSpecification,
    },
};
use chrono::Utc;
use model::Failure;

use crate::{attempt::Attempt, context::Context, net::Failed, registry::Probe};

/// DynamoDB by itself.
pub const PROBE: Probe = Probe {
    about: &verdict::catalogue::DYNAMODB,
    missing: |_| None,
    run: |context| Box::pin(run(context)),
};

/// An hour: an item that could not be deleted is gone by itself then.
const LIFETIME: Duration = Duration::from_secs(3600);

async fn run(context: Context) {
    let id = format!("{}/{}", context.region, context.nonce);
    let (context, id) = (&context, id.as_str());
    let put = |attempt| put_item(attempt, context, id);
    let mut written = context.step_within(context.step_deadline, "put_item", put).await;
    if is_configuration(&written) {
        match create_table(context).await {
            Ok(()) => written = context.step_within(context.step_deadline, "put_item", put).await,
            Err(failed) => {
                tracing::warn!(detail = failed.detail, "Cannot create the monitor's own table");
            }
        }
    }
    if written.is_err() {
        return;
    }
    context.step("get_item", |attempt| get_item(attempt, context, id)).await;
    context.step("delete_item", |attempt| delete_item(attempt, context, id)).await;
}

fn is_configuration(result: &Result<(), Failed>) -> bool {
    result.as_ref().is_err_and(|failed| failed.failure == Failure::Configuration)
}

fn key(id: &str) -> AttributeValue {
    AttributeValue::S(id.to_owned())
}

async fn put_item(attempt: Attempt, context: &Context, id: &str) -> Result<(), Failed> {
    let expires_at = Utc::now().timestamp() + LIFETIME.as_secs().cast_signed();
    let put = client(&attempt, context)
        .put_item()
        .table_name(&context.targets.table)
        .item("id", key(id))
        .item("written_by", AttributeValue::S("cloud-monitor".into()))
        .item("nonce", AttributeValue::S(context.nonce.to_string()))
        .item("expires_at", AttributeValue::N(expires_at.to_string()));
    attempt.called(put.send().await)?;
    Ok(())
}

async fn get_item(attempt: Attempt, context: &Context, id: &str) -> Result<(), Failed> {
    let get = client(&attempt, context)
        .get_item()
        .table_name(&context.targets.table)
        .key("id", key(id))
        .consistent_read(true);
    let output = attempt.called(get.send().await)?;
    let nonce = |item: &HashMap<String, AttributeValue>| item.get("nonce")?.as_s().ok().cloned();
    match output.item().map(nonce) {
        Some(Some(nonce)) if nonce == context.nonce.to_string() => Ok(()),
        Some(_) => Err(Failed::new(Failure::Body, "another item was read than was written")),
        None => Err(Failed::new(
            Failure::Stale,
            "a consistent read does not see the item written before",
        )),
    }
}

async fn delete_item(attempt: Attempt, context: &Context, id: &str) -> Result<(), Failed> {
    let delete = client(&attempt, context)
        .delete_item()
        .table_name(&context.targets.table)
        .key("id", key(id));
    attempt.called(delete.send().await)?;
    Ok(())
}

/// Creates the monitor's own table where it was never deployed, and waits until it can be used.
///
/// Not a step: it happens once in the life of a table.
async fn create_table(context: &Context) -> Result<(), Failed> {
    let attempt = context.unrecorded();
    let client = client(&attempt, context);
    let table = &context.targets.table;
    let id = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S)
        .build();
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build();
    let incomplete = |error| Failed::new(Failure::Local, error);
    let create = client
        .create_table()
        .table_name(table)
        .attribute_definitions(id.map_err(incomplete)?)
        .key_schema(key.map_err(incomplete)?)
        .billing_mode(BillingMode::PayPerRequest);
    attempt.called(create.send().await)?;
    tracing::info!(table, "Created the monitor's own table");
    while !is_active(&attempt, &client, table).await? {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let expiry = TimeToLiveSpecification::builder().attribute_name("expires_at").enabled(true);
    let expiry = expiry.build().map_err(incomplete)?;
    let update = client.update_time_to_live().table_name(table).time_to_live_specification(expiry);
    attempt.called(update.send().await)?;
    Ok(())
}

async fn is_active(attempt: &Attempt, client: &Client, table: &str) -> Result<bool, Failed> {
    let output = attempt.called(client.describe_table().table_name(table).send().await)?;
    let status = output.table().and_then(|table| table.table_status());
    Ok(status == Some(&TableStatus::Active))
}

fn client(attempt: &Attempt, context: &Context) -> Client {
    Client::new(&attempt.sdk(context.targets.endpoints.dynamodb.as_ref()))
}
