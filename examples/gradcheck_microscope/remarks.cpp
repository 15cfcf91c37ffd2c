#include <gradus/examples/command_line/format.h>
#include <gradus/examples/gradcheck_microscope/remarks.h>

#include <cmath>
#include <cstdio>

namespace microscope {
namespace {

using gradus::examples::format_fixed;

// With the digits that the precision has, to see where two numbers part.
std::string digits(double number, const Precision& p) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", p.epsilon > 1e-10 ? 8 : 15, number);
  return text;
}

std::string worst_element(const Analysis& a, std::size_t which) {
  const Precision& p = a.precisions[which];
  const std::size_t worst = p.worst[p.best];
  return a.elements[worst] + ": central difference " + digits(a.numeric[which][p.best][worst], p) +
         ", backpropagation " + digits(a.truth[worst], p) + ".";
}

std::string best(const Analysis& a, std::size_t which) {
  const Precision& p = a.precisions[which];
  return "In " + p.name + " the best step is " + scientific(a.steps[p.best]) + ", where the error is " +
         scientific(p.best_error) + " of the largest gradient. The worst element there is " + worst_element(a, which);
}

std::string truncation(const Analysis& a) {
  const Precision& p = a.precisions[1];
  if (!p.truncation) {
    return "There is no truncation error: along each element, and away from kinks, the function is a polynomial of "
           "degree two at most, and "
           "for these the central difference is exact. So the larger the step, the better.";
  }
  return "With larger steps the error grows as h^" + format_fixed(p.truncation->exponent, 2) +
         " (in double): truncation. The central difference is the slope of a chord, and Taylor's series says by how "
         "much it misses the tangent's: f‴(x) h² / 6, so h² is expected.";
}

std::string rounding(const Analysis& a) {
  std::string slopes;
  for (const Precision& p : a.precisions) {
    if (!p.rounding) continue;
    slopes +=
        (slopes.empty() ? "" : ", ") + std::string("h^") + format_fixed(p.rounding->exponent, 2) + " in " + p.name;
  }
  if (slopes.empty()) return "";
  return "With smaller steps it grows again, as " + slopes +
         ": rounding. f(x + h) and f(x − h) are known to about ε |f| and agree in more and more digits; what is left "
         "of "
         "their difference is divided by 2h, so ε / h is expected. With ε = " +
         scientific(a.precisions[0].epsilon) + " for float and " + scientific(a.precisions[1].epsilon) +
         " for double, the two curves lie almost nine powers of ten apart.";
}

std::string kink(const Analysis& a) {
  std::string names;
  for (const std::size_t e : a.beside_kink) names += (names.empty() ? "" : " and ") + a.elements[e];
  const bool one = a.beside_kink.size() == 1;
  return names + (one ? " lies" : " lie") + " beside a kink, " + scientific(a.kink_distance) + " away, and " +
         (one ? "is" : "are") +
         " kept out of the curves. As soon as the step reaches over the kink, the chord joins two "
         "branches and the central difference is wrong in every precision, by up to " +
         scientific(a.precisions[1].kink_error.front()) +
         " of the largest gradient; smaller steps do not notice that there is one.";
}

}  // namespace

std::string scientific(double number) {
  if (number == 0) return "0";
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", number);
  std::string result = text;
  const std::size_t e = result.find('e');
  return result.substr(0, e) + "e" + std::to_string(std::stoi(result.substr(e + 1)));
}

std::vector<std::string> remarks(const Analysis& a) {
  const Precision &single = a.precisions[0], &twice = a.precisions[1];
  std::vector<std::string> list;
  if (a.wrong) {
    list.push_back("At no step do central differences and backpropagation agree: even in double the error is " +
                   scientific(twice.best_error) +
                   " of the largest gradient. The step is not to blame: the backward is wrong. The worst element is " +
                   worst_element(a, 1));
    list.push_back(
        "A wrong gradient makes a curve without a valley: where the central difference is accurate, the curve "
        "is flat, and high.");
    return list;
  }
  list.push_back(best(a, 0));
  list.push_back(best(a, 1));
  list.push_back(truncation(a));
  if (const std::string sentence = rounding(a); !sentence.empty()) list.push_back(sentence);
  if (!a.beside_kink.empty()) list.push_back(kink(a));
  const std::string off = single.backward_error > 0
                              ? "is off by " + scientific(single.backward_error) + " of the largest gradient"
                              : "is exact here";
  list.push_back("Backpropagation itself, in float, " + off +
                 ": it does not subtract neighbours, so it needs no step. That is why gradients "
                 "are computed in float, but checked in double.");
  return list;
}

}  // namespace microscope
