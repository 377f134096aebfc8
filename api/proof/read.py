"""Reads a seeded server through the generated Python client: `read.py DIRECTORY http://127.0.0.1:8000`."""

import importlib
import pkgutil
import sys

sys.path.insert(0, sys.argv[1])

import cloud_monitor_client
from cloud_monitor_client import Client
from cloud_monitor_client.api.catalogue import list_services
from cloud_monitor_client.api.dashboard import read_metrics
from cloud_monitor_client.api.evidence import list_runs
from cloud_monitor_client.api.history import read_uptime
from cloud_monitor_client.api.measurements import list_measurements, list_status, read_region_status
from cloud_monitor_client.models import Failure, Grouping, Problem, RunState, Status, WindowLength


def main():
    # Whatever was generated compiles, also what is not called below.
    for module in pkgutil.walk_packages(cloud_monitor_client.__path__, "cloud_monitor_client."):
        importlib.import_module(module.name)
    client = Client(base_url=sys.argv[2], raise_on_unexpected_status=True)

    status = {(item.region, item.service): item for item in list_status.sync(client=client).items}
    broken = status["eu-west-1", "DynamoDB"]
    assert (broken.status, broken.cause, broken.latency_us) == (Status.DOWN, Failure.CONNECT, None), broken
    assert status["us-east-1", "DynamoDB"].status is Status.UP, status["us-east-1", "DynamoDB"]

    page = list_measurements.sync(client=client, region="us-east-1", service="S3")
    assert len(page.items) == 5 and page.next_ is None, page
    assert [row.slot for row in page.items] == sorted((row.slot for row in page.items), reverse=True)

    region = read_region_status.sync("eu-west-1", client=client)
    assert region.status is Status.DOWN and {item.region for item in region.items} == {"eu-west-1", "global"}, region
    runs = list_runs.sync(client=client, region="eu-west-1").items
    assert [run.state for run in runs] == [RunState.FINISHED] * 5, runs
    uptime = read_uptime.sync(client=client, window=WindowLength("24h"), service="API Gateway", by=Grouping.BOTH)
    assert [(item.region, item.uptime) for item in uptime.items] == [("eu-west-1", 1), ("us-east-1", 1)], uptime

    services = [service.name for service in list_services.sync(client=client).items]
    assert "API Gateway" in services, services
    metrics = read_metrics.sync(client=client, region="eu-west-1")
    assert metrics.series["DynamoDB"][-1].down > 0, metrics

    refusal = list_measurements.sync(client=client, service="DinamoDB")
    assert isinstance(refusal, Problem) and refusal.near == ["DynamoDB"], refusal
    print(f"python: read {len(status)} statuses and {len(page.items)} measurements")


if __name__ == "__main__":
    main()
