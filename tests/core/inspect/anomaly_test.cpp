// The operation where a NaN or an infinity begins is named.
#include <gradus/core/inspect/anomaly.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/sequential.h>

#include <gtest/gtest.h>

#include <limits>

namespace gradus {
namespace {

template <class F>
std::string anomaly_of(const F& f) {
  try {
    f();
  } catch (const AnomalyError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Anomaly, NamesTheOperationOfTheForward) {
  Tape tape;
  const AnomalyDetector detector(tape);
  const Variable x = tape.variable(Tensor({3}, {1, 0, 4}));
  const Variable y = sqrt(x);
  EXPECT_EQ(anomaly_of([&] { log(y); }),
            "anomaly: the value of log is not finite: [3] from 0 to 0.693147 and 1 not finite, computed from [3] from "
            "0 to 2");
  const Variable z = x - 5;
  EXPECT_EQ(anomaly_of([&] { z / (x * 0); }),
            "anomaly: the value of div is not finite: [3] 3 not finite, computed from [3] from -5 to -1, [3] from 0 to "
            "0");
}

TEST(Anomaly, NamesTheLayer) {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(2, 1, rng, LinearOptions{.bias = false}).weight().set_value(Tensor({1, 2}, {2, 3}));
  for (const Recording recording : {Recording::on, Recording::off}) {
    Tape tape(recording);
    const AnomalyDetector detector(tape);
    const Scalar large = std::numeric_limits<Scalar>::max();
    const std::string error = anomaly_of([&] { model(tape.input(Tensor({1, 2}, {large, large}))); });
    EXPECT_EQ(
        error.find(
            "anomaly: the value of linear in 0.linear is not finite: [1, 1] 1 not finite, computed from [1, 2] from "),
        0u)
        << error;
  }
}

TEST(Anomaly, NamesTheOperationOfTheBackwardAndLeavesParametersAlone) {
  Parameter p("p", Tensor({2}, {0, 1}));
  Tape tape;
  const AnomalyDetector detector(tape);
  const Variable y = sum(sqrt(tape.parameter(p)));  // the slope of sqrt at 0 is infinite
  EXPECT_EQ(anomaly_of([&] { tape.backward(y); }),
            "anomaly: the backward of sqrt gives input 0 a gradient that is not finite: [2] from 0.5 to 0.5 and 1 not "
            "finite, computed from dy [2] from 1 to 1");
  EXPECT_FALSE(p.has_grad());
}

TEST(Anomaly, IsNotLookedForUnlessAsked) {
  Tape tape;
  const Variable x = tape.variable(Tensor({1}, {0}));
  EXPECT_EQ(anomaly_of([&] { tape.backward(sum(log(x))); }), "no error");
}

}  // namespace
}  // namespace gradus
