"""What a copy lacks, and whose rows a new database has: by counts alone."""

from __future__ import annotations

from collections.abc import Mapping

from deploy_overlay.provision.move.contents import Contents, added, differences, quoted


def database(tables: Mapping[str, int], sequences: Mapping[str, int | None] | None = None) -> Contents:
    return Contents("17.2", tables, 0, {}, frozenset(), sequences or {})


def test_a_copy_has_the_same_rows_and_goes_on_counting_where_the_old_one_was() -> None:
    old = database({"public.book": 3}, {"public.book_id_seq": 7, "public.unused_id_seq": None})

    assert differences(old, database({"public.book": 3, "public.newer": 0}, {"public.book_id_seq": 7})) == []
    assert differences(old, database({}, {"public.book_id_seq": 7})) == ["public.book is missing"]
    assert differences(old, database({"public.book": 2}, {"public.book_id_seq": 7})) == [
        "public.book has 2 rows instead of 3"
    ]
    assert differences(old, database({"public.book": 3}, {"public.book_id_seq": None})) == [
        "public.book_id_seq is at None instead of 7"
    ]


def test_rows_that_no_migration_wrote_are_named() -> None:
    now = {"public.django_migrations": 20, "public.auth_permission": 40, "public.django_session": 2, "public.book": 1}

    assert added(now, None) == ["book (1 row)"]
    assert added(now, {"public.auth_permission": 40, "public.book": 1}) == []
    assert added(now | {"public.book": 3}, {"public.auth_permission": 40, "public.book": 1}) == ["book (3 rows)"]


def test_names_are_written_as_sql_reads_them() -> None:
    assert quoted("a schema", 'a "table"') == '"a schema"."a ""table"""'
