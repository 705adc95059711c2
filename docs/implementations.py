"""Who differs from whom: public optimizers beside a rule of ours, by `sims.check`: ``python docs/implementations.py``.

It needs torch, optax and pytorch_optimizer, and writes docs/implementations.json. Without them ``--page`` writes the
recorded rows into docs/guide/check.md.
"""

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a script, it finds the packages beside it
PAGE, RECORD = ROOT / "docs" / "guide" / "check.md", ROOT / "docs" / "implementations.json"
START, END = "<!-- implementations -->", "<!-- /implementations -->"
LIBRARIES = {"torch": "torch", "optax": "optax", "pytorch_optimizer": "pytorch-optimizer"}
LR, B, E, W = 0.02, (0.8, 0.95), 0.01, 0.3  # learning rate, betas, eps and decay, far from anybody's defaults
MATRIX, STEPS = (5, 4), 60


def rows():
    """Compare every implementation with our rule of its name; the same constants are given to both.

    Returns
    -------
    list of dict
        rule (ours, as a call), maker, implementation, agrees, difference (over the largest displacement), answer.
    """
    from sims.check import check

    found = []
    for reference, shape, candidates in _candidates():
        for maker, name, candidate in candidates:
            one = check(candidate, reference, steps=STEPS, shape=shape, seed=1)
            found.append(
                {
                    "rule": _call(reference),
                    "maker": maker,
                    "implementation": name,
                    "agrees": one.agrees,
                    "difference": float(f"{one.difference:.1e}"),
                    "answer": "" if one.agrees else one.variant or "no known variant",
                }
            )
    return found


def _call(reference):
    """Return a rule as one writes it, with the settings that are not the defaults."""
    from dataclasses import fields

    def shown(value):
        return f"{value:.4g}" if isinstance(value, float) else repr(value)

    given = [
        f"{field.name}={shown(getattr(reference, field.name))}"
        for field in fields(reference)
        if field.init and getattr(reference, field.name) != field.default
    ]
    return f"{type(reference).__name__}({', '.join(given)})"


