// Checks of a plan's source as bytes, before any parser sees it.
#ifndef VALUELOOP_STRATEGY_DOMAIN_SOURCE_TEXT_H_
#define VALUELOOP_STRATEGY_DOMAIN_SOURCE_TEXT_H_

#include <string_view>

#include "strategy/domain/findings.h"

namespace valueloop::strategy {

// Returns true if `text` is at most kMaxSourceBytes of valid UTF-8 without control characters
// (other than tab and line ends) and without a tab in an indentation. Otherwise adds one
// SOURCE_INVALID finding for the first defect.
bool CheckSourceText(std::string_view text, Findings& findings);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_DOMAIN_SOURCE_TEXT_H_
