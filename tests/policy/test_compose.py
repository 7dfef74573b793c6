"""docker-compose.yml, the Dockerfile and what they name, as far as no engine is needed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from airflow.configuration import conf
from airflow.providers.openlineage.get_provider_info import get_provider_info

from infra.container_secrets import USER_VARIABLE
from infra.env_example import CONTAINER_VARIABLES
from infra.local.airflow import COMPONENTS
from infra.local.airflow_environment import COMMON_ENVIRONMENT
from infra.local.jars import COORDINATES
from infra.local.kafka import CONFIGURATION as KAFKA_CONFIGURATION
from infra.local.kafka_users import BROKER
from livelihood.kafka.clients import user_name
from livelihood.settings import ROOT, Settings

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = ROOT / "infra" / "images" / "Dockerfile"
# Name and suffix: ":?..." requires a value, ":-..." defines a default.
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)([^}]*)\}")
SETTING_NAMES = {f"LIVELIHOOD_{name.upper()}" for name in Settings.model_fields}
IN_IMAGE = "/opt/livelihood"


def test_file_follows_the_compose_specification() -> None:
    package = importlib.metadata.distribution("check-jsonschema")
    schema_path = "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(Path(str(package.locate_file(schema_path))).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    assert list(validator.iter_errors({"services": {"x": {"imagine": "x"}}})), "the schema is empty"


def test_settings_in_the_file_exist() -> None:
    names = {name.removesuffix("_FILE") for name in re.findall(r"LIVELIHOOD_[A-Z_]+", TEXT)}
    assert names
    assert names <= SETTING_NAMES


def test_variables_of_the_file_are_in_env_example() -> None:
    variables = {name for name, _ in VARIABLE.findall(TEXT)}
    assert variables - SETTING_NAMES == set(CONTAINER_VARIABLES)


def test_variables_have_a_default_except_the_user() -> None:
    for name, rule in VARIABLE.findall(TEXT):
        expected = ":?" if name == USER_VARIABLE else ":-"
        assert rule.startswith(expected), f"{name} needs a default"


def test_settings_of_the_platform_are_passed_on() -> None:
    """Every setting is in the file, except those of the embedded servers and of producers."""
    fixed = {"kafka_sasl_mechanism", "kafka_replication_factor", "sources_file", "record_key"}
    fixed |= {"kafka_ca_file", "kafka_client_certificate", "kafka_client_key"}
    embedded = {"kafka_port", "kafka_controller_port", "airflow_port"}
    producers = {"token_key", "token_key_version"}
    passed = {
        name.removeprefix("LIVELIHOOD_").removesuffix("_FILE").lower()
        for name in COMPOSE["x-livelihood"]["environment"]
        if name.startswith("LIVELIHOOD_")
    }
    assert passed == set(Settings.model_fields) - fixed - embedded - producers


def test_defaults_equal_those_of_the_settings() -> None:
    for name, rule in VARIABLE.findall(TEXT):
        if name in SETTING_NAMES and rule.startswith(":-"):
            field = Settings.model_fields[name.removeprefix("LIVELIHOOD_").lower()]
            assert rule == f":-{'' if field.default is None else field.default}"


def test_mounted_and_copied_paths_exist() -> None:
    common = COMPOSE["x-livelihood"]
    paths = [common["env_file"], common["build"]["dockerfile"], common["build"]["context"]]
    for service in SERVICES.values():
        paths += [mount.split(":")[0] for mount in service.get("volumes", [])]
        paths += re.findall(rf"{IN_IMAGE}/(\S+)", str(service.get("command", "")))
    missing = [
        name
        for name in paths
        if name not in COMPOSE["volumes"] and not (ROOT / name).resolve().exists()
    ]
    assert missing == []


def test_airflow_components_run_and_services_have_health_checks() -> None:
    commands = {service.get("command") for service in SERVICES.values()}
    assert set(COMPONENTS) <= commands
    unchecked = {name for name, service in SERVICES.items() if "healthcheck" not in service}
    assert unchecked == {"migrate", "producer"}
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_only_the_producer_gets_the_token_key() -> None:
    holders = {name for name, service in SERVICES.items() if "token_key" in service["secrets"]}
    assert holders == {"producer"}
    assert "TOKEN_KEY" not in COMMON_ENVIRONMENT.read_text()
    # It has no password of the warehouse and nothing of Airflow.
    assert SERVICES["producer"]["secrets"] == ["kafka_producer_password", "token_key"]


def test_ports_are_published_on_localhost_only() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_every_listener_of_kafka_requires_a_log_in() -> None:
    environment = SERVICES["kafka"]["environment"]
    listeners = {part.split(":")[0] for part in environment["KAFKA_LISTENERS"].split(",")}
    protocols = environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    assert set(protocols) == {f"{listener}:SASL_PLAINTEXT" for listener in listeners}
    properties = dict(
        line.split("=", 1)
        for line in KAFKA_CONFIGURATION.read_text().splitlines()
        if "=" in line and not line.startswith("#")
    )
    assert properties["allow.everyone.if.no.acl.found"] == "false"
    superusers = properties["super.users"].split(";")
    assert superusers == [f"User:{user_name(role)}" for role in (BROKER, "admin")]
    for listener in ("CLIENT", "CONTROLLER"):
        log_in = environment[f"KAFKA_LISTENER_NAME_{listener}_PLAIN_SASL_JAAS_CONFIG"]
        assert f'username="{user_name(BROKER)}"' in log_in


def test_services_log_in_to_kafka_with_the_least_rights() -> None:
    users = {
        name: service["environment"]["LIVELIHOOD_KAFKA_USERNAME"]
        for name, service in SERVICES.items()
        if "LIVELIHOOD_KAFKA_USERNAME" in service.get("environment", {})
    }
    airflow = {f"airflow-{component}" for component in COMPONENTS}
    assert users == dict.fromkeys(airflow, user_name("loader")) | {
        "migrate": user_name("admin"),
        "producer": user_name("producer"),
    }
    for name, user in users.items():
        service = SERVICES[name]
        password = f"{user.replace('livelihood-', 'kafka_')}_password"
        assert service["environment"]["LIVELIHOOD_KAFKA_PASSWORD_FILE"].endswith(f"/{password}")
        assert service["environment"]["LIVELIHOOD_KAFKA_SECURITY_PROTOCOL"] == "SASL_PLAINTEXT"


def test_versions_equal_those_of_the_local_stack() -> None:
    kafka_version = COORDINATES[0].rsplit(":", 1)[1]
    # `make digests` may add the digest.
    assert SERVICES["kafka"]["image"].split("@")[0] == f"apache/kafka:{kafka_version}"
    assert SERVICES["postgres"]["image"].split("@")[0] == "postgres:18"
    [pinned] = re.findall(r"(?m)^apache-airflow==(\S+)", (ROOT / "requirements.in").read_text())
    image = f"FROM apache/airflow:{pinned}-python3.11"
    assert re.search(rf"(?m)^{re.escape(image)}(@sha256:[0-9a-f]{{64}})?$", DOCKERFILE.read_text())


def test_airflow_options_exist() -> None:
    spec = importlib.util.find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    template = Path(spec.origin).parent / "config_templates" / "config.yml"
    options = {
        f"AIRFLOW__{section}__{option}".upper()
        for section, content in yaml.safe_load(template.read_text()).items()
        for option in content["options"]
    }
    options |= {
        f"AIRFLOW__OPENLINEAGE__{option}".upper()
        for option in get_provider_info()["config"]["openlineage"]["options"]
    }
    texts = (TEXT, COMMON_ENVIRONMENT.read_text(), DOCKERFILE.read_text())
    used = {name for text in texts for name in re.findall(r"AIRFLOW__\w+", text)}
    assert len(used) > 10
    sensitive = {name.removesuffix("_CMD") for name in used if name.endswith("_CMD")}
    assert {name.removesuffix("_CMD") for name in used} <= options
    # Airflow runs a command only for an option that it calls sensitive.
    assert {name.lower() for name in sensitive} <= {
        f"airflow__{section}__{key}" for section, key in conf.sensitive_config_values
    }
