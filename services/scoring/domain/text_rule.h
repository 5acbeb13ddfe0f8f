// What text of a user may look like.
#ifndef VALUELOOP_SCORING_DOMAIN_TEXT_RULE_H_
#define VALUELOOP_SCORING_DOMAIN_TEXT_RULE_H_

#include <string_view>

#include "absl/status/status.h"

namespace valueloop::scoring {

// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without control characters
// (U+0000..001F, U+007F..009F), at most `max_bytes` long; may be empty. InvalidArgument names
// `field`.
absl::Status ValidateText(std::string_view field, std::string_view text, size_t max_bytes);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_TEXT_RULE_H_
