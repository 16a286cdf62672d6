"""Creates what a platform needs and deploys: shows the plan, asks once, then does each step and checks it.

How to write a platform's adapter
=================================

One module, `platforms/P/provision/__init__.py`, where P is the name in `deploy_platforms`. Every adapter has:

- `tool()`: the platform's command-line program, how to ask its version and who is logged in, how to install it (`Tool`);
- `steps(site)`: what must exist before a deployment, in order, as a list of `Step`;
- `releases(site)`: what a deployment does, in order, as `Step` too: push, check, scale;
- `address(site)`: the site's address, asked from the platform after a deployment;
- `closed(site)`: why the owner has closed the site to visitors, as a sentence with the fix; empty if it is open;
- `next_commands(site)`: rows of (purpose, command) for the summary. `run` in the declaration's `verbs` adds the command that
  creates a superuser;
- `logs(site)`: the arguments that show the site's log;
- `variables(site)`: the variables on the platform, by name; None for a value that the platform does not show;
- `set_variables(site, values)`: the commands that set variables;
- `how_to_set_variables(site)`: a sentence that tells the owner how to set a variable by hand;
- `variables_in_files(answers)`: names of the variables that the platform's file in the project sets.

Optional, where the platform can do it:

- `account(answers)`: who the program acts as, if it has no login;
- `preview(site)`: lines for the end of a plan, in which the platform itself says what would change;
- `handed_over(site)`: if something else puts the release online, a sentence on what the owner has to do, which `closed` says
  too; empty if a deployment ends with the site online;
- `crashed(site)`: a clause on background processes that did not stay up after the release, with the command that shows why;
  empty if they did;
- `history(site)`: the releases, newest first (`adapter/history.py`). `QUEUES = True` if the platform queues deployments
  itself; otherwise a run waits for a deployment in progress;
- `processes(site)`: the state of each process (`adapter/processes.py`);
- `domains(site)`: the owner's domains on the platform; `differences(site)`: sentences on differences from the project's files
  and answers that no step covers. Both are called only for `plan` and `status`, and only if the site exists;
- `database(site)`: a context manager that yields the address of the site's PostgreSQL, with its password, as this machine
  reaches it. A tunnel stays open for the block;
- `destruction(site, keep_data)`: a `Destruction`. Its steps are done when their resource is gone or is not this project's;
  `Observation.leaves` says what they leave. The mark decides whose a resource is. Without one, the record decides, and only for
  what nobody has used yet (`adapter/ownership.py`). Data goes last if possible;
- `rollback(site, now, back)`: a `Rollback`, with the steps from one release to the other and notes on side effects. Variables
  stay as they are. `FAILED_STAYS` is True if the code of a failed release may be online all the same;
- to move sites away: `old_site(cli, name)` (`adapter/leaving.py`), which need not have the overlay; `close_steps(cli, name,
  processes)` and `open_steps(cli, name, processes)`, which close it to visitors and stop these processes, and undo that;
  `last_commands(name, domains)`, rows of (purpose, command) for its owner to run last;
- to receive moved sites: `release_again(site)`, commands that run the release command on the copied rows and restart every
  process; `domain_commands(site, names)`, command lines; `dns_record(site, name)`, its DNS record in words.

A `Step` is data with a few small functions:

    Step(
        name="database",                                 # short and stable: the record of what was created uses it
        what="PostgreSQL shelf-db",
        where="eu, team acme",
        price="$5 a month",
        observe=lambda: Observation(...),                # asks the platform; never guesses, never changes anything
        commands=lambda: [Command(("addons:create", ...))],
        undo="cli addons:destroy shelf-db -a shelf",
        creates="shelf-db",                              # identity of what is created, "" for nothing
        after=("app",),                                  # steps that must be done before this one can be observed
        shown=lambda: "DATABASE_URL is set",             # other evidence that it exists, where a token may not look
        by_hand="Open https://...",                      # what only the owner can do: the run ends here, without an error
    )

A platform whose program need not be installed is asked over HTTP (`adapter/api.py`).

The engine calls `observe` for the plan, again just before the commands and again after them. The last observation decides, not
the exit status: a connection that dropped after the platform had acted is a success, and an exit status of 0 that created
nothing is a failure. So a run that was killed anywhere can be repeated and ends the same. Rules for `observe` and `commands`:

- Ask with `site.cli.json(...)` or `site.cli.text(...)`: they close standard input, have a timeout, and log scrubbed output.
  With `secret=True`, the output is not logged at all. They raise Failure if the platform cannot answer.
- Name the app, the organization and the region in every command. If there are several candidates, use `site.choose(...)`: it
  takes the answer, an earlier run's choice or the only candidate, or asks. It never takes the first of several.
- Call `site.prompts.adopt(...)` before you use something that exists and was not made by this project.
- `site.name` is the app of the environment that the run is for, such as `shelf-staging`. A command without it, or one that
  reads the name from a file of the project, would affect production. If one project has all environments (`production` in the
  declaration), `site.name` is that project, and each command names the environment too.
- Mark what the site can do without as `optional`: if the platform refuses it, the run says so and continues.
- Pass secrets through `Command.stdin`. If a program takes them only as arguments, set `Command.shown` to what people and logs
  may see. Call `scrub.hide(value)` for every secret that a platform returns.
- Set `Observation.first` on a release if none has succeeded before: the deployment then offers to create a superuser.
- Set `Observation.problem` to a sentence that ends the run before anything is done, such as a name that is taken.
"""
