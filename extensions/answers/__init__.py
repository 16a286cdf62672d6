"""Answers that are made rather than detected: names, domains, and which files belong to whom."""

from .bundle import bundled, content_hash
from .files import (
    answers_file_problem,
    free_package_name,
    kept_files,
    left_by_overlay,
    other_overlays,
    relative_to,
    rendered_paths,
    second_project_problem,
    stored_answers,
    written_by_overlay,
)
from .forms import first_form_problem, form_problem, shown
from .given import choices, damage, first_problem, given_problem, questions
from .names import app_name, app_name_problem, domains, domains_problem, matches, undecided
from .places import place_problem
from .problem import Problem
from .programs import not_in_an_update, programs_problem
from .quoting import shell_word, toml_string
from .variables import database_parts, secret_key_name

__all__ = [
    "Problem",
    "answers_file_problem",
    "app_name",
    "app_name_problem",
    "bundled",
    "choices",
    "content_hash",
    "damage",
    "database_parts",
    "domains",
    "domains_problem",
    "first_form_problem",
    "first_problem",
    "form_problem",
    "free_package_name",
    "given_problem",
    "kept_files",
    "left_by_overlay",
    "matches",
    "not_in_an_update",
    "other_overlays",
    "place_problem",
    "programs_problem",
    "questions",
    "relative_to",
    "rendered_paths",
    "second_project_problem",
    "secret_key_name",
    "shell_word",
    "shown",
    "stored_answers",
    "toml_string",
    "undecided",
    "written_by_overlay",
]