def _candidates():
    """Yield (rule of ours, shape of the parameters, candidates), each candidate as (maker, name, itself)."""
    import optax
    import pytorch_optimizer as po
    import torch

    import diffusion as ours

    t, contrib = torch.optim, optax.contrib

    def torch_(name, make):
        return "torch", name, lambda p: make(p)

    def optax_(name, transformation):
        return "optax", name, transformation

    def po_(name, make):
        return "pytorch_optimizer", name, lambda p: make(p)

    rules = [
        (ours.Momentum(LR, B[0]), [
            torch_("SGD, momentum", lambda p: t.SGD(p, LR, B[0])),
            optax_("sgd, momentum", optax.sgd(LR, B[0])),
            po_("LARS, parameters that are no matrix", lambda p: po.LARS(p, LR, momentum=B[0])),
        ]),
        (ours.Momentum(LR, B[0], beta3=0.2), [
            torch_("SGD, momentum and dampening", lambda p: t.SGD(p, LR, B[0], dampening=B[0])),
        ]),
        (ours.Nesterov(LR, B[0]), [
            torch_("SGD, nesterov", lambda p: t.SGD(p, LR, B[0], nesterov=True)),
            optax_("sgd, nesterov", optax.sgd(LR, B[0], nesterov=True)),
        ]),
        (ours.Adam(LR, *B, E), [
            torch_("Adam", lambda p: t.Adam(p, LR, B, E)),
            optax_("adam", optax.adam(LR, *B, E)),
        ]),
        (ours.AdamW(LR, *B, E, W), [
            torch_("AdamW", lambda p: t.AdamW(p, LR, B, E, W)),
            torch_("Adam, weight_decay", lambda p: t.Adam(p, LR, B, E, W)),
            optax_("adamw", optax.adamw(LR, *B, E, weight_decay=W)),
        ]),
        (ours.AMSGrad(LR, *B, E), [
            torch_("Adam, amsgrad", lambda p: t.Adam(p, LR, B, E, amsgrad=True)),
            optax_("amsgrad", optax.amsgrad(LR, *B, E)),
        ]),
        (ours.NAdam(LR, *B, E), [
            torch_("NAdam", lambda p: t.NAdam(p, LR, B, E)),
            optax_("nadam", optax.nadam(LR, *B, E)),
        ]),
        (ours.RAdam(LR, *B, E), [
            torch_("RAdam", lambda p: t.RAdam(p, LR, B, E)),
            optax_("radam", optax.radam(LR, *B, E)),
            po_("RAdam", lambda p: po.RAdam(p, LR, B, eps=E)),
        ]),
        (ours.Adamax(LR, *B, E), [
            torch_("Adamax", lambda p: t.Adamax(p, LR, B, E)),
            optax_("adamax", optax.adamax(LR, *B, E)),
        ]),
        (ours.Adagrad(LR, E, 0.1), [
            torch_("Adagrad", lambda p: t.Adagrad(p, LR, eps=E, initial_accumulator_value=0.1)),
            optax_("adagrad", optax.adagrad(LR, 0.1, E)),
        ]),
        (ours.Adadelta(1.0, 0.8, E), [
            torch_("Adadelta", lambda p: t.Adadelta(p, 1.0, 0.8, E)),
            optax_("adadelta", optax.adadelta(1.0, 0.8, E)),
            po_("AdaDelta", lambda p: po.AdaDelta(p, 1.0, 0.8, eps=E)),
        ]),
        (ours.RMSprop(LR, 0.95, E), [
            torch_("RMSprop", lambda p: t.RMSprop(p, LR, 0.95, E)),
            optax_("rmsprop", optax.rmsprop(LR, 0.95, E)),
        ]),
        (ours.Rprop(LR), [
            torch_("Rprop", lambda p: t.Rprop(p, LR)),
            optax_("rprop", optax.rprop(LR)),
        ]),
        (ours.ASGD(LR), [torch_("ASGD", lambda p: t.ASGD(p, LR))]),
        (ours.AdaBelief(LR, *B, E), [
            optax_("adabelief", optax.adabelief(LR, *B, E)),
            po_("AdaBelief", lambda p: po.AdaBelief(p, LR, B, eps=E)),
        ]),
        (ours.Yogi(LR, *B, E), [
            optax_("yogi", optax.yogi(LR, *B, E)),
            po_("Yogi", lambda p: po.Yogi(p, LR, B, eps=E)),
        ]),
        (ours.Lion(LR, *B), [
            optax_("lion", optax.lion(LR, *B, weight_decay=0.0)),
            po_("Lion", lambda p: po.Lion(p, LR, B)),
        ]),
        (ours.Adan(LR, 0.9, 0.8, 0.95, E), [
            optax_("adan", optax.adan(LR, 0.9, 0.8, 0.95, E)),
            po_("Adan", lambda p: po.Adan(p, LR, (0.9, 0.8, 0.95), eps=E)),
        ]),
        (ours.LAMB(LR, *B, E), [
            optax_("lamb", optax.lamb(LR, *B, E)),
            po_("Lamb", lambda p: po.Lamb(p, LR, B, eps=E)),
        ]),
        (ours.LARS(0.5, 0.8, 0.01), [
            optax_("lars", optax.lars(0.5, momentum=0.8, trust_coefficient=0.01)),
        ]),
        (ours.SignSGD(LR), [
            optax_("sign_sgd", optax.sign_sgd(LR)),
            po_("SignSGD, momentum 0", lambda p: po.SignSGD(p, LR, momentum=0.0)),
        ]),
        (ours.Signum(LR, 0.8), [
            po_("Tiger", lambda p: po.Tiger(p, LR, 0.8, 0.0)),
            po_("SignSGD, momentum", lambda p: po.SignSGD(p, LR, momentum=0.8)),
        ]),
        (ours.AdEMAMix(LR, *B, 0.99, 2.0, E), [
            optax_("contrib.ademamix", contrib.ademamix(LR, *B, 0.99, 2.0, eps=E)),
            po_("AdEMAMix", lambda p: po.AdEMAMix(p, LR, (*B, 0.99), alpha=2.0, eps=E)),
        ]),
        (ours.Prodigy(1.0, *B, eps=E, d0=0.01), [
            optax_("contrib.prodigy", contrib.prodigy(1.0, B, eps=E, estim_lr0=0.01)),
            po_("Prodigy", lambda p: po.Prodigy(p, 1.0, B, d0=0.01, eps=E)),
        ]),
        (ours.NovoGrad(LR, *B, E), [
            optax_("novograd", optax.novograd(LR, *B, E)),
            po_("NovoGrad", lambda p: po.NovoGrad(p, LR, B, eps=E)),
        ]),
        (ours.Adai(LR, 0.2, 0.9), [po_("Adai", lambda p: po.Adai(p, LR, (0.2, 0.9)))]),
        (ours.AdaiV2(LR, 0.2, 0.9, dampening=0.5), [
            po_("Adai, dampening", lambda p: po.Adai(p, LR, (0.2, 0.9), dampening=0.5)),
        ]),
        (ours.AdaBound(LR, *B, E, 0.05, 0.02), [
            po_("AdaBound", lambda p: po.AdaBound(p, LR, 0.05, B, 0.02, eps=E)),
        ]),
        (ours.Padam(LR, *B, E, 0.125), [po_("PAdam", lambda p: po.PAdam(p, LR, B, 0.125, eps=E))]),
        (ours.QHM(LR, 0.8, 0.4), [po_("QHM", lambda p: po.QHM(p, LR, 0.8, 0.4))]),
        (ours.QHAdam(LR, *B, 0.6, 0.7, E), [
            po_("QHAdam", lambda p: po.QHAdam(p, LR, B, (0.6, 0.7), eps=E)),
        ]),
        (ours.AggMo(LR, (0.3, 0.8)), [po_("AggMo", lambda p: po.AggMo(p, LR, (0.3, 0.8)))]),
        (ours.PNM(LR, 0.8, 0.5), [po_("PNM", lambda p: po.PNM(p, LR, (0.8, 0.5)))]),
        (ours.LaProp(LR, *B, E), [po_("LaProp", lambda p: po.LaProp(p, LR, B, eps=E))]),
        (ours.ADOPT(LR, *B, E), [po_("ADOPT", lambda p: po.ADOPT(p, LR, B, eps=E))]),
        (ours.MARS(LR, *B, 0.05, eps=E), [
            po_("MARS, optimize_1d", lambda p: po.MARS(p, LR, B, 0.05, optimize_1d=True, eps=E)),
            po_("MARS", lambda p: po.MARS(p, LR, B, 0.05, eps=E, lr_1d=LR, betas_1d=B, weight_decay_1d=0.0)),
        ]),
        (ours.Grams(LR, *B, E), [po_("Grams", lambda p: po.Grams(p, LR, B, eps=E))]),
        (ours.StableAdamW(LR, *B, E), [
            po_("StableAdamW", lambda p: po.StableAdamW(p, LR, B, weight_decay=0.01, eps=E)),
        ]),
        (ours.Ano(LR, *B, E), [po_("Ano", lambda p: po.Ano(p, LR, B, eps=E))]),
        (ours.DualAdam(0.002, *B, E, 0.03), [po_("DualAdam", lambda p: po.DualAdam(p, 0.002, B, 0.03, eps=E))]),
        (ours.MADGRAD(LR, 0.5, E), [po_("MADGRAD", lambda p: po.MADGRAD(p, LR, 0.5, eps=E))]),
        (ours.ScheduleFree(ours.SGD(LR), 0.8), [
            po_("ScheduleFreeSGD", lambda p: po.ScheduleFreeSGD(p, LR, 0.8)),
            optax_("contrib.schedule_free, sgd", contrib.schedule_free(optax.sgd(LR), LR, 0.8)),
        ]),
        (ours.Clipped(ours.SGD(LR), 2.0), [
            optax_("clip_by_global_norm, sgd", optax.chain(optax.clip_by_global_norm(2.0), optax.sgd(LR))),
        ]),
    ]  # fmt: skip
    for reference, candidates in rules:
        yield reference, None, candidates
    yield (
        ours.Muon(LR, MATRIX),
        MATRIX,
        [
            torch_("Muon", lambda p: t.Muon(p, LR, weight_decay=0.0)),
            po_("Muon", lambda p: po.Muon([{"params": p, "use_muon": True}], LR)),
            optax_("contrib.muon", contrib.muon(LR)),
        ],
    )
    yield (
        ours.Adafactor(LR),
        MATRIX,
        [
            torch_("Adafactor", lambda p: t.Adafactor(p, LR, weight_decay=0.0)),
        ],
    )
    yield (
        ours.Adafactor(LR),
        None,
        [
            optax_("adafactor", optax.adafactor(LR, multiply_by_parameter_scale=False)),
            po_("AdaFactor", lambda p: po.AdaFactor(p, LR, scale_parameter=False)),
        ],
    )


