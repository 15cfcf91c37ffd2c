// A tape as Graphviz, Mermaid and JSON, and what it keeps for them.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/autograd/scope.h>
#include <gradus/core/inspect/graph.h>
#include <gradus/core/inspect/history.h>
#include <gradus/core/io/json.h>
#include "error_of.h"

#include <gtest/gtest.h>

#include <limits>

using namespace gradus;

namespace {

// h = a w, loss = sum(h h), of which the first is recorded by a layer.
struct Small {
  Small() : w("weight", Tensor({2, 1}, {0.5, -1})) {
    const Variable a = tape.input(Tensor({1, 2}, {1, 3}));
    {
      const Scope scope("0", "linear", &tape);
      h = matmul(a, w);
    }
    const Variable square = h * h;
    loss = sum(square);
    names = {{tape.node_of(a), "a"}, {tape.node_of(h), "h"}};
  }

  Tape tape;
  History history{tape};
  Parameter w;
  Variable h = 0, loss = 0;
  NodeNames names;
};

TEST(Graph, Dot) {
  const Small small;
  EXPECT_EQ(to_dot(small.tape, small.names),
            "digraph tape {\n"
            "  graph [fontname=\"Helvetica\", fontsize=11, fontcolor=\"#555555\"]\n"
            "  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=12, margin=\"0.15,0.06\"]\n"
            "  edge [arrowsize=0.7]\n"
            "  n0 [label=\"a\\n[1, 2]\", shape=ellipse]\n"
            "  n3 [label=\"mul\\n[1, 1]\"]\n"
            "  n4 [label=\"sum\\nscalar\"]\n"
            "  subgraph cluster_0 {\n"
            "    label=\"0.linear\"; style=\"rounded,dashed\"; color=\"#999999\"\n"
            "    n1 [label=\"weight\\n[2, 1]\", shape=ellipse]\n"
            "    n2 [label=\"h = matmul\\n[1, 1]\"]\n"
            "  }\n"
            "  n0 -> n2 [style=dashed]\n"
            "  n1 -> n2\n"
            "  n2 -> n3\n"
            "  n2 -> n3\n"
            "  n3 -> n4\n"
            "}\n");
}

TEST(Graph, Mermaid) {
  const Small small;
  EXPECT_EQ(to_mermaid(small.tape, small.names),
            "flowchart TD\n"
            "  n0([\"a<br>[1, 2]\"])\n"
            "  n3[\"mul<br>[1, 1]\"]\n"
            "  n4[\"sum<br>scalar\"]\n"
            "  subgraph layer0 [\"0.linear\"]\n"
            "    n1([\"weight<br>[2, 1]\"])\n"
            "    n2[\"h = matmul<br>[1, 1]\"]\n"
            "  end\n"
            "  n0 -.-> n2\n"
            "  n1 --> n2\n"
            "  n2 --> n3\n"
            "  n2 --> n3\n"
            "  n3 --> n4\n");
}

TEST(Graph, NamesCannotBreakOut) {
  Tape tape;
  const Variable x = tape.variable(1);
  const NodeNames names = {{tape.node_of(x), "a\"b\\<#1>"}};
  EXPECT_NE(to_dot(tape, names).find("[label=\"a\\\"b\\\\<#1>\\nscalar\""), std::string::npos);
  EXPECT_NE(to_mermaid(tape, names).find("([\"a#34;b\\#60;#35;1#62;<br>scalar\"])"), std::string::npos);
  EXPECT_NO_THROW(parse_json(to_json(tape, {.names = names})));
}

TEST(Graph, JsonHasValuesGradientsAndContributions) {
  Small small;
  small.tape.backward(small.loss);
  EXPECT_EQ(
      to_json(small.tape, {.names = small.names}),
      "{\"nodes\": [\n"
      "  {\"operation\": \"input\", \"name\": \"a\", \"inputs\": [], \"shape\": [1, 2], \"needs_grad\": false, "
      "\"value\": {\"shape\": [1, 2], \"numbers\": [1, 3]}},\n"
      "  {\"operation\": \"parameter\", \"name\": \"weight\", \"layer\": \"0.linear\", \"inputs\": [], "
      "\"shape\": [2, 1], \"needs_grad\": true, \"value\": {\"shape\": [2, 1], \"numbers\": [0.5, -1]}, "
      "\"grad\": {\"shape\": [2, 1], \"numbers\": [-5, -15]}},\n"
      "  {\"operation\": \"matmul\", \"name\": \"h\", \"layer\": \"0.linear\", \"inputs\": [0, 1], "
      "\"shape\": [1, 1], \"needs_grad\": true, \"value\": {\"shape\": [1, 1], \"numbers\": [-2.5]}, "
      "\"grad\": {\"shape\": [1, 1], \"numbers\": [-5]}, "
      "\"contributions\": [null, {\"shape\": [2, 1], \"numbers\": [-5, -15]}]},\n"
      "  {\"operation\": \"mul\", \"inputs\": [2, 2], \"shape\": [1, 1], \"needs_grad\": true, "
      "\"value\": {\"shape\": [1, 1], \"numbers\": [6.25]}, \"grad\": {\"shape\": [1, 1], \"numbers\": [1]}, "
      "\"contributions\": [{\"shape\": [1, 1], \"numbers\": [-2.5]}, {\"shape\": [1, 1], \"numbers\": [-2.5]}]},\n"
      "  {\"operation\": \"sum\", \"inputs\": [3], \"shape\": [], \"needs_grad\": true, "
      "\"value\": {\"shape\": [], \"numbers\": [6.25]}, \"grad\": {\"shape\": [], \"numbers\": [1]}, "
      "\"contributions\": [{\"shape\": [1, 1], \"numbers\": [1]}]}\n"
      "]}\n");
}

TEST(Graph, JsonWithoutAnythingKept) {
  Tape tape;
  const Variable x = tape.variable(2);
  tape.backward(x * x);
  const std::string json = to_json(tape);
  EXPECT_NO_THROW(parse_json(json));
  EXPECT_EQ(json.find("\"value\""), std::string::npos);
  EXPECT_EQ(json.find("contributions"), std::string::npos);
}

TEST(Graph, JsonOfAParameterUsedTwiceHasTheSum) {
  Tape tape;
  const History history(tape);
  const Parameter p("p", 3);
  const Variable x = tape.input(2);
  const Variable left = x * p;
  const Variable right = left + p;
  tape.backward(right);
  EXPECT_NE(to_json(tape).find("\"grad\": {\"shape\": [], \"numbers\": [3]}"), std::string::npos) << to_json(tape);
}

TEST(Graph, JsonOfNumbersThatJsonLacks) {
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  Tape tape;
  const History history(tape);
  tape.input(Tensor({3}, {std::numeric_limits<Scalar>::quiet_NaN(), infinity, -infinity}));
  EXPECT_NE(to_json(tape).find("[\"NaN\", \"Infinity\", \"-Infinity\"]"), std::string::npos);
}

TEST(Graph, JsonOfALargeTensorHasBlocks) {
  Tape tape;
  const History history(tape);
  Tensor large = Tensor::zeros({4, 6});
  for (int i = 0; i < 24; ++i) large.mutable_data()[i] = static_cast<Scalar>(i);
  tape.input(large);
  // Rows 0-1 and 2-3, columns 0-2 and 3-5.
  EXPECT_NE(to_json(tape, {.most_numbers = 4})
                .find("\"value\": {\"shape\": [4, 6], \"rows\": 2, \"columns\": 2, \"blocks\": [4, 7, 16, 19], "
                      "\"min\": 0, \"max\": 23, \"mean\": 11.5, \"norm\": 65.757126}"),
            std::string::npos)
      << to_json(tape, {.most_numbers = 4});
  EXPECT_NE(to_json(tape, {.most_numbers = 24}).find("\"numbers\": [0, 1, 2"), std::string::npos)
      << "no more than that";
  // Where there are few columns, more rows are shown.
  tape.input(Tensor::zeros({100, 2}));
  EXPECT_NE(to_json(tape, {.most_numbers = 16}).find("\"shape\": [100, 2], \"rows\": 8, \"columns\": 2, "),
            std::string::npos);
}

// Blocks of a side that does not divide: every number belongs to one of them.
TEST(Graph, JsonBlocksCoverAll) {
  Tape tape;
  const History history(tape);
  Tensor t = Tensor::zeros({3, 5});
  for (int i = 0; i < 15; ++i) t.mutable_data()[i] = static_cast<Scalar>(i);
  tape.input(t);
  // Rows 0 and 1-2, columns 0-1 and 2-4.
  const std::string json = to_json(tape, {.most_numbers = 4});
  EXPECT_NE(json.find("\"rows\": 2, \"columns\": 2, \"blocks\": [0.5, 3, 8, 10.5]"), std::string::npos) << json;
}

TEST(Graph, EachLayerHasABoxOfItsOwn) {
  Tape tape;
  Variable x = tape.variable(1);
  for (const char* name : {"0", "1"}) {
    const Scope scope(name, "tanh", &tape);
    x = tanh(x);
  }
  for (const char* box : {"subgraph cluster_0 {", "subgraph cluster_1 {"}) {
    EXPECT_NE(to_dot(tape).find(box), std::string::npos) << to_dot(tape);
  }
  for (const char* box : {"subgraph layer0 [\"0.tanh\"]", "subgraph layer1 [\"1.tanh\"]"}) {
    EXPECT_NE(to_mermaid(tape).find(box), std::string::npos) << to_mermaid(tape);
  }
}

TEST(Graph, OfAnEmptyTape) {
  Tape tape;
  EXPECT_EQ(to_dot(tape).find("->"), std::string::npos);
  EXPECT_TRUE(to_dot(tape).starts_with("digraph")) << to_dot(tape);
  EXPECT_EQ(to_mermaid(tape), "flowchart TD\n");
  EXPECT_NO_THROW(parse_json(to_json(tape)));
}

TEST(Contributions, AreWhatABackwardGaveToEachInput) {
  Tape tape;
  const History history(tape);
  const Variable a = tape.variable(2);
  const Variable b = a * a;
  const Variable c = b + a;
  const Variable d = b * c;
  tape.backward(d);
  const auto given = [&](const Variable& v, std::size_t k) {
    return history.contributions(tape.node_of(v))[k]->item();
  };
  EXPECT_EQ(given(d, 0), 6);
  EXPECT_EQ(given(d, 1), 4);
  EXPECT_EQ(given(c, 0), 4);
  EXPECT_EQ(given(c, 1), 4);
  EXPECT_EQ(given(b, 0), 20);
  EXPECT_EQ(a.grad().item(), 44);
  EXPECT_TRUE(history.contributions(tape.node_of(a)).empty());
}

TEST(Contributions, OfABackwardThatGivesTwiceAreAdded) {
  Tape tape;
  const History history(tape);
  const Variable x = tape.variable(1);
  const Variable y = record("twice", {x}, Tensor(3), [](const Tensor& dy, Gradients& d) {
    d.add(0, dy);
    d.add(0, dy * 2);
  });
  tape.backward(y);
  EXPECT_EQ(history.contributions(tape.node_of(y))[0]->item(), 3);
  EXPECT_EQ(x.grad().item(), 3);
}

TEST(Contributions, GradientsAreThoseOfTheLastBackward) {
  Tape tape;
  const History history(tape);
  const Variable x = tape.variable(1);
  const Variable first = x * 2;
  const Variable second = x * 3;
  tape.backward(first);
  tape.backward(second);
  EXPECT_EQ(history.grad(tape.node_of(first)), nullptr);
  EXPECT_EQ(*history.grad(tape.node_of(second)), Tensor(1));
}

// They share their numbers with gradients, which grow by later contributions.
TEST(Contributions, DoNotChangeWhenTheGradientGrows) {
  Tape tape;
  const History history(tape);
  const Variable x = tape.variable(Tensor({2}, {1, 2}));
  const Variable y = x * 3;
  const Variable z = x + y;
  tape.backward(sum(z));
  EXPECT_EQ(x.grad(), Tensor({2}, {4, 4}));
  EXPECT_EQ(*history.contributions(tape.node_of(z))[0], Tensor({2}, {1, 1}));
}

TEST(Contributions, AreOfTheLastBackwardAndEndWithTheTape) {
  Tape tape;
  const History history(tape);
  const Variable x = tape.variable(1);
  const Variable y = x * x;
  EXPECT_TRUE(history.contributions(tape.node_of(y)).empty());
  tape.backward(y, {.retain_graph = true});
  tape.backward(y);
  EXPECT_EQ(history.contributions(tape.node_of(y)).size(), 2u);
  EXPECT_EQ(history.contributions(tape.node_of(y))[0]->item(), 1) << "not the sum of both";
  const Variable later = y + 1;  // after the backward: nothing came by
  const int node = tape.node_of(later);
  EXPECT_TRUE(history.contributions(node).empty());
  EXPECT_TRUE(history.contributions(node - 1).empty()) << "the constant";
  tape.clear();
  EXPECT_EQ(history.value(0), nullptr);
  EXPECT_EQ(history.grad(0), nullptr);
  EXPECT_TRUE(history.contributions(1).empty());
  EXPECT_EQ(error_of([&] { tape.node_of(y); }),
            "node_of: this Variable was recorded on a tape that has since been cleared or destroyed");
}

}  // namespace
