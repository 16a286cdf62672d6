"""Decides whose a resource on a platform is: by its mark, never by the record of an earlier run alone."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..base.message import Failure
from .site import Site


def reason_not_to_use(
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
    """Why the run may not use the existing resource `what` called `name`; empty if it may.

    `marks` are those that it has, of any project. `unused` asks whether it is still empty, `cure` is
    the end of a sentence on what else the owner can do, `other` such a sentence for what belongs to another project.
    Asks at a terminal if there is no mark; raises Failure as Prompts.adopt does.
    """
    if site.mark in marks:
        return ""
    if environment := site.environment_of(marks):
        return f"{what} is the environment {environment} of this project, not {site.request.environment}: {other}"
    if site.request.existing:
        return ""
    if marks and not site.mark:
        return (
            f"{what} has a project's mark, and this shallow clone cannot tell whether it is this project's: run `git fetch "
            "--unshallow`, then run this again."
        )
    if marks:
        return f"{what} belongs to another of your projects: {other}"
    site.prompts.adopt(step, name, what, unused=unused(), cure=cure)
    return ""


def reason_not_to_delete(
    site: Site, step: str, name: str, marks: Collection[str], *, unused: Callable[[], bool]
) -> str:
    """Why `destroy` does not delete the resource `name`, as a clause; empty if it belongs to this project and environment.

    Without a mark, it does so only if a run of this clone started to create it and it is still unused: that run was
    interrupted before it wrote the mark.
    """
    if site.mark and site.mark in marks:
        return ""
    if marks and not site.mark:
        return "it has a project's mark, and this shallow clone cannot tell whose: run `git fetch --unshallow`"
    if marks:
        return "it has the mark of another project or environment"
    return "" if site.record.owns(step, name) and unused() else "it has no mark of this project"


def refuse_deletion(what: str, why: str, undo: str) -> Failure:
    """The Failure for an app that is not this project's."""
    return Failure(
        f"{what} is not deleted: {why}. If you want to delete it, run `{undo}` yourself.", anchor="not-this-projects"
    )
