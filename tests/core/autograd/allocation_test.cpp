// In its steady state a training step takes no memory from the system. This program counts the calls: it replaces
// operator new, so it stands alone.
#include <gradus/core/autograd/ops.h>
#include <gradus/core/tensor/random.h>
#include <gradus/layers/batch_norm.h>
#include <gradus/layers/dropout.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/layers/sequential.h>
#include <gradus/optim/adam.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <new>

using namespace gradus;

namespace {

std::int64_t calls = 0;

// Not inlined, lest compilers wonder at what operator new returns being freed.
[[gnu::noinline]] void* take(std::size_t size, std::size_t alignment) {
  ++calls;
  void* memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

[[gnu::noinline]] void give_back(void* memory) { std::free(memory); }

}  // namespace

void* operator new(std::size_t size) { return take(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return take(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }

namespace {

// Whether buffers are kept for reuse: under a sanitizer they are not.
bool pools() {
  Storage::trim();
  { const Storage probe(1); }
  return Storage::bytes_pooled() > 0;
}

// What f calls operator new for, and what it leaves behind, once it has run a few times.
template <class Step>
void expect_steady(const char* name, const Step& step) {
  const bool pooled = pools();
  for (int i = 0; i < 3; ++i) step();
  const std::int64_t bytes = Storage::bytes_in_use(), waiting = Storage::bytes_pooled(), before = calls;
  for (int i = 0; i < 1000; ++i) step();
  if (pooled) {
    EXPECT_EQ(calls - before, 0) << name << ": calls of operator new in 1000 steps";
  }
  EXPECT_EQ(Storage::bytes_in_use(), bytes) << name;
  EXPECT_EQ(Storage::bytes_pooled(), waiting) << name;
}

TEST(SteadyState, CountsCalls) {
  const std::int64_t before = calls;
  void* const memory = ::operator new(4);  // called by name: a compiler may leave a new-expression out
  EXPECT_GE(calls, before + 1);
  ::operator delete(memory);
}

// Every operation there is, and what a step of training does around it.
TEST(SteadyState, AThousandStepsTakeNoMemory) {
  Rng rng(1);
  const Tensor images = rng.normal({32, 4, 5});
  std::vector<std::int32_t> labels(32, 3), padded = labels;
  padded[5] = -1;
  Parameter w("w", rng.normal({20, 8})), b("b", rng.normal({8})), v("v", rng.normal({8, 6}));
  Tape tape;
  Scalar last = 0;
  const auto step = [&] {
    const Variable x = flatten(tape.input(images));
    Variable h = matmul(x, w) + b;
    h = relu(h) * sigmoid(h) - tanh(h) / 3;
    const Variable mu = mean(h, {0}, Reduced::kept), deviation = h - mu;
    h = deviation / sqrt(mean(deviation * deviation, {0}, Reduced::kept) + 1e-5);
    h = transpose(transpose(reshape(h, {32, 2, 4}), 0, 2), -1, 0);
    h = softmax(reshape(h, {32, 8}));
    const Variable logits = matmul(h, v);
    const Variable half = rows(log_softmax(logits), 0, 16);
    Variable loss = cross_entropy(logits, labels, Scalar(0.1)) + mse(half, pow(half, 2)) * 0.1;
    loss = loss + cross_entropy(logits, padded, 0, -1) + mean(max(logits, {-1})) - sum(sum(half, {0, 1}));
    for (Parameter* p : {&w, &b, &v}) p->zero_grad();
    tape.backward(loss);
    for (Parameter* p : {&w, &b, &v}) {
      Scalar* values = p->mutable_data();
      for (std::int64_t i = 0; i < p->shape().count(); ++i) values[i] -= Scalar(1e-4) * p->grad().data()[i];
    }
    last = loss.item();
    tape.clear();
  };
  expect_steady("a training step", step);
  EXPECT_TRUE(std::isfinite(last));
}

TEST(SteadyState, AThousandStepsOfANetworkTakeNoMemory) {
  Rng rng(1);
  Sequential model;
  model.add<Linear>(20, 16, rng);
  model.add<BatchNorm1d>(16);
  model.add<ReLU>();
  model.add<Dropout>(Scalar(0.1), rng);
  model.add<Linear>(16, 10, rng);
  Adam optimizer(model.parameters(), {});
  const Tensor images = rng.normal({32, 20});
  const std::vector<std::int32_t> labels(32, 3);
  Tape tape;
  Scalar last = 0;
  expect_steady("a step of a network", [&] {
    const Variable loss = cross_entropy(model(tape.input(images)), labels);
    optimizer.zero_grad();
    tape.backward(loss);
    optimizer.step();
    last = loss.item();
    tape.clear();
  });
  EXPECT_LT(last, 0.1);
}

TEST(SteadyState, AThousandTapesTakeNoMemory) {
  expect_steady("a tape that records nothing", [] { const Tape tape(Recording::off); });
}

TEST(SteadyState, ATapeThatEndsLetsGoOfWhatItsFunctionsSaved) {
  const std::int64_t before = Storage::bytes_in_use();
  {
    Tape tape;
    const Variable v = tape.variable(Tensor::full({100}, 1));
    exp(v * v);  // neither passed by a backward nor cleared
  }
  EXPECT_EQ(Storage::bytes_in_use(), before);
}

}  // namespace
