// Words for the enumerations of the contracts, in the chosen language.
#ifndef VALUELOOP_CLI_LABELS_H_
#define VALUELOOP_CLI_LABELS_H_

#include <string>
#include <string_view>

#include "cli/context.h"
#include "valueloop/performance/v1/performance.pb.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::cli {

// "战略客户" or "STRATEGIC".
std::string ClassLabel(const Context& context, scoring::v1::CustomerClass customer_class);
std::string ValueKindLabel(const Context& context, scoring::v1::ValueKind kind);
std::string MatchKindLabel(const Context& context, scoring::v1::MatchKind kind);
std::string RagLabel(const Context& context, performance::v1::Rag rag);

// The name of an enum value without its prefix: ("SCORE_STATE_OK", "SCORE_STATE_") gives "OK".
std::string WithoutPrefix(const std::string& name, std::string_view prefix);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_LABELS_H_
