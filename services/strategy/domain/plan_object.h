// What the objects of a plan are made of: ids, references, numbers with a name or a year, places.
#ifndef VALUELOOP_STRATEGY_DOMAIN_PLAN_OBJECT_H_
#define VALUELOOP_STRATEGY_DOMAIN_PLAN_OBJECT_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "strategy/domain/place.h"

namespace valueloop::strategy {

// Base of everything that stands in the source: its id (empty if it has none) and where it and each
// of its fields stand.
struct Object {
  std::string id;
  Place place;
  std::vector<std::pair<std::string_view, Place>> field_places;  // Names are literals.

  // Where the field's value stands; the object's place if the field is not given.
  Place At(std::string_view field) const;
};

// A reference by id; the id is empty if none is given.
struct Ref {
  std::string id;
  Place place;
  bool empty() const { return id.empty(); }
};

struct YearValue {
  int year = 0;
  double value = 0;
  Place place;
};

struct NamedValue {  // A weight, rating or amount under a free or referring name.
  std::string name;
  double value = 0;
  Place place;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_PLAN_OBJECT_H_
