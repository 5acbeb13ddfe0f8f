// The attributes of a customer as one text, for a snapshot's row: one line `name kind value` each,
// where kind is t (text), n (number) or b (true, false). Text has %, line feeds and carriage
// returns percent-encoded.
#ifndef VALUELOOP_SCORING_STORE_ATTRIBUTE_TEXT_H_
#define VALUELOOP_SCORING_STORE_ATTRIBUTE_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// Those in force at the end of `as_of`.
std::string EncodeAttributes(const CustomerSummary& summary, absl::CivilDay as_of);

// The value of `name`; unset if it is not there.
std::optional<AttributeValue> FindAttribute(std::string_view attributes, std::string_view name);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_ATTRIBUTE_TEXT_H_
