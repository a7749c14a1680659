"""Commands that a careful author writes are not taken for dangerous ones."""

from __future__ import annotations

import pytest

from sickbay.guides import command_dangers as dangers
from sickbay.guides.command_reading import why_not_read_only


@pytest.mark.parametrize(
    "line",
    [
        "test -d .env",
        "find -H .env -maxdepth 0 -type f",
        "docker inspect --format {{.State}} web",
        "grep -c x file",
        "docker logs --tail 50 web",
        "docker events --since 10m --until 0s",
        "timeout 5 ls -lt",
        "git -C src status",
        "docker exec web cat /etc/hosts",
        "docker exec -u root web ls -lt",
        "journalctl -u docker -n 20 --no-pager",
        "docker -H tcp://a:1 ps --all",
        "/usr/bin/stat file",
        "systemctl is-active docker",
        "pip check",
        "ip addr show",
        "nice -n 5 df -h",
        "docker stats --no-stream",
        "busybox ls",
        "python manage.py explain_job 7 --json",
        "python manage.py queues list",
        "python -B manage.py showmigrations --plan",
        "python -B manage.py migrate --check --settings=a.settings",
        "python -B manage.py makemigrations --check --dry-run",
    ],
)
def test_a_look_is_a_look(line: str) -> None:
    words = line.split()
    assert why_not_read_only(words) == ""
    assert (dangers.why_writing(words), dangers.why_asking(words), dangers.why_code(words)) == ("", "", "")
    assert not dangers.is_endless(words)
    assert not dangers.is_deleting(words)


@pytest.mark.parametrize(
    "line",
    [
        "mv .env .env.aside",
        "docker run --rm app ls -lt",
        "docker run --rm --init app grep -i x",
        "docker restart web",
        "docker compose up --detach",
        "chmod 0644 file",
        "git update-index --chmod=+x run.sh",
        "docker network create n",
        "sudo -n systemctl restart docker",
        "apt-get install --yes python3-venv",
        "pip install widgets",
        "ssh -o BatchMode=yes host true",
        "python3 manage.py migrate",
        "python manage.py queues resume default",
        "rmdir empty",
        "docker login --password-stdin r",
    ],
)
def test_a_change_that_can_be_undone_is_no_danger(line: str) -> None:
    words = line.split()
    assert not dangers.is_deleting(words)
    assert not dangers.is_endless(words)
    assert (dangers.why_asking(words), dangers.why_code(words)) == ("", "")


@pytest.mark.parametrize(
    "line",
    [
        "date 010203042020",
        "hostname other",
        "ss -tK dst x",
        "uniq a b",
        "sysctl -n vm.x=1",
        "curl -sIo x http://a",
        "git diff --output=x",
        "openssl x509 -in a -out b",
        "env rm x",
        "sudo -n cat x",
        "docker exec -it web ls",
        "docker exec web rm x",
        "docker compose config -o x",
        "sort -o x y",
        "ip -brief link set lo down",
        "env",
        "sickbay guide new a/b",
        "journalctl -n 5 --rotate",
        "dmesg -C",
        "unheard-of",
    ],
)
def test_what_may_write_is_no_look(line: str) -> None:
    assert why_not_read_only(line.split())


@pytest.mark.parametrize(
    "line",
    [
        "sudo -u postgres dropdb app",
        "timeout -s KILL 5 rm x",
        "env A=1 rm -rf x",
        "nice -n 19 shred x",
        "docker --context far rm -f web",
        "git -c a=b clean -fd",
        "busybox rm x",
        "find . -name x -delete",
        "docker compose down --volumes",
        "redis-cli -h a flushall",
        "mysql -e 'DROP TABLE x'",
        "journalctl --vacuum-size=1",
        "kubectl -n x delete pod y",
        "rsync -a --delete a b",
        "python3 manage.py flush --noinput",
        "/bin/rm x",
    ],
)
def test_what_deletes_is_found_behind_wrappers_and_options(line: str) -> None:
    assert dangers.is_deleting(line.split())
