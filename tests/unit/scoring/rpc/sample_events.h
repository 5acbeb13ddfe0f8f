// One event of every kind, every field set.
#ifndef VALUELOOP_TESTS_UNIT_SCORING_RPC_SAMPLE_EVENTS_H_
#define VALUELOOP_TESTS_UNIT_SCORING_RPC_SAMPLE_EVENTS_H_

#include <vector>

#include "scoring/domain/event.h"

namespace valueloop::scoring {

std::vector<Event> SampleEvents();

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_UNIT_SCORING_RPC_SAMPLE_EVENTS_H_
