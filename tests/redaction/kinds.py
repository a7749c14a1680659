"""Kinds of secrets, made by a seeded generator: no value here was ever a secret, and none stands in a file."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable
from dataclasses import dataclass

Make = Callable[[random.Random], str]

_DIGITS = string.digits
_LETTERS = string.ascii_letters
_ALNUM = _LETTERS + _DIGITS
_UPPER = string.ascii_uppercase + _DIGITS
_LOWER = string.ascii_lowercase + _DIGITS
_HEX = "0123456789abcdef"
_WORDS = [
    "amber",
    "bridge",
    "canyon",
    "dolphin",
    "ember",
    "falcon",
    "garnet",
    "harbor",
    "island",
    "jasmine",
    "kettle",
    "lantern",
    "meadow",
    "nickel",
    "orchid",
    "pepper",
]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of secret: the name under which programs are given it, and how a value is made."""

    name: str
    variable: str
    make: Make


def _some(chance: random.Random, letters: str, count: int) -> str:
    return "".join(chance.choice(letters) for _ in range(count))


def _prefixed(*prefixes: str, letters: str = _ALNUM, count: int) -> Make:
    return lambda chance: chance.choice(prefixes) + _some(chance, letters, count)


def _base64(count: int) -> Make:
    return lambda chance: base64.b64encode(chance.randbytes(count)).decode()


def _jwt(chance: random.Random) -> str:
    parts = (
        {"alg": "HS256", "typ": "JWT"},
        {"sub": _some(chance, _DIGITS, 10), "iat": chance.randint(10**9, 2 * 10**9)},
    )
    coded = [
        base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=")
        for part in parts
    ]
    return ".".join([*coded, _some(chance, _ALNUM + "-_", 43)])


def _pem(title: str) -> Make:
    def make(chance: random.Random) -> str:
        body = base64.b64encode(chance.randbytes(chance.randint(150, 600))).decode()
        lines = [body[start : start + 64] for start in range(0, len(body), 64)]
        return "\n".join([f"-----BEGIN {title}-----", *lines, f"-----END {title}-----"])

    return make


def _joined(separator: str, *parts: Make) -> Make:
    return lambda chance: separator.join(part(chance) for part in parts)


def _word_password(chance: random.Random) -> str:
    return chance.choice(_WORDS) + str(chance.randint(10, 9999))


def _symbol_password(chance: random.Random) -> str:
    inner = [*_some(chance, _ALNUM, 10), *_some(chance, "!#$%^*-_+~", 3)]
    chance.shuffle(inner)
    return chance.choice(_LETTERS) + "".join(inner) + chance.choice(_ALNUM)


def _awkward_password(chance: random.Random) -> str:
    """Characters that quoting and encoding change."""
    inner = [*_some(chance, _ALNUM, 9), "@", "/", "&", "+", ":"]
    chance.shuffle(inner)
    return chance.choice(_LETTERS) + "".join(inner) + chance.choice(_ALNUM)


def _passphrase(chance: random.Random) -> str:
    return " ".join(chance.sample(_WORDS, 4))


def _uuid(chance: random.Random) -> str:
    return "-".join(_some(chance, _HEX, count) for count in (8, 4, 4, 4, 12))


def _kind(name: str, variable: str, make: Make) -> Kind:
    return Kind(name=name, variable=variable, make=make)


