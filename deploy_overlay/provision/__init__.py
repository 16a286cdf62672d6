"""Creates what a platform needs and deploys: the plan first, one question, then step by step, each checked again.

How a platform is written
=========================

One module, `platforms/P.py`, named as in `deploy_platforms`, with

- `tool()`: the platform's own program, how to ask its version and who is logged in, how to install it (`Tool`);
- `steps(site)`: what must be there before a deployment, in order, as a list of `Step`;
- `releases(site)`: what a deployment does, in order, also as `Step`: push, check, scale;
- `address(site)`: the address of the site, asked from the platform after a deployment;
- `closed(site)`: a sentence on why visitors do not reach it, by its owner's will, with the cure; empty where they do;
- `told(site)`, where the platform itself says what would change: lines for the end of a plan;
- `handed_over(site)`, where something else may put the release online: a sentence on what its owner does for that, which
  `closed` says too; empty where a deployment ends with the site online;
- `crashed(site)`, where the platform tells it: a clause on the processes beside the web process that did not stay up
  after the release, with the command that shows why; empty where they did;
- `history(site)`, where the platform tells it: what was released, the newest first (`adapter/history.py`), and `QUEUES =
  True` where it carries deployments out one after the other by itself; elsewhere a run waits for the one under way;
- `processes(site)`, where the platform tells it: how each is (`adapter/processes.py`);
- `domains(site)`, where it can have the owner's own: their names; `differences(site)`: sentences on what is otherwise than
  the project's files and answers say and no step is about. Both are asked by a look alone, where the site is there;
- `database(site)`, where this machine can reach it: a context manager that gives the address of the site's PostgreSQL,
  with its password, as this machine reaches it; a tunnel stands as long as the block;
- of a platform that sites can move away from: `old_site(cli, name)` (`adapter/leaving.py`), which need not be a site of the
  overlay's; `closing(cli, name, processes)` and `opening(cli, name, processes)`, the steps that close it to visitors and stop
  these processes, and the way back; `ending(name, domains)`, rows of (what for, command) that its owner runs at last;
- of a platform that sites can move to: `release_again(site)`, commands that run the release command on other rows and start
  every process anew; `adding_domain(site, name)`, command lines, and `record_of(site, name)`, its DNS record in words;
- `destruction(site, keep_data)`, where the site can be deleted there: a `Destruction`, whose steps are done when their
  thing is gone or is not this project's, and then say with `Seen.leaves` what they leave. The mark decides whose a thing
  is, and without one the record only for what nobody has used yet (`adapter/whose.py`); data goes last where it can;
- `rollback(site, now, back)`, where the platform can put an older release online again: a `Rollback` with the steps from the
  one release to the other and sentences on what else becomes of the site; variables stay as they are today. `FAILED_STAYS`
  is True where the code of a release that failed may be online all the same;
- `afterwards(site)`: rows of (what for, command) for the summary, to which `run` of the declaration's `verbs` adds how a
  superuser is created; `logs(site)`: the arguments that show the site's log;
- `account(answers)`, where nobody logs in to its program: as whom it acts;
- `written(answers)`: names of the variables that the platform's own file in the project sets;
- `setting(site)`: a sentence that says how the owner sets a variable by hand.

A `Step` is data, and two or three small functions that ask or answer:

    Step(
        name="database",                                 # short, stable: the record of what was created uses it
        what="PostgreSQL shelf-db",
        where="eu, team acme",
        price="$5 a month",
        see=lambda: Seen(...),                           # asks the platform; never guesses, never changes anything
        commands=lambda: [Command(("addons:create", ...))],
        undo="cli addons:destroy shelf-db -a shelf",
        creates="shelf-db",                              # the identity of what is created: "" where nothing is
        after=("app",),                                  # steps without which this one cannot be looked at
        shown=lambda: "DATABASE_URL is set",             # where a token may not look: what else shows that it is there
        by_hand="Open https://...",                      # what the owner alone can do: a run ends well at it
    )

A platform without a program of its own, or whose program need not be installed, is asked over HTTP (`adapter/api.py`).

The engine calls `see` for the plan, again just before the commands and again after them; the last answer decides, not
the exit status: a connection that dropped after the platform had acted is a success, an exit status of 0 that left
nothing behind is a failure. So a run that was killed anywhere is repeated with the same end. Rules for `see` and
`commands`:

- Ask with `site.cli.json(...)`, `site.cli.text(...)`: standard input closed, a timeout, output logged and scrubbed; with
  `secret=True` the output is not logged at all. A question that the platform cannot answer raises Failure by itself.
- Name the app, the organisation and the region in every command. Where several would do, `site.choose(...)`: it takes
  the answer, what an earlier run chose or the only candidate, else asks; it never takes the first of several.
- What exists already and was not made by this project is used only after `site.adopt(...)`.
- `site.name` is the app of the environment that the run is about, `shelf-staging` beside production: a command without it, or
  that reads the name from a file of the project, would be about production. Where one project has every environment, as
  `production` of the declaration says, it is that project, and each command names the environment too.
- What the site can do without is `optional`: where the platform refuses it, the run says so and goes on.
- Secrets go through `Command.stdin`. Where a program takes them as arguments only, `Command.shown` is what people and
  logs see instead. Call `scrub.hide(value)` for every secret that a platform tells.
- `Seen.first` says of a release that none has succeeded before: the deployment ends with the offer of a superuser.
- `Seen.problem` is a sentence that ends the run before anything is done: a name that is taken, a region that is none.
"""
