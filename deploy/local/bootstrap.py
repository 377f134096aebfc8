"""Brings the local cloud to the state that the template describes, and adds what its CloudFormation lacks.

Every step finds what an earlier run has made, so running it again changes nothing.
"""

import hashlib
import json
import os
import pathlib
import time
import urllib.parse
import zipfile

import botocore.exceptions

from emulator import client

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "deploy/aws/sample-apps.yaml"
BEACON = ROOT / "deploy/aws/beacon.png"
STACK = "sample-apps"
ARTIFACTS = "sample-apps-artifacts"
# Any image will do: the emulator starts no machine.
IMAGE = "ami-0abcdef1234567890"


class Failed(Exception):
    """The local cloud could not be brought to the wanted state."""


def bootstrap(url, directory, programs):
    """Deploys everything. Returns the stack's outputs plus `InstanceId`, `AccessKeyId`, `SecretAccessKey`, `BeaconSha256`."""
    try:
        return deploy_all(url, pathlib.Path(directory), programs)
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise Failed(f"{error}; if its state in {directory} is broken, delete that folder") from error


def deploy_all(url, directory, programs):
    code_key = upload_function(url, programs / "shade-generator", directory)
    outputs = deploy(url, {"CodeBucket": ARTIFACTS, "CodeKey": code_key, "CreateInstance": "no"})
    for queue in ("VotesQueueUrl", "VotesDeadLettersUrl"):
        # The stack keeps the port of the day when it was made.
        outputs[queue] = url + urllib.parse.urlsplit(outputs[queue]).path
    enable_expiry(url, [outputs["VotesTableName"], outputs["MonitorTableName"]])
    outputs["BeaconSha256"] = upload_beacon(url, outputs["BeaconBucketName"])
    outputs["InstanceId"] = instance(url)
    key = access_key(url, outputs["MonitorUserName"], directory / "access-key.json")
    return {**outputs, **key}


def upload_function(url, binary, directory):
    """Puts the function's zip into the artifacts bucket, under a key that changes with its content."""
    if not binary.exists():
        raise Failed(f"{binary} is not there; has `cargo build` been run?")
    s3 = client("s3", url)
    digest = hashlib.sha256(binary.read_bytes()).hexdigest()
    key = f"shade-generator/{digest[:16]}.zip"
    ensure_bucket(s3, ARTIFACTS)
    if not has_object(s3, ARTIFACTS, key):
        archive = directory / "shade-generator.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bundle:
            # A fixed date, and executable for all: the function's runtime is another user.
            entry = zipfile.ZipInfo("bootstrap", (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100755 << 16
            bundle.writestr(entry, binary.read_bytes())
        s3.put_object(Bucket=ARTIFACTS, Key=key, Body=archive.read_bytes())
    return key


def deploy(url, parameters):
    """Creates the stack, or updates it where it differs. Returns its outputs."""
    formation = client("cloudformation", url)
    request = {
        "StackName": STACK,
        "TemplateBody": TEMPLATE.read_text(),
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }
    if find_stack(formation) is None:
        formation.create_stack(**request)
    else:
        try:
            formation.update_stack(**request)
        except botocore.exceptions.ClientError as error:
            if "No updates" not in str(error):
                raise
    return settled(formation)


def find_stack(formation):
    try:
        return formation.describe_stacks(StackName=STACK)["Stacks"][0]
    except botocore.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def settled(formation):
    deadline = time.monotonic() + 60
    while True:
        stack = find_stack(formation)
        status = stack["StackStatus"] if stack else "DELETED"
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        if not status.endswith("_IN_PROGRESS") or time.monotonic() > deadline:
            raise Failed(f"the stack is {status}: {reasons(formation)}; to start afresh, delete the cloud's folder")
        time.sleep(0.1)


def reasons(formation):
    events = formation.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)


def enable_expiry(url, tables):
    """The emulator's CloudFormation ignores TimeToLiveSpecification. Its reaper deletes once a minute or so."""
    dynamodb = client("dynamodb", url)
    for table in tables:
        state = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"]
        if state == "DISABLED":
            dynamodb.update_time_to_live(
                TableName=table, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True}
            )


def upload_beacon(url, bucket):
    """Puts the beacon where everybody may read it. Returns its SHA-256."""
    content = BEACON.read_bytes()
    client("s3", url).put_object(
        Bucket=bucket, Key="beacon.png", Body=content, ContentType="image/png", CacheControl="max-age=60"
    )
    return hashlib.sha256(content).hexdigest()


def instance(url):
    """The id of the beacon instance, found again by its name."""
    ec2 = client("ec2", url)
    name = "cloud-monitor-beacon"
    found = ec2.describe_instances(Filters=[
        {"Name": "tag:Name", "Values": [name]},
        {"Name": "instance-state-name", "Values": ["pending", "running"]},
    ])["Reservations"]
    if not found:
        tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        found = [ec2.run_instances(ImageId=IMAGE, InstanceType="t3.nano", MinCount=1, MaxCount=1, TagSpecifications=tags)]
    return found[0]["Instances"][0]["InstanceId"]


def access_key(url, user, store):
    """The monitor's key. Its secret is told only once, so it is kept beside the emulator's state."""
    iam = client("iam", url)
    known = [key["AccessKeyId"] for key in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]]
    if store.exists():
        kept = json.loads(store.read_text())
        if kept["AccessKeyId"] in known:
            return kept
    for lost in known:
        iam.delete_access_key(UserName=user, AccessKeyId=lost)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    kept = {"AccessKeyId": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]}
    with open(os.open(store, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(kept, file)
    return kept


def ensure_bucket(s3, bucket):
    if bucket not in [known["Name"] for known in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=bucket)


def has_object(s3, bucket, key):
    return s3.list_objects_v2(Bucket=bucket, Prefix=key).get("KeyCount", 0) > 0
