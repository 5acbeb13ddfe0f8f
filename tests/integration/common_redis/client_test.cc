#include "common/redis/client.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "testing/eventually.h"
#include "testing/redis_server.h"
#include "testing/status_matchers.h"

namespace valueloop::redis {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Optional;
using testing::StatusIs;

// Functional tests wait as long as a busy machine takes; the tests of the budget use the default.
constexpr absl::Duration kPatient = absl::Seconds(10);

class ClientTest : public ::testing::Test {
 protected:
  void Connect(ClientOptions options = {}) {
    options.address = server_.address();
    absl::StatusOr<std::unique_ptr<Client>> created = Client::Create(options);
    ASSERT_TRUE(created.ok()) << created.status();
    client_ = *std::move(created);
  }
  void StartAndConnect(ClientOptions options = {.timeout = kPatient}) {
    ASSERT_TRUE(server_.Start());
    Connect(options);
    ASSERT_TRUE(Eventually([&] { return client_->IsHealthy(); }));
  }
  // Calls until the breaker opens; every call must come back within its budget and some slack for a
  // busy machine.
  void ExpectBoundedCallsUntilOpen() {
    std::chrono::nanoseconds longest{0};
    ASSERT_TRUE(Eventually([&] {
      const auto begin = std::chrono::steady_clock::now();
      const absl::StatusCode code = client_->Get("key").status().code();
      EXPECT_THAT(code, AnyOf(absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kUnavailable));
      longest = std::max(longest, std::chrono::steady_clock::now() - begin);
      return !client_->IsHealthy();
    }));
    EXPECT_LT(longest, std::chrono::milliseconds(500));
    EXPECT_THAT(client_->Get("key"),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("not asked")));
  }

  testing::RedisServer server_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, KeepsValuesOfAnyBytes) {
  StartAndConnect();
  std::string value;
  for (int byte = 0; byte < 256; ++byte) value += static_cast<char>(byte);
  const std::string key("k\0\r\n:{}%", 8);
  EXPECT_THAT(client_->Get(key), IsOkAndHolds(std::nullopt));
  EXPECT_THAT(client_->Set(key, value, absl::Minutes(1)), IsOk());
  EXPECT_THAT(client_->Get(key), IsOkAndHolds(Optional(value)));
  EXPECT_THAT(client_->Set("empty", "", absl::Minutes(1)), IsOk());
  EXPECT_THAT(client_->Get("empty"), IsOkAndHolds(Optional(std::string())));
  const std::vector<std::string> keys = {key, "absent", "empty"};
  VL_ASSERT_OK_AND_ASSIGN(const std::vector<Value> values, client_->MGet(keys));
  EXPECT_THAT(values, ElementsAre(Optional(value), std::nullopt, Optional(std::string())));
  EXPECT_THAT(client_->Del(keys), IsOk());
  EXPECT_THAT(client_->Get(key), IsOkAndHolds(std::nullopt));
  EXPECT_EQ(client_->stats().hit_count, 4);
  EXPECT_EQ(client_->stats().miss_count, 3);
  EXPECT_EQ(client_->stats().error_count, 0);
}

TEST_F(ClientTest, GivesEveryValueItsTimeToLive) {
  StartAndConnect();
  VL_ASSERT_OK(client_->Set("short", "v", absl::Milliseconds(20)));
  EXPECT_TRUE(Eventually([&] {
    const absl::StatusOr<Value> value = client_->Get("short");
    return value.ok() && !value->has_value();
  }));
  VL_ASSERT_OK(client_->Set("long", "v", absl::Hours(1)));
  EXPECT_THAT(server_.Command("TTL long"), AnyOf(HasSubstr(":3600"), HasSubstr(":3599")));
}

TEST_F(ClientTest, SaysThatAKeyHoldsAnotherKindOfValue) {
  StartAndConnect();
  server_.Command("LPUSH list a");
  EXPECT_THAT(client_->Get("list"), StatusIs(absl::StatusCode::kInternal, HasSubstr("WRONGTYPE")));
  EXPECT_EQ(client_->stats().error_count, 1);
  EXPECT_TRUE(client_->IsHealthy());
}

TEST_F(ClientTest, ServesManyThreadsOverOneConnection) {
  StartAndConnect();
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 200; ++i) {
        const std::string key = std::to_string(thread) + "-" + std::to_string(i);
        ASSERT_THAT(client_->Set(key, "value of " + key, absl::Minutes(1)), IsOk());
        ASSERT_THAT(client_->Get(key), IsOkAndHolds(Optional("value of " + key)));
      }
    });
  }
  threads.clear();
  EXPECT_EQ(client_->stats().connect_count, 1);
  EXPECT_TRUE(Eventually([&] { return client_->stats().pending_count == 0; }));
}

