#!/usr/bin/env python3
"""Writes regular_family_points.csv: random parameters and histories of sBG, BG/BB, BG/CNBD-k and
MBG/CNBD-k with the answers in 50-digit arithmetic. A developer's tool (needs python3-mpmath); the
tests only read its output. The formulas are the textbook ones, not the stable forms the services use.

    tests/golden/make_regular_points.py > tests/golden/regular_family_points.csv

Each line is: name of the answer, its inputs, the answer.
"""
import random
import sys

from mpmath import beta, binomial, exp, gammainc, hyp2f1, log, loggamma, mp, mpf, nsum, quad, inf

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


def main():
    random.seed(20070521)
    write_sbg()
    write_bg_bb()


if __name__ == "__main__":
    sys.exit(main())
