"""Which commands change, delete, run code, wait for a person, or never end."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sickbay.guides.command_reading import writing_word
from sickbay.guides.command_words import Words, bare, is_bounded

_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "csh", "tcsh"})
_CODE: Mapping[str, frozenset[str]] = {
    "env": frozenset({"-S", "--split-string"}),
    "node": frozenset({"-e", "--eval"}),
    "perl": frozenset({"-e", "-E"}),
    "php": frozenset({"-r"}),
    "python": frozenset({"-c"}),
    "python3": frozenset({"-c"}),
    "ruby": frozenset({"-e"}),
}

_WRITERS = frozenset(
    {
        *(
            "chgrp",
            "chmod",
            "chown",
            "cp",
            "createdb",
            "crontab",
            "dd",
            "dropdb",
            "groupadd",
            "install",
            "kill",
            "killall",
        ),
        *(
            "ln",
            "mkdir",
            "mkfs",
            "mount",
            "mv",
            "passwd",
            "patch",
            "pkill",
            "reboot",
            "rm",
            "rmdir",
            "rsync",
            "setfacl",
        ),
        *("shred", "shutdown", "tee", "touch", "truncate", "umount", "unlink", "useradd", "usermod"),
    }
)
_WRITING = re.compile(
    r"(?:docker|podman) (?:rm|rmi|kill|stop|restart|start|pause|unpause|create|update|rename|tag|push|pull|load"
    r"|import|commit"
    r"|network (?:rm|create|connect|disconnect|prune)|volume (?:rm|create|prune)|container (?:rm|prune|stop"
    r"|kill|start)"
    r"|image (?:rm|prune|tag|push|pull)|system prune|builder prune|compose (?:up|down|rm|restart|stop|start|kill))\b"
    r"|git (?:add|am|apply|checkout|clean|commit|merge|mv|pull|push|rebase|reset|restore|revert|rm|stash|switch"
    r"|tag|update-index)\b"
    r"|systemctl (?:start|stop|restart|reload|enable|disable|mask|kill|daemon-reload)\b|sed (?:.* )?-\w*i|perl -\w*i"
    r"|(?:pip|uv pip|apt|apt-get|apk|dnf|yum|npm) (?:install|uninstall|remove|upgrade|purge|add|del)\b"
    r"|(?:.* )?manage\.py (?:migrate(?! --check\b)|flush|loaddata|sqlflush)\b|redis-cli (?:.* )?(?:flush|del|set)\w*\b",
    re.IGNORECASE,
)
_SQL_WRITING = re.compile(
    r"\b(?:insert\s+into|update\s+\w+\s+set|delete\s+from|drop|truncate|alter|create|grant|revoke)\b", re.IGNORECASE
)

#: What deletes for good, whatever it is pointed at.
_DELETING = re.compile(
    r"(?:rm|unlink|shred|truncate|mkfs\S*|wipefs|dropdb|dropuser|fdisk|parted)\b|dd (?:.* )?of=/dev/"
    r"|find (?:.* )?-(?:delete|exec|execdir|ok|okdir)\b"
    r"|(?:docker|podman) (?:rmi (?:.* )?(?:-f|--force)|(?:container )?rm\b|volume (?:rm|prune)"
    r"|(?:system|image|container|network|builder|volume) prune|compose (?:.* )?(?:down|rm)\b)"
    r"|git (?:clean|rm|restore|reset (?:.* )?--hard|checkout (?:.* )?(?:-f|--force|--(?: |$))|stash (?:drop|clear)"
    r"|push (?:.* )?(?:-f|--force)\b)"
    r"|journalctl (?:.* )?--(?:vacuum|rotate)|logrotate\b|(?:.* )?manage\.py (?:flush|reset_db|sqlflush)\b"
    r"|redis-cli (?:.* )?flush|(?:apt|apt-get) (?:.* )?purge|rsync (?:.* )?--delete|kubectl delete\b|userdel\b"
    r"|crontab -r",
    re.IGNORECASE,
)
_SQL_DELETING = re.compile(r"\b(?:drop\s+(?:database|table|schema|role)|truncate|delete\s+from)\b", re.IGNORECASE)

#: What nobody may delete: logs, databases, configuration.
_PROTECTED = re.compile(
    r"(?:^|/)(?:etc|var/log|var/lib/(?:docker|postgresql|mysql|redis))(?:/|$)|\.log\b|journal|\blogs?/"
    r"|\.(?:sqlite3?|db|rdb|sql|dump)$|postgres|mysql|\.(?:conf|cfg|cnf|ini|toml|ya?ml|env|service)$|(?:^"
    r"|/)\.env\b|(?:^|/)\.git(?:/|$)",
    re.IGNORECASE,
)
_DATABASES = re.compile(
    r"dropdb|dropuser|redis-cli|manage\.py|journalctl|logrotate|crontab|volume (?:rm|prune)|--volumes|down .*-v",
    re.IGNORECASE,
)

_IN_PLACE = re.compile(r"sed (?:.* )?-\w*i|perl -\w*i|tee (?!-a)|truncate\b|patch\b|dd (?:.* )?of=")
_COPYING = re.compile(r"(?:cp|mv|install)\b(?!.* -\w*d\b)|ln (?:.* )?-\w*f")

_EDITORS = frozenset({"ed", "emacs", "htop", "less", "man", "mc", "more", "nano", "parted", "vi", "vim", "visudo"})
_ASKING = re.compile(
    r"(?:docker|podman) (?:(?:compose )?(?:exec|run)(?: --?[\w-]+(?:=\S+)?(?: [^-\s]\S*)??)*? "
    r"(?:-\w*[it]\w*|--interactive|--tty)\b|attach\b"
    r"|login(?!.*--password-stdin))"
    r"|(?:docker|podman) \w+ prune(?!.*(?:-f|--force))|git (?:.* )?(?:rebase|add|commit) (?:.* )?(?:-i|-p"
    r"|--patch|--interactive)\b"
    r"|git commit(?!.*(?:-m|--message|-F|--no-edit))|(?:kubectl|systemctl) edit\b|crontab -e|(?:rm|mv"
    r"|cp) (?:.* )?-\w*i\b"
    r"|(?:apt|apt-get|dnf|yum) (?:install|remove|upgrade)(?!.* (?:-\w*y|--yes|--assume-yes))"
    r"|pip uninstall(?!.* (?:-y|--yes))"
    r"|ssh (?!.*BatchMode=yes)(?!-[GV])|(?:python3?|node|irb|mysql|bash|sh)$|psql(?!.* (?:-\w*[cfl]|--command"
    r"|--file|--list))"
    r"|.*manage\.py (?:shell|dbshell|createsuperuser)\b(?!.*(?:--noinput|--command|-c))",
)
_ENDLESS = re.compile(
    r"tail (?:.* )?(?:-\w*[fF]\w*|--follow\S*)(?: |$)|(?:docker|podman|kubectl) (?:.* )?logs (?:.* )?(?:-f"
    r"|--follow)\b(?!=false)"
    r"|journalctl (?:.* )?(?:-\w*f\w*|--follow)(?: |$)|(?:docker|podman) (?:compose )?stats(?!.*--no-stream)"
    r"|(?:docker|podman) events(?!.*--until)|docker wait\b|(?:watch|yes)(?: |$)|top(?!.* -\w*b)(?: |$)"
    r"|ping(?!.* -\w*c)"
    r"|sleep infinity|tcpdump(?!.* -\w*c)|(?:vmstat|iostat|mpstat|sar) \d+$|dmesg (?:.* )?-\w*[wW]"
    r"|inotifywait (?:.* )?-\w*m"
    r"|(?:.* )?manage\.py (?:runserver|runworker)\b|docker compose up(?!.* (?:-d|--detach))"
    r"|kubectl (?:.* )?(?:-w|--watch)\b|nc -\w*l",
)


def why_writing(words: Words) -> str:
    """Say what a command is known to change; empty where nothing is known."""
    rest = bare(words)
    text = " ".join(rest)
    program = rest[0] if rest else ""
    if program in _WRITERS or _WRITING.match(text) or _is_sql(program, text, _SQL_WRITING):
        return f"{' '.join(rest[:2])!r} changes something"
    written = writing_word(rest)
    return f"{written!r} writes" if written else ""


def is_deleting(words: Words) -> bool:
    """Say whether a command deletes for good."""
    return any(
        _DELETING.match(text) or _is_sql(text.split(" ", 1)[0], text, _SQL_DELETING)
        for text in (" ".join(command) for command in _within(bare(words)))
    )


def protected_target(words: Words) -> str:
    """Return the log, database, or configuration that a deleting command is pointed at, empty where it is none."""
    rest = bare(words)
    text = " ".join(rest)
    if _DATABASES.search(text) or _is_sql(rest[0] if rest else "", text, _SQL_DELETING):
        return text
    return next((word for word in rest[1:] if _PROTECTED.search(word)), "")


def why_code(words: Words) -> str:
    """Say which words hand a text to a shell or an interpreter; empty where none do."""
    for number, word in enumerate(words):
        name = word.rsplit("/", 1)[-1]
        following = words[number + 1 : number + 4]
        if name == "eval" and number == 0:
            return "eval"
        if name in _SHELLS and any(re.fullmatch(r"-\w*c\w*", option) for option in following):
            return f"{name} -c"
        if name in _CODE and any(option in _CODE[name] for option in following[:1]):
            return f"{name} {following[0]}"
        if name == "xargs":
            return "xargs"
    return ""


def why_asking(words: Words) -> str:
    """Say why a command waits for a person; empty where it does not."""
    rest = bare(words)
    if words[0] in {"sudo", "doas"} and "-n" not in words[1:3]:
        return f"{words[0]} without -n asks for a password"
    if rest and (rest[0] in _EDITORS or _ASKING.match(" ".join(rest))):
        return f"{' '.join(rest[:3])!r} waits for a person"
    return ""


def is_endless(words: Words) -> bool:
    """Say whether a command never ends by itself."""
    return not is_bounded(words) and _ENDLESS.match(" ".join(bare(words))) is not None


def _is_sql(program: str, text: str, pattern: re.Pattern[str]) -> bool:
    return program in {"psql", "sqlite3", "mysql", "mariadb"} and pattern.search(text) is not None


def changes_in_place(words: Words) -> bool:
    """Say whether a command changes a file's content so that the old content is gone."""
    return _IN_PLACE.match(" ".join(bare(words))) is not None


def overwritten(words: Words) -> str:
    """Return the path that a copy or a move would write over if it were there, empty for every other command."""
    rest = bare(words)
    return rest[-1] if len(rest) > 2 and _COPYING.match(" ".join(rest)) else ""


def _within(words: Words) -> list[Words]:
    """Return a command and, where it runs another one in a container, each that its words may begin."""
    if len(words) > 2 and words[0] in {"docker", "podman"} and {"run", "exec"} & set(words[1:3]):
        return [words, *(words[start:] for start in range(2, len(words)))]
    return [words]