TEST_F(ClientTest, CallsBackEveryAsynchronousCallOnce) {
  StartAndConnect();
  std::atomic<int> ok_count{0};
  for (int i = 0; i < 500; ++i) {
    client_->SetAsync("k" + std::to_string(i), "v", absl::Minutes(1),
                      [&](const absl::Status& status) { ok_count += status.ok() ? 1 : 0; });
  }
  for (int i = 0; i < 500; ++i) {
    client_->GetAsync("k" + std::to_string(i), [&](const absl::StatusOr<Value>& value) {
      ok_count += value.ok() && value->has_value() ? 1 : 0;
    });
  }
  EXPECT_TRUE(Eventually([&] { return ok_count == 1000; }));
}

TEST_F(ClientTest, StartsWithoutAServerAndFindsItWhenItComes) {
  Connect();
  EXPECT_FALSE(client_->IsHealthy());
  EXPECT_THAT(client_->Get("key"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(client_->stats().breaker_rejected_count, 1);
  ASSERT_TRUE(server_.Start());
  EXPECT_TRUE(Eventually([&] { return client_->IsHealthy(); }));
  EXPECT_THAT(client_->Get("key", kPatient), IsOkAndHolds(std::nullopt));
}

TEST_F(ClientTest, GoesOnWhenTheServerIsKilledAndComesBack) {
  StartAndConnect({});
  server_.Kill();
  ExpectBoundedCallsUntilOpen();
  ASSERT_TRUE(server_.Start());
  EXPECT_TRUE(Eventually([&] { return client_->IsHealthy(); }));
  EXPECT_THAT(client_->Set("key", "v", absl::Minutes(1), kPatient), IsOk());
  EXPECT_GE(client_->stats().connect_count, 2);
}

TEST_F(ClientTest, GoesOnWhenTheServerIsShutDownAndComesBack) {
  StartAndConnect({});
  server_.Shutdown();
  ExpectBoundedCallsUntilOpen();
  ASSERT_TRUE(server_.Start());
  EXPECT_TRUE(Eventually([&] { return client_->IsHealthy(); }));
}

TEST_F(ClientTest, OpensTheBreakerWhileTheServerIsStopped) {
  StartAndConnect({});
  server_.Pause();
  ExpectBoundedCallsUntilOpen();
  EXPECT_GE(client_->stats().timeout_count, 5);
  EXPECT_EQ(client_->stats().breaker_opened_count, 1);
  server_.Resume();
  EXPECT_TRUE(Eventually([&] { return client_->IsHealthy(); }));
  EXPECT_THAT(client_->Get("key", kPatient), IsOkAndHolds(std::nullopt));
}

TEST_F(ClientTest, TimesOutAsynchronousCallsByItself) {
  StartAndConnect({});
  server_.Pause();
  std::atomic<int> timeout_count{0};
  for (int i = 0; i < 3; ++i) {
    client_->GetAsync("key", [&](const absl::StatusOr<Value>& value) {
      timeout_count += value.status().code() == absl::StatusCode::kDeadlineExceeded ? 1 : 0;
    });
  }
  EXPECT_TRUE(Eventually([&] { return timeout_count == 3; }));
  server_.Resume();
  // The late answers are dropped and free their places.
  EXPECT_TRUE(Eventually([&] { return client_->stats().pending_count == 0; }));
  EXPECT_EQ(timeout_count, 3);
}

TEST_F(ClientTest, RefusesMoreCallsThanItsLimit) {
  StartAndConnect({.timeout = kPatient, .max_pending = 10});
  server_.Pause();
  std::atomic<int> ok_count{0};
  std::atomic<int> refused_count{0};
  for (int i = 0; i < 30; ++i) {
    client_->GetAsync("key", [&](const absl::StatusOr<Value>& value) {
      ok_count += value.ok() ? 1 : 0;
      refused_count += value.status().code() == absl::StatusCode::kResourceExhausted ? 1 : 0;
    });
  }
  EXPECT_EQ(refused_count, 20);
  EXPECT_EQ(client_->stats().overload_rejected_count, 20);
  server_.Resume();
  EXPECT_TRUE(Eventually([&] { return ok_count == 10; }));
}

TEST_F(ClientTest, FailsWhatIsUnderWayWhenItIsDestroyed) {
  StartAndConnect();
  server_.Pause();
  std::atomic<int> unavailable_count{0};
  for (int i = 0; i < 20; ++i) {
    client_->GetAsync("key", [&](const absl::StatusOr<Value>& value) {
      unavailable_count += value.status().code() == absl::StatusCode::kUnavailable ? 1 : 0;
    });
  }
  client_.reset();
  EXPECT_EQ(unavailable_count, 20);
}

TEST_F(ClientTest, IsDestroyedAtOnceWhateverTheServerDoes) {
  for (int round = 0; round < 50; ++round) {
    Connect();
    client_.reset();
  }
  StartAndConnect();
  for (int round = 0; round < 50; ++round) {
    Connect();
    client_->GetAsync("key", [](const absl::StatusOr<Value>&) {});
    client_.reset();
  }
  EXPECT_THAT(server_.Command("PING"), HasSubstr("PONG"));
}

}  // namespace
}  // namespace valueloop::redis
