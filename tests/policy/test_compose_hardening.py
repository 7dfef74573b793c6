"""The containers of docker-compose.yml have few rights, and no secret in an environment."""

from __future__ import annotations

import re
from typing import Any

import pytest
from airflow.configuration import conf

from infra.container_secrets import SECRETS, USER_VARIABLE
from infra.local.airflow_environment import COMMON_ENVIRONMENT
from livelihood.setting_sources import secret_names, variable
from livelihood.settings import ROOT, Settings
from testkit.compose import SECRETS_FOLDER, load_compose
from tests.policy.repository import files

COMPOSE = load_compose()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
# Variables that would contain a secret; each has another form that names a file or a command.
SECRET_VARIABLES = {variable(name) for name in secret_names(Settings)}
SECRET_VARIABLES |= {secret.variable for secret in SECRETS.values() if secret.variable}
SECRET_VARIABLES |= {
    f"AIRFLOW__{section}__{key}".upper() for section, key in conf.sensitive_config_values
}
SECRET_VARIABLES |= {"AIRFLOW__OPENLINEAGE__TRANSPORT", "KAFKA_OPTS"}

each_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))


@each_service
def test_a_container_has_as_few_rights_as_possible(service: dict[str, Any]) -> None:
    assert service["user"] == f"${{{USER_VARIABLE}:?run make secrets}}:0"
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert "/tmp" in [path.split(":")[0] for path in service["tmpfs"]]


@each_service
def test_a_container_has_limits(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"[0-9]+[mg]", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 1024


def test_java_has_less_memory_than_its_container() -> None:
    [heap] = re.findall(r"-Xmx(\d+)m", SERVICES["kafka"]["environment"]["KAFKA_HEAP_OPTS"])
    assert 2 * int(heap) < int(SERVICES["kafka"]["mem_limit"].removesuffix("m"))


def test_kafka_may_load_its_libraries() -> None:
    assert "/tmp:exec" in SERVICES["kafka"]["tmpfs"]


def test_only_services_that_need_it_can_leave_the_internal_network() -> None:
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert all("back" in service["networks"] for service in SERVICES.values())
    outside = {name for name, service in SERVICES.items() if "front" in service["networks"]}
    published = {name for name, service in SERVICES.items() if "ports" in service}
    assert outside == published | {"airflow-scheduler", "producer"}


@each_service
def test_no_secret_is_in_an_environment(service: dict[str, Any]) -> None:
    assert not SECRET_VARIABLES & set(service["environment"])
    assert not [name for name in SECRET_VARIABLES if f"{name}=" in COMMON_ENVIRONMENT.read_text()]
    for name, value in service["environment"].items():
        if "JAAS" in name:
            assert re.findall(r'\w+="([^"]*)"', value)[1:] == 2 * [
                f"$${{secrets:{SECRETS_FOLDER}:kafka_broker_password}}"
            ]


@each_service
def test_a_service_reads_exactly_the_secrets_it_is_given(service: dict[str, Any]) -> None:
    text = " ".join(str(value) for value in service["environment"].values())
    text += " ".join(re.findall(r'"\$folder/(\w+)"', _script(service)))
    names = {name for name in SECRETS if re.search(rf"\b{name}\b", text)}
    assert names == set(service["secrets"])


def _script(service: dict[str, Any]) -> str:
    script = re.search(r"/opt/livelihood/(\S+\.sh)", str(service.get("command", "")))
    return (ROOT / script[1]).read_text() if script else ""


def test_secrets_are_the_files_that_make_secrets_creates() -> None:
    assert COMPOSE["secrets"] == {name: {"file": f"./secrets/{name}"} for name in SECRETS}
    assert not [name for name in files() if name.startswith("secrets/")]
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"secrets/", ".env"} <= set(ignored)
