#include "common/sql/request_ids.h"

#include "common/status.h"
#include "contract/common/sql/testing.h"

namespace valueloop::sql {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using ::testing::Optional;
using testing::StatusIs;

constexpr RequestKey kKey{.workspace = "w", .id = "r1", .method = "SetCustomer", .body = "body"};

class RequestIdsTest : public DatabaseTest {
 protected:
  absl::StatusOr<std::optional<std::string>> Find(const RequestKey& key) {
    return database_->Read([&](Session& session) { return FindRequest(session, key); });
  }
  absl::Status Save(const RequestKey& key, std::string_view response) {
    return database_->Write([&](Session& session) { return SaveRequest(session, key, response); });
  }
};

TEST_F(RequestIdsTest, RepeatsTheAnswerToTheSameRequest) {
  EXPECT_THAT(Find(kKey), IsOkAndHolds(std::nullopt));
  VL_ASSERT_OK(Save(kKey, "answer"));
  EXPECT_THAT(Find(kKey), IsOkAndHolds(Optional(std::string("answer"))));
}

TEST_F(RequestIdsTest, RefusesTheSameIdWithAnotherBodyOrMethod) {
  VL_ASSERT_OK(Save(kKey, "answer"));
  RequestKey key = kKey;
  key.body = "other";
  EXPECT_THAT(Find(key),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id: got r1")));
  key = kKey;
  key.method = "EraseCustomer";
  EXPECT_THAT(Find(key), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(RequestIdsTest, KeepsWorkspacesApart) {
  VL_ASSERT_OK(Save(kKey, "answer"));
  RequestKey key = kKey;
  key.workspace = "v";
  EXPECT_THAT(Find(key), IsOkAndHolds(std::nullopt));
}

TEST_F(RequestIdsTest, ForgetsAfterSevenDaysAFewAtATime) {
  for (const char* id : {"r1", "r2", "r3"}) {
    RequestKey key = kKey;
    key.id = id;
    VL_ASSERT_OK(Save(key, "answer"));
  }
  const auto purge = [&] {
    return database_->Write([](Session& session) { return PurgeRequests(session, 2); });
  };
  EXPECT_THAT(purge(), IsOkAndHolds(0));
  VL_ASSERT_OK(database_->Write([](Session& session) {
    return session
        .Execute("UPDATE request_ids SET create_time = create_time - :age",
                 {absl::ToInt64Microseconds(kRequestRetention) + 1})
        .status();
  }));
  EXPECT_THAT(purge(), IsOkAndHolds(2));
  PurgeAllRequests(*database_);
  EXPECT_THAT(purge(), IsOkAndHolds(0));
  EXPECT_THAT(Find(kKey), IsOkAndHolds(std::nullopt));
}

}  // namespace
}  // namespace valueloop::sql
