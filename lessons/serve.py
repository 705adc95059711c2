"""Serve the lessons.

They go to this machine, or to a class on the same network.
"""

import socket
import sys
import webbrowser
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lessons.build import site

HERE = "127.0.0.1"
EVERYWHERE = {"0.0.0.0", "::"}  # every network that the machine is in
TYPES = {
    "html": "text/html",
    "js": "text/javascript",
    "css": "text/css",
    "png": "image/png",
    "svg": "image/svg+xml",
}


class Server(ThreadingHTTPServer):
    """Server of files that are in memory.

    It stops at once, whoever is still connected.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128  # a class of thirty opens the page in the same second

    def __init__(self, address: tuple[str, int], files: dict[str, bytes]):
        self.files = files
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Handler)

    def handle_error(self, request, client_address):
        """Ignore clients that leave early.

        A phone that closed its page while it was loading is nothing to report.
        """


class Handler(BaseHTTPRequestHandler):
    """Handler that answers GET and HEAD with a file.

    The files are the server's.
    """

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds after which an idle connection gives its thread back

    def do_GET(self):
        """Send a file, or say that it is missing."""
        name = self.path.partition("?")[0].lstrip("/") or "index.html"
        body = self.server.files.get(name)
        status = HTTPStatus.OK if body is not None else HTTPStatus.NOT_FOUND
        if body is None:
            name, body = "missing.html", b'<p>There is no such page. See the <a href="/">contents</a>.</p>'
        self.send_response(status)
        self.send_header("Content-Type", f"{TYPES[name.rpartition('.')[2]]}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")  # a lesson that its teacher edits is never an old one
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format, *args):
        """Drop the log of requests.

        It keeps the terminal for the address and the QR code.
        """


def serve(host: str, port: int, *, browser: bool, own: tuple[Path, ...] = ()) -> None:
    """Serve the lessons until Ctrl-C.

    Parameters
    ----------
    host : str
        Address to listen on: 127.0.0.1 for this machine alone, 0.0.0.0 for a class on the same network.
    port : int
        0 picks a free one.
    browser : bool
        Open the contents page.
    own : tuple of Path
        Further lessons, as Markdown files.

    Raises
    ------
    ValueError
        If nothing can listen there.
    """
    with listening(host, port, site(own)) as server:
        number = server.server_address[1]
        print(
            f"Lessons: {address(HERE if host in EVERYWHERE else host, number)}  (Ctrl-C stops them)",
            flush=True,
        )
        if host in EVERYWHERE:
            invite(address(network_address(), number))
        if browser:
            webbrowser.open(address(HERE if host in EVERYWHERE else host, number))
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            print("\nLessons stopped.", file=sys.stderr)


def listening(host: str, port: int, files: dict[str, bytes]) -> Server:
    """Return a server that listens on the port."""
    if not 0 <= port <= 65535:
        raise ValueError(f"port must be a whole number from 0 to 65535, got {port}")
    try:
        return Server((host, port), files)
    except OSError as reason:
        raise ValueError(
            f"Cannot listen on {host}, port {port} ({reason.strerror}). Choose another port; 0 picks a free one."
        ) from None


def address(host: str, port: int) -> str:
    """Return a page's address."""
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def network_address() -> str:
    """Return this machine's address in its network.

    It is the one that the machine would send from. Nothing is sent.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that belongs to nobody
            return probe.getsockname()[0]
        except OSError:
            return HERE


def invite(link: str) -> None:
    """Print the class's address.

    A QR code goes with it where segno is installed.
    """
    print(f"For a class on the same network: {link}", flush=True)
    try:
        import segno
    except ImportError:
        print("For a QR code of it, install segno: pip install 'optimizer-diffusion[teach]'", flush=True)
        return
    segno.make(link, error="m").terminal(out=sys.stdout, compact=True)
    sys.stdout.flush()
