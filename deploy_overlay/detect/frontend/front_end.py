"""Whether there is a front end. Without a package.json, the rest is not imported."""

from __future__ import annotations

from ...base.evidence import Fact
from ..project import Project
from .package_folders import package_folders


def django_frontend(project: Project) -> Fact:
    """A mapping; {} if there is nothing to build:

    `root`: folder of the package.json, POSIX, relative to the git root; `manager`: npm, pnpm, yarn, bun or deno; `node`: major
    version; `install` and `build`: the commands to run in `root` (`build` is "" where only node_modules is needed);
    `script`: the names that `build` runs; `tool`: the manager as an npm package where Node.js comes without it, else "";
    `files`: what `install` needs, [] for the whole repository; `modules`: whether Django collects from node_modules;
    `image`: an image in which all of this runs, the slim one where neither git nor a compiler is needed.
    """
    if not package_folders(project):
        return Fact({})
    from .build import front_end

    return front_end(project)
