"""Gradient noise of a data set in closed form: Gaussian, with the mean and covariance that minibatches have."""

import math

from diffusion.checks import one_of, positive, require
from diffusion.contract import gives
from diffusion.jit import part
from diffusion.noise.frozen import FrozenNoise


@part
class DataSpread:
    """Gaussian noise with the covariance of minibatches: what `DataNoise` runs where that varies."""

    landscape: object
    variance: float
    share: float  # k / B

    def spread(self, x, i):
        """Return the standard deviation."""
        return math.sqrt(self.share * self.landscape.data_square(x, i, self.variance))


@part
class DataNoise:
    """What minibatches of data x ~ N(0, variance) do to the loss f(sqrt(k) theta - x), as Gaussian noise.

    Parameters
    ----------
    B : float
        Batch size, positive.
    variance : float
        Of each coordinate of the data, positive.
    drift : {"data", "bare"}
        Averaging over the data changes the drift too ("data"); "bare" keeps the landscape's own.
    """

    B: float
    variance: float
    drift: str = "data"

    def __post_init__(self):
        positive(self.B, "B")
        positive(self.variance, "variance")
        one_of(self.drift, "drift", ("data", "bare"))

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta, shape (dim, dim)."""
        self._check(landscape)
        return landscape.data_covariance(theta, self.variance) / self.B

    def meet(self, landscape):
        """Return the landscape averaged over the data, and the noise whose kernels run on it."""
        self._check(landscape)
        averaged = landscape.data_average(self.variance) if self.drift == "data" else landscape
        if gives(landscape, "data_square"):
            return averaged, DataSpread(landscape, self.variance, landscape.k / self.B)
        if landscape.H.ndim == 1:
            return averaged, FrozenNoise(self.variance * landscape.H * landscape.H / self.B).meet(landscape)[
                1
            ]
        return averaged, FrozenNoise(self.covariance(landscape, None)).meet(landscape)[1]

    def _check(self, landscape):
        known = gives(landscape, "data_square") or (
            gives(landscape, "H") and gives(landscape, "data_covariance")
        )
        require(known, "landscape", "one that knows its average over data (or use MinibatchNoise)", landscape)
