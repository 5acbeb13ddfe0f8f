#!/usr/bin/env python3
"""Writes purchase_family_points.csv: random customers of every continuous-time purchase family with
the answers in 50-digit arithmetic. A developer's tool (needs python3-mpmath); the tests only read
its output. The formulas are the textbook ones, not the stable forms the services use.

    tests/golden/make_reference_points.py > tests/golden/purchase_family_points.csv

Takes ten minutes; with the names of families as arguments it writes their lines only.
"""
import random
import sys

from mpmath import beta, exp, hyp2f1, hyperu, log, loggamma, mp, mpf, quad

mp.dps = 50

COLUMNS = ("family params x t_x T weeks count delta horizon log_likelihood alive alive_after expected "
           "probability any exposure residual discounted_purchases discounted_active").split()


def log_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def integral(f, points):
    """Over consecutive points, in the logarithm from the second on, in steps of a factor of e."""
    total = quad(f, points[:2])
    for low, high in zip(points[1:], points[2:]):
        steps = int((log(high) - log(low))) + 1
        edges = [log(low) + (log(high) - log(low)) * k / steps for k in range(steps + 1)]
        total += quad(lambda v: f(exp(v)) * exp(v), edges, method="gauss-legendre")
    return total


def negative_binomial(n, scale, count, weeks):
    if weeks == 0:
        return mpf(count == 0)
    return exp(loggamma(n + count) - loggamma(n) - loggamma(count + 1) + n * log(scale / (scale + weeks)) +
               count * log(weeks / (scale + weeks)))


class Leaving:
    """BG/NBD and, with one chance to leave right after the first purchase, MBG/NBD."""

    def __init__(self, extra, r, alpha, a, b):
        self.extra, self.r, self.alpha, self.a, self.b = extra, r, alpha, a, b

    def likelihood_terms(self, x, t_x, T):
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        chances = x + self.extra
        common = loggamma(r + x) - loggamma(r) + r * log(alpha) - log_beta(a, b)
        alive = exp(common + log_beta(a, b + chances) - (r + x) * log(alpha + T))
        gone = mpf(0)
        if chances > 0:
            gone = exp(common + log_beta(a + 1, b + chances - 1) - (r + x) * log(alpha + t_x))
        return alive, gone

    def answers(self, x, t_x, T, weeks, count, delta, horizon):
        alive_term, gone_term = self.likelihood_terms(x, t_x, T)
        alive = alive_term / (alive_term + gone_term)
        n, scale, a, b = self.r + x, self.alpha + T, self.a, self.b + x + self.extra
        c = a + b

        def alive_after(u):
            return hyp2f1(n, a, c, -u / scale)

        def rate(u):
            return n / scale * hyp2f1(n + 1, a, c, -u / scale)

        near_a = a if abs(a - 1) > mpf(10)**-25 else a + mpf(10)**-25
        expected = (c - 1) / (near_a - 1) * (
            1 - (scale / (scale + weeks))**n * hyp2f1(n, b, near_a + b - 1, weeks / (scale + weeks)))
        probability = beta(a, b + count) / beta(a, b) * negative_binomial(n, scale, count, weeks)
        if count > 0:
            mp.dps = 400  # What is left after `count` terms may be as small as a double can be.
            below = sum(negative_binomial(n, scale, j, weeks) for j in range(count))
            probability += beta(a + 1, b + count - 1) / beta(a, b) * (1 - below)
            mp.dps = 50
        none = negative_binomial(n, scale, 0, weeks)
        knee = scale / n
        end = 1 / delta
        with_loss = lambda f: lambda u: f(u) * exp(-delta * u)
        mp.dps = 45  # mpmath loses many digits of 2F1 in places.
        inner = [mpf(0)] + sorted(v for v in {knee, scale, end, 8 * end} if v < 60 * end) + [60 * end]
        residual = integral(with_loss(rate), inner)
        inner = [mpf(0)] + sorted(v for v in {knee, scale} if v < horizon) + [horizon]
        purchases = integral(with_loss(rate), inner)
        active = integral(with_loss(alive_after), inner)
        mp.dps = 50
        return {
            "log_likelihood": log(alive_term + gone_term),
            "alive": alive,
            "alive_after": alive * alive_after(weeks),
            "expected": alive * expected,
            "probability": alive * probability + (1 - alive if count == 0 else 0),
            "any": alive * (1 - none),
            "exposure": alive * T + (1 - alive) * t_x,
            "residual": alive * residual,
            "discounted_purchases": alive * purchases,
            "discounted_active": alive * active,
        }


