"""`python -m lessons`: what `diffusion teach` becomes."""

import argparse
import sys
from pathlib import Path

LONGEST = 200  # characters of a path that a message shows


def main() -> int:
    """Serve the lessons, or write them as static pages."""
    parser = argparse.ArgumentParser(prog="diffusion teach")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=2718)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--export", type=Path)
    parser.add_argument("--lesson", type=Path, action="append", default=[])
    options = parser.parse_args()
    try:
        if options.export is not None:
            from lessons.build import export

            count = export(options.export, tuple(options.lesson))
            print(f"Wrote {count} files; open {options.export / 'index.html'}.")
        else:
            from lessons.serve import serve

            serve(options.host, options.port, browser=not options.no_browser, own=tuple(options.lesson))
    except OSError as reason:
        place = f": {str(reason.filename)[-LONGEST:]!r}" if reason.filename else ""
        print(f"diffusion: {reason.strerror or reason}{place}", file=sys.stderr)
        return 2
    except ValueError as reason:
        print(f"diffusion: {reason}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("diffusion: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
