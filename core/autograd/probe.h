// Probe: is told what a tape does, for whoever wants to look, measure, or change a gradient on purpose.
//
//   struct Count : Probe {
//     using Probe::Probe;
//     void recorded(int node, const Tensor& value) override { ++count; }
//     int count = 0;
//   };
//   Count probe(tape);
//
// It is told from its construction on, until it or the tape is destroyed. core/inspect/ has probes that keep values and
// gradients, take times, and find where a NaN begins.
#pragma once

#include <gradus/core/autograd/tape.h>

namespace gradus {

class Probe {
 public:
  explicit Probe(Tape& tape);
  virtual ~Probe();
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

 protected:
  const Tape& tape() const { return *tape_; }  // REQUIRES: it is not destroyed

 private:
  friend class Tape;
  friend class Gradients;

  // An operation computed y. Called before it is recorded, and also where nothing is (Recording::off).
  virtual void computed(std::string_view /*operation*/, const Inputs&, const Tensor& /*y*/) {}
  // A node was appended.
  virtual void recorded(int /*node*/, const Tensor& /*value*/) {}
  // A backward begins.
  virtual void backward_begins() {}
  // The gradient of a node's value is complete; next, its backward function runs if it has one.
  virtual void arrived(int /*node*/, const Tensor& /*dy*/) {}
  // The backward function of `node` gives dx to its input number `input`. It may be replaced by another of that shape.
  virtual void contributed(int /*node*/, int /*input*/, const Tensor& /*dy*/, Tensor& /*dx*/) {}
  // The backward function of a node has run.
  virtual void passed(int /*node*/) {}
  // The tape was cleared.
  virtual void cleared() {}

  Tape* tape_;
};

}  // namespace gradus
