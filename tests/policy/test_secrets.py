"""Nothing in the repository names a machine, a registry, a secret or a person."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from stdnum.cn import ric

from livelihood.settings import ROOT
from tests.policy.repository import files, require, text_files

# Folders of one machine; paths inside an image (/opt, /var, /mnt) are the same everywhere.
MACHINE_PATH = re.compile(r"(?<![\w.~}-])/(?:home|root|Users|work)/\w|[A-Z]:\\\\?Users\b")
LOCK_FILES = re.compile(
    r"(^|/)(requirements[\w-]*\.(txt|in)|[\w.-]+\.lock(\.toml)?|.*-lock\.(json|yaml)|.*lock\.toml)$"
)
# A host, an index or an address that a package was fetched from.
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
# Sequence numbers of one place and day from here on are not given to people.
FIRST_UNASSIGNED = 900
OWN = "tests/policy/test_secrets.py"
TEXTS = [(name, text) for name, text in text_files() if name != OWN]


def found(pattern: re.Pattern[str], name: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        for match in pattern.finditer(line):
            yield f"{name}:{number}: {match[0].strip()!r}"


def is_simulated(identity_number: str) -> bool:
    """Whether nobody can have the number."""
    return int(identity_number[14:17]) >= FIRST_UNASSIGNED or not ric.is_valid(identity_number)


def person_problems(name: str, text: str) -> Iterator[str]:
    """Numbers somebody may have; tests and examples hold numbers that nobody has."""
    is_example = name.startswith(("tests/", "testkit/", "producers/examples/"))
    for hit in found(IDENTITY_NUMBER, name, text):
        number = hit.rsplit("'", 2)[1]
        if not is_example:
            yield f"{hit} looks like an identity number; keep them in tests and examples"
        elif not is_simulated(number.upper()):
            yield (
                f"{hit} may be somebody's identity number; take a sequence number (digits 15 "
                f"to 17) from {FIRST_UNASSIGNED} on"
            )


def test_no_machine_is_named() -> None:
    require(hit for name, text in TEXTS for hit in found(MACHINE_PATH, name, text))


def test_lock_files_say_what_and_not_from_where() -> None:
    locks = [(name, text) for name, text in TEXTS if LOCK_FILES.search(name)]
    assert {"requirements.txt", "requirements-dev.txt", "infra/kafka/jgo.lock.toml"} <= {
        name for name, _ in locks
    }
    require(hit for name, text in locks for hit in found(ORIGIN, name, text))


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


def test_no_registry_is_named() -> None:
    require(hit for name, text in TEXTS for hit in found(REGISTRY, name, text))


def test_no_secret_is_kept() -> None:
    require(hit for name, text in TEXTS for hit in found(SECRET, name, text))
    assert ".env" not in files(), ".env holds secrets; it is ignored by git for a reason"


def test_no_person_is_named() -> None:
    assert any(found(IDENTITY_NUMBER, name, text) for name, text in TEXTS)
    require(problem for name, text in TEXTS for problem in person_problems(name, text))


def test_examples_in_other_encodings_hold_simulated_people() -> None:
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
        (MACHINE_PATH, 'open("/home/somebody/x")'),
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
def test_each_pattern_finds_what_it_is_for(pattern: re.Pattern[str], text: str) -> None:
    assert list(found(pattern, "x", text))


def test_patterns_leave_harmless_text_alone() -> None:
    for text in ("homework/x", "https://example.org/home/x", "{root}/work/x", "a://{user}:{key}@b"):
        assert not list(found(MACHINE_PATH, "x", text))
        assert not list(found(SECRET, "x", text))


def test_a_number_somebody_may_have_is_found() -> None:
    somebody, nobody = "11010519491231002X", "522327199412259002"
    assert list(person_problems("tests/x.py", somebody))
    assert list(person_problems("livelihood/x.py", nobody))
    assert not list(person_problems("tests/x.py", nobody))
