"""Schedules of crontabs, systemd, Ofelia and Go's cron, as cron's five fields."""

from __future__ import annotations

import re

# https://man7.org/linux/man-pages/man5/crontab.5.html
_NAMED = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
_DAYS = {name: str(number) for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_MONTHS = {
    name: str(number)
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_FIELD = re.compile(r"(\*|\d{1,2}(-\d{1,2})?(,\d{1,2}(-\d{1,2})?)*)(/\d{1,2})?")
_LARGEST = (59, 23, 31, 12, 7)
_EVERY = re.compile(r"@every\s+(?P<count>\d{1,3})(?P<unit>[mh])(0s|0m0s)?")
_CALENDAR = re.compile(
    r"(?:(?P<days>[A-Za-z,]+)\s+)?(?:\*-\*-(?P<day>\*|\d{1,2})\s+)?(?P<hour>\*|\d{1,2}(?:,\d{1,2})*|\*?0?0?/\d{1,2})"
    r":(?P<minute>\*|\d{1,2}|\*?0?0?/\d{1,2})(?::0{1,2})?(?:\s+UTC)?"
)
_SPAN = re.compile(r"(?P<count>\d{1,3})\s*(?P<unit>m|min|minutes?|h|hr|hours?|d|days?)")


def five_fields(written: str) -> str:
    """The schedule in digits, with one space between fields; "" if cron cannot express it, such as @reboot."""
    text = " ".join(written.strip().strip("\"'").split())
    if text.lower() in _NAMED:
        return _NAMED[text.lower()]
    if match := _EVERY.fullmatch(text):
        return every(int(match["count"]), match["unit"])
    fields = text.split(" ")
    if len(fields) == 6 and fields[0] == "0":
        fields = fields[1:]  # the seconds of Go's cron
    if len(fields) != 5:
        return ""
    fields[3] = _in_digits(fields[3], _MONTHS)
    fields[4] = _in_digits(fields[4], _DAYS)
    fields = ["*" if field == "?" else re.sub(r"^\*/1$", "*", field) for field in fields]
    for field, largest in zip(fields, _LARGEST, strict=True):
        if not _FIELD.fullmatch(field) or any(int(number) > largest for number in re.findall(r"\d+", field)):
            return ""
    return " ".join(fields)


def every(count: int, unit: str) -> str:
    """Each `count` minutes, hours or days ("m", "h", "d"); "" if they do not divide an hour, a day or a month."""
    if unit == "m" and count % 60 == 0:
        count, unit = count // 60, "h"
    if unit == "h" and count % 24 == 0:
        count, unit = count // 24, "d"
    if count == 1:
        return {"m": "* * * * *", "h": "0 * * * *", "d": "0 0 * * *"}[unit]
    if unit == "m" and count and 60 % count == 0:
        return f"*/{count} * * * *"
    if unit == "h" and count and 24 % count == 0:
        return f"0 */{count} * * *"
    return "0 0 * * 0" if (count, unit) == (7, "d") else ""


def of_timer(key: str, written: str) -> str:
    """The schedule of a line in a systemd timer, "" for others: OnCalendar=, OnUnitActiveSec= and the like.

    https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html
    """
    text = " ".join(written.split())
    if key != "OnCalendar":
        match = _SPAN.fullmatch(text)
        return every(int(match["count"]), match["unit"][0]) if match else ""
    if f"@{text.lower()}" in _NAMED:
        return _NAMED[f"@{text.lower()}"]
    match = _CALENDAR.fullmatch(text)
    if match is None:
        return ""
    days = ",".join(_DAYS.get(day[:3].lower(), "?") for day in (match["days"] or "").split(",") if day)
    hour, minute = (re.sub(r"^\*?0*/", "*/", match[name]) for name in ("hour", "minute"))
    return five_fields(f"{_short(minute)} {_short(hour)} {_short(match['day'] or '*')} * {days or '*'}")


def _short(field: str) -> str:
    return ",".join(str(int(part)) if part.isdigit() else part for part in field.split(","))


def _in_digits(field: str, names: dict[str, str]) -> str:
    return re.sub(r"[A-Za-z]+", lambda match: names.get(match[0][:3].lower(), match[0]), field)
