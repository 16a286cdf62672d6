"""Looks at every page of the built site at a phone's width, and fails where one scrolls sideways or cuts a line of code.

`make docs` runs it where Chromium is installed. The pages are opened in a frame one after the other, and a script measures them.
"""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

WIDTH = 390  # CSS pixels of a usual phone
SECONDS = 120
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SCRIPT = """<!doctype html><iframe style="width: WIDTHpx; height: 844px; border: 0"></iframe><script>
const frame = document.querySelector("iframe"), pages = PAGES, found = [];
let number = -1;
frame.onload = () => {
  if (number >= 0) {
    const page = frame.contentDocument, root = page.documentElement;
    if (root.scrollWidth > root.clientWidth)
      found.push(`${pages[number]} is ${root.scrollWidth} pixels wide`);
    for (const code of page.querySelectorAll("pre > code"))
      if (code.scrollWidth > code.clientWidth)
        found.push(`${pages[number]} cuts: ${code.textContent.trim().split("\\n")[0]}`);
  }
  number += 1;
  if (number < pages.length) frame.src = "/" + pages[number];
  else fetch("/found", {method: "POST", body: JSON.stringify(found)});
};
frame.src = "about:blank";
</script>"""


class Site(http.server.ThreadingHTTPServer):
    """Serves a folder, the script at /measure, and takes what the script has found."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
        found = (path for path in folder.rglob("index.html") if 'http-equiv="refresh"' not in path.read_text("utf-8"))
        pages = sorted(path.relative_to(folder).as_posix() for path in found)
        self.script = SCRIPT.replace("WIDTH", str(WIDTH)).replace("PAGES", json.dumps(pages)).encode()
        self.count = len(pages)
        self.found: list[str] = []
        self.done = threading.Event()

    def handle_error(self, *_: object) -> None:
        """Silent: a browser that goes on to the next page, or is ended, takes no more of the last one."""


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        if self.path != "/measure":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.script)

    def do_POST(self) -> None:
        self.server.found = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()
        self.server.done.set()

    def log_message(self, *_: object) -> None:
        """Silent."""


def main(folder: Path) -> int:
    """0 where all pages fit or no Chromium is there to say it, 1 where one does not."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        print("Not looked at as on a phone: Chromium is not installed.")
        return 0
    with Site(folder) as site, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        # Without its sandbox, which root and many containers cannot have: all that it opens was built here.
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
        address = f"http://127.0.0.1:{site.server_port}/measure"
        with subprocess.Popen(
            [program, *options, f"--user-data-dir={profile}", address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as browser:
            answered = site.done.wait(SECONDS)
            browser.terminate()
        site.shutdown()
    if not answered:
        print(f"Chromium did not measure the pages within {SECONDS} seconds.", file=sys.stderr)
        return 1
    for line in site.found:
        print(line, file=sys.stderr)
    print(f"{site.count} pages at a width of {WIDTH} pixels: {'not all' if site.found else 'all'} fit.")
    return 1 if site.found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
