"""The containers: a file that compose can read, built of files and services that exist."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.deploy.paths import DEPLOY, PROMETHEUS

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
MADE_BY_NEW_SITE = "./site/"


def test_all_parts_are_there() -> None:
    assert set(SERVICES) >= {"ringpace", "asterisk", "redis", "mosquitto", "prometheus", "grafana"}


def test_services_wait_only_for_services_that_exist() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_each_service_has_an_image_and_runs_without_root() -> None:
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", CONTAINERFILE, re.MULTILINE))
    for service in SERVICES.values():
        assert service["image"]
        assert service["user"].split(":")[0] not in {"0", "root"}
        assert "build" not in service or service["build"]["target"] in stages


def test_mounts_are_named_volumes_or_files_that_exist() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if not source.startswith("."):
                assert source in COMPOSE["volumes"]
            elif not source.startswith(MADE_BY_NEW_SITE):
                assert (DEPLOY / source).exists(), source


def test_what_is_copied_into_the_images_exists() -> None:
    allowed = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for source in re.findall(r"^COPY (?!--from)(\S+) ", CONTAINERFILE, re.MULTILINE):
        assert (DEPLOY.parent / source).exists()
        assert f"!{source}" in allowed


def test_prometheus_is_told_where_the_service_listens() -> None:
    targets = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"][0]
    [target] = targets["static_configs"][0]["targets"]
    assert target in SERVICES["ringpace"]["healthcheck"]["test"][-1]


def test_the_container_is_given_the_time_to_drain() -> None:
    unit = (DEPLOY / "systemd/ringpace.service").read_text(encoding="utf-8")
    assert f"TimeoutStopSec={SERVICES['ringpace']['stop_grace_period'].removesuffix('s')}\n" in unit
