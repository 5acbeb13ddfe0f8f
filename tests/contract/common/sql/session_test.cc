#include "common/sql/session.h"

#include <limits>
#include <stdexcept>

#include "absl/time/clock.h"
#include "common/sql/sql_text.h"
#include "contract/common/sql/testing.h"

namespace valueloop::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Not;
using ::testing::Optional;
using testing::StatusIs;

using SessionTest = DatabaseTest;

TEST_F(SessionTest, ReturnsWhatWasBoundOfEveryType) {
  const std::string text("quote ' \" ; -- \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x98\x80");
  const double price = 0.1 + 0.2;  // 17 significant digits.
  VL_ASSERT_OK(database_->Write([&](Session& session) {
    return session
        .Execute("INSERT INTO items (id, name, price) VALUES (:id, :name, :price)",
                 {std::numeric_limits<int64_t>::min(), text, price})
        .status();
  }));

  int64_t id = 0;
  std::string name;
  double read_price = 0;
  EXPECT_THAT(database_->Read([&](Session& session) {
    return session.QueryOne("SELECT id, name, price FROM items", {},
                            [&](int64_t a, std::string_view b, double c) {
                              id = a;
                              name = b;
                              read_price = c;
                            });
  }),
              IsOkAndHolds(true));
  EXPECT_EQ(id, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(name, text);
  EXPECT_EQ(read_price, price);
}

TEST_F(SessionTest, ReadsNullAsAnEmptyOptionalAndRefusesItElsewhere) {
  VL_ASSERT_OK(database_->Write([&](Session& session) {
    return session
        .Execute("INSERT INTO items (id, name, price) VALUES (:id, :name, :price)",
                 {1, std::optional<std::string>(), std::optional<double>(2.5)})
        .status();
  }));
  std::optional<std::string> name = "unchanged";
  std::optional<double> price;
  VL_ASSERT_OK(database_->Read([&](Session& session) {
    return session.Query("SELECT name, price FROM items", {},
                         [&](std::optional<std::string> a, std::optional<double> b) {
                           name = std::move(a);
                           price = b;
                         });
  }));
  EXPECT_EQ(name, std::nullopt);
  EXPECT_THAT(price, Optional(2.5));
  EXPECT_THAT(database_->Read([&](Session& session) {
    return session.Query("SELECT id, name FROM items", {}, [](int64_t, std::string_view) {});
  }),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("column 2: got NULL, want a value")));
}

TEST_F(SessionTest, CountsTheRowsAStatementChanged) {
  for (int id = 1; id <= 3; ++id) VL_ASSERT_OK(Insert(id));
  EXPECT_THAT(database_->Write([](Session& session) {
    return session.Execute("UPDATE items SET price = 1 WHERE id >= :id", {2});
  }),
              IsOkAndHolds(2));
}

TEST_F(SessionTest, GoesThroughTheRowsInOrderAndStopsAtAnError) {
  for (int id = 1; id <= 5; ++id) VL_ASSERT_OK(Insert(id));
  std::vector<int64_t> ids;
  EXPECT_THAT(database_->Read([&](Session& session) {
    return session.Query("SELECT id FROM items ORDER BY id", {}, [&](int64_t id) -> absl::Status {
      ids.push_back(id);
      return id == 3 ? absl::AbortedError("enough") : absl::OkStatus();
    });
  }),
              StatusIs(absl::StatusCode::kAborted, "enough"));
  EXPECT_THAT(ids, ElementsAre(1, 2, 3));
  // The half-read statement neither keeps its snapshot nor its place.
  VL_ASSERT_OK(Insert(6));
  EXPECT_EQ(Count(), 6);
}

TEST_F(SessionTest, RunsTheSameStatementInsideItsOwnRowFunction) {
  for (int id = 1; id <= 3; ++id) VL_ASSERT_OK(Insert(id));
  int pair_count = 0;
  VL_ASSERT_OK(database_->Read([&](Session& session) {
    return session.Query("SELECT id FROM items", {}, [&](int64_t) {
      return session.Query("SELECT id FROM items", {}, [&](int64_t) { ++pair_count; });
    });
  }));
  EXPECT_EQ(pair_count, 9);
}

TEST_F(SessionTest, SaysWhetherThereWasARowAndRefusesASecond) {
  const auto find = [&](std::string_view sql) {
    return database_->Read(
        [sql](Session& session) { return session.QueryOne(sql, {}, [](int64_t) {}); });
  };
  EXPECT_THAT(find("SELECT id FROM items"), IsOkAndHolds(false));
  VL_ASSERT_OK(Insert(1));
  EXPECT_THAT(find("SELECT id FROM items"), IsOkAndHolds(true));
  VL_ASSERT_OK(Insert(2));
  EXPECT_THAT(find("SELECT id FROM items"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("rows: got two, want at most one")));
}

