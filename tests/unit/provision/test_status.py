"""What several platforms cost together."""

from __future__ import annotations

from deploy_overlay.provision.status import describe_totals


def test_costs_are_added_by_currency() -> None:
    assert describe_totals({"USD": 34.0, "EUR": 35.0}) == "All platforms together cost $34 and 35 euros a month."
    assert describe_totals({"USD": 0, "EUR": 35.5}) == "All platforms together cost 35.50 euros a month."
    assert describe_totals({"USD": 0}) == ""
