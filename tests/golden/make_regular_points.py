#!/usr/bin/env python3
"""Writes regular_family_points.csv: random parameters and histories of sBG, BG/BB, BG/CNBD-k and
MBG/CNBD-k with the answers in 50-digit arithmetic. A developer's tool (needs python3-mpmath); the
tests only read its output. The formulas are the textbook ones, not the stable forms the services use.

    tests/golden/make_regular_points.py > tests/golden/regular_family_points.csv

Each line is: name of the answer, its inputs, the answer.
"""
import random
import sys

from mpmath import betainc, binomial, exp, hyp2f1, log, loggamma, mp, mpf, quad, rf

mp.dps = 50


def log_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def beta_ratio(a, b, c, d):
    """B(a, b) / B(c, d)"""
    return exp(log_beta(a, b) - log_beta(c, d))


def write(name, inputs, answer):
    print(",".join([name] + [mp.nstr(mpf(i), 17) for i in inputs] + [mp.nstr(answer, 25)]))


def log_uniform(low, high):
    return float("%.6g" % exp(random.uniform(log(low), log(high))))


def write_sbg():
    for _ in range(60):
        a, b = log_uniform(0.01, 300), log_uniform(0.01, 3e4)
        n = random.choice([0, 1, 2, 7, 60, 400])
        d = random.choice([0.1, log_uniform(1e-9, 10), 0.008])
        z = 1 / (1 + mpf(d))
        a_, b_ = mpf(a), mpf(b)
        write("sbg_log_likelihood", [a, b, n, 1], log(beta_ratio(a_ + 1, b_ + n, a_, b_)))
        write("sbg_log_likelihood", [a, b, n, 0], log(beta_ratio(a_, b_ + n, a_, b_)))
        write("sbg_survival", [a, b, n], beta_ratio(a_, b_ + n, a_, b_))
        write("sbg_stop", [a, b, n + 1], beta_ratio(a_ + 1, b_ + n, a_, b_))
        write("sbg_lifetime", [a, b, d], hyp2f1(1, b_, a_ + b_, z))
        write("sbg_residual_lifetime", [a, b, n, d],
              (b_ + n) / (a_ + b_ + n) * hyp2f1(1, b_ + n + 1, a_ + b_ + n + 1, z))
        write("sbg_elasticity", [a, b, n, d],
              hyp2f1(2, b_ + n + 1, a_ + b_ + n + 1, z) / hyp2f1(1, b_ + n + 1, a_ + b_ + n + 1, z))


def bg_bb_terms(p, x, last, n):
    a, b, g, d = p
    alive = beta_ratio(a + x, b + n - x, a, b) * beta_ratio(g, d + n, g, d)
    gone = sum(beta_ratio(a + x, b + last - x + i, a, b) * beta_ratio(g + 1, d + last + i, g, d)
               for i in range(n - last))
    return alive, gone


def write_bg_bb():
    for _ in range(60):
        params = [log_uniform(0.02, 300) for _ in range(4)]
        p = a, b, g, d = [mpf(v) for v in params]
        n = random.choice([0, 1, 6, 13, 52, 200])
        last = random.choice([0, n, random.randint(0, n)])
        x = 0 if last == 0 else random.choice([1, last, random.randint(1, last)])
        more = random.choice([1, 5, 12, 60])
        count = random.randint(0, min(more, 12))
        discount = random.choice([0.1, 0.008, log_uniform(1e-6, 2)])
        history = params + [x, last, n]
        alive, gone = bg_bb_terms(p, x, last, n)
        likelihood = alive + gone
        write("bg_bb_log_likelihood", history, log(likelihood))
        write("bg_bb_alive", history + [more],
              alive / likelihood * beta_ratio(g, d + n + more, g, d + n))
        buying = beta_ratio(a + x + 1, b + n - x, a, b)
        write("bg_bb_expected", history + [more],
              buying * sum(beta_ratio(g, d + n + k, g, d) for k in range(1, more + 1)) / likelihood)
        write("bg_bb_residual", history + [discount],
              buying * beta_ratio(g, d + n + 1, g, d) *
              hyp2f1(1, d + n + 1, g + d + n + 1, 1 / (1 + mpf(discount))) / (1 + mpf(discount)) / likelihood)
        given_alive = binomial(more, count) * beta_ratio(a + x + count, b + n - x + more - count, a + x, b + n - x) \
            * beta_ratio(g, d + n + more, g, d + n)
        given_alive += sum(
            binomial(i, count) * beta_ratio(a + x + count, b + n - x + i - count, a + x, b + n - x) *
            beta_ratio(g + 1, d + n + i, g, d + n) for i in range(count, more))
        write("bg_bb_probability", history + [count, more],
              alive / likelihood * given_alive + (gone / likelihood if count == 0 else 0))