class Pareto:
    def __init__(self, r, alpha, s, beta_):
        self.r, self.alpha, self.s, self.beta = r, alpha, s, beta_

    @staticmethod
    def dropout_integral(n, alpha, s, beta_, low, high):
        """The integral of (alpha+y)^-n (beta+y)^-(s+1) over low <= y <= high, by Gauss's function."""
        top, bottom = max(alpha, beta_), min(alpha, beta_)
        q = s + 1 if alpha >= beta_ else n
        f = lambda y: hyp2f1(n + s, q, n + s + 1, (top - bottom) / (top + y)) * (top + y)**-(n + s)
        return (f(low) - f(high)) / (n + s)

    def answers(self, x, t_x, T, weeks, count, delta, horizon):
        mp.dps = 120
        r, alpha, s, beta_ = self.r, self.alpha, self.s, self.beta
        n = r + x
        common = loggamma(n) - loggamma(r) + r * log(alpha) + s * log(beta_)
        alive_term = exp(common - n * log(alpha + T) - s * log(beta_ + T))
        gone_term = exp(common) * s * self.dropout_integral(n, alpha, s, beta_, t_x, T)
        mp.dps = 50
        alive = alive_term / (alive_term + gone_term)
        A, B = alpha + T, beta_ + T
        near_s = s if abs(s - 1) > mpf(10)**-25 else s + mpf(10)**-25
        expected = n * B / (A * (near_s - 1)) * (1 - (B / (B + weeks))**(near_s - 1))
        log_front = loggamma(n + count) - loggamma(n) - loggamma(count + 1) + n * log(A) + s * log(B) + log(s)
        gone_count = lambda u: exp(log_front + count * log(u) - (n + count) * log(A + u) - (s + 1) * log(B + u))
        mode = A * count / n
        spread = mode / (count + 1)**mpf(0.5)
        probability = negative_binomial(n, A, count, weeks) * (B / (B + weeks))**s
        if weeks > 0:
            cuts = {v for k in (-12, -4, 0, 4, 12, 40) for v in [mode + k * spread] if 0 < v < weeks}
            cuts |= {v for v in (A / (n + count), A, B, B / (s + 1)) if v < weeks}
            cuts |= {weeks * k / 16 for k in range(1, 16)}
            probability += integral(gone_count, [mpf(0)] + sorted(cuts) + [weeks])
        mp.dps = 120
        any_purchase = n * A**n * B**s * self.dropout_integral(n + 1, A, s - 1, B, mpf(0), weeks) if weeks else mpf(0)
        exposure = alive * T
        gone_density = lambda y: exp(common - n * log(alpha + y) - (s + 1) * log(beta_ + y)) * s * y
        mp.dps = 40
        if T > t_x:
            knee = (alpha + t_x) / (n + 1)
            cuts = {v for k in (0.25, 1, 4, 16) for v in [t_x + k * knee] if v < T}
            cuts = sorted(cuts | {t_x + (T - t_x) * k / 32 for k in range(33)})
            exposure += quad(gone_density, cuts) / (alive_term + gone_term)
        active = integral(lambda u: (B / (B + u))**s * exp(-delta * u),
                          [mpf(0)] + sorted(v for v in {B / (s + 1), B, 1 / delta} if v < horizon) + [horizon])
        mp.dps = 50
        residual = n / A * B**s * delta**(s - 1) * hyperu(s, s, delta * B)
        return {
            "log_likelihood": log(alive_term + gone_term),
            "alive": alive,
            "alive_after": alive * (B / (B + weeks))**s,
            "expected": alive * expected,
            "probability": alive * probability + (1 - alive if count == 0 else 0),
            "any": alive * any_purchase,
            "exposure": exposure,
            "residual": alive * residual,
            "discounted_purchases": alive * n / A * active,
            "discounted_active": alive * active,
        }


