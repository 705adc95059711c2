r"""Mean squared displacements at a saddle.

Theorems 1 and 2, Propositions 1 and 3 state them.

The walker starts on the critical point, theta_0 = c. H is the Hessian's eigenvalue along the direction, negative
where the walker escapes; T counts iterations and t = eta T is the dynamical time; B is the batch size. Every
function broadcasts. `*_printed` is the paper's full form, `*_leading` its form for |H| eta T << 1, `*_corrected`
what the differential equation really says, `*_exact` what the update rule really does.
"""

from theory.saddle.adai import (
    adai_msd_exact,
    adai_total_drift_corrected,
    adai_total_drift_exact,
    adai_total_drift_printed,
)
from theory.saddle.adam import adam_msd_corrected, adam_msd_exact, adam_msd_leading, adam_msd_printed
from theory.saddle.momentum import (
    momentum_diffusion_leading,
    momentum_diffusion_printed,
    momentum_drift_leading,
    momentum_drift_printed,
    momentum_msd_corrected,
    momentum_msd_exact,
    momentum_msd_leading,
    momentum_msd_printed,
    momentum_total_drift_corrected,
    momentum_total_drift_printed,
)
from theory.saddle.sgd import sgd_msd_exact, sgd_msd_leading, sgd_msd_printed

__all__ = [
    "adai_msd_exact",
    "adai_total_drift_corrected",
    "adai_total_drift_exact",
    "adai_total_drift_printed",
    "adam_msd_corrected",
    "adam_msd_exact",
    "adam_msd_leading",
    "adam_msd_printed",
    "momentum_diffusion_leading",
    "momentum_diffusion_printed",
    "momentum_drift_leading",
    "momentum_drift_printed",
    "momentum_msd_corrected",
    "momentum_msd_exact",
    "momentum_msd_leading",
    "momentum_msd_printed",
    "momentum_total_drift_corrected",
    "momentum_total_drift_printed",
    "sgd_msd_exact",
    "sgd_msd_leading",
    "sgd_msd_printed",
]