class Cnbd:
    """One customer of BG/CNBD-k (first = 0) or MBG/CNBD-k (first = 1), by purchases: the i-th one to
    come, seen from stage j of the running gap, is through after i k - j more stages."""

    def __init__(self, params, x, t_x, T):
        r, alpha, a, b = [mpf(v) for v in params[:4]]
        self.k, first = params[4:]
        k = self.k
        m = x + first
        n = r + k * x
        t_x, T = mpf(t_x), mpf(T)
        rate = loggamma(n) - loggamma(r) + r * log(alpha) - x * loggamma(k)
        running = sum(rf(n, j) / rf(1, j) * ((T - t_x) / (alpha + T)) ** j for j in range(k))
        alive = exp(rate - n * log(alpha + T)) * running * beta_ratio(a, b + m, a, b)
        gone = exp(rate - n * log(alpha + t_x)) * beta_ratio(a + 1, b + m - 1, a, b) if m > 0 else mpf(0)
        self.log_likelihood = log(alive + gone)
        self.alive = alive / (alive + gone)
        self.n, self.scale, self.a, self.b = n, alpha + T, a, b + m
        self.log_betas = {}
        self.stage = [rf(n, j) / rf(1, j) * ((T - t_x) / (alpha + T)) ** j / running for j in range(k)]

    def stay(self, chances):
        return beta_ratio(self.a, self.b + chances, self.a, self.b)

    def by(self, i, weeks):
        """Probability that at least i purchases are through by then, of one who never leaves."""
        if i == 0:
            return mpf(1)
        z = weeks / (self.scale + weeks)
        return sum(w * betainc(i * self.k - j, self.n + j, 0, z, regularized=True)
                   for j, w in enumerate(self.stage))

    def terms(self, f):
        """The sum of f(i) over i = 1, 2, ... until it does not change."""
        total, i = mpf(0), 1
        while True:
            term = f(i)
            total += term
            if term < total * mpf(10) ** (5 - mp.dps) and i > 3:
                return total
            i += 1

    def expected(self, weeks):
        return self.terms(lambda i: self.stay(i - 1) * self.by(i, weeks))

    def alive_after(self, weeks):
        total, i, before = mpf(0), 1, mpf(1)
        while before > mpf(10) ** (10 - mp.dps):
            after = self.by(i, weeks)
            total += self.stay(i - 1) * (before - after)
            before, i = after, i + 1
        return self.alive * total

    def probability(self, count, weeks):
        if count == 0:
            return 1 - self.alive + self.alive * (1 - self.by(1, weeks))
        ended = self.stay(count - 1) - self.stay(count)
        return self.alive * (self.stay(count - 1) * (self.by(count, weeks) - self.by(count + 1, weeks)) +
                             ended * self.by(count + 1, weeks))

    def rate_of(self, i, weeks):
        """Density of the i-th purchase's time, of one who never leaves."""
        c = self.scale
        rest, z = log(c / (c + weeks)), log(weeks / (c + weeks))
        return sum(w * exp((self.n + j) * rest + (i * self.k - j) * z - self.log_beta_of(i, j))
                   for j, w in enumerate(self.stage)) / weeks

    def log_beta_of(self, i, j):
        if (i, j) not in self.log_betas:
            self.log_betas[i, j] = log_beta(i * self.k - j, self.n + j)
        return self.log_betas[i, j]

    def discounted_purchases(self, horizon, delta):
        gap = self.k * self.scale / self.n
        points = [0] + [p for p in (gap / 4, gap, 2 * gap, 4 * gap, 10 * gap) if p < horizon] + [horizon]
        return self.alive * quad(
            lambda u: exp(-delta * u) * self.terms(lambda i: self.stay(i - 1) * self.rate_of(i, u)) if u > 0 else mpf(0),
            points)

    def residual(self, delta):
        """Over the rate: the first purchase counts v^(k - j), every later one v^k more."""
        def at(log_rate):
            rate = exp(log_rate)
            v = rate / (rate + delta)
            f = hyp2f1(1, self.b, self.a + self.b, v ** self.k)
            return f * sum(
                w * v ** (self.k - j) * exp((self.n + j) * log(rate * self.scale) - rate * self.scale - loggamma(self.n + j))
                for j, w in enumerate(self.stage))
        peak = log((self.n + self.k) / self.scale)
        return self.alive * quad(at, [peak - 60 / min(self.n + 1, 4), peak - 8, peak - 2, peak, peak + 1, peak + 5])


