// Where something stands in a plan's source, so that every finding can point at it.
#ifndef VALUELOOP_STRATEGY_DOMAIN_PLACE_H_
#define VALUELOOP_STRATEGY_DOMAIN_PLACE_H_

namespace valueloop::strategy {

// Both count from 1; the column counts bytes. 0 means unknown (the source as a whole).
struct Place {
  int line = 0;
  int column = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_PLACE_H_
