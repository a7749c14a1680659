r"""Secrets that are known by their shape, wherever they stand.

Each shape is written twice in one: its expression is simple enough for Vectorscan, so that one pass over a text finds
the lines, and ``re`` finds the place in them. A shape begins and ends where no letter or digit goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sickbay.redaction.found import Found


class Shape(NamedTuple):
    """One shape. ``group`` is the part that is hidden, 0 for all of it."""

    kind: str
    expression: bytes
    group: int = 0


SHAPES: tuple[Shape, ...] = (
    Shape("key:aws", rb"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}"),
    Shape("key:google", rb"AIza[0-9A-Za-z_-]{35}"),
    Shape("token:google", rb"ya29\.[0-9A-Za-z_.-]{20,}"),
    Shape("token:google", rb"1//0[0-9A-Za-z_-]{25,}"),
    Shape("secret:google", rb"GOCSPX-[0-9A-Za-z_-]{20,}"),
    Shape("secret:azure", rb"[A-Za-z0-9_.~-]{3}[78]Q~[A-Za-z0-9_.~-]{31,34}"),
    Shape("key:azure", rb"[A-Za-z0-9+/]{76}(?:\+ASt|AzSe|AIoT)[A-Za-z0-9+/]{4,6}=="),
    Shape("key:azure", rb"(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{20,}={0,2})", 1),
    Shape("token:github", rb"gh[pousr]_[A-Za-z0-9]{30,255}"),
    Shape("token:github", rb"github_pat_[A-Za-z0-9_]{40,255}"),
    Shape("token:gitlab", rb"gl(?:pat|dt|ptt|rt|cbt|oas|soat|ft|imt|agent|ffct)-[A-Za-z0-9_.-]{16,300}"),
    Shape("token:gitlab", rb"GR1348941[A-Za-z0-9_-]{20}"),
    Shape("token:bitbucket", rb"AT(?:BB|CTT3x)[A-Za-z0-9_=-]{20,}"),
    Shape("token:atlassian", rb"ATATT3x[A-Za-z0-9_=-]{30,}"),
    Shape("token:slack", rb"xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,250}"),
    Shape("token:slack", rb"xapp-[0-9]-[A-Z0-9]{5,}-[0-9]{5,}-[a-z0-9]{20,}"),
    Shape("webhook:slack", rb"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/_-]{20,})", 1),
    Shape(
        "webhook:discord", rb"discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/([0-9]{15,20}/[A-Za-z0-9_-]{40,})", 1
    ),
    Shape("webhook:teams", rb"webhook\.office\.com/webhookb2/([A-Za-z0-9@/-]{60,})", 1),
    Shape("token:discord", rb"[MNO][A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}"),
    Shape("token:telegram", rb"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,34}"),
    Shape("key:stripe", rb"[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,250}"),
    Shape("secret:webhook", rb"whsec_[A-Za-z0-9+/=]{24,}"),
    Shape("token:square", rb"sq0(?:atp|csp)-[A-Za-z0-9_-]{20,}"),
    Shape("token:square", rb"EAAA[lE][A-Za-z0-9_-]{56,}"),
    Shape("token:facebook", rb"EAA[A-Z][A-Za-z0-9]{60,}"),
    Shape("token:braintree", rb"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    Shape("token:shopify", rb"shp(?:at|ca|pa|ss|tka)_[A-Fa-f0-9]{32}"),
    Shape("key:twilio", rb"SK[0-9a-f]{32}"),
    Shape("key:sendgrid", rb"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}"),
    Shape("key:mailgun", rb"(?:^|[^A-Za-z0-9_\n-])(key-[0-9a-f]{32})", 1),
    Shape("key:mailchimp", rb"[0-9a-f]{32}-us[0-9]{1,2}"),
    Shape("key:brevo", rb"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    Shape("key:postmark", rb"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    Shape("token:npm", rb"npm_[A-Za-z0-9]{36}"),
    Shape("token:pypi", rb"pypi-AgE[A-Za-z0-9_-]{50,}"),
    Shape("token:docker", rb"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    Shape("key:rubygems", rb"rubygems_[0-9a-f]{48}"),
    Shape("token:crates", rb"cio[A-Za-z0-9]{32}"),
    Shape("key:nuget", rb"oy2[a-z0-9]{43}"),
    Shape("token:jwt", rb"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{10,}"),
    Shape(
        "token:jwt",
        rb"eyJ[A-Za-z0-9_-]{14,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
    Shape("key:age", rb"AGE-SECRET-KEY-1[0-9A-Z]{50,62}"),
    Shape("token:heroku", rb"HRKU-[A-Za-z0-9_-]{36,80}"),
    Shape("token:digitalocean", rb"do[opr]_v1_[0-9a-f]{64}"),
    Shape("token:vault", rb"hv[sbr]\.[A-Za-z0-9_-]{20,300}"),
    Shape("token:terraform", rb"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{40,}"),
    Shape("token:databricks", rb"dapi[0-9a-f]{32}(?:-[0-9])?"),
    Shape("key:openai", rb"sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}"),
    Shape("key:anthropic", rb"sk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_-]{40,}"),
    Shape("key:openrouter", rb"sk-or-v1-[0-9a-f]{64}"),
    Shape("token:huggingface", rb"hf_[A-Za-z]{34}"),
    Shape("token:replicate", rb"r8_[A-Za-z0-9]{37}"),
    Shape("key:groq", rb"gsk_[A-Za-z0-9]{52}"),
    Shape("token:grafana", rb"gl(?:sa|c)_[A-Za-z0-9+/=_]{30,}"),
    Shape("key:newrelic", rb"NR(?:AK|II|AA|JS|RA)-[A-Za-z0-9]{20,}"),
    Shape("token:sentry", rb"sntr(?:ys|yu)_[A-Za-z0-9+/=_]{40,}"),
    Shape("key:sentry", rb"://([0-9a-f]{32})(?::[0-9a-f]{32})?@[A-Za-z0-9.-]{4,}/[0-9]", 1),
    Shape("key:linear", rb"lin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
    Shape("token:notion", rb"(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})"),
    Shape("token:airtable", rb"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    Shape("token:figma", rb"fig[dor]{1,2}_[A-Za-z0-9_-]{36,}"),
    Shape("token:pulumi", rb"pul-[0-9a-f]{40}"),
    Shape("token:planetscale", rb"pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_.=-]{30,}"),
    Shape("token:supabase", rb"sb(?:p|_secret)_[A-Za-z0-9_-]{24,}"),
    Shape("token:dynatrace", rb"dt0[a-z][0-9]{2}\.[A-Z2-7]{24}\.[A-Z2-7]{64}"),
    Shape("token:doppler", rb"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{40,}"),
    Shape("token:fly", rb"(?:fo1_[A-Za-z0-9_-]{43}|fm[12][ar]?_[A-Za-z0-9+/=_-]{80,})"),
    Shape("key:alibaba", rb"LTAI[A-Za-z0-9]{20}"),
    Shape("token:circleci", rb"CCIPAT_[A-Za-z0-9]{22}_[0-9a-f]{40}"),
    Shape("token:buildkite", rb"bk(?:ua|ct|aj)_[A-Za-z0-9]{36,}"),
    Shape("token:sonar", rb"sq[apu]_[0-9a-f]{40}"),
    Shape("token:jfrog", rb"(?:AKCp[A-Za-z0-9]{60,}|cmVmd[A-Za-z0-9]{59,})"),
    Shape("key:cloudflare", rb"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    Shape("token:tailscale", rb"tskey-(?:auth|api|client|scim|webhook)-[A-Za-z0-9]{8,}-[A-Za-z0-9]{20,}"),
    Shape("key:intra42", rb"s-s4t2(?:ud|af)-[0-9a-f]{64}"),
    Shape("token:contentful", rb"CFPAT-[A-Za-z0-9_-]{43}"),
    Shape("token:easypost", rb"EZ[AT]K[A-Za-z0-9]{54}"),
    Shape("token:hubspot", rb"pat-(?:na|eu)[0-9]-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    Shape("token:launchdarkly", rb"(?:sdk|mob)-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"),
    Shape("token:kubeadm", rb"--token[ =][a-z0-9]{6}\.([a-z0-9]{16})", 1),
    Shape("token:swarm", rb"SWMTKN-1-[a-z0-9]{40,}-[a-z0-9]{20,}"),
    Shape("key:flutterwave", rb"FLW(?:PUB|SEC)K(?:_TEST)?-[0-9a-f]{32}-X"),
    Shape("token:paystack", rb"[sp]k_(?:live|test)_[0-9a-f]{40}"),
    Shape(
        "key:plaid",
        rb"(?:access|public)-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    ),
    Shape("token:adobe", rb"p8e-[A-Za-z0-9]{32}"),
    Shape("key:prefect", rb"pn[ub]_[A-Za-z0-9]{36}"),
    Shape("key:typeform", rb"tfp_[A-Za-z0-9_-]{40,}"),
)

#: Before a shape stands no letter or digit, unless it is of an escape: the n of ``\\n``.
_BEFORE = rb"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9A-Fa-f]{2}))"
_COMPILED = [re.compile(_BEFORE + rb"(?:%s)" % shape.expression) for shape in SHAPES]


def shaped(line: bytes, number: int) -> Iterator[Found]:
    """Yield what has the shape of this number."""
    shape, compiled = SHAPES[number], _COMPILED[number]
    for found in compiled.finditer(line):
        yield Found(found.start(shape.group), found.end(shape.group), shape.kind, found[shape.group])
