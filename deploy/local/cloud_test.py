"""The local cloud comes up, comes up again with the same things in it, and leaves no process behind."""

import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.request
import uuid

import botocore.exceptions

import emulator
import http_client
from children_test import eventually

PROGRAM = pathlib.Path(__file__).resolve().parent / "cloud.py"
KEPT = ["TM_VOTING_EC2_INSTANCE_ID", "TM_AWS_ACCESS_KEY_ID", "TM_AWS_SECRET_ACCESS_KEY", "TM_S3_FILE_SHA256"]


class CloudTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.directory = folder.name
        # Every process that descends from ours has it in its environment.
        self.mark = f"CLOUD_TEST={uuid.uuid4()}"

    def start(self, **variables):
        name, value = self.mark.split("=")
        # A home that is not there: nothing may depend on what is in it.
        environment = {**os.environ, name: value, "HOME": "/nonexistent", **variables}
        cloud = subprocess.Popen(
            [sys.executable, PROGRAM, "--directory", self.directory],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.addCleanup(lambda: (cloud.kill(), cloud.wait(), cloud.stdin.close(), cloud.stdout.close()))
        return cloud, json.loads(cloud.stdout.readline())

    def descendants(self):
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                pass  # It has ended, or is not ours.
        return found

    def test_it_comes_up_again_with_the_same_things_in_it(self):
        cloud, first = self.start()
        topics = http_client.get(f"{first['TM_VOTING_API_URL']}/topics")
        cloud.stdin.close()
        self.assertEqual(cloud.wait(30), 0)
        cloud, second = self.start()
        self.assertEqual({name: first[name] for name in KEPT}, {name: second[name] for name in KEPT})
        self.assertEqual(http_client.get(f"{second['TM_VOTING_API_URL']}/topics"), topics)
        self.assertEqual((len(topics), topics[0]["is_active"]), (1, True))
        cloud.send_signal(signal.SIGTERM)
        self.assertEqual(cloud.wait(30), 0)
        self.assertEqual(self.descendants(), [])

    def test_a_kill_leaves_no_process_and_nothing_that_keeps_it_from_starting(self):
        cloud, variables = self.start()
        # Makes the function's own process, a child of a child.
        self.assertRegex(http_client.get(variables["TM_SHADES_URL"])["hex"], "^#[0-9a-f]{6}$")
        self.assertTrue(any("bootstrap" in command for command in self.descendants()), self.descendants())
        cloud.kill()
        cloud.wait()
        self.assertTrue(eventually(lambda: not self.descendants(), 20), self.descendants())
        _, variables = self.start()
        self.assertTrue(http_client.get(f"{variables['TM_VOTING_API_URL']}/topics"))

    def test_everything_that_a_monitor_asks_for_is_there(self):
        _, variables = self.start()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(variables["TM_S3_FILE_URL"]) as beacon:
            content = beacon.read()
            self.assertEqual(beacon.headers["Content-Type"], "image/png")
        self.assertLess(len(content), 5000)
        self.assertEqual(hashlib.sha256(content).hexdigest(), variables["TM_S3_FILE_SHA256"])

        function = emulator.client("lambda", variables["TM_LAMBDA_ENDPOINT_URL"])
        answer = function.invoke(FunctionName=variables["TM_LAMBDA_FUNCTION"], Payload=b"{}")
        self.assertNotIn("FunctionError", answer)
        self.assertEqual(json.loads(answer["Payload"].read())["statusCode"], 200)

        ec2 = emulator.client("ec2", variables["TM_EC2_ENDPOINT_URL"])
        found = ec2.describe_instances(InstanceIds=[variables["TM_VOTING_EC2_INSTANCE_ID"]])
        self.assertEqual(found["Reservations"][0]["Instances"][0]["State"]["Name"], "running")

        iam = emulator.client("iam", variables["TM_IAM_ENDPOINT_URL"])
        used = iam.get_access_key_last_used(AccessKeyId=variables["TM_AWS_ACCESS_KEY_ID"])
        self.assertEqual(used["UserName"], "cloud-monitor")

        sqs = emulator.client("sqs", variables["TM_AWS_SQS_ENDPOINT_URL"])
        queue = sqs.get_queue_url(QueueName=variables["TM_SQS_QUEUE"])["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        self.assertEqual(attributes["MessageRetentionPeriod"], "60")

        dynamodb = emulator.client("dynamodb", variables["TM_DYNAMODB_ENDPOINT_URL"])
        for table in (variables["TM_DYNAMODB_TABLE"], variables["VOTING_VOTES_TABLE"]):
            expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
            self.assertEqual((expiry["TimeToLiveStatus"], expiry["AttributeName"]), ("ENABLED", "expires_at"))

    def test_the_monitors_permissions_are_enough_and_no_more(self):
        # The emulator enforces signatures and policies only when told to.
        _, variables = self.start(AUTH="true")

        def client(service):
            endpoint = variables["TM_AWS_SQS_ENDPOINT_URL" if service == "sqs" else f"TM_{service.upper()}_ENDPOINT_URL"]
            return emulator.client(service, endpoint, variables["TM_AWS_ACCESS_KEY_ID"], variables["TM_AWS_SECRET_ACCESS_KEY"])

        sqs, dynamodb, ec2, iam = client("sqs"), client("dynamodb"), client("ec2"), client("iam")
        queue = sqs.get_queue_url(QueueName=variables["TM_SQS_QUEUE"])["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody="x")
        message = sqs.receive_message(QueueUrl=queue)["Messages"][0]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        item = {"TableName": variables["TM_DYNAMODB_TABLE"], "Key": {"id": {"S": "1"}}}
        dynamodb.put_item(TableName=item["TableName"], Item=item["Key"])
        dynamodb.get_item(**item, ConsistentRead=True)
        dynamodb.delete_item(**item)
        client("lambda").invoke(FunctionName=variables["TM_LAMBDA_FUNCTION"], Payload=b"{}")
        instances = {"InstanceIds": [variables["TM_VOTING_EC2_INSTANCE_ID"]]}
        ec2.describe_instances(**instances)
        ec2.describe_instance_status(**instances)
        iam.get_access_key_last_used(AccessKeyId=variables["TM_AWS_ACCESS_KEY_ID"])

        for forbidden in (
            lambda: sqs.send_message(QueueUrl=variables["VOTING_QUEUE_URL"], MessageBody="x"),
            lambda: dynamodb.get_item(TableName=variables["VOTING_VOTES_TABLE"], Key=item["Key"]),
            lambda: dynamodb.delete_table(TableName=variables["TM_DYNAMODB_TABLE"]),
            lambda: ec2.terminate_instances(**instances),
            lambda: iam.list_users(),
        ):
            with self.assertRaisesRegex(botocore.exceptions.ClientError, "not authorized"):
                forbidden()


if __name__ == "__main__":
    unittest.main()
