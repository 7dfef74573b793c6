"""The repository contains no machine path, registry, secret or identity number of a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from stdnum.cn import ric

from livelihood.settings import ROOT
from tests.policy.repository import files, require, text_files

# Folders of a single machine; paths inside an image (/opt, /var, /mnt) are the same everywhere.
MACHINE_PATH = re.compile(r"(?<![\w.~}-])/(?:home|root|Users|work)/\w|[A-Z]:\\\\?Users\b")
LOCK_FILES = re.compile(
    r"(^|/)(requirements[\w-]*\.(txt|in)|[\w.-]+\.lock(\.toml)?|.*-lock\.(json|yaml)|.*lock\.toml)$"
)
# A host, index or address of a package download.
ORIGIN = re.compile(
    r"://|\"resolved\"|--(?:extra-)?index-url|--find-links|--trusted-host"
    r"|^\s*(?:repository|registry|url|source)\s*="
)
REGISTRY = re.compile(
    r"\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|repo1?\.maven\.(?:apache\.)?org"
    r"|mirrors?\.[a-z0-9-]+\.[a-z.]+|[a-z0-9-]+\.jfrog\.io|\w*(?:artifactory|nexus)\w*\.[a-z]+)\b",
    re.IGNORECASE,
)
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    r"|://[^\s:/@'\"{}$]+:(?!(?:PASSWORD|secret)@)[^\s@/'\"{}$]{3,}@"
)
IDENTITY_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
# Sequence numbers of a place and day from here on are not assigned to persons.
FIRST_UNASSIGNED = 900
THIS_FILE = "tests/policy/test_secrets.py"
TEXTS = [(name, text) for name, text in text_files() if name != THIS_FILE]


def matches(pattern: re.Pattern[str], name: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        for match in pattern.finditer(line):
            yield f"{name}:{number}: {match[0].strip()!r}"


def is_simulated(identity_number: str) -> bool:
    """Return whether no person can have the number."""
    return int(identity_number[14:17]) >= FIRST_UNASSIGNED or not ric.is_valid(identity_number)


def person_issues(name: str, text: str) -> Iterator[str]:
    """Yield identity numbers that a person may have, or that are outside tests and examples."""
    is_example = name.startswith(("tests/", "testkit/", "producers/examples/"))
    for hit in matches(IDENTITY_NUMBER, name, text):
        number = hit.rsplit("'", 2)[1]
        if not is_example:
            yield f"{hit} looks like an identity number; use them only in tests and examples"
        elif not is_simulated(number.upper()):
            yield (
                f"{hit} may be the identity number of a person; use a sequence number (digits "
                f"15 to 17) from {FIRST_UNASSIGNED} on"
            )


def test_no_machine_path() -> None:
    require(hit for name, text in TEXTS for hit in matches(MACHINE_PATH, name, text))


def test_lock_files_name_no_origin() -> None:
    locks = [(name, text) for name, text in TEXTS if LOCK_FILES.search(name)]
    assert {"requirements.txt", "requirements-dev.txt", "infra/kafka/jgo.lock.toml"} <= {
        name for name, _ in locks
    }
    require(hit for name, text in locks for hit in matches(ORIGIN, name, text))


def test_requirements_are_locked_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        packages = re.split(r"\n(?=\S)", (ROOT / name).read_text())
        pinned = [package for package in packages if not package.startswith("#")]
        assert len(pinned) > 50
        require(
            f"{name}: {package.splitlines()[0]} is not pinned with a hash"
            for package in pinned
            if "==" not in package or "--hash=sha256:" not in package
        )


def test_no_registry() -> None:
    require(hit for name, text in TEXTS for hit in matches(REGISTRY, name, text))


def test_no_secret() -> None:
    require(hit for name, text in TEXTS for hit in matches(SECRET, name, text))
    assert ".env" not in files(), ".env contains secrets and must not be committed"


def test_no_identity_number_of_a_person() -> None:
    assert any(matches(IDENTITY_NUMBER, name, text) for name, text in TEXTS)
    require(issue for name, text in TEXTS for issue in person_issues(name, text))


def test_examples_in_other_encodings_contain_simulated_persons() -> None:
    examples = [ROOT / name for name in files() if name.startswith("producers/examples/")]
    numbers = [
        number
        for path in examples
        for number in IDENTITY_NUMBER.findall(path.read_bytes().decode("latin-1"))
    ]
    assert numbers
    assert [number for number in numbers if not is_simulated(number)] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATH, 'open("/home/name/x")'),
        (MACHINE_PATH, "cd /work/main"),
        (ORIGIN, "--index-url https://mirror.example.org/simple"),
        (ORIGIN, '  "resolved": "x"'),
        (ORIGIN, 'repository = "central"'),
        (REGISTRY, "see pypi.org/simple"),
        (SECRET, "-----BEGIN RSA PRIVATE KEY-----"),
        (SECRET, "postgresql://owner:password@db.example.org/x"),
        (IDENTITY_NUMBER, "号码11010519491231002X"),
    ],
)
def test_pattern_finds_a_violation(pattern: re.Pattern[str], text: str) -> None:
    assert list(matches(pattern, "x", text))


def test_patterns_ignore_harmless_text() -> None:
    for text in ("homework/x", "https://example.org/home/x", "{root}/work/x", "a://{user}:{key}@b"):
        assert not list(matches(MACHINE_PATH, "x", text))
        assert not list(matches(SECRET, "x", text))


def test_identity_number_of_a_person_is_found() -> None:
    assigned, unassigned = "11010519491231002X", "522327199412259002"
    assert list(person_issues("tests/x.py", assigned))
    assert list(person_issues("livelihood/x.py", unassigned))
    assert not list(person_issues("tests/x.py", unassigned))