KINDS: tuple[Kind, ...] = (
    _kind("password of a word", "DB_PASSWORD", _word_password),
    _kind("password with symbols", "POSTGRES_PASSWORD", _symbol_password),
    _kind("password that is quoted", "SMTP_PASS", _awkward_password),
    _kind("passphrase", "BACKUP_PASSPHRASE", _passphrase),
    _kind("short password", "MYSQL_PWD", lambda chance: _some(chance, _LOWER, 6)),
    _kind("Django key", "DJANGO_SECRET_KEY", lambda chance: _some(chance, _LOWER + "!@$%^*(-_=+)", 50)),
    _kind("Fernet key", "FERNET_KEY", lambda chance: base64.urlsafe_b64encode(chance.randbytes(32)).decode()),
    _kind("hexadecimal key", "DATADOG_API_KEY", lambda chance: _some(chance, _HEX, 32)),
    _kind("key that is a UUID", "HEROKU_API_KEY", _uuid),
    _kind("random token", "INTERNAL_AUTH_TOKEN", lambda chance: _some(chance, _ALNUM, 32)),
    _kind("client secret", "OAUTH_CLIENT_SECRET", lambda chance: _some(chance, _ALNUM + "-_", 40)),
    _kind("webhook signing secret", "WEBHOOK_SECRET", lambda chance: _some(chance, _HEX, 40)),
    _kind("session", "SESSION_COOKIE", lambda chance: _some(chance, _LOWER, 32)),
    _kind("WireGuard key", "WIREGUARD_PRIVATE_KEY", _base64(32)),
    _kind(
        "AWS access key",
        "AWS_ACCESS_KEY_ID",
        _prefixed("AKIA", "ASIA", letters=string.ascii_uppercase + "234567", count=16),
    ),
    _kind("AWS secret key", "AWS_SECRET_ACCESS_KEY", lambda chance: _some(chance, _ALNUM + "+/", 40)),
    _kind("AWS session token", "AWS_SESSION_TOKEN", _base64(180)),
    _kind("Google API key", "GOOGLE_API_KEY", _prefixed("AIza", letters=_ALNUM + "_-", count=35)),
    _kind("Google OAuth token", "GOOGLE_OAUTH_ACCESS_TOKEN", _prefixed("ya29.", letters=_ALNUM + "_-", count=60)),
    _kind("Google client secret", "GOOGLE_CLIENT_SECRET", _prefixed("GOCSPX-", letters=_ALNUM + "_-", count=28)),
    _kind("Azure storage key", "AZURE_STORAGE_KEY", _base64(64)),
    _kind(
        "Azure client secret",
        "AZURE_CLIENT_SECRET",
        _joined("8Q~", lambda c: _some(c, _ALNUM, 3), lambda c: _some(c, _ALNUM + "_.", 34)),
    ),
    _kind("GitHub token", "GITHUB_TOKEN", _prefixed("ghp_", "gho_", "ghs_", count=36)),
    _kind(
        "GitHub fine-grained token",
        "GH_TOKEN",
        _joined("_", _prefixed("github_pat_", count=22), lambda c: _some(c, _ALNUM, 59)),
    ),
    _kind("GitLab token", "GITLAB_TOKEN", _prefixed("glpat-", "glrt-", letters=_ALNUM + "_-", count=20)),
    _kind("Bitbucket app password", "BITBUCKET_APP_PASSWORD", _prefixed("ATBB", count=32)),
    _kind("Atlassian token", "JIRA_API_TOKEN", _prefixed("ATATT3x", letters=_ALNUM + "_-", count=180)),
    _kind(
        "Slack bot token",
        "SLACK_BOT_TOKEN",
        _joined(
            "-",
            _prefixed("xoxb-", letters=_DIGITS, count=12),
            lambda c: _some(c, _DIGITS, 12),
            lambda c: _some(c, _ALNUM, 24),
        ),
    ),
    _kind(
        "Slack webhook",
        "SLACK_WEBHOOK_URL",
        _joined(
            "/",
            lambda _: "https://hooks.slack.com/services",
            _prefixed("T", letters=_UPPER, count=10),
            _prefixed("B", letters=_UPPER, count=10),
            lambda c: _some(c, _ALNUM, 24),
        ),
    ),
    _kind(
        "Discord bot token",
        "DISCORD_TOKEN",
        _joined(".", _prefixed("MT", count=24), lambda c: _some(c, _ALNUM, 6), lambda c: _some(c, _ALNUM + "_-", 38)),
    ),
    _kind(
        "Discord webhook",
        "DISCORD_WEBHOOK",
        _joined(
            "/",
            lambda _: "https://discord.com/api/webhooks",
            lambda c: _some(c, _DIGITS, 18),
            lambda c: _some(c, _ALNUM + "_-", 68),
        ),
    ),
    _kind(
        "Telegram bot token",
        "TELEGRAM_BOT_TOKEN",
        _joined(":AA", lambda c: str(c.randint(10**8, 10**10 - 1)), lambda c: _some(c, _ALNUM + "_-", 33)),
    ),
    _kind("Stripe key", "STRIPE_SECRET_KEY", _prefixed("sk_live_", "rk_live_", "sk_test_", count=48)),
    _kind("Stripe webhook secret", "STRIPE_WEBHOOK_SECRET", _prefixed("whsec_", count=32)),
    _kind("Square token", "SQUARE_ACCESS_TOKEN", _prefixed("sq0atp-", letters=_ALNUM + "_-", count=22)),
    _kind("Shopify token", "SHOPIFY_ACCESS_TOKEN", _prefixed("shpat_", letters=_HEX, count=32)),
    _kind("Twilio token", "TWILIO_AUTH_TOKEN", lambda chance: _some(chance, _HEX, 32)),
    _kind(
        "SendGrid key",
        "SENDGRID_API_KEY",
        _joined(".", lambda _: "SG", lambda c: _some(c, _ALNUM, 22), lambda c: _some(c, _ALNUM, 43)),
    ),
    _kind("Mailgun key", "MAILGUN_API_KEY", _prefixed("key-", letters=_HEX, count=32)),
    _kind(
        "Mailchimp key",
        "MAILCHIMP_API_KEY",
        _joined("-us", lambda c: _some(c, _HEX, 32), lambda c: str(c.randint(1, 21))),
    ),
    _kind("npm token", "NPM_TOKEN", _prefixed("npm_", count=36)),
    _kind("PyPI token", "TWINE_PASSWORD", _prefixed("pypi-AgEIcHlwaS5vcmc", letters=_ALNUM + "_-", count=120)),
    _kind("Docker Hub token", "DOCKER_PAT", _prefixed("dckr_pat_", letters=_ALNUM + "_-", count=27)),
    _kind("RubyGems key", "GEM_HOST_API_KEY", _prefixed("rubygems_", letters=_HEX, count=48)),
    _kind("JWT", "ACCESS_TOKEN", _jwt),
    _kind("RSA private key", "TLS_PRIVATE_KEY", _pem("RSA PRIVATE KEY")),
    _kind("OpenSSH private key", "SSH_PRIVATE_KEY", _pem("OPENSSH PRIVATE KEY")),
    _kind("PGP private key", "SIGNING_KEY", _pem("PGP PRIVATE KEY BLOCK")),
    _kind("age key", "SOPS_AGE_KEY", _prefixed("AGE-SECRET-KEY-1", letters=_UPPER, count=58)),
    _kind("DigitalOcean token", "DIGITALOCEAN_ACCESS_TOKEN", _prefixed("dop_v1_", letters=_HEX, count=64)),
    _kind("Vault token", "VAULT_TOKEN", _prefixed("hvs.", count=90)),
    _kind(
        "Terraform token",
        "TF_API_TOKEN",
        _joined(".atlasv1.", lambda c: _some(c, _ALNUM, 14), lambda c: _some(c, _ALNUM, 67)),
    ),
    _kind("Databricks token", "DATABRICKS_TOKEN", _prefixed("dapi", letters=_HEX, count=32)),
    _kind(
        "OpenAI key",
        "OPENAI_API_KEY",
        _joined("T3BlbkFJ", _prefixed("sk-proj-", count=48), lambda c: _some(c, _ALNUM, 48)),
    ),
    _kind("Hugging Face token", "HF_TOKEN", _prefixed("hf_", letters=_LETTERS, count=34)),
    _kind("Grafana token", "GRAFANA_TOKEN", _joined("_", _prefixed("glsa_", count=32), lambda c: _some(c, _HEX, 8))),
    _kind("New Relic key", "NEW_RELIC_API_KEY", _prefixed("NRAK-", letters=_UPPER, count=27)),
    _kind("Sentry token", "SENTRY_AUTH_TOKEN", _prefixed("sntrys_", count=90)),
    _kind("Linear key", "LINEAR_API_KEY", _prefixed("lin_api_", count=40)),
    _kind("Notion token", "NOTION_TOKEN", _prefixed("ntn_", count=46)),
    _kind("Airtable token", "AIRTABLE_PAT", _joined(".", _prefixed("pat", count=14), lambda c: _some(c, _HEX, 64))),
    _kind("Doppler token", "DOPPLER_TOKEN", _prefixed("dp.pt.", count=43)),
    _kind("Pulumi token", "PULUMI_ACCESS_TOKEN", _prefixed("pul-", letters=_HEX, count=40)),
    _kind("Supabase token", "SUPABASE_ACCESS_TOKEN", _prefixed("sbp_", letters=_HEX, count=40)),
)