def write_cnbd():
    for case in range(47):
        k = random.choice([1, 2, 3, 3, 5, 8, 12])
        params = [log_uniform(0.1, 6), log_uniform(0.2, 30), log_uniform(0.05, 20), log_uniform(0.1, 60), k,
                  random.choice([0, 1])]
        T = float("%.6g" % random.uniform(1, 120))
        x = random.choice([0, 0, 1, 2, 7, 30])
        if case % 12 == 11:
            x = random.choice([150, 400])
        t_x = 0 if x == 0 else random.choice([T, float("%.6g" % random.uniform(0.3 * T, T)), float("%.6g" % random.uniform(0.9 * T, T))])
        weeks = random.choice([4, 26, 52])
        history = params + [x, t_x, T]
        customer = Cnbd(params, x, t_x, T)
        weeks_ = mpf(weeks)
        write("cnbd_log_likelihood", history, customer.log_likelihood)
        write("cnbd_alive", history, customer.alive)
        write("cnbd_expected", history + [weeks], customer.alive * customer.expected(weeks_))
        write("cnbd_alive_after", history + [weeks], customer.alive_after(weeks_))
        count = random.choice([0, 1, 2, 5, 12])
        write("cnbd_probability", history + [count, weeks], customer.probability(count, weeks_))
        write("cnbd_any", history + [weeks], customer.alive * customer.by(1, weeks_))


def write_cnbd_discounted():
    random.seed(20160101)
    mp.dps = 20
    for case in range(8):
        k = [1, 2, 3, 5, 8, 12, 12, 4][case]
        params = [log_uniform(0.5, 6), log_uniform(3, 10), log_uniform(0.3, 3), log_uniform(1, 10), k, case % 2]
        T = float("%.6g" % random.uniform(10, 60))
        x = [0, 2, 7, 20, 7, 20, 2, 0][case]
        t_x = 0 if x == 0 else float("%.6g" % random.uniform(0.8 * T, T))
        customer = Cnbd(params, x, t_x, T)
        history = params + [x, t_x, T]
        delta = random.choice([0.0018, 0.01])
        horizon = random.choice([13, 26])
        write("cnbd_discounted", history + [horizon, delta], customer.discounted_purchases(mpf(horizon), mpf(delta)))
        write("cnbd_residual", history + [delta], customer.residual(mpf(delta)))


def main():
    random.seed(20070521)
    write_sbg()
    write_bg_bb()
    write_cnbd()
    write_cnbd_discounted()


if __name__ == "__main__":
    sys.exit(main())
