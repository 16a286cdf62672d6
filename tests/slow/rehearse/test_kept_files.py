"""A file of the user's that stands where the overlay would have written its own has what production needs."""

from tests.support.anchors import shows

from .site import Site


@shows("kept-files")
def test_what_a_kept_file_lacks_is_named(site: Site) -> None:
    site.write("fly.toml", 'app = "rehearsal"\n')
    site.answer(deploy_kept_files=["fly.toml"])
    check = site.report().only_red("kept files")
    assert check["detail"].startswith("fly.toml ")
    assert "fly.toml has no volume for SQLite: add" in check["detail"]
