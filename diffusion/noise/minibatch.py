"""Minibatches: each step sees a few rows of data."""

import numpy as np

from diffusion.checks import finite_array, one_of, require, whole
from diffusion.contract import gives
from diffusion.jit import part
from diffusion.landscapes.shifted import Shifted
from diffusion.minibatch import DrawnRows, ShuffledRows
from diffusion.rows import require_data, row_covariance


@part
class Minibatches:
    r"""Minibatches of ``B`` rows of a loss over data.

    The gradient of a step is the mean over these rows.

    Parameters
    ----------
    B : int
        Rows a step, 1 to 1,000,000; in epochs at most as many as there are.
    order : {"replacement", "epochs"}
        Rows drawn anew each step; or every row once an epoch, in an order of each walker's own that changes from
        epoch to epoch. Where B does not divide the rows, the last ones of that order sit the epoch out: an epoch
        has M = floor(rows / B) steps of B rows.

    Examples
    --------
    >>> from diffusion import SGD, Minibatches, Quadratic, Shifted, evolve
    >>> loss = Shifted(Quadratic([1.0]), [[-1.0], [1.0]])
    >>> run = evolve(loss, Minibatches(1, order="epochs"), SGD(0.1), 0.0, 2, walkers=64, seed=0, keep="positions")
    >>> sorted(set(run.positions.ravel().round(3).tolist()))  # both rows, in either order
    [-0.01, 0.01]
    """

    B: int
    order: str = "replacement"

    def __post_init__(self):
        object.__setattr__(self, "B", whole(self.B, "B", 1, 1_000_000))
        one_of(self.order, "order", ("replacement", "epochs"))

    def covariance(self, landscape, theta):
        """Return the exact covariance of one step's gradient.

        It is computed from all rows at theta and has the shape (dim, dim).

        With S the covariance of one row's gradient, C = S / B for rows drawn with replacement and
        C = S (n - B) / (B (n - 1)) for B of n different rows.
        """
        # Wrong data are refused before anything is computed or compiled.
        self._check(landscape)
        # A mean of B independent rows has a B-th of one row's covariance.
        C = row_covariance(landscape, theta) / self.B
        if self.order == "epochs":
            # Rows of one batch differ from each other, which narrows the mean; with B = n nothing
            # is left.
            C *= (landscape.rows - self.B) / max(landscape.rows - 1, 1)
        return C

    def autocovariance(self, landscape, theta, lags):
        r"""Return the covariance between the gradients of two steps.

        The steps are ``lags`` apart, both at theta.

        Within an epoch two steps see different rows. The gradients of two different rows, drawn at random from n,
        have the covariance -S / (n - 1): summed over all rows their departures from the mean are zero. So have the
        means over two batches that share no row. At a random time a fraction (M - h) / M of the steps has the step
        h later in the same epoch, and orders of different epochs are independent:

        .. math:: C_h = -\frac{S}{n - 1} \frac{M - h}{M} \quad (0 < h < M), \qquad C_h = 0 \quad (h \ge M).

        Where B divides the rows, n = M B, that is -C (M - h) / (M (M - 1)).

        Parameters
        ----------
        landscape : part
            A loss over data.
        theta : float or array_like, shape (dim,)
        lags : int or array_like of int, shape (...)
            Steps apart, 0 or more.

        Returns
        -------
        ndarray, shape (..., dim, dim)
            At lag 0 `covariance`; otherwise zero with replacement.
        """
        h = finite_array(lags, "lags")
        require(np.all((h >= 0) & (h == np.floor(h))), "lags", "whole numbers, 0 or more", h.tolist())
        C, n = self.covariance(landscape, theta), landscape.rows
        share = np.where(h == 0, 1.0, 0.0)
        # With B = n every step sees all rows, C is 0, and the quotient below would divide by zero.
        if self.order == "epochs" and n > self.B:  # of C = S (n - B) / (B (n - 1))
            M = n // self.B
            share = np.where(h == 0, 1.0, -self.B / (n - self.B) * np.maximum(M - h, 0) / M)
        return share[..., None, None] * C

    def meet(self, landscape):
        """Return the loss over data and the row choice that runs."""
        self._check(landscape)
        return landscape, (ShuffledRows if self.order == "epochs" else DrawnRows)(self.B, landscape.rows)

    def _check(self, landscape):
        require_data(landscape, "Minibatches")
        if self.order == "epochs":
            rule = f"at most the {landscape.rows} rows of the data with order='epochs'"
            require(landscape.rows >= self.B, "B", rule, self.B)
        # A row is chosen by 32 random bits.
        require(landscape.rows < 2**32, "rows", "fewer than 2**32", landscape.rows)


@part
class MinibatchNoise:
    """Minibatches of the paper's loss.

    A step's gradient is the mean over ``B`` random rows x of f(sqrt(k) theta - x).

    It shifts theta by the rows, and so is right for losses of this form alone: `Minibatches` on
    `Shifted(landscape, samples)`. For any other loss over data use `loss_over` and `Minibatches`.

    Parameters
    ----------
    samples : array_like, shape (rows, dim)
        The data, in the coordinates of ``sqrt(k) theta`` (of theta, on a landscape without sharpness k).
    B : int
        Rows a step, drawn with replacement, 1 to 1,000,000.
    """

    samples: np.ndarray
    B: int

    def __post_init__(self):
        samples = finite_array(self.samples, "samples")
        require(samples.ndim == 2, "samples", "of shape (rows, dim)", samples.shape)
        require(len(samples) < 2**32, "samples", "fewer than 2**32 rows", len(samples))
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "B", whole(self.B, "B", 1, 1_000_000))

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta.

        It is that of the rows over B, shape (dim, dim).
        """
        return Minibatches(self.B).covariance(self._shifted(landscape), theta)

    def meet(self, landscape):
        """Return the loss over the data and the rows' choice that runs."""
        return Minibatches(self.B).meet(self._shifted(landscape))

    def _shifted(self, landscape):
        # Shifting a loss over data by further data would average twice.
        if gives(landscape, "rows"):
            raise ValueError(
                f"MinibatchNoise has rows of its own, and so has {type(landscape).__name__}; use Minibatches({self.B})"
            )
        return Shifted(landscape, self.samples)
