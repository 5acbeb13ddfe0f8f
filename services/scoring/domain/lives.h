// Possible futures of a customer, drawn from the model's posterior: what intervals are made of
// (METHODS E9). All times in weeks.
#ifndef VALUELOOP_SCORING_DOMAIN_LIVES_H_
#define VALUELOOP_SCORING_DOMAIN_LIVES_H_

#include <cmath>
#include <optional>

#include "common/draw.h"
#include "scoring/domain/bg_nbd.h"
#include "scoring/domain/cnbd.h"
#include "scoring/domain/mbg_nbd.h"
#include "scoring/domain/pareto_nbd.h"
#include "scoring/domain/purchase_model.h"

namespace valueloop::scoring {

// What lies ahead of a customer that is alive now: its history so far in the terms of the family's
// posterior, and how far to look.
struct Outlook {
  double repeat_count = 0;   // x >= 0; need not be whole.
  double age_weeks = 0;      // T >= 0.
  double horizon_weeks = 0;  // Above 0.
  double delta_weekly = 0;   // 0..1: ln(1 + annual rate) / 52.1775.
  // T - t_x, which tells regular buyers how far their running gap is. Unset: not known.
  std::optional<double> silence_weeks = std::nullopt;
};

struct Life {
  double purchases = 0;
  double discounted_purchases = 0;  // Each counts e^(-delta t).
  double active_weeks = 0;          // Until the customer leaves or the horizon ends.
};

// The integral of e^(-delta u) over 0 <= u <= weeks.
inline double DiscountedWeeks(double weeks, double delta_weekly) {
  return delta_weekly > 0 ? -std::expm1(-delta_weekly * weeks) / delta_weekly : weeks;
}

// One life from now on, given alive now. `params` and `outlook` must be valid.
Life DrawLife(const BgNbdParams& params, const Outlook& outlook, Draw& draw);
Life DrawLife(const MbgNbdParams& params, const Outlook& outlook, Draw& draw);
Life DrawLife(const ParetoNbdParams& params, const Outlook& outlook, Draw& draw);
Life DrawLife(const regular::Model& model, const Outlook& outlook, Draw& draw);
template <int kFirstChances>
Life DrawLife(const CnbdParams<kFirstChances>& params, const Outlook& outlook, Draw& draw) {
  return DrawLife(ModelOf(params), outlook, draw);
}
Life DrawLife(const PurchaseParams& params, const Outlook& outlook, Draw& draw);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_LIVES_H_
