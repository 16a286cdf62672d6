"""Files of environment variables."""

from pathlib import Path

import pytest

from deploy_overlay.adapter.values import values_of_file
from deploy_overlay.base.env_file import EnvFileError, parse_env_file, read_env_file
from deploy_overlay.base.message import Failure


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("A=1", "A", "1"),
        ("export A=1", "A", "1"),
        ("export\tL=1", "L", "1"),
        ("  export   A = 1  ", "A", "1"),
        ("exported=1", "exported", "1"),
        ("A=", "A", ""),
        ("A=two words", "A", "two words"),
        ("A=sun # rain", "A", "sun"),
        ("A=sun#rain", "A", "sun#rain"),
        ("A=#rain", "A", "#rain"),
        ("A= # rain", "A", ""),
        ("A=sun\t# rain", "A", "sun"),
        ('A="sun # rain" # note', "A", "sun # rain"),
        ("A='sun # rain' # note", "A", "sun # rain"),
        ('A="sun"#note', "A", "sun"),
        ('A=""', "A", ""),
        ("A=''  ", "A", ""),
        (r'A="say \"hi\"\n\tdone \\ \d"', "A", 'say "hi"\n\tdone \\ \\d'),
        (r"A='it\'s \n'", "A", "it's \\n"),
        ("A=it's", "A", "it's"),
        ("A=${B}$c", "A", "${B}$c"),
        ('A="${B}$c"', "A", "${B}$c"),
        ("A=b=c==", "A", "b=c=="),
        ("URL=postgres://u:p@h/db?x=1#y", "URL", "postgres://u:p@h/db?x=1#y"),
        ("\ufeffA=1", "A", "1"),
        ('KEY="-----BEGIN\nabc=\n-----END" # pem', "KEY", "-----BEGIN\nabc=\n-----END"),
        ("A=1\u2028still", "A", "1\u2028still"),
    ],
)
def test_a_value(line: str, name: str, value: str) -> None:
    assert parse_env_file(line) == {name: value}
    for newline in ("\n", "\r\n"):
        text = newline.join(["# first", "", line.replace("\n", newline), "LAST=1"])
        if not line.startswith("\ufeff"):
            assert parse_env_file(text) == {name: value, "LAST": "1"}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("A=1\nB-C=x", 2, "'B-C' as a name"),
        ("A.B=x", 1, "'A.B' as a name"),
        ("1A=x", 1, "'1A' as a name"),
        ("=x", 1, "'' as a name"),
        ("two words=x", 1, "'two words' as a name"),
        ("A", 1, "not a NAME=value line"),
        ("export A", 1, "not a NAME=value line"),
        ('A=1\nB="x"y\n', 2, "text after the closing quote"),
        ("A=1\n\nB='x\nC=1\n", 3, "begins with '"),
        ('A="x\\"', 1, "no such quote at its end"),
        ("A=\0", 1, "NUL"),
    ],
)
def test_a_line_that_is_no_variable(text: str, line: int, problem: str) -> None:
    with pytest.raises(EnvFileError, match=problem) as raised:
        parse_env_file(text)
    assert raised.value.line == line


def test_the_last_of_a_name_counts() -> None:
    assert parse_env_file('A=1\nA="2"\n') == {"A": "2"}


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfA=\xc3\xa4\r\nB='1'\r\n")
    assert read_env_file(file) == {"A": "ä", "B": "1"}
    file.write_bytes(b"A=\xe4\n")
    with pytest.raises(UnicodeDecodeError):
        read_env_file(file)


def test_an_error_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "production.env"
    file.write_text('A="sun # rain" # note\nexport\tL=1\nKEY="two\nlines"\nNONE=\n', encoding="utf-8")
    assert values_of_file("production.env", tmp_path) == {"A": "sun # rain", "L": "1", "KEY": "two\nlines"}
    file.write_text("A=1\nB-C=x\n", encoding="utf-8")
    with pytest.raises(Failure, match=r"production\.env:2 has 'B-C' as a name") as refused:
        values_of_file("production.env", tmp_path)
    assert refused.value.anchor == "env-file"
