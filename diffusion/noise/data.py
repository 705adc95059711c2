"""Gradient noise of a data set in closed form.

It is Gaussian, with the mean and covariance that minibatches have.
"""

import math

from diffusion.checks import one_of, positive, require
from diffusion.contract import gives, require_landscape
from diffusion.jit import part
from diffusion.noise.frozen import FrozenNoise


@part
class DataSpread:
    """Gaussian noise with the covariance of minibatches.

    `DataNoise` runs it where that covariance varies.
    """

    landscape: object
    variance: float
    share: float  # k / B

    def spread(self, x, i):
        """Return the standard deviation."""
        # data_square is the variance over k, so `share` holds the k that is missing, and 1 / B.
        return math.sqrt(self.share * self.landscape.data_square(x, i, self.variance))


@part
class DataNoise:
    """Gaussian noise that stands for minibatches of Gaussian data.

    The data are x ~ N(0, variance), the loss is f(sqrt(k) theta - x).

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
        """Return the covariance of the gradient at theta.

        Its shape is (dim, dim).
        """
        require_landscape(landscape)
        self._check(landscape)
        return landscape.data_covariance(theta, self.variance) / self.B

    def variances(self, landscape, theta):
        """Return the diagonal of the covariance, shape (dim,).

        None where a matrix H may couple the coordinates, and where the covariance varies: the kernel knows it then.
        """
        self._check(landscape)
        if gives(landscape, "data_square") or landscape.H.ndim == 2:
            return None
        return self.variance * landscape.H * landscape.H / self.B

    def meet(self, landscape):
        """Return the averaged landscape and the noise that runs."""
        self._check(landscape)
        # Minibatches see the mean over the data, whose curvature differs from the landscape's own
        # by 6 k variance on Styblinski-Tang.
        averaged = landscape.data_average(self.variance) if self.drift == "data" else landscape
        if gives(landscape, "data_square"):
            return averaged, DataSpread(landscape, self.variance, landscape.k / self.B)
        # The covariance of a quadratic is the same everywhere, so frozen noise is exact.
        alone = self.variances(landscape, None)
        C = self.covariance(landscape, None) if alone is None else alone
        return averaged, FrozenNoise(C).meet(landscape)[1]

    def _check(self, landscape):
        # Only two landscapes have the average in closed form: quadratics and Styblinski-Tang.
        known = gives(landscape, "data_square") or (
            gives(landscape, "H") and gives(landscape, "data_covariance")
        )
        require(known, "landscape", "one that knows its average over data (or use MinibatchNoise)", landscape)
