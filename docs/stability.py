"""Largest stable learning rate of every rule, into docs/guide/stability.md: ``python docs/stability.py``."""

import math
import re
import sys
from dataclasses import fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, it finds the packages beside it
PAGE = ROOT / "docs" / "guide" / "stability.md"
START, END = "<!-- stability -->", "<!-- /stability -->"
B1, NU = 0.8, 0.7
# memories of some ten iterations, eps = 1, no decay; the rest are each rule's defaults
GIVEN = {"beta1": B1, "beta2": 0.9, "beta3": 0.9, "nu": NU, "nu1": NU, "eps": 1.0, "eps_root": 0.0, "weight_decay": 0.0,
         "momentum_decay": math.inf, "initial": 0.0, "betas": (0.5, 0.9)}  # fmt: skip
OWN = {  # where a name means something else
    "momentum": {"beta3": 1.0}, "rmsprop": {"beta1": 0.0}, "adai": {"eps": 1e-3}, "adai-v2": {"eps": 1e-3},
    "muon": {"shape": (1, 2)}, "dog": {"initial": 1e-6},
}  # fmt: skip
ADAMS = (
    "adam", "adamw", "amsgrad", "padam", "yogi", "radam", "adabelief", "adamax", "laprop", "adopt", "simplified-ademamix",
    "inv-adam", "dual-adam", "stable-adamw", "adafactor",
)  # fmt: skip


def rules():
    """Return every rule with an eps of 1 and short memories, by name."""
    from diffusion.optimizers import OPTIMIZERS

    found = {}
    for name, cls in OPTIMIZERS.items():
        known = {field.name for field in fields(cls) if field.init}
        if "optimizer" not in known:
            given = {key: value for key, value in GIVEN.items() if key in known}
            found[name] = cls(**{"eta": 0.01} | given | OWN.get(name, {}))
    return found


def closed_forms():
    """Return the closed forms, curvature times learning rate, by rule."""
    from theory.stability import stability_threshold

    def of(rule, **given):
        return float(stability_threshold(rule, eta=1.0, **given))

    adam = of("adam", beta1=B1)
    return {
        "sgd": of("sgd"),
        "momentum": of("momentum", beta1=B1),
        "nesterov": of("nesterov", beta1=B1),
        "qhm": of("qhm", beta1=B1, nu=NU),
        "qhadam": of("qhm", beta1=B1, nu=NU),
        "nadam": of("nadam", beta1=B1),
        "novograd": of("momentum", beta1=B1),
        **dict.fromkeys(("rmsprop", "adagrad", "adadelta"), of("rmsprop")),
        **dict.fromkeys(ADAMS, adam),
        # 2 over the answer to an alternating gradient, written out
        "pnm": 2 * math.hypot(2, 1) / 3,
        "aggmo": 2 / ((1 / 1.5 + 1 / 1.9) / 2),
        "ademamix": 2 / (2 / adam + 5 * 0.1 / 1.9),
        "mars": adam / (1 + 2 * 0.025 * B1 / (1 - B1)),
        "adan": 2 / (2 / adam + 0.9 * 2 * 0.1 / 1.9),
    }


def table() -> str:
    """Return the table of the guide."""
    from sims.check.stability import linearised

    known, settled, apart = closed_forms(), [], {}
    for name, rule in rules().items():
        try:
            found = linearised(rule).largest_stable_eta()
        except ValueError as reason:
            apart.setdefault(str(reason).partition(": ")[2].rstrip("."), []).append(type(rule).__name__)
            continue
        stated = f"{known[name]:.7g}" if name in known else "-"
        settled.append(f"| {type(rule).__name__} | {found:.7g} | {stated} |")
    lines = [
        "| rule | measured | closed form |",
        "|---|--:|--:|",
        *settled,
        "",
        "Without a linearised map:",
        "",
    ]
    return "\n".join([*lines, *(f"- {', '.join(names)}: {reason}." for reason, names in apart.items())])


def main():
    """Write the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    pattern = f"{re.escape(START)}.*{re.escape(END)}"
    written = re.sub(pattern, lambda _: f"{START}\n{table()}\n{END}", text, flags=re.DOTALL)
    PAGE.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
