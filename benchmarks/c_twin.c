/* The engine's scheme in C: what a compiler makes of it without Numba in between.
 *
 * L walkers lie side by side in a block, theta[coordinate][lane]. Each lane has its own xoshiro256++ stream;
 * every STEPS iterations `refill` advances all of them and turns the words into a table of float32 normals,
 * and `step` advances the block by one iteration. D, L and DRAWS are constants; all loops have known lengths.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#ifndef DIM
#define DIM 10
#endif
enum { L = 32, D = DIM, N = L * D, DRAWS = 40, STEPS = 2 * DRAWS / D };
#define ALIGNED __attribute__((aligned(64)))
#define INLINE static inline __attribute__((always_inline))
#define EACH(i, n) for (int i = 0; i < (n); i++)

typedef struct {
    uint64_t s[4][L] ALIGNED;
    uint32_t high[DRAWS * L] ALIGNED, low[DRAWS * L] ALIGNED;
    float z[2 * DRAWS * L] ALIGNED;
} Stream;

typedef struct {
    double theta[N] ALIGNED, m[N] ALIGNED, v[N] ALIGNED;
    double beta1_prod[N] ALIGNED, g[N] ALIGNED, scale[N] ALIGNED;
    double beta1_t, beta2_t; /* all lanes start together: one power serves them all */
} Block;

typedef struct {
    double H[10], start, sd, s0, s1, eta, beta0, beta1, beta2, eps, keep, push;
} Parameters;

/* Philox4x32-10 of counter (walker, half): the 256 bits that start a walker's stream. */
static void seed_lane(Stream *stream, int lane, uint64_t seed, uint64_t walker)
{
    for (uint32_t half = 0; half < 2; half++) {
        uint32_t c[4] = {walker, walker >> 32, half, 0x5EED}, k[2] = {seed, seed >> 32};
        EACH(round, 10) {
            uint64_t p = c[0] * 0xD2511F53ull, q = c[2] * 0xCD9E8D57ull;
            uint32_t next[4] = {(uint32_t)(q >> 32) ^ c[1] ^ k[0], q, (uint32_t)(p >> 32) ^ c[3] ^ k[1], p};
            memcpy(c, next, sizeof c);
            k[0] += 0x9E3779B9;
            k[1] += 0xBB67AE85;
        }
        stream->s[2 * half][lane] = (uint64_t)c[0] << 32 | c[1];
        stream->s[2 * half + 1][lane] = (uint64_t)c[2] << 32 | c[3] | half;
    }
}

INLINE uint32_t bits(float x) { uint32_t u; memcpy(&u, &x, 4); return u; }
INLINE float from_bits(uint32_t u) { float x; memcpy(&x, &u, 4); return x; }
INLINE uint64_t rotate(uint64_t x, int k) { return x << k | x >> (64 - k); }

/* Box-Muller without libm: log(1 + t) / t, sin(pi/2 x) / x and cos(pi/2 x) / (1 - x^2) as polynomials. */
INLINE void normals(uint32_t a, uint32_t b, float *restrict z1, float *restrict z2)
{
    float u = (float)a + 0.5f;
    uint32_t shifted = bits(u) + (0x3F800000u - 0x3F2AAAABu); /* the mantissa falls in [2/3, 4/3) */
    float exponent = (float)((int32_t)(shifted >> 23) - 159);
    float t = from_bits((shifted & 0x7FFFFFu) + 0x3F2AAAABu) - 1.0f;
    float p = -0.15040764f;
    p = p * t + 0.17101810f;
    p = p * t - 0.16483018f;
    p = p * t + 0.19796593f;
    p = p * t - 0.25004146f;
    p = p * t + 0.33337924f;
    p = p * t - 0.49999986f;
    p = p * t + 0.99999984f;
    float r = sqrtf(-2.0f * (exponent * 0.69314718f + t * p));
    float x = (float)(int32_t)b * 0x1p-31f, y = x * x;
    float s = 1.51671704e-4f, c = 2.36006895e-5f;
    s = s * y - 4.67414384e-3f;
    s = s * y + 7.96899183e-2f;
    s = s * y - 6.45963760e-1f;
    s = s * y + 1.57079632f;
    c = c * y - 8.93535501e-4f;
    c = c * y + 1.99686062e-2f;
    c = c * y - 2.33700506e-1f;
    c = c * y + 1.0f;
    *z1 = from_bits(bits(r) | b << 31) * c * (1.0f - y);
    *z2 = r * (s * x);
}

/* xoshiro256++ for all lanes, DRAWS words each, then the transform: two loops, so each keeps one width. */
static void refill(Stream *stream)
{
    uint64_t (*s)[L] = stream->s;
    for (int p = 0; p < DRAWS; p += 8)
        EACH(l, L) {
            uint64_t s0 = s[0][l], s1 = s[1][l], s2 = s[2][l], s3 = s[3][l];
#pragma GCC unroll 8
            EACH(q, 8) {
                uint64_t word = rotate(s0 + s3, 23) + s0, t = s1 << 17;
                s2 ^= s0;
                s3 ^= s1;
                s1 ^= s2;
                s0 ^= s3;
                s2 ^= t;
                s3 = rotate(s3, 45);
                stream->high[(p + q) * L + l] = word >> 32;
                stream->low[(p + q) * L + l] = word;
            }
            s[0][l] = s0, s[1][l] = s1, s[2][l] = s2, s[3][l] = s3;
        }
    float *restrict z1 = stream->z, *restrict z2 = stream->z + DRAWS * L;
    EACH(i, DRAWS * L) normals(stream->high[i], stream->low[i], z1 + i, z2 + i);
}

