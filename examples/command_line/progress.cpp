#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/program.h>
#include <gradus/examples/command_line/progress.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>

namespace gradus_examples {

namespace {

constexpr double kSecondsBetweenDrawings = 0.1;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// "epoch  3/10": numbers of one width stand under each other.
std::string counted(const std::string& what, std::int64_t number, std::int64_t total) {
  const std::string last = std::to_string(total);
  std::string digits = std::to_string(number);
  digits.insert(0, last.size() - std::min(last.size(), digits.size()), ' ');
  return what + " " + digits + "/" + last;
}

std::string loss_and_accuracy(double loss, std::optional<double> accuracy) {
  return "loss " + format_fixed(loss, 4) + (accuracy ? "  accuracy " + format_percent(*accuracy) : "");
}

}  // namespace

ProgressMode progress_mode(bool quiet) {
  if (quiet) return ProgressMode::quiet;
  const char* terminal = std::getenv("TERM");
  const bool can_rewrite = terminal != nullptr && std::string(terminal) != "dumb";
  return isatty(STDOUT_FILENO) != 0 && can_rewrite ? ProgressMode::live : ProgressMode::plain;
}

std::string epoch_text(const EpochReport& report) {
  std::string text = counted("epoch", report.epoch, report.epochs);
  text += "   " + format_count(report.samples_per_second) + " samples/s";
  text += "   train " + loss_and_accuracy(report.train_loss, report.train_accuracy);
  if (report.held_out_loss && report.held_out_accuracy) {
    text += "   " + report.held_out + " " + loss_and_accuracy(*report.held_out_loss, *report.held_out_accuracy);
  }
  text += "   " + format_duration(report.train_seconds);
  if (report.epoch < report.epochs) text += "   " + format_duration(report.seconds_left) + " left";
  return text;
}

Progress::Progress(ProgressMode mode) : Progress(mode, std::cout, steady_seconds, 0) {}

Progress::Progress(ProgressMode mode, std::ostream& out, Clock clock, std::size_t width)
    : mode_(mode), out_(out), clock_(std::move(clock)), width_(width) {
  training_began_ = epoch_began_ = clock_();
}

Progress::~Progress() { clear(); }

void Progress::begin_training(std::int64_t epochs, std::int64_t done) {
  epochs_ = epochs;
  first_epoch_ = done + 1;
  epoch_ = done;
  training_began_ = clock_();
}

void Progress::begin_epoch(std::int64_t epoch, std::int64_t batches) {
  epoch_ = epoch;
  batches_ = batches;
  batches_done_ = 0;
  samples_ = 0;
  epoch_began_ = clock_();
  last_drawn_ = -std::numeric_limits<double>::infinity();
}

void Progress::batch(std::int64_t samples, double loss, std::optional<double> accuracy) {
  batches_done_ += 1;
  samples_ += samples;
  if (!due()) return;
  train_seconds_ = last_drawn_ - epoch_began_;
  draw(counted("epoch", epoch_, epochs_) + "   " + counted("batch", batches_done_, batches_) + "   " +
       format_count(samples_per_second()) + " samples/s   " + loss_and_accuracy(loss, accuracy) + "   " +
       format_duration(seconds_left()) + " left");
}

bool Progress::due() {
  if (mode_ != ProgressMode::live) return false;
  const double now = clock_();
  if (now - last_drawn_ < kSecondsBetweenDrawings) return false;
  last_drawn_ = now;
  return true;
}

void Progress::end_epoch() {
  train_seconds_ = clock_() - epoch_began_;
  if (mode_ == ProgressMode::live) draw(counted("epoch", epoch_, epochs_) + "   evaluating ...");
}

double Progress::train_seconds() const { return train_seconds_; }

double Progress::samples_per_second() const { return static_cast<double>(samples_) / std::max(train_seconds_, 1e-9); }

// Epochs trained since begin_training, the current one as far as its batches go.
double Progress::epochs_done() const {
  const double part = batches_ > 0 ? static_cast<double>(batches_done_) / static_cast<double>(batches_) : 1;
  return static_cast<double>(epoch_ - first_epoch_) + part;
}

double Progress::seconds_left() const {
  const double done = epochs_done();
  if (!(done > 0)) return std::numeric_limits<double>::infinity();
  const double left = static_cast<double>(epochs_ - first_epoch_ + 1) - done;
  return std::max(0.0, (clock_() - training_began_) / done * left);
}

void Progress::line(const std::string& text) {
  if (mode_ == ProgressMode::quiet) return;
  clear();
  out_ << text << '\n';
  if (&out_ == &std::cout) flush_standard_output();
}

void Progress::draw(const std::string& text) {
  const std::size_t width = width_ > 0 ? width_ : terminal_width();
  // One column is left free: a line that fills the last one would wrap on some terminals.
  out_ << '\r' << shorten(text, width - 1) << "\x1b[K" << std::flush;
  drawn_ = true;
}

void Progress::clear() {
  if (!drawn_) return;
  out_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace gradus_examples
