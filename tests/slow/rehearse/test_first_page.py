"""A project that refuses its own visitors does not pass, whoever refuses."""

from .site import Site


def test_the_first_page_answers_400(site: Site) -> None:
    site.replace("notes/views.py", 'return render(request, "notes/home.html"', 'return lost(request, "notes/home.html"')
    site.append(
        "notes/views.py",
        "def lost(*_):\n    from django.http import HttpResponseBadRequest\n    return HttpResponseBadRequest()\n",
    )
    check = site.report().only_red("pages")
    assert check["detail"].startswith("/ answered 400")
    assert "setting that holds its address" in check["cure"]