INLINE double slope(double x) { return x * (2 * x * x - 16) + 2.5; }
INLINE double noisy_slope(double x, float z, Parameters p)
{
    return slope(x) + sqrt(p.s0 + p.s1 * x * x) * z;
}

typedef void Step(Block *restrict, const float *restrict, Parameters);

INLINE void sgd_step(Block *restrict b, const float *restrict z, Parameters p)
{
    EACH(j, D) {
        double H = p.H[j];
        EACH(l, L) b->theta[j * L + l] -= p.eta * (H * b->theta[j * L + l] + p.sd * z[j * L + l]);
    }
}

/* Euler-Maruyama with inertia: m is the velocity, eta the time step. */
INLINE void inertia_step(Block *restrict b, const float *restrict z, Parameters p)
{
    EACH(j, D) {
        double H = p.H[j];
        EACH(l, L) {
            int i = j * L + l;
            double before = b->m[i], x = b->theta[i];
            b->m[i] = p.keep * before - p.push * (H * x) + p.sd * z[i];
            b->theta[i] = x + p.eta * before;
        }
    }
}

INLINE void momentum_step(Block *restrict b, const float *restrict z, Parameters p)
{
    EACH(i, N) {
        b->m[i] = p.beta1 * b->m[i] + slope(b->theta[i]) + p.sd * z[i];
        b->theta[i] -= p.eta * b->m[i];
    }
}

INLINE void momentum_sigma_step(Block *restrict b, const float *restrict z, Parameters p)
{
    EACH(i, N) {
        b->m[i] = p.beta1 * b->m[i] + noisy_slope(b->theta[i], z[i], p);
        b->theta[i] -= p.eta * b->m[i];
    }
}

INLINE void adam_step(Block *restrict b, const float *restrict z, Parameters p)
{
    b->beta1_t *= p.beta1;
    b->beta2_t *= p.beta2;
    double rate = p.eta / (1 - b->beta1_t), v_unbias = 1 / (1 - b->beta2_t);
    EACH(i, N) {
        double g = noisy_slope(b->theta[i], z[i], p);
        b->m[i] = p.beta1 * b->m[i] + (1 - p.beta1) * g;
        b->v[i] = p.beta2 * b->v[i] + (1 - p.beta2) * g * g;
        b->theta[i] -= rate * b->m[i] / (sqrt(b->v[i] * v_unbias) + p.eps);
    }
}

INLINE void adai_step(Block *restrict b, const float *restrict z, Parameters p)
{
    double total[L] ALIGNED = {0};
    EACH(i, N) {
        double g = b->g[i] = noisy_slope(b->theta[i], z[i], p);
        b->v[i] = p.beta2 * b->v[i] + (1 - p.beta2) * g * g;
    }
    EACH(j, D) EACH(l, L) total[l] += b->v[j * L + l];
    EACH(l, L) total[l] = p.beta0 * D / total[l];
    EACH(j, D) EACH(l, L) b->scale[j * L + l] = total[l];
    EACH(i, N) {
        double beta1 = fmin(fmax(1 - b->v[i] * b->scale[i], 0), 1 - p.eps);
        b->beta1_prod[i] = fmax(b->beta1_prod[i] * beta1, 1e-30); /* keeps slow subnormal numbers away */
        b->m[i] = beta1 * b->m[i] + (1 - beta1) * b->g[i];
        b->theta[i] -= p.eta * b->m[i] / (1 - b->beta1_prod[i]);
    }
}

INLINE void evolve(Step *step, double *positions, long walkers, long iterations, uint64_t seed, Parameters p)
{
    Stream stream;
    Block block;
    for (long first = 0; first < walkers; first += L) {
        memset(&block, 0, sizeof block);
        EACH(i, N) block.theta[i] = p.start, block.beta1_prod[i] = 1;
        block.beta1_t = block.beta2_t = 1;
        EACH(l, L) seed_lane(&stream, l, seed, first + l);
        for (long t = 0; t < iterations; t += STEPS) {
            refill(&stream);
            for (int k = 0; k < STEPS && t + k < iterations; k++) step(&block, stream.z + k * N, p);
        }
        EACH(j, D) EACH(l, L) positions[(first + l) * D + j] = block.theta[j * L + l];
    }
}

#define JOB(name)                                                                                          \
    void name(double *positions, long walkers, long iterations, uint64_t seed, const Parameters *p)        \
    {                                                                                                      \
        evolve(name##_step, positions, walkers, iterations, seed, *p);                                     \
    }
JOB(sgd) JOB(inertia) JOB(momentum) JOB(momentum_sigma) JOB(adam) JOB(adai)
