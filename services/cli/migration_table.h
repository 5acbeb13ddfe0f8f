// Tables of customers who move between the classes.
#ifndef VALUELOOP_CLI_MIGRATION_TABLE_H_
#define VALUELOOP_CLI_MIGRATION_TABLE_H_

#include <cstdint>
#include <string>

#include "cli/context.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "valueloop/scoring/v1/simulation.pb.h"

namespace valueloop::cli {

// A row per class before (and for new customers), a column per class after. Cells come row by row.
void PrintMatrix(Context& context,
                 const google::protobuf::RepeatedPtrField<scoring::v1::MigrationCell>& cells);

// Says that a sample was scored, if it was.
void PrintSample(Context& context, int64_t scored_count, int64_t customer_count);

// "-" if there is none.
std::string ExpectedOf(const scoring::v1::ScorePoint& point);

std::string CauseLabel(const Context& context, scoring::v1::ChangeCause cause);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_MIGRATION_TABLE_H_
