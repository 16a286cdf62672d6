"""Whose a thing on a platform is: its mark decides. The record of an earlier run never does so alone."""

from __future__ import annotations

from collections.abc import Callable, Collection

from .site import Site


def refusal(
    site: Site,
    step: str,
    name: str,
    what: str,
    marks: Collection[str],
    *,
    unused: Callable[[], bool],
    cure: str,
    other: str,
) -> str:
    """Why the run may not use `what`, called `name`, which exists already; empty where it may.

    `marks` are those that it has, of any project. `unused` asks whether it is still empty, `cure` is
    the end of a sentence on what else the owner can do, `other` such a sentence for what belongs to another project.
    Asks at a terminal if there is no mark; raises Failure as Asking.adopt does.
    """
    if site.mark in marks:
        return ""
    if environment := site.environment_of(marks):
        return f"{what} is the environment {environment} of this project, not {site.request.environment}: {other}"
    if site.request.existing:
        return ""
    if marks and not site.mark:
        return (
            f"{what} has a project's mark, and this clone has only a part of the history, so that nothing shows whether "
            "it is this project's: `git fetch --unshallow`, then run this again."
        )
    if marks:
        return f"{what} belongs to another of your projects: {other}"
    site.asking.adopt(step, name, what, unused=unused(), cure=cure)
    return ""