TEST_F(SessionTest, BindsListsOfAnyLength) {
  for (int id = 1; id <= 5; ++id) VL_ASSERT_OK(Insert(id));
  const Parameters ids = {1, 3, 9};
  std::vector<int64_t> found;
  VL_ASSERT_OK(database_->Read([&](Session& session) {
    return session.Query(
        "SELECT id FROM items WHERE id IN (" + Placeholders("id", 3) + ") ORDER BY id", ids,
        [&](int64_t id) { found.push_back(id); });
  }));
  EXPECT_THAT(found, ElementsAre(1, 3));
}

TEST_F(SessionTest, RefusesAWrongNumberOfParameters) {
  EXPECT_THAT(
      database_->Write([](Session& session) {
        return session.Execute("INSERT INTO items (id, name) VALUES (:id, :name)", {1}).status();
      }),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("parameters: got 1, want 2; in INSERT")));
}

TEST_F(SessionTest, RefusesNan) {
  EXPECT_THAT(database_->Write([](Session& session) {
    return session
        .Execute("INSERT INTO items (id, price) VALUES (:id, :price)",
                 {1, std::numeric_limits<double>::quiet_NaN()})
        .status();
  }),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("parameter 2: got NaN")));
}

TEST_F(SessionTest, NamesAViolatedKeyAndNeverAValue) {
  const auto insert = [&](int64_t id, std::string_view name) {
    return database_->Write([&](Session& session) {
      return session.Execute("INSERT INTO items (id, name) VALUES (:id, :name)", {id, name})
          .status();
    });
  };
  VL_ASSERT_OK(insert(4711, "first"));
  const absl::Status status = insert(4711, "secret");
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("in INSERT INTO items")));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("4711")));
}

TEST_F(SessionTest, MakesWrongSqlAnInternalError) {
  EXPECT_THAT(
      database_->Read([](Session& session) { return session.QueryValue<int64_t>("SELEKT 1"); }),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("in SELEKT 1")));
  EXPECT_THAT(Insert(1), IsOk());
}

TEST_F(SessionTest, RefusesToWriteInARead) {
  EXPECT_THAT(database_->Read([](Session& session) {
    return session.Execute("INSERT INTO items (id) VALUES (1)").status();
  }),
              Not(IsOk()));
  EXPECT_EQ(Count(), 0);
}

TEST_F(SessionTest, TurnsAnExceptionOfTheQueryIntoAStatusAndGoesOn) {
  VL_ASSERT_OK(Insert(1));
  for (int round = 0; round < 10; ++round) {
    EXPECT_THAT(database_->Read([](Session& session) {
      return session.Query("SELECT id FROM items", {},
                           [](int64_t) { throw std::runtime_error("customer 4711"); });
    }),
                StatusIs(absl::StatusCode::kInternal, Not(HasSubstr("4711"))));
  }
  EXPECT_EQ(Count(), 1);
}

TEST_F(SessionTest, ReturnsRowsOfAChangingStatement) {
  VL_ASSERT_OK(Insert(1));
  EXPECT_THAT(database_->Write([](Session& session) {
    return session.QueryValue<int64_t>("UPDATE items SET id = id + 1 WHERE id = :id RETURNING id",
                                       {1});
  }),
              IsOkAndHolds(Optional(2)));
  VL_ASSERT_OK(Insert(1));
  EXPECT_EQ(Count(), 2);
}

TEST_F(SessionTest, KeepsManyMoreStatementsThanItsCacheHolds) {
  VL_ASSERT_OK(database_->Read([](Session& session) -> absl::Status {
    for (int i = 0; i < 1000; ++i) {
      absl::StatusOr<std::optional<int64_t>> value =
          session.QueryValue<int64_t>("SELECT " + std::to_string(i));
      if (!value.ok()) return value.status();
      if (*value != i) return absl::InternalError("wrong value");
    }
    return absl::OkStatus();
  }));
}

TEST_F(SessionTest, TellsTheTimeOfTheDatabase) {
  const int64_t before = absl::ToUnixMicros(absl::Now());
  absl::StatusOr<int64_t> now =
      database_->Read([](Session& session) { return session.NowMicros(); });
  const int64_t after = absl::ToUnixMicros(absl::Now());
  VL_ASSERT_OK(now);
  EXPECT_GE(*now, before - 1000);  // Its resolution is a millisecond.
  EXPECT_LE(*now, after + 1000);
}

}  // namespace
}  // namespace valueloop::sql
