// What a tape tells about itself: its nodes, and the table of them.
#include "error_of.h"

#include <gradus/core/autograd/ops.h>
#include <gradus/core/autograd/scope.h>

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

using namespace gradus;

namespace {

Tensor vector(std::initializer_list<Scalar> values) {
  return Tensor({static_cast<std::int64_t>(values.size())}, values);
}

TEST(Tape, TellsAboutItsNodes) {
  Parameter w("w", vector({2}));
  Tape tape;
  const Variable x = tape.input(vector({1}));
  const Variable y = x * w;
  const Tape::Node& node = tape.node(2);
  EXPECT_EQ(node.operation, "mul");
  EXPECT_EQ(std::vector<int>(node.inputs.begin(), node.inputs.end()), (std::vector<int>{0, 1}));
  EXPECT_EQ(node.shape, Shape({1}));
  EXPECT_TRUE(node.needs_grad);
  EXPECT_FALSE(node.is_leaf);
  EXPECT_EQ(node.parameter, "");
  EXPECT_EQ(tape.node(1).parameter, "w");
  EXPECT_TRUE(tape.node(1).is_leaf);
  EXPECT_FALSE(tape.node(0).needs_grad);
  EXPECT_EQ(error_of([&] { tape.node(3); }), "node: the tape has 3 nodes, there is no node 3");
  EXPECT_EQ(error_of([&] { tape.node(-1); }), "node: the tape has 3 nodes, there is no node -1");
}

// An operation can only use what came before it.
TEST(Tape, NodesComeAfterTheirInputs) {
  Parameter w("w", vector({2}));
  Tape tape;
  Variable x = tape.input(vector({1}));
  x = 2 * x + w - x.detach() / 3;
  for (int node = 0; node < tape.size(); ++node) {
    for (const int input : tape.node(node).inputs) EXPECT_LT(input, node) << "node " << node;
  }
  EXPECT_EQ(tape.size(), 7) << tape;  // x, 2, mul, w, add, x / 3, sub
}

TEST(Tape, PrintsAsATable) {
  Parameter w("weight", Tensor::zeros({3, 4})), b("bias", Tensor::zeros({4}));
  Tape tape;
  const Variable x = tape.input(Tensor::zeros({2, 3}));
  Variable y = x;
  {
    const Scope model("", "sequential", &tape);
    const Scope layer("0", "linear", &tape);
    const Variable product = matmul(x, w);
    y = product + b;
  }
  const Variable loss = mean(y * 2);
  std::ostringstream out;
  out << tape;
  EXPECT_EQ(out.str(),
            "#  operation         inputs  shape   layer\n"
            "0  input                     [2, 3]\n"
            "1  parameter weight          [3, 4]  0.linear\n"
            "2  matmul            0, 1    [2, 4]  0.linear\n"
            "3  parameter bias            [4]     0.linear\n"
            "4  add               2, 3    [2, 4]  0.linear\n"
            "5  constant                  []\n"
            "6  mul               4, 5    [2, 4]\n"
            "7  mean              6       []\n");
}

TEST(Tape, PrintingLeavesTheStreamAsItWas) {
  Tape tape;
  const Variable x = tape.input(vector({1}));
  std::ostringstream out;
  out.fill('*');
  out << std::right << tape;
  EXPECT_EQ(out.flags() & std::ios::adjustfield, std::ios::right);
  EXPECT_EQ(out.str(), "#  operation  inputs  shape  layer\n0  input              [1]\n");
  for (int i = 0; i < 10; ++i) tape.input(vector({1}));
  out.str("");
  out << tape;
  EXPECT_NE(out.str().find("\n 9  input"), std::string::npos) << "numbers end in one column: " << out.str();
  std::ostringstream empty;
  empty << Tape();
  EXPECT_EQ(empty.str(), "#  operation  inputs  shape  layer\n");
}

TEST(Tape, NamesLayersByTheirPath) {
  Tape tape;
  const Variable x = tape.input(vector({1}));
  {
    const Scope model("", "model", &tape), encoder("Encoder", "sequential", &tape);
    exp(x);
    {
      const Scope inner("2", "batchnorm1d", &tape);
      exp(x);
    }
    exp(x);
  }
  exp(x);
  EXPECT_EQ(tape.node(1).layer, "Encoder.sequential");
  EXPECT_EQ(tape.node(2).layer, "Encoder.2.batchnorm1d");
  EXPECT_EQ(tape.node(3).layer, "Encoder.sequential");
  EXPECT_EQ(tape.node(4).layer, "");
}

}  // namespace
