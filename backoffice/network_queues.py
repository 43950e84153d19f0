"""What waits of members: places, wallets, reserves."""

from __future__ import annotations

from backoffice.queue import Queue
from domain.reports import waiting


def network_queues() -> tuple[Queue, ...]:
    return (*_places(), *_wallets())


def _places() -> tuple[Queue, ...]:
    return (
        Queue(
            "holding",
            "Members to place",
            "hourglass_top",
            "domain.place_member",
            "holding_list",
            "",
            waiting.members_to_place,
            "Everybody has a place in the tree.",
        ),
        Queue(
            "corrections",
            "Places to correct",
            "swap_horiz",
            "domain.approve_correction",
            "domain_placementcorrection_changelist",
            "state__exact=requested",
            waiting.corrections_to_approve,
            "No correction waits for a second person.",
        ),
    )


def _wallets() -> tuple[Queue, ...]:
    return (
        Queue(
            "transmissions",
            "Wallets to nominees",
            "volunteer_activism",
            "domain.approve_transmission",
            "domain_transmission_changelist",
            "state__exact=requested",
            waiting.transmissions_to_approve,
            "No nominee waits.",
        ),
        Queue(
            "releases",
            "Reserves to release",
            "lock_open",
            "domain.approve_reserve_release",
            "domain_reserverelease_changelist",
            "state__exact=requested",
            waiting.releases_to_approve,
            "No release of a reserve waits for a second person.",
        ),
    )
