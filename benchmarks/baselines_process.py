"""The two jobs of `benchmarks.processes` as a Numba user, a JAX user and a diffrax user write them."""

import numpy as np
from numba import njit

from benchmarks import process_problems as p


@njit(fastmath=True, error_model="numpy")
def _saddle(out, steps, rng):
    kick = np.sqrt(2 * p.D * p.DT_A) / p.MASS
    for w in range(out.shape[0]):
        x0, x1, r0, r1 = 0.0, 0.0, 0.0, 0.0
        for _ in range(steps):
            g0, g1 = p.H[0] * x0, p.H[1] * x1
            x0 += p.DT_A * r0
            x1 += p.DT_A * r1
            r0 += kick * rng.standard_normal() - p.DT_A * (p.DAMPING * r0 + g0 / p.MASS)
            r1 += kick * rng.standard_normal() - p.DT_A * (p.DAMPING * r1 + g1 / p.MASS)
        out[w, 0], out[w, 1] = x0, x1


def saddle_numba(walkers, steps, seed):
    out = np.empty((walkers, 2))
    _saddle(out, steps, np.random.default_rng(seed))
    return out


@njit(fastmath=True, error_model="numpy")
def _passage(out, rng):
    kick = np.sqrt(2 * p.T * p.DT_B)
    for w in range(out.size):
        x, n = p.START, 0
        while x < p.EDGE:
            x += kick * rng.standard_normal() - p.DT_B * (2 * x * x * x - 16 * x + 2.5)
            n += 1
        out[w] = n


def passage_numba(walkers, seed):
    out = np.empty(walkers, np.int64)
    _passage(out, np.random.default_rng(seed))
    return out


def jax_jobs():
    """Return the two jobs in JAX, float32: (saddle, passage)."""
    import jax
    import jax.numpy as jnp

    H = jnp.array(p.H, jnp.float32)

    def saddle_step(carry, key):
        theta, r = carry
        z = jax.random.normal(key, theta.shape, jnp.float32)
        kick = np.float32(np.sqrt(2 * p.D * p.DT_A) / p.MASS)
        g = H * theta
        return (theta + p.DT_A * r, r - p.DT_A * (p.DAMPING * r + g / p.MASS) + kick * z), None

    @jax.jit
    def run(key, zero):
        (theta, _), _ = jax.lax.scan(saddle_step, (zero, zero), key)
        return theta

    def saddle(walkers, steps, seed):
        keys = jax.random.split(jax.random.key(seed), steps)
        return np.asarray(run(keys, jnp.zeros((walkers, 2), jnp.float32)), float)

    @jax.jit
    def leave(key, x):
        def inside(state):
            return jnp.any(state[1] < p.EDGE)

        def step(state):
            key, x, n = state
            key, now = jax.random.split(key)
            z = jax.random.normal(now, x.shape, jnp.float32)
            moved = x + np.float32(np.sqrt(2 * p.T * p.DT_B)) * z - p.DT_B * (2 * x * x * x - 16 * x + 2.5)
            stays = x < p.EDGE
            return key, jnp.where(stays, moved, x), n + stays

        return jax.lax.while_loop(inside, step, (key, x, jnp.zeros(x.shape, jnp.int32)))[2]

    def passage(walkers, seed):
        return np.asarray(leave(jax.random.key(seed), jnp.full(walkers, p.START, jnp.float32)), np.int64)

    return saddle, passage


def diffrax_jobs():
    """Return the two jobs in diffrax: (saddle, passage)."""
    import diffrax
    import jax
    import jax.numpy as jnp

    H = jnp.array(p.H, jnp.float32)
    kick = np.float32(np.sqrt(2 * p.D) / p.MASS)

    def drift_a(t, y, args):
        return jnp.concatenate([y[2:], -p.DAMPING * y[2:] - H * y[:2] / p.MASS])

    def noise_a(t, y, args):
        return kick * jnp.eye(4, 2, -2, dtype=jnp.float32)

    def solve(drift, noise, y0, key, dim, end, dt, event=None):
        path = diffrax.UnsafeBrownianPath((dim,), key=key)
        terms = diffrax.MultiTerm(diffrax.ODETerm(drift), diffrax.ControlTerm(noise, path))
        return diffrax.diffeqsolve(
            terms, diffrax.Euler(), 0.0, end, dt, y0, adjoint=diffrax.ForwardMode(), max_steps=None, event=event,
            saveat=diffrax.SaveAt(t1=True),
        )  # fmt: skip

    @jax.jit
    def run(keys, end):
        def one(key):
            return solve(drift_a, noise_a, jnp.zeros(4, jnp.float32), key, 2, end, p.DT_A).ys[0, :2]

        return jax.vmap(one)(keys)

    def saddle(walkers, steps, seed):
        return np.asarray(run(jax.random.split(jax.random.key(seed), walkers), steps * p.DT_A), float)

    def drift_b(t, y, args):
        return -(2 * y**3 - 16 * y + 2.5)

    def noise_b(t, y, args):
        return jnp.full((1, 1), np.sqrt(2 * p.T), jnp.float32)

    event = diffrax.Event(lambda t, y, args, **_: y[0] >= p.EDGE)

    @jax.jit
    def leave(keys):
        def one(key):
            start = jnp.full(1, p.START, jnp.float32)
            return solve(drift_b, noise_b, start, key, 1, p.LONG, p.DT_B, event).ts[0]

        return jax.vmap(one)(keys)

    def passage(walkers, seed):
        ends = np.asarray(leave(jax.random.split(jax.random.key(seed), walkers)), float)
        return np.rint(ends / p.DT_B).astype(np.int64)

    return saddle, passage
