#include "scoring/domain/model_comparison.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace valueloop::scoring {
namespace {

bool MovesMore(const ModelMover& left, const ModelMover& right) {
  const double left_change = std::fabs(left.change());
  const double right_change = std::fabs(right.change());
  if (left_change != right_change) return left_change > right_change;
  return left.customer_id < right.customer_id;
}

void AddTo(ClassShift& shift, const ScoredSide& one, const ScoredSide& other) {
  ++shift.customer_count;
  shift.expected_value += one.expected_value.value_or(0);
  shift.other_expected_value += other.expected_value.value_or(0);
}

}  // namespace

void ModelComparer::Add(std::string_view customer_id, const ScoredSide& one,
                        const ScoredSide& other) {
  ++result_.customer_count;
  AddTo(result_.total, one, other);
  AddTo(result_.shifts[static_cast<size_t>(one.customer_class)]
                      [static_cast<size_t>(other.customer_class)],
        one, other);
  if (one.customer_class != other.customer_class) {
    ++result_.moved_count;
    result_.newly_unknown_count += other.customer_class == CustomerClass::kUnknown;
  }
  ModelMover mover{.customer_id = std::string(customer_id), .one = one, .other = other};
  result_.absolute_change += std::fabs(mover.change());
  // Who does not move at all is no mover.
  if (mover.change() == 0 && one.customer_class == other.customer_class) return;
  std::vector<ModelMover>& movers = result_.movers;
  movers.push_back(std::move(mover));
  std::push_heap(movers.begin(), movers.end(), MovesMore);
  if (movers.size() > mover_count_) {
    std::pop_heap(movers.begin(), movers.end(), MovesMore);
    movers.pop_back();
  }
}

ModelComparison ModelComparer::Finish() && {
  std::sort_heap(result_.movers.begin(), result_.movers.end(), MovesMore);
  return std::move(result_);
}

}  // namespace valueloop::scoring
