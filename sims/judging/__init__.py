"""Judge a statement: measured numbers beside stated ones.

The judges take numbers of your own too: ``judge(Estimate.of(samples), 1.0)``.
"""

from sims.judging.judges import control, judge, judge_bound, judge_escape, judge_exact, judge_identity
from sims.judging.order import judge_order
from sims.judging.verdict import OUTCOMES, Verdict

__all__ = [
    "OUTCOMES",
    "Verdict",
    "control",
    "judge",
    "judge_bound",
    "judge_escape",
    "judge_exact",
    "judge_identity",
    "judge_order",
]
