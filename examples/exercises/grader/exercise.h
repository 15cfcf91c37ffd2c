// What the grader knows of an exercise: numbers to try an answer on, the right answer, and the mistakes people make.
#pragma once

#include <gradus/core/autograd/ops.h>
#include <gradus/core/tensor/random.h>
#include <gradus/examples/exercises/exercises.h>

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gradus::exercises {

// One set of numbers. Sizes differ from axis to axis and from case to case, so that a factor tells where it is from.
struct Case {
  std::vector<Tensor> operands;     // in the order in which the function takes them
  std::vector<Tensor> inputs = {};  // what the forward starts from, dy included: for checking the solution
  std::vector<Line> tape = {};
};

// An operand on its way into a function.
class Operand {
 public:
  Operand(const Case& numbers, std::size_t index) : case_(numbers), index_(index) {}
  operator const Tensor&() const { return case_.operands[index_]; }
  operator Scalar() const { return case_.operands[index_].item(); }
  operator const std::vector<Line>&() const { return case_.tape; }

 private:
  const Case& case_;
  std::size_t index_;
};

inline std::vector<Tensor> list(const Tensor& result) { return {result}; }
template <std::size_t n>
std::vector<Tensor> list(const std::array<Tensor, n>& results) {
  return {results.begin(), results.end()};
}

// A backward function of any exercise, whatever operands it takes. Answers, solutions and mistakes alike.
class Backward {
 public:
  Backward(std::function<std::vector<Tensor>(const Case&)> f) : call_(std::move(f)) {}
  // A function, or a lambda that captures nothing.
  template <class F>
  requires requires(F f) { +f; }
  Backward(F f) : Backward(+f, 0) {}
  std::vector<Tensor> operator()(const Case& numbers) const { return call_(numbers); }

 private:
  template <class Result, class... Operands>
  Backward(Result (*f)(Operands...), int)
      : call_([f](const Case& numbers) { return call(f, numbers, std::index_sequence_for<Operands...>()); }) {}
  template <class Result, class... Operands, std::size_t... i>
  static std::vector<Tensor> call(Result (*f)(Operands...), const Case& numbers, std::index_sequence<i...>) {
    return list(f(Operand(numbers, i)...));
  }

  std::function<std::vector<Tensor>(const Case&)> call_;
};

// A wrong way to compute one of the outputs, and what it is called.
struct Mistake {
  std::string output, diagnosis;
  Backward backward;
};

// The loss from a case's inputs: what the solution is the gradient of.
using Loss = Variable (*)(const std::vector<Variable>& inputs);

struct Output {
  std::string name;
  std::size_t input;    // which of the inputs it is the gradient of
  Loss loss = nullptr;  // the exercise's, unless this output needs one of its own
};

struct Exercise {
  std::string name;                   // "multiply"
  std::string question;               // what one knows after it
  std::vector<std::string> operands;  // names; those that begin with d arrive from above
  std::vector<Output> outputs;        // in the order in which they are judged
  std::vector<Case> cases;
  Backward answer, solution;
  Loss loss = nullptr;
  std::vector<Mistake> mistakes = {};  // of several that fit the first is named
  bool is_chain = false;               // its outputs are the same number, each line rewritten from the one before

  int number = 0;                         // from 1 on
  std::array<std::string, 3> hints = {};  // from a question to the line in words
  std::string file() const;               // "05_broadcast_add.cpp"
};

// In the order of their numbers.
std::vector<Exercise> all_exercises();

}  // namespace gradus::exercises
