// What text of a user may look like.
#ifndef VALUELOOP_COMMON_TEXT_RULE_H_
#define VALUELOOP_COMMON_TEXT_RULE_H_

#include <string_view>

#include "absl/status/status.h"

namespace valueloop {

// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without control characters
// (U+0000..001F, U+007F..009F), at most `max_bytes` long; may be empty. InvalidArgument names
// `field`.
absl::Status ValidateText(std::string_view field, std::string_view text, size_t max_bytes);

// True if `character`, one valid UTF-8 sequence, is one of those controls: they could steer a
// terminal.
bool IsControl(std::string_view character);

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_TEXT_RULE_H_
