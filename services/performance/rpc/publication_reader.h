// From strategy's publications to bound plans.
#ifndef VALUELOOP_PERFORMANCE_RPC_PUBLICATION_READER_H_
#define VALUELOOP_PERFORMANCE_RPC_PUBLICATION_READER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "performance/store/bound_plan.h"
#include "valueloop/strategy/v1/publication.pb.h"

namespace valueloop::performance {

struct PublicationReading {
  BoundPlan plan;
  // KPIs and cells left out, because they cannot be evaluated, and why.
  std::vector<absl::Status> left_out;
};

// INVALID_ARGUMENT, naming the field, if the publication as a whole cannot be bound: its name, its
// measurement plan, its policy.
absl::StatusOr<PublicationReading> ReadPublication(const strategy::v1::Publication& publication);

// The text form in which a publication is kept (proto JSON), and back. DATA_LOSS if the text is no
// publication.
absl::StatusOr<std::string> WritePayload(const strategy::v1::Publication& publication);
absl::StatusOr<strategy::v1::Publication> ReadPayload(std::string_view payload);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_PUBLICATION_READER_H_
