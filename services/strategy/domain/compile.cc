#include "strategy/domain/compile.h"

#include <utility>

#include "strategy/domain/decode.h"
#include "strategy/domain/source.h"

namespace valueloop::strategy {

Compilation Compile(std::string_view source, std::string_view file_name) {
  Compilation compilation;
  Findings findings;
  if (const std::optional<Node> root = ParseSource(source, findings)) {
    compilation.fingerprint = Fingerprint(*root);
    compilation.plan = DecodePlan(*root, findings);
  }
  compilation.findings = std::move(findings).Take(file_name);
  for (const Finding& finding : compilation.findings) {
    ++(finding.severity() == Severity::kError ? compilation.error_count
                                              : compilation.warning_count);
  }
  return compilation;
}

}  // namespace valueloop::strategy
