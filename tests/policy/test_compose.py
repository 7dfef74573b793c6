"""docker-compose.yml, the Dockerfile and what they name, as far as no engine is needed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from airflow.providers.openlineage.get_provider_info import get_provider_info

from infra.env_example import CONTAINER_VARIABLES, SECRETS
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
    names = set(re.findall(r"LIVELIHOOD_[A-Z_]+", TEXT))
    assert names
    assert names <= SETTING_NAMES


def test_variables_of_the_file_are_in_env_example() -> None:
    variables = {name for name, _ in VARIABLE.findall(TEXT)}
    assert variables - SETTING_NAMES == set(CONTAINER_VARIABLES)
    assert set(SECRETS) <= variables


def test_secrets_are_required_and_have_no_default() -> None:
    for name, rule in VARIABLE.findall(TEXT):
        if name in SECRETS:
            assert rule.startswith(":?"), f"{name} must be required"
        else:
            assert rule.startswith(":-"), f"{name} needs a default"
    literals = re.findall(r"(?m)^\s*\w*(?:PASSWORD|SECRET|KEY)\w*: *([^\"$\s/][^\n]*)", TEXT)
    assert literals == [], "the file contains a secret"


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
    holders = {
        name
        for name, service in SERVICES.items()
        if any("TOKEN_KEY" in variable for variable in service.get("environment", {}))
    }
    assert holders == {"producer"}
    assert "TOKEN_KEY" not in COMMON_ENVIRONMENT.read_text()
    # It has no password of the warehouse and nothing of Airflow.
    assert not re.findall(
        "PASSWORD|SECRET|WAREHOUSE|AIRFLOW", str(SERVICES["producer"]["environment"])
    )


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
    assert users == dict.fromkeys(airflow, user_name("loader")) | {"migrate": user_name("admin")}


def test_versions_equal_those_of_the_local_stack() -> None:
    kafka_version = COORDINATES[0].rsplit(":", 1)[1]
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka_version}"
    assert SERVICES["postgres"]["image"] == "postgres:18"
    [pinned] = re.findall(r"(?m)^apache-airflow==(\S+)", (ROOT / "requirements.in").read_text())
    assert f"FROM apache/airflow:{pinned}-python3.11\n" in DOCKERFILE.read_text()


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
    assert used <= options


def steps() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile in order, with continued lines joined."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def stub(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\nset -eu\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Run the steps of the Dockerfile with stubs for pip and owners; return its work folder."""
    image = tmp_path / "image"
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    image.mkdir()
    real_install = shutil.which("install")
    # Without -o airflow -g root, because this user exists only in the image.
    stub(stubs, "install", f'[ "$2" = -o ] && [ "$4" = -g ]; shift 5; exec {real_install} -d "$@"')
    stub(stubs, "pip", f'echo "$@" >> {tmp_path}/pip.log')
    environment = os.environ | {"PATH": f"{stubs}:{os.environ['PATH']}"}
    folder = image
    for kind, argument in steps():
        inside = re.sub(r"(?<=\s)/(opt|var)/", rf"{image}/\1/", f" {argument}").strip()
        if kind == "WORKDIR":
            folder = Path(inside)
        elif kind == "COPY":
            copy_step(inside, folder)
        elif kind == "RUN":
            subprocess.run(["sh", "-euc", inside], cwd=folder, env=environment, check=True)
    return folder


def copy_step(argument: str, folder: Path) -> None:
    *sources, target = [part for part in shlex.split(argument) if not part.startswith("--")]
    for source in map(ROOT.joinpath, sources):
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
            shutil.copytree(source, folder / target, ignore=ignored)
        else:
            shutil.copy(source, folder / target)


def test_dockerfile_installs_the_lock_file_and_copies_all_code(built: Path, tmp_path: Path) -> None:
    installs = (tmp_path / "pip.log").read_text().splitlines()
    assert "--require-hashes -r requirements.txt" in installs[0]
    assert "--no-deps --editable ." in installs[1]
    program = (
        "from livelihood.contracts import load_contracts\n"
        "from livelihood.settings import ROOT\n"
        "import producers, simulator, expectations, infra.local.environment\n"
        "packages = (producers, simulator, expectations, infra)\n"
        "assert all(str(ROOT) in package.__file__ for package in packages), packages\n"
        "print(ROOT, len(load_contracts()), (ROOT / 'dbt_project/dbt_project.yml').exists())\n"
    )
    environment = os.environ | {"PYTHONPATH": str(built)}
    completed = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    contracts = len(list((ROOT / "contracts").glob("*.odcs.yaml")))
    assert completed.stdout.split() == [str(built), str(contracts), "True"]


def test_build_context_contains_all_copied_paths() -> None:
    ignore = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    included = {line[1:] for line in ignore if line.startswith("!")}
    copied = {
        part
        for kind, argument in steps()
        if kind == "COPY"
        for part in shlex.split(argument)[:-1]
        if not part.startswith("--")
    }
    assert copied == included
    assert "*" in ignore


def test_migration_creates_tables_and_a_private_password_file(tmp_path: Path) -> None:
    for name in ("airflow", "livelihood"):
        stub(tmp_path, name, f'echo "{name} $*" >> {tmp_path}/log')
    stub(tmp_path, "python", f'exec {sys.executable} "$@"')
    passwords = tmp_path / "passwords.json"
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "AIRFLOW_ADMIN_PASSWORD": 'quoted " one',
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }
    script = ROOT / "infra" / "images" / "migrate.sh"
    subprocess.run(["bash", str(script)], env=environment, check=True)
    assert (tmp_path / "log").read_text().splitlines() == [
        "airflow db migrate",
        "livelihood migrate",
    ]
    assert json.loads(passwords.read_text()) == {"admin": 'quoted " one'}
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
