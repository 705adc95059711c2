"""`python -m lessons`: what `diffusion teach` becomes."""

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Serve the lessons, or write them as static pages."""
    parser = argparse.ArgumentParser(prog="diffusion teach")
    parser.add_argument("--port", type=int, default=2718)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--export", type=Path)
    options = parser.parse_args()
    try:
        if options.export is not None:
            from lessons.export import export

            export(options.export)
        else:
            from lessons.serve import serve

            serve(options.port, browser=not options.no_browser)
    except (ValueError, OSError) as reason:
        print(f"diffusion: {reason}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("diffusion: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