def page(record) -> str:
    """Return the table of the guide."""
    names = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    agree = sum(row["agrees"] for row in record["rows"])
    every, rules = len(record["rows"]), len({row["rule"] for row in record["rows"]})
    counted = f"{every} implementations of {rules} rules: {agree} agree with ours, {every - agree} differ."
    lines = [
        f"{counted} Each was given the same constants and the same gradients.",
        "",
        f"Measured by `docs/implementations.py` with {names}.",
        "",
        "| our rule | maker | implementation | largest difference, of the displacement | it is |",
        "|---|---|---|--:|---|",
    ]
    for row in record["rows"]:
        answer = "the same" if row["agrees"] else row["answer"]
        lines.append(
            f"| `{row['rule']}` | {row['maker']} | {row['implementation']} | {row['difference']:.1e} | {answer} |"
        )
    return "\n".join(lines)


def main():
    """Compare, record, and write the table into the page."""
    if "--page" not in sys.argv:
        found = {"versions": {name: version(package) for name, package in LIBRARIES.items()}, "rows": rows()}
        RECORD.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    pattern = f"{re.escape(START)}.*{re.escape(END)}"
    written = re.sub(pattern, lambda _: f"{START}\n{page(record)}\n{END}", text, flags=re.DOTALL)
    PAGE.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
