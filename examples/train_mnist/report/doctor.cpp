#include <gradus/core/error.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/train_mnist/report/doctor.h>

#include <algorithm>
#include <cmath>
#include <iomanip>

namespace gradus::examples {
namespace {

std::string three_digits(double value) { return text(std::setprecision(3), value); }
std::string four_decimals(double value) { return format_fixed(value, 4); }
std::string percent(double fraction) { return format_fixed(fraction * 100, 1) + " %"; }
std::string signed_percent(double fraction) { return (fraction < 0 ? "−" : "+") + percent(std::abs(fraction)); }

std::string names_and_values(const std::vector<Measured>& all, std::string (*format)(double), bool epochs = false) {
  std::string list;
  for (const Measured& m : all) {
    list += text(list.empty() ? "" : ", ", m.name, ' ', format(m.value));
    if (epochs) list += text(" (epoch ", m.epoch, ')');
  }
  return list;
}

// now / before - 1, also where before is 0.
double change(double before, double now) { return now == before ? 0 : now / before - 1; }

const Measured& largest(const std::vector<Measured>& all) {
  return *std::ranges::max_element(all, {}, &Measured::value);
}

Remark& missing(Remark& r, const std::string& what) {
  r.kind = Remark::Kind::not_applicable;
  r.numbers = what;
  return r;
}

Remark& missing_epochs(Remark& r, std::size_t needed, const Symptoms& s) {
  const std::size_t are = s.history.size();
  return missing(
      r, text("needs ", needed, needed == 1 ? " epoch" : " epochs", are == 1 ? ", there is " : ", there are ", are));
}

// Says it if it is so.
Remark& judge(Remark& r, bool so, const std::string& advice, Remark::Kind kind = Remark::Kind::warning) {
  if (!so) return r;
  r.kind = kind;
  r.advice = advice;
  return r;
}

Remark not_finite(const Symptoms& s) {
  Remark r{.title = "The numbers exploded", .rule = "the training stopped because a number was not finite"};
  if (s.failure.empty() && s.history.empty()) return missing_epochs(r, 1, s);
  r.numbers = s.failure.empty() ? "all numbers stayed finite" : s.failure;
  return judge(
      r, !s.failure.empty(),
      "Try a tenth of the learning rate. If that does not help, --clip-norm 1 limits the size of a gradient, and "
      "--detect-anomaly names the operation where it begins.");
}

Remark rate_too_high(const Symptoms& s) {
  Remark r{.title = "The learning rate looks too high",
           .rule = "the training loss rose by more than 10 % from one epoch to the next and by more than 4 % of ln(" +
                   std::to_string(s.classes) +
                   "), what guessing costs, or a step changed a weight matrix by more than a " + "tenth of its size"};
  double worst = -1;
  std::int64_t epoch = 0;
  bool rose = false;
  for (std::size_t i = 1; i < s.history.size(); ++i) {
    const double before = s.history[i - 1].train_loss, now = s.history[i].train_loss, rise = change(before, now);
    // Where next to nothing is left of the loss, a fifth of it more is chance.
    rose |= rise > 0.1 && now - before > 0.04 * std::log(s.classes);
    if (rise <= worst) continue;
    worst = rise;
    epoch = s.history[i].epoch;
  }
  if (epoch > 0) r.numbers = text("largest change of the loss ", signed_percent(worst), ", in epoch ", epoch);
  if (!s.updates.empty()) {
    r.numbers += (epoch > 0 ? "; " : "") + std::string("largest |change| / |weights| ") +
                 names_and_values(s.updates, three_digits, true);
  }
  if (r.numbers.empty()) return missing_epochs(r, 2, s);
  return judge(
      r, rose || (!s.updates.empty() && largest(s.updates).value > 0.1),
      "Small steps along the gradient lower the loss; these overshoot. Try a third of the --lr, or let it rise "
      "slowly with --warm-up.");
}

Remark steps_too_small(const Symptoms& s) {
  Remark r{.title = "The learning rate looks too low",
           .rule = "no weight matrix ever changed by more than 1/10,000 of its size in the step that was measured"};
  if (s.updates.empty()) return missing(r, "no step was measured");
  r.numbers = "largest |change| / |weights|: " + names_and_values(s.updates, three_digits, true);
  return judge(
      r, largest(s.updates).value < 1e-4,
      "At this pace it takes tens of thousands of steps until the weights differ from their random start. Try ten "
      "times the --lr.");
}

// Both losses, since each may be high for another reason: that of training by label smoothing, dropout and the epoch's
// first steps, the other by running estimates that lag.
Remark guessing(const Symptoms& s) {
  const double guess = std::log(s.classes);
  Remark r{.title = "It has not begun to learn",
           .rule =
               "the training loss of the last epoch, and that of training images evaluated after it, is above 95 % "
               "of ln(" +
               std::to_string(s.classes) + ") = " + format_fixed(guess, 3) + ", what guessing costs"};
  if (s.history.empty()) return missing_epochs(r, 1, s);
  const double trained = s.history.back().train_loss;
  r.numbers = "training loss " + four_decimals(trained);
  if (s.evaluated_train_loss) r.numbers += ", evaluated " + four_decimals(*s.evaluated_train_loss);
  return judge(
      r, std::min(trained, s.evaluated_train_loss.value_or(trained)) > 0.95 * guess,
      "All classes are still about equally likely to it. Look at the learning rate first, then at the gradients of "
      "the first layer below.");
}

Remark silent_units(const Symptoms& s) {
  Remark r{.title = "Many units are dead",
           .rule = "more than 10 % of a ReLU layer's units are 0 for every image looked at"};
  if (s.silent.empty()) return missing(r, "there is no ReLU layer, or it was not looked at");
  r.numbers = "silent at the end: " + names_and_values(s.silent, percent);
  return judge(
      r, largest(s.silent).value > 0.1,
      "A unit that is 0 for every image gets no gradient, so it cannot come back by itself. The usual cause is "
      "that steps are too large: try a lower --lr, a --warm-up, or batch normalization if it is off.");
}

Remark gradients_fade(const Symptoms& s) {
  Remark r{.title = "Gradients fade or explode on their way back",
           .rule = "gradients at the first layer with weights are 1,000 times smaller or larger than at the last"};
  if (s.gradients.size() < 2) return missing(r, "needs two layers with weights, looked at at the end");
  const double first = s.gradients.front().value, last = s.gradients.back().value;
  if (first == 0 && last == 0) return missing(r, "no gradient is left: every image is learned");
  r.numbers = "typical gradient (standard deviation): " + names_and_values(s.gradients, three_digits);
  return judge(r, !(first > last / 1000 && first < last * 1000),
               "Layers at the two ends learn at very different speeds. Batch normalization, fewer layers, or another "
               "initialization even this out.");
}

Remark running_estimates_lag(const Symptoms& s) {
  Remark r{.title = "Batch normalization evaluates with other numbers than it trained with",
           .rule = "a layer's running means are more than 0.3 standard deviations away from a batch's, in the median"};
  if (s.mean_gaps.empty()) return missing(r, "there is no batch normalization, or it was not looked at");
  r.numbers = "typical distance in standard deviations: " + names_and_values(s.mean_gaps, three_digits);
  return judge(
      r, largest(s.mean_gaps).value > 0.3,
      "Evaluation uses running estimates, which follow the batches slowly (a tenth of the way at each step). Too "
      "few steps, or weights that still change fast, leave them behind: train longer or end with a lower rate.");
}

// The best epoch by held-out loss; training goes on to fit its own images while others suffer.
Remark overfitting(const Symptoms& s) {
  Remark r{.title = "It is overfitting",
           .rule = "the " + s.held_out +
                   " loss was lowest at least 3 epochs before the end and has risen by more than "
                   "5 % since, while the training loss fell by more than 5 %"};
  if (s.history.size() < 4) return missing_epochs(r, 4, s);
  const auto best = std::ranges::min_element(s.history, {}, &EpochPoint::held_out_loss);
  const EpochPoint& last = s.history.back();
  const double rise = change(best->held_out_loss, last.held_out_loss);
  r.numbers = text(s.held_out, " loss lowest in epoch ", best->epoch, " of ", last.epoch, " (",
                   four_decimals(best->held_out_loss), "), at the end ", four_decimals(last.held_out_loss), " (",
                   signed_percent(rise), "); training loss ", four_decimals(best->train_loss), " then, ",
                   four_decimals(last.train_loss), " at the end");
  return judge(r, s.history.end() - 1 - best >= 3 && rise > 0.05 && last.train_loss < 0.95 * best->train_loss,
               "It learns its training images by heart. What helps most is more images, or --augment, which shows each "
               "a little different in every epoch. Otherwise stop earlier, or make that harder: more --dropout, more "
               "--weight-decay, --label-smoothing, a smaller network.");
}

Remark still_improving(const Symptoms& s) {
  Remark r{.title = "It was still improving",
           .rule = "the " + s.held_out + " loss is lowest at the end, and fell by more than 2 % in the last epoch"};
  if (s.history.size() < 2) return missing_epochs(r, 2, s);
  const EpochPoint &last = s.history.back(), &before = s.history[s.history.size() - 2];
  const auto best = std::ranges::min_element(s.history, {}, &EpochPoint::held_out_loss);
  const double rise = change(before.held_out_loss, last.held_out_loss);
  r.numbers = s.held_out + " loss " + four_decimals(before.held_out_loss) + " → " + four_decimals(last.held_out_loss) +
              " (" + signed_percent(rise) + ") in the last epoch, lowest in epoch " + std::to_string(best->epoch);
  return judge(
      r, best->epoch == last.epoch && rise < -0.02,
      "More --epochs would probably help. Unless --schedule is constant, start anew with them rather than adding "
      "some: the schedule of the learning rate is stretched over all epochs, and much of the gain comes as the rate "
      "falls.",
      Remark::Kind::note);
}

Remark harder_in_training(const Symptoms& s) {
  Remark r{.title = "It does better on new images than in training, and that is no mistake",
           .rule = "the " + s.held_out +
                   " accuracy is better than in training, or equal with a lower loss (compared where no " +
                   "label smoothing raises it in training alone); with dropout or label smoothing"};
  if (s.history.empty()) return missing_epochs(r, 1, s);
  const EpochPoint& last = s.history.back();
  r.numbers = "in training: loss " + four_decimals(last.train_loss) + ", accuracy " +
              format_percent(last.train_accuracy) + "; " + s.held_out + ": loss " + four_decimals(last.held_out_loss) +
              ", accuracy " + format_percent(last.held_out_accuracy);
  std::string why;
  if (s.dropout) why += "Dropout silences units in training alone. ";
  if (s.label_smoothing)
    why += "Label smoothing puts a floor under the training loss that the " + s.held_out + " loss does not have. ";
  const bool lower_loss = !s.label_smoothing && last.held_out_loss < last.train_loss;
  const bool better =
      last.held_out_accuracy > last.train_accuracy || (last.held_out_accuracy == last.train_accuracy && lower_loss);
  return judge(r, better && !why.empty(),
               why +
                   "The training curve is also a mean over the epoch, when the network was not yet what it is at its "
                   "end. Compare the dashed curve below: training images, evaluated like the others.",
               Remark::Kind::note);
}

}  // namespace

std::vector<Remark> examine(const Symptoms& s) {
  return {not_finite(s),     rate_too_high(s),         steps_too_small(s), guessing(s),        silent_units(s),
          gradients_fade(s), running_estimates_lag(s), overfitting(s),     still_improving(s), harder_in_training(s)};
}

}  // namespace gradus::examples
