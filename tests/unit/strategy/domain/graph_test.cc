#include "strategy/domain/graph.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "strategy/domain/compare.h"

namespace valueloop::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(GraphTest, DiamondIsNoCycle) {
  Graph graph(4);
  graph.AddEdge(0, 1);
  graph.AddEdge(0, 2);
  graph.AddEdge(1, 3);
  graph.AddEdge(2, 3);
  EXPECT_THAT(graph.FindCycle(), IsEmpty());
  EXPECT_EQ(graph.SinksFirst().front(), 3u);
  EXPECT_EQ(graph.SinksFirst().back(), 0u);
}

TEST(GraphTest, NamesOneCycleFromItsSmallestNodeInTheDirectionOfTheEdges) {
  Graph graph(5);
  graph.AddEdge(0, 3);
  graph.AddEdge(3, 4);
  graph.AddEdge(4, 2);
  graph.AddEdge(2, 3);
  EXPECT_THAT(graph.FindCycle(), ElementsAre(2, 3, 4));
  EXPECT_THAT(graph.SinksFirst(), IsEmpty());
}

TEST(GraphTest, EdgeToItselfIsACycleOfOne) {
  Graph graph(2);
  graph.AddEdge(1, 1);
  EXPECT_THAT(graph.FindCycle(), ElementsAre(1));
}

TEST(GraphTest, WalksChainsFarDeeperThanAnyStack) {
  constexpr size_t kSize = 1'000'000;
  Graph graph(kSize);
  for (size_t i = 0; i + 1 < kSize; ++i) graph.AddEdge(i, i + 1);
  EXPECT_THAT(graph.FindCycle(), IsEmpty());
  EXPECT_TRUE(graph.ReachableFrom({0}).back());
  EXPECT_TRUE(graph.Reversed().ReachableFrom({kSize - 1}).front());
}

TEST(CompareTest, DecimalSumsMeetTheirBoundary) {
  EXPECT_TRUE(NearAbsolute(33.33 * 3, 100, 0.01));
  EXPECT_TRUE(NearAbsolute(0.1 + 0.2, 0.3, 0));
  EXPECT_FALSE(NearAbsolute(33.32 * 3, 100, 0.01));
  EXPECT_TRUE(AtLeast(0.75 + 0.75, 1.5));
  EXPECT_TRUE(AtMost(0.1 * 3, 0.3));
  EXPECT_FALSE(AtMost(0.3001, 0.3));
  EXPECT_TRUE(NearRelative(0, 0, 0));
  EXPECT_FALSE(NearRelative(1e-6, 0, 0.0005));
  EXPECT_TRUE(NearRelative(-100.05, -100, 0.0005));
}

}  // namespace
}  // namespace valueloop::strategy
