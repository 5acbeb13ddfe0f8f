// What every purchase family takes and returns beside its parameters. A family is a struct of
// parameters with the functions of bg_nbd.h overloaded on it; purchase_model.h holds any of them.
#ifndef VALUELOOP_SCORING_DOMAIN_PURCHASE_FAMILY_H_
#define VALUELOOP_SCORING_DOMAIN_PURCHASE_FAMILY_H_

#include "scoring/domain/history.h"

namespace valueloop::scoring {

// Equal histories counted once; rows of an equal x stand together in ascending order.
struct WeightedHistory {
  PurchaseHistory history;
  double weight = 1;
};

// Expectations from the end of the observation over a horizon, discounted continuously.
struct DiscountedFuture {
  double purchases = 0;     // The integral of the purchase rate times e^(-delta u).
  double active_weeks = 0;  // The integral of P(alive) times e^(-delta u) (METHODS E8).
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PURCHASE_FAMILY_H_
