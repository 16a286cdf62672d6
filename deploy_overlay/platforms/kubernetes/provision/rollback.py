"""Puts the image of an older release online again, with the manifests of its own commit.

`kubectl rollout undo` would bring back pods alone, one Deployment at a time: not the jobs, and not the numbers around them.
"""

from __future__ import annotations

import dataclasses

from ....adapter.history import Release, Rollback, check_here
from ....adapter.site import Site
from ....base.message import Failure
from .cluster import Cluster
from .image import BY_DIGEST
from .manifests import folder, release_file
from .release import of_commit, writing


def rollback(site: Site, now: Release, back: Release) -> Rollback:
    check_here(site, back)
    if not BY_DIGEST.fullmatch(back.artefact):
        raise Failure(
            f"{back.version} runs {back.artefact or 'an unknown image'}, which is not named by its digest, so that nothing shows "
            "what would come back: choose another release with --to.",
            anchor="no-such-release",
        )
    cluster, commit = Cluster(site), back.commit or site.commit
    of = f"commit {commit[:8]}" if back.commit else "today, as nobody knows its commit"
    if cluster.gitops:
        step = writing(site, lambda: back.artefact, commit)
        words = [f"writes the image of {back.version} into {release_file(site)}"]
        step = dataclasses.replace(step, name="rollback", plan=lambda: words, after=())
        return Rollback([step], ["Only the image is written into git: the other manifests stay."])
    steps = of_commit(cluster, commit, lambda: back.artefact)
    notes = [
        f"It is applied with {folder(site)} of {of}.",
        "Objects that the newer release added to the cluster stay.",
    ]
    # The steps before a release, which these wait for, are not looked at: the site is there.
    return Rollback([dataclasses.replace(step, after=()) for step in steps], notes)