def rounded(value, digits=5):
    return float(f"{value:.{digits}g}")


def random_customer(rng):
    age = rng.choice([0.0, rounded(rng.uniform(0.2, 10)), rounded(rng.uniform(10, 100)), rounded(rng.uniform(100, 400))])
    x = 0 if age == 0 else rng.choice([0, 1, rng.randint(2, 9), rng.randint(10, 60), rng.randint(100, 600)])
    last = 0.0 if x == 0 else rng.choice([age, rounded(age * rng.uniform(0.7, 1)), rounded(age * rng.uniform(0.05, 1))])
    return x, min(last, age), age


def write(family, values, make, customer, rng):
    x, last, age = customer
    weeks = rng.choice([1.0, 4.0, 13.0, 52.1775, 104.0, rounded(rng.uniform(0.1, 400))])
    count = rng.choice([0, 0, 1, 2, 5, rng.randint(0, 40), max(0, int(x * weeks / (age + 1)))])
    delta = rng.choice([0.0027, 0.0018266, rounded(10**rng.uniform(-3, -1))])
    horizon = rng.choice([13.0, 52.1775, 156.5325, 400.0])
    if sys.argv[1:] and family not in sys.argv[1:]:
        return
    answers = make(*[mpf(v) for v in values]).answers(
        x, mpf(last), mpf(age), mpf(weeks), count, mpf(delta), mpf(horizon))
    inputs = [family, " ".join(repr(v) for v in values), x, last, age, weeks, count, delta, horizon]
    print(",".join([str(v) for v in inputs] + [mp.nstr(answers[name], 17) for name in COLUMNS[9:]]))
    sys.stdout.flush()


def main():
    rng = random.Random(20261122)
    print(",".join(COLUMNS))
    log_uniform = lambda low, high: rounded(10**rng.uniform(low, high))
    for family, extra in (("BG_NBD", 0), ("MBG_NBD", 1)):
        make = lambda *values, e=extra: Leaving(e, *values)
        fixed = [[0.243, 4.414, 1.0, 2.426], [0.525, 6.183, 1.0 + 1e-9, 1.614], [0.5, 5.0, 0.0625, 900.0],
                 [0.7, 3.0, 0.5, 0.5], [0.25, 4.0, 30.0, 2.0], [2.5, 8.0, 49.0, 180.0], [2.5, 8.0, 60.0, 180.0]]
        for i in range(70):
            values = fixed[i % 7] if i < 14 else [log_uniform(-1.2, 1.2), log_uniform(-0.7, 1.7),
                                                  log_uniform(-1, 1), log_uniform(-0.7, 1.3)]
            write(family, values, make, random_customer(rng), rng)
    fixed = [[0.5534, 10.58, 1.0, 11.66], [0.55, 11.0, 0.61, 11.0], [0.55, 11.0, 0.61, 11.0 + 1e-8],
             [0.55, 11.0, 1.0 - 1e-9, 11.5], [2.0, 7.0, 1.0, 7.0], [0.5143, 2.8845, 0.2856, 14.1087],
             [0.3, 0.01, 0.5, 300.0], [0.3, 300.0, 0.5, 0.01], [10.465, 0.0079856518, 3.0516, 2.82], [1.5, 6.0, 0.02, 5000.0]]
    for i in range(90):
        values = fixed[i % 10] if i < 30 else [log_uniform(-1.2, 1.2), log_uniform(-0.7, 1.7),
                                               log_uniform(-1.2, 0.8), log_uniform(-0.7, 1.7)]
        write("PARETO_NBD", values, Pareto, random_customer(rng), rng)


if __name__ == "__main__":
    main()
