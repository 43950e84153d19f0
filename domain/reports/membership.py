"""The register of members: who may be paid, what each still lacks; and how deep the tree is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from domain.compliance.days import day_of
from domain.reports.days import moments

# How a member stands: by name, what it is called, and which rows it means.
STANDINGS = {
    "distributor": ("Distributors: agreement signed, KYC valid", "active AND signed AND known"),
    "no_kyc": ("Agreement signed, no valid KYC", "active AND signed AND NOT known"),
    "no_agreement": ("KYC valid, no signed agreement", "active AND NOT signed AND known"),
    "neither": ("Neither agreement nor KYC", "active AND NOT signed AND NOT known"),
    "terminated": ("Terminated", "state = 'terminated'"),
    "deceased": ("Deceased", "state = 'deceased'"),
}
CASES = " ".join(f"WHEN {sql} THEN '{name}'" for name, (_, sql) in STANDINGS.items())
REGISTER = f"""
WITH known AS (
    SELECT customer_id, max(expires_on) AS until FROM domain_kyccase
    WHERE nominee_id IS NULL AND state IN ('verified', 'expired') AND decided_at < %(tomorrow)s
      AND expires_on > %(today)s GROUP BY 1
), pans AS (
    SELECT customer_id, max(pan) AS pan FROM domain_taxidentity
    WHERE state IN ('verified', 'ended') AND valid_from <= %(today)s
      AND (ended_on IS NULL OR ended_on > %(today)s) GROUP BY 1
), accounts AS (
    SELECT customer_id FROM domain_bankaccount WHERE state = 'verified'
), each_member AS (
    SELECT m.customer_id, m.code, m.state, m.joined_at, m.referred_by_id, m.agreement_signed_on,
           m.terminated_at, m.state = 'active' AS active,
           m.agreement_signed_on IS NOT NULL AS signed, k.until IS NOT NULL AS known, k.until,
           coalesce(p.pan, '') AS pan, a.customer_id IS NOT NULL AS has_account
    FROM domain_member m LEFT JOIN known k USING (customer_id)
    LEFT JOIN pans p USING (customer_id) LEFT JOIN accounts a USING (customer_id)
), register AS (SELECT *, CASE {CASES} END AS standing FROM each_member)
"""  # noqa: S608  our own words only
COUNTS = f"""{REGISTER}
SELECT standing, count(*), count(*) FILTER (WHERE pan <> ''), count(*) FILTER (WHERE has_account)
FROM register GROUP BY 1
"""  # noqa: S608  our own words only
LINES = f"""{REGISTER}
SELECT r.customer_id, r.code, c.first_name || ' ' || c.last_name, coalesce(s.code, ''),
       r.joined_at, r.agreement_signed_on, r.until, r.pan, r.has_account, r.standing,
       r.terminated_at
FROM register r JOIN domain_customer c ON c.id = r.customer_id
LEFT JOIN domain_member s ON s.customer_id = r.referred_by_id
WHERE %(standing)s = '' OR r.standing = %(standing)s
ORDER BY r.joined_at, r.customer_id
"""  # noqa: S608  our own words only
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Standing:
    """How many members stand like that, and what of their papers is verified."""

    name: str
    members: int
    with_pan: int
    with_account: int

    @property
    def words(self) -> str:
        return STANDINGS[self.name][0]


@dataclass(frozen=True, slots=True)
class Registered:
    """A member as the register shows them."""

    member_id: int
    code: str
    name: str
    sponsor: str
    joined_at: datetime
    signed_on: date | None
    known_until: date | None
    pan: str
    has_account: bool
    standing: str
    ended_at: datetime | None


def standings(*, at: datetime) -> list[Standing]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, _today(at))
        found = {name: Standing(name, *counts) for name, *counts in cursor.fetchall()}
    return [found[name] for name in STANDINGS if name in found]


def registered(*, at: datetime, standing: str = "", limit: int) -> list[Registered]:
    """The register in the order of joining, as far as ``limit`` goes."""
    with connection.cursor() as cursor:
        more: dict[str, str | int] = {"standing": standing, "limit": limit}
        cursor.execute(LINES + "LIMIT %(limit)s", {**_today(at), **more})
        return [Registered(*row) for row in cursor.fetchall()]


def whole_register(*, at: datetime, standing: str = "") -> Iterator[Registered]:
    """The whole register, read as it is written out."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(LINES, {**_today(at), "standing": standing})
        while rows := cursor.fetchmany(BATCH):
            yield from (Registered(*row) for row in rows)


def _today(at: datetime) -> dict[str, date | datetime]:
    today = day_of(at)
    return {"today": today, "tomorrow": moments(today, today)[1]}


# --- Depth ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Level:
    """One level of all trees; the roots are level 0."""

    depth: int
    members: int


def levels() -> list[Level]:
    """How many members sit on each level, counted by the index of levels alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT depth, count(*) FROM domain_node GROUP BY 1 ORDER BY 1")
        return [Level(*row) for row in cursor.fetchall()]
