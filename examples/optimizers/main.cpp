// Seven optimizers on surfaces of two numbers: how far each gets, and a page on which to watch them.
#include <gradus/core/io/file.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/command_line/arguments.h>
#include <gradus/examples/command_line/format.h>
#include <gradus/examples/command_line/program.h>
#include <gradus/examples/optimizers/paths.h>
#include <gradus/examples/pages/page.h>

#include <iomanip>
#include <iostream>

namespace gradus_examples {
PageFiles optimizers_files();
}

namespace {

using namespace gradus_examples;
using namespace optimizer_paths;

constexpr int kSteps = 200, kRecorded = 50, kRuns = 100;

JsonText json(const Settings& s) {
  JsonText text = {{"rate", s.rate}};
  if (s.momentum > 0) text.add("momentum", s.momentum);
  if (s.squares > 0) text.add("squares", s.squares);
  if (s.decay > 0) text.add("decay", s.decay);
  return text;
}

std::string digits(double number) { return JsonText(number, 3).str(); }

// What the page holds its own arithmetic against: each method on each surface, as it begins, with other settings, and
// in a cycle.
JsonText recorded_runs(const std::vector<double>& noise) {
  JsonText runs = JsonText::written("[]");
  for (const Surface& surface : surfaces()) {
    for (const Method& method : methods()) {
      Method other = method;
      Settings& s = other.settings;
      s.rate /= 2;
      if (s.momentum > 0) s.momentum = 0.5;
      if (s.squares > 0) s.squares = 0.95;
      if (method.name == "adam" || method.name == "adamw") s.decay = 0.3;
      const std::pair<Method, int> settings[] = {{method, 0}, {other, 0}, {method, kRecorded}};
      for (const auto& [chosen, cycle] : settings) {
        const Path path = follow(surface, chosen, kRecorded, noise, cycle);
        runs.add({{"surface", surface.name},
                  {"method", method.name},
                  {"settings", json(chosen.settings)},
                  {"cycle", cycle},
                  {"path", path.points}});
      }
    }
  }
  return runs;
}

std::string page() {
  const std::vector<double> noise = normal_numbers(2 * kSteps);
  const JsonText shown = json_list(surfaces(), [](const Surface& s) {
    return JsonText{{"name", s.name}, {"start", s.start}, {"noise", s.noise}};
  });
  const JsonText used = json_list(methods(), [](const Method& m) {
    return JsonText{{"name", m.name}, {"settings", json(m.settings)}};
  });
  const JsonText data = {{"surfaces", shown}, {"methods", used}, {"noise", noise}, {"recorded", recorded_runs(noise)}};
  return make_page("optimizers.html", {{"optimizers", data.str()}}, {optimizers_files(), shared_page()});
}

// After these steps on the surface with noise, the mean over runs that differ in their random numbers.
double mean_loss(const Method& method, int steps) {
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    sum += follow(surfaces().back(), method, steps, normal_numbers(2 * kSteps, seed), 0).loss.back();
  }
  return sum / kRuns;
}

int run(int argc, char** argv) {
  int steps = 100;
  std::string html;
  Arguments arguments("optimizers",
                      "Follows seven optimizers down surfaces of two numbers, and writes a page on which one chooses "
                      "surface, rate and whatever else they have, and steps along.");
  arguments.add("--steps", "N", "after how many steps to look at the loss", steps, range(0, kSteps));
  arguments.add("--html", "FILE", "write the page", html);
  arguments.parse(argc, argv);
  if (!html.empty()) check_writable(html);

  const std::vector<double> noise = normal_numbers(2 * kSteps);
  std::cout << "The loss after " << steps << " steps; its least value is 0 everywhere.\n\n" << pad("", 10);
  for (const Surface& surface : surfaces()) std::cout << std::setw(11) << surface.name;
  std::cout << std::setw(11) << "mean";
  std::cout << "\n" << pad("start", 10);
  for (const Surface& surface : surfaces()) {
    std::cout << std::setw(11) << digits(follow(surface, methods()[0], 0, noise, 0).loss[0]);
  }
  std::cout << std::setw(11) << digits(mean_loss(methods()[0], 0)) << '\n';
  for (const Method& method : methods()) {
    std::cout << pad(method.name, 10);
    for (const Surface& surface : surfaces()) {
      std::cout << std::setw(11) << digits(follow(surface, method, steps, noise, 0).loss.back());
    }
    std::cout << std::setw(11) << digits(mean_loss(method, steps)) << '\n';
  }
  std::cout << "\nnoise: one run, with the page's random numbers; mean: over " << kRuns
            << " runs with others. One run alone may be lucky.\n";
  if (html.empty()) {
    std::cout << "\n--html FILE writes a page on which one watches them\n";
  } else {
    write_file(html, page());
    std::cout << "\nwritten to " << html << ": open it in a browser, then press the right arrow key\n";
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return run_program(argc, argv, run); }
